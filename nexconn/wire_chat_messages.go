package nexconn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Messages come back as clients keep them: in OpenAI's form of chat.md 3.2, as
// this package's own answers, in Anthropic's blocks (chat.md 7), in Gemini's
// parts and MCP's content. They all go out in OpenAI's form; what is in none of
// them is refused before it is paid for, with its place.

// roles are those of chat.md 3.2; the older function is tool.
var roles = []string{"system", "developer", "user", "assistant", "tool"}

// messagesOf gathers messages in the form in which they go out.
type messagesOf struct {
	*chatBuilder
	out []chatMessage
	// lastUser is the place of the user's last message in out, -1 for none.
	lastUser int
	// called are the ids of the tool calls so far, named the last id by the
	// name of its function, for answers that have no id.
	called []string
	named  map[string]string
}

// messages puts the system's words first and the prompt last.
func (b *chatBuilder) messages(r *ChatRequest) []chatMessage {
	m := messagesOf{chatBuilder: b, lastUser: -1, named: map[string]string{}}
	if r.System != "" {
		m.out = append(m.out, chatMessage{role: "system", content: r.System})
	}
	for i, one := range r.Messages {
		m.add(one, fmt.Sprintf("messages[%d]", i))
	}
	switch {
	case r.Prompt != "" || len(r.Attachments) > 0 && m.lastUser < 0:
		var content any
		if r.Prompt != "" {
			content = r.Prompt
		}
		m.out = append(m.out, chatMessage{role: "user", content: b.withAttachments(content, r.Attachments, "attachments")})
	case len(r.Attachments) > 0:
		last := &m.out[m.lastUser]
		last.content = b.withAttachments(last.content, r.Attachments, "attachments")
	case len(r.Messages) == 0:
		b.refuse(InvalidArgument, "prompt", "there is nothing to say: give a prompt or messages")
	}
	return m.out
}

// wrong refuses a place in the messages.
func (m *messagesOf) wrong(at, format string, args ...any) {
	m.refuse(InvalidArgument, at, "%s %s", at, fmt.Sprintf(format, args...))
}

// add takes one message. What Anthropic has as blocks of one becomes several.
func (m *messagesOf) add(given Message, at string) {
	if _, ok := given.Fields["attachments"]; ok {
		m.refuse(InvalidArgument, at+".attachments", "%s.attachments is a list of texts: links, data URLs, paths, TASK_ID#N or qfile ids", at)
	}
	msg := given.wire()
	m.role(&msg, at)
	raw, _ := msg.content.(json.RawMessage)
	place := at + ".content"
	if parts, ok := msg.rest.get("parts"); ok && isNone(raw) {
		msg.rest.drop("parts")
		raw, place = parts, at+".parts"
	}
	if msg.role == "tool" {
		m.toolAnswer(&msg, raw, at)
		m.out = append(m.out, msg)
		return
	}
	m.weighContent(raw, place)
	c := content{messagesOf: m}
	c.read(raw, place)
	c.calls = append(c.calls, m.toolCalls(&msg.rest, at)...)
	m.out = append(m.out, c.answers...)
	msg.content = c.whole(raw)
	if msg.content == nil && len(c.calls) == 0 && len(given.Attachments) == 0 && !c.refused && !speaks(msg.rest) {
		if len(c.answers) > 0 {
			return
		}
		m.wrong(place, "is missing: it is a text or a list of parts")
	}
	if len(c.calls) > 0 {
		m.put(&msg.rest, "tool_calls", c.calls)
		if msg.content == nil {
			msg.content = json.RawMessage("null")
		}
	}
	if len(c.thoughts) > 0 {
		m.put(&msg.rest, "thinking_blocks", c.thoughts)
	}
	if msg.role == "user" {
		m.lastUser = len(m.out)
	}
	msg.content = m.withAttachments(msg.content, given.Attachments, at+".attachments")
	m.out = append(m.out, msg)
}

// role is the message's, in small letters and by OpenAI's name.
func (m *messagesOf) role(msg *chatMessage, at string) {
	given := msg.role
	switch msg.role = strings.ToLower(strings.TrimSpace(msg.role)); msg.role {
	case "model": // Gemini's
		msg.role = "assistant"
	case "function":
		msg.role = "tool"
	}
	switch {
	case msg.role == "":
		m.refuse(InvalidArgument, at+".role", "%s.role is missing; it is system, user, assistant or tool", at)
	case !slices.Contains(roles, msg.role):
		m.refuse(InvalidArgument, at+".role", "%s.role is system, user, assistant or tool, not %q", at, clip(given, 80))
	}
}

// speaks says that a message without content has something else to say: what
// an assistant's has beside.
func speaks(rest object) bool {
	for _, name := range []string{"refusal", "images", "audio", "thinking_blocks", "reasoning_content", "reasoning"} {
		if raw, ok := rest.get(name); ok && !isNone(raw) {
			return true
		}
	}
	return false
}

// isNone says that there is nothing: no value, null, an empty list.
func isNone(raw json.RawMessage) bool {
	text := strings.TrimSpace(string(raw))
	return text == "" || text == "null" || text == "[]"
}

func (m *messagesOf) put(rest *object, name string, value any) {
	raw, err := PlainJSON(value)
	m.fail(err)
	rest.set(name, raw)
}

