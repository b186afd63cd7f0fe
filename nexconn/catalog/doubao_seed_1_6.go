package catalog

// doubao-seed-1.6, chat.md 6.
var _ = add(func() Model {
	return chatting("doubao-seed-1.6", "ByteDance",
		"Text, pictures and video, strong in Chinese; thinking can be switched.", ChatFacts{
			// max_tokens bounds the answer without its thoughts, which are at most
			// 32k tokens. [vendor]
			Reasoning: Reasoning{Style: Switch, Beside: 32768}, // [client]
			Inputs:    []string{"image", "video"},              // [client]
			Context:   256000, MaxOutput: 32000,                // [client]
		}).priced(
		// The whole call is billed by the length of its prompt. (market.md 2)
		sisterList.rates(prompts(32_000, in(cny(.8)), out(cny(2)).answersUpTo(200))...),
		doubaoList.rates(prompts(32_000, out(cny(8)))...),
		doubaoList.rates(prompts(128_000, in(cny(1.2)), out(cny(16)))...),
		doubaoList.rates(in(cny(2.4)), out(cny(24))),
	).called("doubao-seed-1-6", "bytedance/doubao-seed-1.6").retires("2026-08-14", "bytedance/doubao-seed-2-1-pro").able("cheap").Model
})

var doubaoList = &Source{Certainty: ByVendor, Date: "2026",
	Name: "vendor's list (copy: lobehub/lobe-chat packages/model-bank/src/aiModels/volcengine.ts)"}
