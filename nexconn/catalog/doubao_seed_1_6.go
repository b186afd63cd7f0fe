package catalog

// doubao-seed-1.6, chat.md 6.
var _ = add(chatting("doubao-seed-1.6", "ByteDance",
	"Text, pictures and video, strong in Chinese; thinking can be switched.", ChatFacts{
		Reasoning: Reasoning{Style: Switch},   // [client]
		Inputs:    []string{"image", "video"}, // [client]
		Context:   256000, MaxOutput: 32000,   // [client]
	}))
