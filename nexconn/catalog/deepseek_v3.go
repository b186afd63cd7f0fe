package catalog

// deepseek-v3, chat.md 6.
var _ = add(chatting("deepseek-v3", "DeepSeek",
	"Cheap plain chat on text; never thinks, no tools.", ChatFacts{
		Takes: chatTakes.but("reasoning_budget").and(Takes{
			"reasoning": OneOf("off").Because("deepseek-v3 does not think and has no switch for it."),               // no wire field [openai-compat]
			"tools":     Any().Doubting("a client's catalogue lists deepseek-v3 without tools; sent all the same."), // [client]
		}),
		Reasoning: Reasoning{None: true}, NoTools: true,
		Context: 128000, MaxOutput: 16000, // [client]
	}))
