package catalog

// claude-3.7-sonnet, chat.md 6.
var _ = add(func() Model {
	return chatting("claude-3.7-sonnet", "Anthropic",
		"An older Claude for text and pictures; thinks if asked.", ChatFacts{
			Takes:     chatTakes.and(Takes{"reasoning_budget": AtLeast(1024).Unverified()}), // [openai-compat]
			Reasoning: Reasoning{Style: Budget, MinBudget: 1024},                            // [qiniu] page 13000
			Inputs:    []string{"image"},                                                    // [client]
			Context:   200000, MaxOutput: 128000,                                            // [client]
		}).within(Rule{
		// [openai-compat]
		If: when(Given("reasoning_budget")), Then: when(Cond{Arg: "reasoning_budget", Below: "max_tokens"}), Unverified: true,
		Say: "reasoning_budget has to be below max_tokens.",
	}).priced(
		modelsDev("anthropic/models/claude-3-7-sonnet-20250219.toml").rates(in(3), cached(.3), per(PerWrittenToken, 3.75), out(15)),
	).called("claude-3-7-sonnet-20250219", "claude-3-7-sonnet", "anthropic/claude-3.7-sonnet").withdrawn().Model
})
