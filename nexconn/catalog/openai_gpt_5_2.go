package catalog

// openai/gpt-5.2, chat.md 6.
var _ = add(func() Model {
	return chatting("openai/gpt-5.2", "OpenAI",
		"Newer general reasoning on text and pictures; thoughts are not shown.", ChatFacts{
			Takes:     chatTakes.but("reasoning_budget"),
			Reasoning: Reasoning{Style: Effort, Hidden: true}, // [openai-compat]
			Inputs:    []string{"image"},                      // [client]
			Context:   400000, MaxOutput: 128000,              // [client]
		}).priced(
		sisterList.rates(in(1.75), out(14), search(.01)),
	).called("gpt-5.2").best().Model
})
