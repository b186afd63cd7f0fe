package tools

import (
	"bytes"
	"encoding/json"
	"maps"

	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// written are a call's arguments in the bytes they came in. What goes through
// to a vendor is taken from here, so that its order and escapes stay.
type written map[string]json.RawMessage

// chatRequest makes a turn of arguments; what goes to a vendor as the caller
// wrote it is taken from the bytes it came in.
func (c *call) chatRequest(given map[string]any) (any, error) {
	w := writtenIn(c.req)
	given = maps.Clone(given)
	if doc, ok := objectIn(w["json_schema"]); ok && given["json_schema"] != nil {
		given["json_schema"] = doc
	}
	for _, name := range []string{"tools", "messages"} {
		fit, _ := given[name].([]any)
		if docs := objectsIn(w[name]); len(docs) == len(fit) && len(fit) > 0 {
			list := make([]any, len(docs))
			for i, doc := range docs {
				list[i] = doc
			}
			given[name] = list
		}
	}
	return decodeRequest[nexconn.ChatRequest](given)
}

// nativeRequest makes a vendor's own request, its body byte for byte as the
// caller wrote it.
func (c *call) nativeRequest(given map[string]any) (any, error) {
	r := new(order.Native)
	if err := decodeInto(given, r); err != nil {
		return nil, err
	}
	if given["body"] == nil {
		return r, nil
	}
	if doc, ok := objectIn(writtenIn(c.req)["body"]); ok {
		r.Body = doc
		return r, nil
	}
	var err error
	r.Body, err = nexconn.PlainJSON(given["body"])
	return r, err
}

// writtenIn is nil where the bytes are not at hand.
func writtenIn(req interface{ GetRawArguments() any }) written {
	raw, _ := req.GetRawArguments().(json.RawMessage)
	var w written
	if json.Unmarshal(raw, &w) != nil {
		return nil
	}
	return w
}

// objectIn is an object, also where it was given as text. One that names
// something twice is not taken: readers differ in which of the two counts, and
// what was checked has to be what is sent.
func objectIn(raw json.RawMessage) (json.RawMessage, bool) {
	raw = unquoted(raw)
	return raw, bytes.HasPrefix(raw, []byte("{")) && namesOnce(raw)
}

// objectsIn are the objects of a list, or one alone; nil where there is another
// thing among them.
func objectsIn(raw json.RawMessage) []json.RawMessage {
	raw = unquoted(raw)
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for i := range list {
		doc, ok := objectIn(list[i])
		if !ok {
			return nil
		}
		list[i] = doc
	}
	return list
}

// unquoted is JSON that was given as text.
func unquoted(raw json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		raw = json.RawMessage(text)
	}
	return bytes.TrimSpace(raw)
}

// namesOnce says that a text is one JSON value and that no object in it has two
// members of one name.
func namesOnce(doc json.RawMessage) bool {
	if !json.Valid(doc) {
		return false
	}
	type level struct {
		names map[string]bool // nil in a list
		value bool            // a value comes next
	}
	var levels []level
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return true // the end of what is valid
		}
		top := len(levels) - 1
		if top >= 0 && levels[top].names != nil && !levels[top].value {
			if name, ok := token.(string); ok {
				if levels[top].names[name] {
					return false
				}
				levels[top].names[name], levels[top].value = true, true
				continue
			}
		}
		if top >= 0 {
			levels[top].value = false
		}
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:top]
		}
	}
}
