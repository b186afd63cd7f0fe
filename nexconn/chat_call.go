package nexconn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const chatPath = "/v1/chat/completions"

// ChatCall makes the request of one chat turn, with warnings for what goes
// through although only second-hand sources speak of it. All faults are told
// at once. A model without Chat facts, one the catalogue lacks, takes
// everything.
func ChatCall(m catalog.Model, r ChatRequest) (Call, []string, error) {
	b := &chatBuilder{model: m, in: newInliner()}
	body := chatBody{
		Model: m.WireID(), Stream: true, StreamOptions: &streamOptions{IncludeUsage: true},
		MaxTokens: r.MaxTokens, Temperature: r.Temperature, TopP: r.TopP, Stop: r.Stop, Seed: r.Seed,
	}
	body.Messages = b.messages(r)
	b.heavy()
	b.reason(&body, r)
	if facts := m.Chat; facts != nil && facts.MaxOutput > 0 && body.MaxTokens > facts.MaxOutput {
		b.warn("%s is said to write at most %d tokens; max_tokens is %d.", m.ID, facts.MaxOutput, body.MaxTokens)
	}
	b.shape(&body, r)
	b.tools(&body, r)
	wire, doubts, err := mergeExtra(m, catalog.Turn, body, r.Extra)
	b.fail(err)
	b.warnings = append(b.warnings, doubts...)
	if err := errors.Join(b.faults...); err != nil {
		return Call{}, nil, err
	}
	doc, err := b.in.body(wire)
	if err != nil {
		return Call{}, nil, err
	}
	return Call{Op: "chat", Method: "POST", Path: chatPath, Body: doc}, b.warnings, nil
}

// chatBuilder gathers a body's media, warnings and faults.
type chatBuilder struct {
	model    catalog.Model
	in       *inliner
	warnings []string
	faults   []error
	// direct is how many bytes of media go with the request itself, most of them
	// in the argument heaviest.
	direct, largest int64
	heaviest        string
}

// unheardOf says that nothing is known of the model: the catalogue lacks it.
func (b *chatBuilder) unheardOf() bool {
	facts := b.model.Chat
	return facts == nil || len(facts.Inputs) == 0 && facts.Context == 0
}

func (b *chatBuilder) warn(format string, args ...any) {
	if say := fmt.Sprintf(format, args...); !slices.Contains(b.warnings, say) {
		b.warnings = append(b.warnings, say)
	}
}

func (b *chatBuilder) refuse(code Code, field, format string, args ...any) {
	e := Errorf(code, format, args...)
	e.Field = field
	b.faults = append(b.faults, e)
}

func (b *chatBuilder) fail(err error) {
	if err != nil {
		b.faults = append(b.faults, err)
	}
}

// roles are those of chat.md 3.2, the older ones too.
var roles = []string{"system", "developer", "user", "assistant", "tool", "function"}

// isContent says that a message may have such content: a text, a list of parts
// or none.
func isContent(raw json.RawMessage) bool {
	var text string
	var parts []object
	return len(raw) == 0 || json.Unmarshal(raw, &text) == nil || json.Unmarshal(raw, &parts) == nil
}

