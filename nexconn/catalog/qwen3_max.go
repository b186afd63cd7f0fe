package catalog

// qwen3-max-2026-01-23, chat.md 6.
var _ = add(chatting("qwen3-max-2026-01-23", "Alibaba",
	"Large general model for text, strong in Chinese; thinking can be switched.", ChatFacts{
		Reasoning: Reasoning{Style: EnableThinking}, // [openai-compat]
		Context:   262144, MaxOutput: 65536,         // [client] of qwen3-max
	}))
