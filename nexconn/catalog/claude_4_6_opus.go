package catalog

// claude-4.6-opus, chat.md 6.
var _ = add(func() Model {
	return chatting("claude-4.6-opus", "Anthropic",
		"The most thorough Claude, a million tokens of text and pictures; thinks if asked.", ChatFacts{
			Takes:     chatTakes.and(Takes{"reasoning_budget": AtLeast(1024).Unverified()}), // [openai-compat]
			Reasoning: Reasoning{Style: Budget, MinBudget: 1024},
			Inputs:    []string{"image"},          // [client]
			Context:   1000000, MaxOutput: 128000, // [client]
		}).able("code").within(Rule{
		// [openai-compat]
		If: when(Given("reasoning_budget")), Then: when(Cond{Arg: "reasoning_budget", Below: "max_tokens"}), Unverified: true,
		Say: "reasoning_budget has to be below max_tokens.",
	}).priced(
		sisterList.rates(in(5), cached(.5), per(PerWrittenToken, 6.25), per(PerHourToken, 10), out(25), search(.01)),
	).called("claude-opus-4-6", "claude-opus-4.6", "anthropic/claude-opus-4.6").retires("2027-02-05", "anthropic/claude-fable-5").best().Model
})
