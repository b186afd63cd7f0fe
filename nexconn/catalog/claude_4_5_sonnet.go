package catalog

// claude-4.5-sonnet, chat.md 6.
var _ = add(func() Model {
	return chatting("claude-4.5-sonnet", "Anthropic",
		"Balanced writing, code and tool use on text and pictures; thinks if asked.", ChatFacts{
			Takes:     chatTakes.and(Takes{"reasoning_budget": AtLeast(1024)}),     // [nexconn]
			Reasoning: Reasoning{Style: Budget, MinBudget: 1024, HardBudget: true}, // [nexconn]
			Inputs:    []string{"image"},                                           // [client]
			Context:   200000, MaxOutput: 64000,                                    // [client]
		}).from(ownPage("449311208e0")).able("code").within(Rule{
		// [nexconn]
		If: when(Given("reasoning_budget")), Then: when(Cond{Arg: "reasoning_budget", Below: "max_tokens"}),
		Say: "reasoning_budget has to be below max_tokens.",
	}).priced(
		sisterList.rates(in(3), cached(.3), per(PerWrittenToken, 3.75), per(PerHourToken, 6), out(15), search(.01)),
	).called("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "claude-sonnet-4.5", "anthropic/claude-sonnet-4.5").retires("2026-09-29", "anthropic/claude-sonnet-5").Model
})