// toolAnswer is a message of role tool, or of the older role function: an answer
// to a call, by the call's id.
func (m *messagesOf) toolAnswer(msg *chatMessage, raw json.RawMessage, at string) {
	id, place := "", at+".tool_call_id"
	if _, ok := msg.rest.get("tool_use_id"); ok {
		place = at + ".tool_use_id"
	}
	for _, name := range []string{"tool_call_id", "toolCallId", "call_id", "tool_use_id", "id"} {
		if text := msg.rest.text(name); id == "" && text != "" {
			id = text
		}
		if name != "id" {
			msg.rest.drop(name)
		}
	}
	id = cmp.Or(id, m.named[msg.rest.text("name")])
	msg.rest.drop("id")
	switch {
	case id == "":
		m.wrong(place, "is missing: it is the id of the call that this message answers")
	case !slices.Contains(m.called, id):
		m.wrong(place, "is %q, and no message before it has a call of that id", clip(id, 80))
	}
	msg.content = m.answerText(raw, at+".content")
	m.put(&msg.rest, "tool_call_id", id)
}

// answerText is what a tool answered, which goes out as a text; parts stay
// parts.
func (m *messagesOf) answerText(raw json.RawMessage, at string) any {
	var text string
	var list []json.RawMessage
	switch {
	case isNone(raw):
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return raw
	case json.Unmarshal(raw, &list) == nil && arePartsIn(list):
		c := content{messagesOf: m}
		c.read(raw, at)
		return c.whole(raw)
	}
	return string(raw)
}

// arePartsIn says that a list is of parts, not of a tool's own data.
func arePartsIn(list []json.RawMessage) bool {
	return !slices.ContainsFunc(list, func(raw json.RawMessage) bool {
		var p object
		return json.Unmarshal(raw, &p) != nil || p.text("type") == ""
	})
}

// toolCalls takes the calls of an assistant's message out of its members, the
// older function_call too.
func (m *messagesOf) toolCalls(rest *object, at string) []object {
	var calls []object
	if raw, ok := rest.get("tool_calls"); ok {
		rest.drop("tool_calls")
		list, one := []json.RawMessage{}, object{}
		switch {
		case isNone(raw):
		case json.Unmarshal(raw, &one) == nil:
			list = []json.RawMessage{raw}
		case json.Unmarshal(raw, &list) != nil:
			m.wrong(at+".tool_calls", "is a list of calls, each {id, type, function}")
		}
		for i, raw := range list {
			calls = m.call(calls, raw, fmt.Sprintf("%s.tool_calls[%d]", at, i))
		}
	}
	if raw, ok := rest.get("function_call"); ok {
		rest.drop("function_call")
		if !isNone(raw) {
			calls = m.call(calls, raw, at+".function_call")
		}
	}
	return calls
}

// call adds a tool call as ToolCall: arguments are a JSON text, and what else
// the call has, such as Gemini's thought signature, goes along.
func (m *messagesOf) call(calls []object, raw json.RawMessage, at string) []object {
	var c object
	if json.Unmarshal(raw, &c) != nil {
		m.wrong(at, "is a call, which is an object: {id, type, function}")
		return calls
	}
	function, wrapped := c.inner("function")
	if !wrapped {
		for _, name := range []string{"name", "arguments", "input", "args", "parameters"} {
			if value, ok := c.get(name); ok {
				c.drop(name)
				function = append(function, member{name, value})
			}
		}
	}
	name := function.text("name")
	if name == "" {
		m.wrong(at+".function.name", "is missing: it is the name of the tool that was called")
		return calls
	}
	var arguments json.RawMessage
	for _, key := range []string{"arguments", "input", "args", "parameters"} {
		if value, ok := function.get(key); ok && arguments == nil {
			arguments = value
		}
		function.drop(key)
	}
	var text string
	if !isNone(arguments) && json.Unmarshal(arguments, &text) != nil {
		text = string(arguments)
	}
	id := cmp.Or(c.text("id"), c.text("call_id"), fmt.Sprintf("call_%d", len(m.called)))
	c.drop("call_id")
	m.called, m.named[name] = append(m.called, id), id
	m.put(&function, "arguments", cmp.Or(strings.TrimSpace(text), "{}"))
	m.put(&c, "id", id)
	m.put(&c, "type", "function")
	m.put(&c, "function", function)
	return append(calls, c)
}

// wire is the message as it goes out; fields that are ours to write are taken
// out of the rest.
func (m Message) wire() chatMessage {
	var out chatMessage
	for _, f := range sortedFields(m.Fields) {
		switch f.key {
		case "role":
			_ = json.Unmarshal(f.value, &out.role)
		case "content":
			out.content = f.value
		default:
			out.rest = append(out.rest, f)
		}
	}
	return out
}

// withAttachments is content with media after it: parts where there are any,
// else the content as it is.
func (b *chatBuilder) withAttachments(content any, media []Media, arg string) any {
	if len(media) == 0 {
		return content
	}
	var parts []any
	switch c := content.(type) {
	case string:
		parts = append(parts, part{Type: "text", Text: c})
	case []any:
		parts = append(parts, c...)
	case json.RawMessage:
		var text string
		var list []json.RawMessage
		switch {
		case json.Unmarshal(c, &text) == nil && text != "":
			parts = append(parts, part{Type: "text", Text: text})
		case json.Unmarshal(c, &list) == nil:
			for _, p := range list {
				parts = append(parts, p)
			}
		}
	}
	for i, m := range media {
		if m.IsZero() {
			continue // refused before
		}
		p, err := b.attach(m, fmt.Sprintf("%s[%d]", arg, i))
		if err != nil {
			b.fail(err)
			continue
		}
		parts = append(parts, p)
	}
	return parts
}

// dataURL is base64 of a type as a data URL.
func dataURL(kind, data string) string {
	return "data:" + cmp.Or(kind, "application/octet-stream") + ";base64," + data
}
