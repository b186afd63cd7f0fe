package catalog

// gemini-2.5-pro, chat.md 6.
var _ = add(chatting("gemini-2.5-pro", "Google",
	"Strong reasoning over text, pictures, video and sound, a million tokens; always thinks.", ChatFacts{
		Takes:     chatTakes.and(Takes{"reasoning_budget": Between(128, 32768).Hearsay()}), // vendor [openai-compat]
		Reasoning: Reasoning{Style: EffortOrBudget, CannotStop: true, MinBudget: 128, MaxBudget: 32768},
		Inputs:    []string{"image", "video", "audio", "qfile"}, // [client]; qfile [nexconn]
		Context:   1048576, MaxOutput: 65536,                    // [client]
		DirectBytes: geminiDirect,
	}))
