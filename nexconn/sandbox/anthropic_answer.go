package sandbox

import "encoding/json"

// message is an answer in Anthropic's form.
type message struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	Role         string          `json:"role"`
	Model        string          `json:"model"`
	Content      []messagesBlock `json:"content"`
	StopReason   *string         `json:"stop_reason"`
	StopSequence *string         `json:"stop_sequence"`
	Usage        messagesUsage   `json:"usage"`
}

type messagesUsage struct {
	InputTokens   int    `json:"input_tokens"`
	OutputTokens  int    `json:"output_tokens"`
	CacheCreation int    `json:"cache_creation_input_tokens"`
	CacheRead     int    `json:"cache_read_input_tokens"`
	ServiceTier   string `json:"service_tier,omitempty"`
}

// stopReason is why a reply ended, in Anthropic's words.
func (p reply) stopReason() string {
	switch {
	case p.finish == finishTools:
		return "tool_use"
	case p.finish == finishLength:
		return "max_tokens"
	case p.finish == finishContent:
		return "refusal"
	case p.stopped != "":
		return "stop_sequence"
	}
	return "end_turn"
}

// emptyMessage is a message before anything is said: the one of message_start.
func emptyMessage(model string, p reply) message {
	return message{
		ID: "msg_" + p.id, Type: "message", Role: "assistant", Model: model, Content: []messagesBlock{},
		Usage: messagesUsage{InputTokens: p.inTokens - p.cachedTokens, CacheRead: p.cachedTokens, ServiceTier: "standard"},
	}
}

func wholeMessage(model string, p reply) message {
	m := emptyMessage(model, p)
	if p.reasoning != "" {
		sign := signature(p.reasoning)
		m.Content = append(m.Content, messagesBlock{Type: "thinking", Thinking: &p.reasoning, Signature: &sign})
	}
	if p.text != "" {
		m.Content = append(m.Content, messagesBlock{Type: "text", Text: &p.text})
	}
	for _, c := range p.calls {
		m.Content = append(m.Content, messagesBlock{Type: "tool_use", ID: "toolu_" + c.id[5:], Name: c.name, Input: json.RawMessage(c.arguments)})
	}
	why := p.stopReason()
	m.StopReason, m.Usage.OutputTokens = &why, p.outTokens
	if p.stopped != "" {
		m.StopSequence = &p.stopped
	}
	return m
}

// streamMessage sends a reply as Anthropic's named events.
func streamMessage(e *eventStream, model string, p reply) error {
	send := func(name string, more fields) error {
		more["type"] = name
		return e.event(name, more)
	}
	if err := send("message_start", fields{"message": emptyMessage(model, p)}); err != nil {
		return err
	}
	if err := send("ping", fields{}); err != nil {
		return err
	}
	whole := wholeMessage(model, p)
	for i, b := range whole.Content {
		delta := func(kind, key, value string) error {
			return send("content_block_delta", fields{"index": i, "delta": fields{"type": kind, key: value}})
		}
		empty := ""
		start := messagesBlock{Type: b.Type, ID: b.ID, Name: b.Name}
		var says func() error
		switch b.Type {
		case "thinking":
			start.Thinking, start.Signature = &empty, &empty
			says = func() error {
				for _, piece := range pieces(*b.Thinking) {
					if err := delta("thinking_delta", "thinking", piece); err != nil {
						return err
					}
				}
				return delta("signature_delta", "signature", *b.Signature)
			}
		case "text":
			start.Text = &empty
			says = func() error {
				return e.each(*b.Text, func(piece string) error { return delta("text_delta", "text", piece) })
			}
		case "tool_use":
			start.Input = json.RawMessage("{}")
			says = func() error {
				for _, part := range fragments(string(b.Input)) {
					if err := delta("input_json_delta", "partial_json", part); err != nil {
						return err
					}
				}
				return nil
			}
		}
		if err := send("content_block_start", fields{"index": i, "content_block": start}); err != nil {
			return err
		}
		if err := says(); err != nil {
			return err
		}
		if err := send("content_block_stop", fields{"index": i}); err != nil {
			return err
		}
	}
	if p.text == "" {
		if err := e.finish(); err != nil {
			return err
		}
	}
	if err := send("message_delta", fields{
		"delta": fields{"stop_reason": whole.StopReason, "stop_sequence": whole.StopSequence},
		"usage": fields{"output_tokens": p.outTokens},
	}); err != nil {
		return err
	}
	return send("message_stop", fields{})
}
