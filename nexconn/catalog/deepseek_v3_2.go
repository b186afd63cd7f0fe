package catalog

// deepseek/deepseek-v3.2-251201, chat.md 6.
var _ = add(chatting("deepseek/deepseek-v3.2-251201", "DeepSeek",
	"Cheap reasoning and tool use on text; thinks if asked.", ChatFacts{
		Reasoning: Reasoning{Style: Switch}, // [openai-compat]
		Context:   128000, MaxOutput: 32000, // [client]
	}))
