package catalog

// deepseek-v3, chat.md 6; that it takes tools market.md 6.
var _ = add(func() Model {
	return chatting("deepseek-v3", "DeepSeek",
		"Cheap plain chat on text with tools; never thinks.", ChatFacts{
			Takes: chatTakes.but("reasoning_budget").and(Takes{
				"reasoning": OneOf("off").WithReason("deepseek-v3 does not think and has no switch for it."), // no wire field [openai-compat]
			}),
			Reasoning: Reasoning{None: true},
			Context:   128000, MaxOutput: 16000, // [client]
		}).priced(
		sisterList.rates(in(cny(2)), out(cny(8))),
	).called("deepseek/deepseek-v3").retires("2026-10-09", "deepseek/deepseek-v4-pro-202606").able("cheap").Model
})
