package catalog

// chatTakes is what any chat model takes: ChatCompletionRequest in the
// caller's words, chat.md 3. Ranges of a number are by the protocol it follows
// [openai-compat], so they are unverified. Pictures are shaped with image_config,
// which Gemini's image models alone take. [qiniu]
var chatTakes = Takes{
	"prompt": Any(), "messages": Any(), "system": Any(), "attachments": Any(),
	"reasoning": Any(), "reasoning_budget": AtLeast(1), "include_reasoning": Any(),
	"max_tokens":  AtLeast(1),
	"temperature": Between(0, 2).Unverified(),
	"top_p":       Between(0, 1).Unverified(),
	"stop":        Any(), "seed": Any(), "json_schema": Any(), "tools": Any(), "tool_choice": Any(),
}

// chatting is a chat model with its facts.
func chatting(id, vendor, summary string, facts ChatFacts) draft {
	if facts.Takes == nil {
		facts.Takes = chatTakes
	}
	if facts.Reasoning.CannotStop {
		facts.Takes = facts.Takes.and(alwaysThinks(id, facts.Reasoning))
	}
	return draft{Model{ID: id, Kind: Chat, Wire: ChatWire, Vendor: vendor, Summary: summary, Chat: &facts,
		Rules: chatRules, Listed: true, Docs: contents, Checked: checked}}
}

// chatRules hold for every chat.
var chatRules = []Rule{
	{Then: when(Some("prompt", "messages")), Say: "A chat needs prompt or messages."},
	{If: when(Given("tool_choice")), Then: when(Given("tools")), Unverified: true, Say: "tool_choice means nothing without tools."},
}

// alwaysThinks bounds reasoning where thinking can't be switched off.
func alwaysThinks(id string, r Reasoning) Takes {
	return Takes{"reasoning": OneOf(levels...).WithReason(id + " always thinks: reasoning can't be off. The least is " + r.Has()[0] + ".")}
}

// Free is a chat model that the catalogue lacks: its id is passed through, and
// it is asked to think as most are.
func Free(id string) Model {
	m := chatting(id, "", "Not in the catalogue; passed through as it is.",
		ChatFacts{Reasoning: Reasoning{Style: Effort}, ImageConfig: true}).Model
	m.Chat.Takes = chatTakes.and(Takes{"image_config": Any()})
	m.Listed = false
	return m
}
