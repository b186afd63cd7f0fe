package catalog

// moonshotai/kimi-k2.5, chat.md 6.
var _ = add(chatting("moonshotai/kimi-k2.5", "Moonshot",
	"Long answers over text, pictures and video; thinks unless told not to.", ChatFacts{
		Reasoning: Reasoning{Style: Switch},   // [openai-compat]
		Inputs:    []string{"image", "video"}, // [client]
		Context:   256000, MaxOutput: 256000,  // [client]
	}))
