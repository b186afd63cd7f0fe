package catalog

// qwen3-max-2026-01-23, chat.md 6.
var _ = add(func() Model {
	return chatting("qwen3-max-2026-01-23", "Alibaba",
		"Large general model for text, strong in Chinese; thinking can be switched.", ChatFacts{
			// max_tokens bounds the answer without its thoughts; their own limit is
			// thinking_budget, at most 81,920. [vendor]
			Reasoning: Reasoning{Style: EnableThinking, Beside: 81920}, // [openai-compat]
			Context:   262144, MaxOutput: 65536,                        // [client] of qwen3-max
		}).priced(
		sisterList.rates(prompts(32_000, in(cny(2.5)), out(cny(10)))...),
		qwenList.rates(prompts(128_000, in(cny(4)), out(cny(16)))...),
		qwenList.rates(in(cny(7)), out(cny(28))),
	).called("qwen3-max", "qwen/qwen3-max").retires("2026-07-07", "qwen/qwen3.7-plus").Model
})

var qwenList = &Source{Certainty: ByVendor, Date: "2026-05", Name: "vendor's list for qwen3-max (copy: github.com/qxytah/qwen-api-pricing)"}
