package nexconn

import (
	"encoding/json"
	"maps"
	"slices"
)

// UserMessage is a turn of the user.
func UserMessage(text string, attachments ...Media) Message {
	return message("user", text, attachments)
}

// AssistantMessage is a turn of the model, as it is sent back.
func AssistantMessage(text string) Message { return message("assistant", text, nil) }

func message(role, text string, attachments []Media) Message {
	field := func(s string) json.RawMessage {
		raw, _ := PlainJSON(s) // a string can't fail
		return raw
	}
	return Message{Attachments: attachments, Fields: map[string]json.RawMessage{"role": field(role), "content": field(text)}}
}

// UnmarshalJSON takes a message in OpenAI's form, with attachments beside: a
// list, or one alone. What is neither stays in Fields, and ChatCall refuses it.
func (m *Message) UnmarshalJSON(doc []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(doc, &fields); err != nil {
		return err
	}
	*m = Message{Fields: fields}
	raw, ok := fields["attachments"]
	var one Media
	switch {
	case !ok:
		return nil
	case json.Unmarshal(raw, &m.Attachments) == nil:
	case json.Unmarshal(raw, &one) == nil:
		m.Attachments = []Media{one}
	default:
		m.Attachments = nil
		return nil
	}
	delete(fields, "attachments")
	return nil
}

// MarshalJSON writes the message as its caller would, references for media.
func (m Message) MarshalJSON() ([]byte, error) {
	o := sortedFields(m.Fields)
	if len(m.Attachments) > 0 {
		raw, err := PlainJSON(m.Attachments)
		if err != nil {
			return nil, err
		}
		o.set("attachments", raw)
	}
	return o.MarshalJSON()
}

// sortedFields puts fields in an order that is the same every time.
func sortedFields(fields map[string]json.RawMessage) object {
	var o object
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		o = append(o, member{key, fields[key]})
	}
	return o
}
