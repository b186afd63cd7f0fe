package catalog

// claude-4.6-opus, chat.md 6.
var _ = add(chatting("claude-4.6-opus", "Anthropic",
	"The most thorough Claude, a million tokens of text and pictures; thinks if asked.", ChatFacts{
		Takes:     chatTakes.and(Takes{"reasoning_budget": AtLeast(1024).Hearsay()}), // [openai-compat]
		Reasoning: Reasoning{Style: Budget, MinBudget: 1024},
		Inputs:    []string{"image"},          // [client]
		Context:   1000000, MaxOutput: 128000, // [client]
	}).able("code").within(Rule{
	// [openai-compat]
	If: when(Given("reasoning_budget")), Then: when(Cond{Arg: "reasoning_budget", Below: "max_tokens"}), Told: true,
	Say: "reasoning_budget has to be below max_tokens.",
}))
