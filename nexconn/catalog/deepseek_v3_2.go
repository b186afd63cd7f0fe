package catalog

// deepseek/deepseek-v3.2-251201, chat.md 6.
var _ = add(func() Model {
	return chatting("deepseek/deepseek-v3.2-251201", "DeepSeek",
		"Cheap reasoning and tool use on text; thinks if asked.", ChatFacts{
			Reasoning: Reasoning{Style: Switch}, // [openai-compat]
			Context:   128000, MaxOutput: 64000, // [client]; market.md 6
		}).priced(
		sisterList.rates(in(cny(2)), cached(cny(.2)), out(cny(3))),
	).called("deepseek-v3.2-251201", "deepseek-v3.2", "deepseek/deepseek-v3.2").retires("2026-09-29", "deepseek/deepseek-v4-flash-20260731").able("cheap").Model
})
