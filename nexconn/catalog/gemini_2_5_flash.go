package catalog

// gemini-2.5-flash, chat.md 6.
var _ = add(chatting("gemini-2.5-flash", "Google",
	"Quick and cheap over text, pictures, video and sound, a million tokens; thinking can be off.", ChatFacts{
		Takes:     chatTakes.and(Takes{"reasoning_budget": Between(0, 24576).Hearsay()}), // vendor [openai-compat]
		Reasoning: Reasoning{Style: EffortOrBudget, MaxBudget: 24576},                    // [nexconn] both switches
		Inputs:    []string{"image", "video", "audio", "qfile"},                          // [client]; qfile [nexconn]
		Context:   1048576, MaxOutput: 64000,                                             // [client]
		DirectBytes: geminiDirect,
	}).from(ownPage("449311207e0")))