// messages puts the system's words first and the prompt last.
func (b *chatBuilder) messages(r ChatRequest) []chatMessage {
	var out []chatMessage
	if r.System != "" {
		out = append(out, chatMessage{role: "system", content: r.System})
	}
	lastUser := -1
	for i, m := range r.Messages {
		at := fmt.Sprintf("messages[%d]", i)
		if _, ok := m.Fields["attachments"]; ok {
			b.refuse(InvalidArgument, at+".attachments", "%s.attachments is a list of texts: links, data URLs, paths, TASK_ID#N or qfile ids", at)
		}
		msg := m.wire()
		switch {
		case msg.role == "":
			b.refuse(InvalidArgument, at+".role", "%s has no role; it is system, user, assistant or tool", at)
		case !slices.Contains(roles, msg.role):
			b.refuse(InvalidArgument, at+".role", "%s.role is system, user, assistant or tool, not %q", at, clip(msg.role, 80))
		}
		if !isContent(m.Fields["content"]) {
			b.refuse(InvalidArgument, at+".content", "%s.content is a text or a list of parts, each an object", at)
			msg.content = nil
		}
		if msg.role == "user" {
			lastUser = len(out)
		}
		b.weighContent(m.Fields["content"], at+".content")
		msg.content = b.withAttachments(msg.content, m.Attachments, at+".attachments")
		out = append(out, msg)
	}
	switch {
	case r.Prompt != "" || len(r.Attachments) > 0 && lastUser < 0:
		var content any
		if r.Prompt != "" {
			content = r.Prompt
		}
		out = append(out, chatMessage{role: "user", content: b.withAttachments(content, r.Attachments, "attachments")})
	case len(r.Attachments) > 0:
		out[lastUser].content = b.withAttachments(out[lastUser].content, r.Attachments, "attachments")
	case len(r.Messages) == 0:
		b.refuse(InvalidArgument, "prompt", "there is nothing to say: give a prompt or messages")
	}
	return out
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

// shape asks for an answer of a form: JSON by a schema, pictures of a size.
func (b *chatBuilder) shape(body *chatBody, r ChatRequest) {
	if r.JSONSchema != nil {
		format, err := jsonSchemaOf(r.JSONSchema)
		b.fail(err)
		body.ResponseFormat = format
	}
	if r.ImageConfig != nil {
		if facts := b.model.Chat; facts != nil && !facts.ImageConfig {
			b.refuse(Unsupported, "image_config", "%s makes no pictures, so it takes no image_config", b.model.ID)
		}
		body.ImageConfig = &chatImageConfig{AspectRatio: r.ImageConfig.AspectRatio, ImageSize: r.ImageConfig.ImageSize}
	}
}

// jsonSchemaOf takes a bare JSON schema, {name, schema, strict} or OpenAI's
// whole response_format. The schema keeps the order of its keys, which is the
// order of the answer's.
func jsonSchemaOf(given any) (*responseFormat, error) {
	fields, err := objectOf(given)
	if err != nil {
		return nil, argument("json_schema", "json_schema is a JSON schema or {name, schema, strict}: %w", err)
	}
	if inner, ok := fields.inner("json_schema"); ok && fields.text("type") == "json_schema" {
		fields = inner
	}
	out := jsonSchema{Name: "answer", Schema: fields}
	if schema, ok := fields.inner("schema"); ok && onlyKeys(fields, "name", "schema", "strict", "description") {
		out.Schema = schema
		out.Name = cmp.Or(fields.text("name"), out.Name)
		out.Description = fields.text("description")
		var strict bool
		if raw, ok := fields.get("strict"); ok && json.Unmarshal(raw, &strict) == nil {
			out.Strict = &strict
		}
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`).MatchString(out.Name) {
		return nil, argument("json_schema", "json_schema.name is 1 to 64 letters, digits, _ and -")
	}
	return &responseFormat{Type: "json_schema", JSONSchema: out}, nil
}

func onlyKeys(o object, keys ...string) bool {
	return !slices.ContainsFunc(o, func(m member) bool { return !slices.Contains(keys, m.key) })
}

func (b *chatBuilder) tools(body *chatBody, r ChatRequest) {
	var names []string
	for i, given := range r.Tools {
		tool, name := toolOf(given)
		if name == "" {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d]", i), "tools[%d] is {name, description, parameters} or OpenAI's {type, function}, with a name", i)
			continue
		}
		if slices.Contains(names, name) {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d].name", i), "two tools are called %s", name)
		}
		if !tool.withParameters() {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d].parameters", i), "the parameters (or input_schema) of the tool %s are a JSON schema, which is an object", clip(name, 80))
		}
		names = append(names, name)
		body.Tools = append(body.Tools, tool)
	}
	switch {
	case r.ToolChoice == "":
	case len(r.Tools) == 0:
		b.refuse(InvalidArgument, "tool_choice", "tool_choice needs tools")
	case slices.Contains([]string{"auto", "none", "required"}, r.ToolChoice):
		body.ToolChoice = r.ToolChoice
	default:
		if len(names) == len(r.Tools) && !slices.Contains(names, r.ToolChoice) {
			b.refuse(InvalidArgument, "tool_choice", "tool_choice is auto, none, required or the name of one of tools (%s), not %q",
				strings.Join(names, ", "), clip(r.ToolChoice, 80))
		}
		body.ToolChoice = map[string]any{"type": "function", "function": map[string]any{"name": r.ToolChoice}}
	}
}

// toolOf is a tool in OpenAI's form, and its name. Anthropic's input_schema is
// OpenAI's parameters.
func toolOf(given any) (toolObject, string) {
	fields, err := objectOf(given)
	if err != nil {
		return toolObject{}, ""
	}
	if inner, ok := fields.inner("function"); ok {
		fields = inner
	} else if kind := fields.text("type"); kind == "function" || kind == "custom" {
		fields.drop("type")
	}
	for _, key := range []string{"parameters", "input_schema"} {
		if raw, ok := fields.get(key); ok && string(raw) == "null" {
			fields.drop(key)
		}
	}
	if at := fields.index("input_schema"); at >= 0 && fields.index("parameters") < 0 {
		fields[at].key = "parameters"
	}
	return toolObject{Type: "function", Function: fields}, fields.text("name")
}

// withParameters gives a tool that has no parameters an empty schema, and takes
// a schema that was given as text; ok says that it is an object now.
func (t *toolObject) withParameters() (ok bool) {
	raw, given := t.Function.get("parameters")
	if !given {
		t.Function.set("parameters", json.RawMessage(`{"type":"object","properties":{}}`))
		return true
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	var schema object
	if json.Unmarshal(raw, &schema) != nil {
		return false
	}
	t.Function.set("parameters", raw)
	return true
}
