package catalog

// gemini-2.5-pro, chat.md 6.
var _ = add(func() Model {
	return chatting("gemini-2.5-pro", "Google",
		"Strong reasoning over text, pictures, video and sound, a million tokens; always thinks.", ChatFacts{
			Takes:     chatTakes.and(Takes{"reasoning_budget": Between(128, 32768).Unverified()}), // vendor [openai-compat]
			Reasoning: Reasoning{Style: EffortOrBudget, CannotStop: true, MinBudget: 128, MaxBudget: 32768},
			Inputs:    []string{"image", "video", "audio", "qfile"}, // [client]; qfile [nexconn]
			Context:   1048576, MaxOutput: 65536,                    // [client]
			DirectBytes: geminiDirect,
		}).priced(
		sisterList.rates(prompts(200_000, in(1.25), out(10))...),
		modelsDev("google/models/gemini-2.5-pro.toml").rates(in(2.5), out(15)),
	).called("google/gemini-2.5-pro").retires("2026-10-20", "google/gemini-3.5-flash").Model
})
