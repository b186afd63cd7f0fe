package catalog

// gemini-3.1-pro-preview, chat.md 6.
var _ = add(func() Model {
	return chatting("gemini-3.1-pro-preview", "Google",
		"Deep reasoning over text, pictures, video, sound and documents, a million tokens; takes qfiles; always thinks.", ChatFacts{
			// vendor [openai-compat]
			Reasoning: Reasoning{Style: EffortOrBudget, CannotStop: true, Levels: []string{"low", "medium", "high"}},
			Inputs:    []string{"image", "video", "audio", "document", "qfile"}, // [client]; qfile [nexconn]
			Context:   1048576, MaxOutput: 65536,                                // [client]
			DirectBytes: geminiDirect,
		}).from(ownPage("449311298e0")).priced(
		sisterList.rates(prompts(200_000, in(2), cached(.2), out(12))...), sisterList.rates(search(.014)),
		modelsDev("google/models/gemini-3.1-pro-preview.toml").rates(in(4), cached(.4), out(18)),
	).called("gemini-3.1-pro", "google/gemini-3.1-pro-preview").best().Model
})
