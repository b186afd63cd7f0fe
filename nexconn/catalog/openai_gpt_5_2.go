package catalog

// openai/gpt-5.2, chat.md 6.
var _ = add(chatting("openai/gpt-5.2", "OpenAI",
	"Newer general reasoning on text and pictures; thoughts are not shown.", ChatFacts{
		Takes:     chatTakes.but("reasoning_budget"),
		Reasoning: Reasoning{Style: Effort, Hidden: true}, // [openai-compat]
		Inputs:    []string{"image"},                      // [client]
		Context:   400000, MaxOutput: 128000,              // [client]
	}))
