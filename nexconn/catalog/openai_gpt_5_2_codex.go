package catalog

// openai/gpt-5.2-codex, chat.md 6.
var _ = add(func() Model {
	return chatting("openai/gpt-5.2-codex", "OpenAI",
		"Programming with long tool use, on text and pictures; it may want the Responses protocol (native_chat, bypass_responses).", ChatFacts{
			Takes:     chatTakes.but("reasoning_budget"),
			Reasoning: Reasoning{Style: Effort, Hidden: true}, // [openai-compat]
			Inputs:    []string{"image"},                      // [client]
			Context:   400000, MaxOutput: 128000,              // [client]
		}).able("code").priced(
		sisterList.rates(in(1.75), out(14), search(.01)),
	).called("gpt-5.2-codex").Model
})
