package nexconn

import (
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
	b.reason(&body, r)
	if facts := m.Chat; facts != nil && facts.MaxOutput > 0 && body.MaxTokens > facts.MaxOutput {
		b.warn("%s is said to write at most %d tokens; max_tokens is %d.", m.ID, facts.MaxOutput, body.MaxTokens)
	}
	b.shape(&body, r)
	b.tools(&body, r)
	wire, doubts, err := mergeExtra(m, catalog.Turn, body, r.Extra)
	b.fail(err)
	b.warnings = append(b.warnings, doubts...)
	if err := b.fault(); err != nil {
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
	faults   []*Error
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
	var e *Error
	if errors.As(err, &e) {
		b.faults = append(b.faults, e)
	} else if err != nil {
		b.faults = append(b.faults, Errorf(Internal, "%w", err))
	}
}

// fault is all that is wrong, as one error: the first one's code and field,
// everyone's words.
func (b *chatBuilder) fault() error {
	if len(b.faults) == 0 {
		return nil
	}
	all := *b.faults[0]
	for _, e := range b.faults[1:] {
		all.Message += "; " + e.Message
	}
	return &all
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
		msg := m.wire()
		if msg.role == "" {
			b.refuse(InvalidArgument, at+".role", "%s has no role; it is system, user, assistant or tool", at)
		}
		if msg.role == "user" {
			lastUser = len(out)
		}
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
// whole response_format.
func jsonSchemaOf(given map[string]any) (*responseFormat, error) {
	if inner, ok := given["json_schema"].(map[string]any); ok && given["type"] == "json_schema" {
		given = inner
	}
	out := jsonSchema{Name: "answer", Schema: given}
	if schema, ok := given["schema"].(map[string]any); ok && onlyKeys(given, "name", "schema", "strict", "description") {
		out.Schema = schema
		if name, ok := given["name"].(string); ok && name != "" {
			out.Name = name
		}
		out.Description, _ = given["description"].(string)
		if strict, ok := given["strict"].(bool); ok {
			out.Strict = &strict
		}
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`).MatchString(out.Name) {
		e := Errorf(InvalidArgument, "json_schema.name is 1 to 64 letters, digits, _ and -")
		e.Field = "json_schema"
		return nil, e
	}
	return &responseFormat{Type: "json_schema", JSONSchema: out}, nil
}

func onlyKeys(m map[string]any, keys ...string) bool {
	for k := range m {
		if !slices.Contains(keys, k) {
			return false
		}
	}
	return true
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
		names = append(names, name)
		body.Tools = append(body.Tools, tool)
	}
	switch r.ToolChoice {
	case "":
	case "auto", "none", "required":
		if len(r.Tools) == 0 {
			b.refuse(InvalidArgument, "tool_choice", "tool_choice needs tools")
		}
		body.ToolChoice = r.ToolChoice
	default:
		if len(names) == len(r.Tools) && !slices.Contains(names, r.ToolChoice) {
			b.refuse(InvalidArgument, "tool_choice", "tool_choice is auto, none, required or the name of one of tools (%s), not %q",
				strings.Join(names, ", "), clip(r.ToolChoice, 80))
		}
		body.ToolChoice = map[string]any{"type": "function", "function": map[string]any{"name": r.ToolChoice}}
	}
}

// toolOf is a tool in OpenAI's form, and its name.
func toolOf(given any) (toolObject, string) {
	fields, _ := given.(map[string]any)
	if inner, ok := fields["function"].(map[string]any); ok {
		fields = inner
	} else if t, ok := fields["type"]; ok && t == "function" {
		fields = without(fields, "type")
	}
	name, _ := fields["name"].(string)
	if _, ok := fields["parameters"]; !ok && name != "" {
		fields = without(fields)
		fields["parameters"] = map[string]any{"type": "object", "properties": map[string]any{}}
	}
	return toolObject{Type: "function", Function: fields}, name
}

// without is a copy of m that lacks some keys.
func without(m map[string]any, keys ...string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if !slices.Contains(keys, k) {
			out[k] = v
		}
	}
	return out
}
