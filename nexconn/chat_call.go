package nexconn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const chatPath = "/v1/chat/completions"

var chatWire = wire{name: catalog.ChatWire, build: of(chatRequestBody)}

// chatRequestBody is the body of one chat turn. A model without Chat facts, one
// the catalogue lacks, takes everything.
func chatRequestBody(e *encoder, m catalog.Model, _ catalog.Op, r *ChatRequest) any {
	e.call.Path = chatPath
	b := &chatBuilder{model: m, encoder: e}
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
	return body
}

// chatBuilder fills in a chat's body.
type chatBuilder struct {
	*encoder
	model catalog.Model
	// direct is how many bytes of media go with the request itself, most of them
	// in the argument heaviest.
	direct, largest int64
	heaviest        string
}

// unheardOf says that nothing is known of the model: the catalogue lacks it.
func unheardOf(m catalog.Model) bool {
	facts := m.Chat
	return facts == nil || len(facts.Inputs) == 0 && facts.Context == 0
}

func (b *chatBuilder) fail(err error) {
	if err != nil {
		b.fault(err)
	}
}

// shape asks for an answer of a form: JSON by a schema, pictures of a size.
func (b *chatBuilder) shape(body *chatBody, r *ChatRequest) {
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

func (b *chatBuilder) tools(body *chatBody, r *ChatRequest) {
	var names []string
	taken := map[string]bool{}
	for i, given := range r.Tools {
		tool, name := toolOf(given)
		if name == "" {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d]", i), "tools[%d] is {name, description, parameters} or OpenAI's {type, function}, with a name", i)
			continue
		}
		if taken[name] {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d].name", i), "two tools are called %s", name)
		}
		if !tool.withParameters() {
			b.refuse(InvalidArgument, fmt.Sprintf("tools[%d].parameters", i), "the parameters (or input_schema) of the tool %s are a JSON schema, which is an object", clip(name, 80))
		}
		names, taken[name] = append(names, name), true
		body.Tools = append(body.Tools, tool)
	}
	switch {
	case r.ToolChoice == "":
	case len(r.Tools) == 0:
		b.refuse(InvalidArgument, "tool_choice", "tool_choice needs tools")
	case slices.Contains([]string{"auto", "none", "required"}, r.ToolChoice):
		body.ToolChoice = r.ToolChoice
	default:
		if len(names) == len(r.Tools) && !taken[r.ToolChoice] {
			b.refuse(InvalidArgument, "tool_choice", "tool_choice is auto, none, required or the name of one of tools (%s), not %q",
				clip(strings.Join(names, ", "), 300), clip(r.ToolChoice, 80))
		}
		body.ToolChoice = map[string]any{"type": "function", "function": map[string]any{"name": r.ToolChoice}}
	}
}

// toolMembers are those of ToolFunction: chat.md 3.1. What MCP has beside them
// (title, annotations, outputSchema, _meta) stays here.
var toolMembers = []string{"name", "description", "parameters", "strict"}

// toolOf is a tool in OpenAI's form, and its name. Anthropic's input_schema and
// MCP's inputSchema are OpenAI's parameters.
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
	mcp := fields.index("inputSchema") >= 0
	for _, key := range []string{"parameters", "input_schema", "inputSchema"} {
		raw, ok := fields.get(key)
		if ok && string(raw) == "null" {
			fields.drop(key)
		} else if ok && key != "parameters" && fields.index("parameters") < 0 {
			fields[fields.index(key)].key = "parameters"
		}
	}
	if mcp {
		fields = slices.DeleteFunc(fields, func(m member) bool { return !slices.Contains(toolMembers, m.key) })
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
