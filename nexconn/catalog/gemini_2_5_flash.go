package catalog

// gemini-2.5-flash, chat.md 6.
var _ = add(func() Model {
	return chatting("gemini-2.5-flash", "Google",
		"Quick and cheap over text, pictures, video and sound, a million tokens; thinking can be off.", ChatFacts{
			Takes:     chatTakes.and(Takes{"reasoning_budget": Between(0, 24576).Unverified()}), // vendor [openai-compat]
			Reasoning: Reasoning{Style: EffortOrBudget, MaxBudget: 24576},                       // [nexconn] both switches
			Inputs:    []string{"image", "video", "audio", "qfile"},                             // [client]; qfile [nexconn]
			Context:   1048576, MaxOutput: 64000,                                                // [client]
			DirectBytes: geminiDirect,
		}).from(ownPage("449311207e0")).priced(
		sisterList.rates(in(.3), cached(.03), out(2.5), search(.014)),
		modelsDev("google/models/gemini-2.5-flash.toml").rates(per(PerAudioToken, 1)),
	).called("google/gemini-2.5-flash").retires("2026-10-20", "google/gemini-3.5-flash").able("fast", "cheap").Model
})
