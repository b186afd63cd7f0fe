package catalog

// moonshotai/kimi-k2.5, chat.md 6.
var _ = add(func() Model {
	return chatting("moonshotai/kimi-k2.5", "Moonshot",
		"Long answers over text, pictures and video; thinks by default.", ChatFacts{
			Reasoning: Reasoning{Style: Switch},   // [openai-compat]
			Inputs:    []string{"image", "video"}, // [client]
			Context:   256000, MaxOutput: 256000,  // [client]
		}).priced(
		sisterList.rates(in(cny(4)), out(cny(21))),
	).called("kimi-k2.5").retires("2026-08-31", "moonshotai/kimi-k2.6").Model
})
