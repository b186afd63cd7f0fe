package catalog

// openai/gpt-5, chat.md 6.
var _ = add(func() Model {
	return chatting("openai/gpt-5", "OpenAI",
		"Strong general reasoning on text; thoughts are not shown and can't be off.", ChatFacts{
			Takes:     chatTakes.but("reasoning_budget"),                        // vendor: minimal, low, medium, high [openai-compat]
			Reasoning: Reasoning{Style: Effort, CannotStop: true, Hidden: true}, // [nexconn]
			Context:   400000, MaxOutput: 128000,                                // [client]
		}).from(ownPage("449311204e0")).priced(
		sisterList.rates(in(1.25), out(10), search(.01)),
	).called("gpt-5").Model
})
