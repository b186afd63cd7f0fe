package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestProtocols asks the same question in each protocol, in streams and whole.
func TestProtocols(t *testing.T) {
	s := New(Options{TimeScale: 0.001})
	const schema = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`
	anthropic := func(prompt, more string) string {
		return fmt.Sprintf(`{"model":"claude-4.5-sonnet","max_tokens":4096,"messages":[{"role":"user","content":%q}]%s}`, prompt, more)
	}
	for _, c := range []struct {
		name, path, body string
		where            []any
		want             string
	}{
		{"anthropic text", "/v1/messages", anthropic("Name a river.", ""), []any{"content", 0, "text"}, "Name a river."},
		{"anthropic stop", "/bypass/anthropic/v1/messages", anthropic("Name a river.", ""), []any{"stop_reason"}, "end_turn"},
		{"anthropic thinking", "/bypass/anthropic/v1/messages", anthropic("Why?", `,"thinking":{"type":"enabled","budget_tokens":2048}`), []any{"content", 0, "type"}, "thinking"},
		{"anthropic tool", "/v1/messages", anthropic("Say it", `,"tools":[{"name":"get_weather","input_schema":`+schema+`}],"tool_choice":{"type":"any"}`), []any{"content", 0, "name"}, "get_weather"},
		{"anthropic tool stop", "/v1/messages", anthropic("The weather", `,"tools":[{"name":"get_weather","input_schema":`+schema+`}]`), []any{"stop_reason"}, "tool_use"},
		{"anthropic filter", "/v1/messages", anthropic("[[fail:content]]", ""), []any{"stop_reason"}, "refusal"},
		{"anthropic stop sequence", "/v1/messages", anthropic("x", `,"stop_sequences":["sandbox"]`), []any{"stop_reason"}, "stop_sequence"},
		{"anthropic another vendor", "/v1/messages", strings.Replace(anthropic("x", ""), "claude-4.5-sonnet", "moonshotai/kimi-k2.5", 1), []any{"model"}, "moonshotai/kimi-k2.5"},
		{"vertex text", "/bypass/vertex/v1/models/gemini-2.5-flash:generateContent", `{"contents":[{"role":"user","parts":[{"text":"Name a river."}]}]}`, []any{"candidates", 0, "content", "parts", 0, "text"}, "Name a river."},
		{"vertex id with a slash", "/bypass/vertex/v1/models/google/gemini-next:generateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`, []any{"modelVersion"}, "google/gemini-next"},
		{"vertex filter", "/bypass/vertex/v1/models/gemini-2.5-flash:generateContent", `{"contents":[{"parts":[{"text":"[[fail:content]]"}]}]}`, []any{"promptFeedback", "blockReason"}, "SAFETY"},
		{"vertex tool", "/bypass/vertex/v1/models/gemini-2.5-flash:generateContent", `{"contents":[{"parts":[{"text":"The weather in Paris"}]}],"tools":[{"functionDeclarations":[{"name":"get_weather","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"}}}}]}]}`, []any{"candidates", 0, "content", "parts", 0, "functionCall", "args", "city"}, "Paris"},
		{"vertex length", "/bypass/vertex/v1/models/gemini-2.5-flash:generateContent", `{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":3}}`, []any{"candidates", 0, "finishReason"}, "MAX_TOKENS"},
		{"vertex picture", "/bypass/vertex/v1/models/gemini-3.0-pro-image-preview:generateContent", `{"contents":[{"parts":[{"text":"a boat"}]}],"generationConfig":{"responseModalities":["TEXT","IMAGE"]}}`, []any{"candidates", 0, "content", "parts", 0, "inlineData", "mimeType"}, "image/png"},
		{"responses text", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":"Name a river."}`, []any{"output", 1, "content", 0, "text"}, "Name a river."},
		{"responses items", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":[{"role":"user","content":[{"type":"input_text","text":"What?"},{"type":"input_image","image_url":"https://example.org/a.png"}]}]}`, []any{"output", 1, "content", 0, "text"}, "1 image"},
		{"responses tool result", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":[{"role":"user","content":"The weather"},{"type":"function_call","call_id":"c","name":"get_weather","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"rain"}]}`, []any{"output", 1, "content", 0, "text"}, "get_weather answered: rain"},
		{"responses schema", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":"To \"Rome\"","text":{"format":{"type":"json_schema","name":"c","schema":` + schema + `}}}`, []any{"output", 1, "content", 0, "text"}, `{"city":"Rome"}`},
		{"responses length", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":"x","max_output_tokens":12}`, []any{"incomplete_details", "reason"}, "max_output_tokens"},
		{"responses filter", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","input":"[[fail:content]]"}`, []any{"incomplete_details", "reason"}, "content_filter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := into[any](t, send(t, s, "POST", c.path, c.body), 200)
			if got, _ := at(t, body, c.where...).(string); !strings.Contains(got, c.want) {
				t.Errorf("%v is %q, want %q in it", c.where, got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"Claude has no Responses":         {"/bypass/openai/v1/responses", `{"model":"claude-4.5-sonnet","input":"x"}`, 500},
		"bypass to Anthropic is Claude's": {"/bypass/anthropic/v1/messages", strings.Replace(anthropic("x", ""), "claude-4.5-sonnet", "gemini-2.5-pro", 1), 400},
		"bypass to Vertex is Gemini's":    {"/bypass/vertex/v1/models/claude-4.5-sonnet:generateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`, 400},
		"no countTokens on Vertex":        {"/bypass/vertex/v1/models/gemini-2.5-pro:countTokens", `{}`, 404},
		"max_tokens is required":          {"/v1/messages", `{"model":"claude-4.5-sonnet","messages":[{"role":"user","content":"x"}]}`, 400},
		"budget over max_tokens":          {"/v1/messages", anthropic("x", `,"thinking":{"type":"enabled","budget_tokens":4096}`), 400},
		"no contents":                     {"/bypass/vertex/v1/models/gemini-2.5-pro:generateContent", `{}`, 400},
		"no input":                        {"/bypass/openai/v1/responses", `{"model":"openai/gpt-5"}`, 400},
		"unknown model":                   {"/v1/messages", strings.Replace(anthropic("x", ""), "claude-4.5-sonnet", "unknown", 1), 503},
	} {
		if a := send(t, s, "POST", c.path, c.body); a.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.body, c.status)
		}
	}
}

type event struct{ name, data string }

func events(t *testing.T, a said) []event {
	t.Helper()
	if a.status != 200 || a.header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	var out []event
	for block := range strings.SplitSeq(strings.TrimSuffix(a.body, "\n\n"), "\n\n") {
		var e event
		for line := range strings.SplitSeq(block, "\n") {
			if v, ok := strings.CutPrefix(line, "event: "); ok {
				e.name = v
			}
			if v, ok := strings.CutPrefix(line, "data: "); ok {
				e.data = v
			}
		}
		if !json.Valid([]byte(e.data)) {
			t.Fatalf("event %q", block)
		}
		out = append(out, e)
	}
	return out
}

func TestAnthropicStream(t *testing.T) {
	s := New(Options{TimeScale: 0.001})
	list := events(t, send(t, s, "POST", "/v1/messages", `{"model":"claude-4.5-sonnet","max_tokens":4096,"stream":true,
		"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"Why?"}]}`))
	var order []string
	var text, thinking string
	for _, e := range list {
		var v struct {
			Type  string
			Index int
			Delta struct{ Type, Text, Thinking string }
		}
		if err := json.Unmarshal([]byte(e.data), &v); err != nil || v.Type != e.name {
			t.Fatalf("event %s: %v %s", e.name, err, e.data)
		}
		text, thinking = text+v.Delta.Text, thinking+v.Delta.Thinking
		word := e.name + " " + v.Delta.Type
		if len(order) == 0 || order[len(order)-1] != word {
			order = append(order, word)
		}
	}
	want := "message_start |ping |content_block_start |content_block_delta thinking_delta|content_block_delta signature_delta|content_block_stop |" +
		"content_block_start |content_block_delta text_delta|content_block_stop |message_delta |message_stop "
	if got := strings.Join(order, "|"); got != want {
		t.Errorf("events\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(text, "Why?") || thinking == "" {
		t.Errorf("text %q, thinking %q", text, thinking)
	}
}

func TestResponsesStream(t *testing.T) {
	s := New(Options{TimeScale: 0.001})
	list := events(t, send(t, s, "POST", "/bypass/openai/v1/responses", `{"model":"openai/gpt-5.2","stream":true,"input":"Why?","reasoning":{"effort":"low","summary":"auto"}}`))
	var order []string
	for i, e := range list {
		var v struct {
			Type   string `json:"type"`
			Number int    `json:"sequence_number"`
		}
		if err := json.Unmarshal([]byte(e.data), &v); err != nil || v.Type != e.name || v.Number != i {
			t.Fatalf("event %d %s: %v %s", i, e.name, err, e.data)
		}
		if len(order) == 0 || order[len(order)-1] != e.name {
			order = append(order, e.name)
		}
	}
	want := []string{
		"created", "in_progress", "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
		"reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done", "output_item.added", "content_part.added",
		"output_text.delta", "output_text.done", "content_part.done", "output_item.done", "completed",
	}
	if got := strings.ReplaceAll(strings.Join(order, " "), "response.", ""); got != strings.Join(want, " ") {
		t.Errorf("events\n%s\nwant\n%s", got, strings.Join(want, " "))
	}
}

func TestVertexStream(t *testing.T) {
	s := New(Options{TimeScale: 0.001})
	const body = `{"contents":[{"parts":[{"text":"Name a river."}]}]}`
	list := events(t, send(t, s, "POST", "/bypass/vertex/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse", body))
	text := ""
	for i, e := range list {
		var v vertexAnswer
		if err := json.Unmarshal([]byte(e.data), &v); err != nil {
			t.Fatal(err)
		}
		for _, p := range v.Candidates[0].Content.Parts {
			text += p.Text
		}
		if last := i == len(list)-1; (v.Candidates[0].FinishReason == "STOP") != last || (v.UsageMetadata != nil) != last {
			t.Errorf("event %d of %d: %s", i, len(list), e.data)
		}
	}
	if !strings.Contains(text, "Name a river.") {
		t.Errorf("text %q", text)
	}
	if whole := into[[]vertexAnswer](t, send(t, s, "POST", "/bypass/vertex/v1/models/gemini-2.5-flash:streamGenerateContent", body), 200); len(whole) != 1 {
		t.Errorf("without alt=sse: %d answers in the array", len(whole))
	}
}

func TestCountTokens(t *testing.T) {
	a := into[map[string]int](t, send(t, New(Options{}), "POST", "/v1/messages/count_tokens", `{"model":"claude-4.5-sonnet","messages":[{"role":"user","content":"Name a river."}]}`), 200)
	if a["input_tokens"] != tokens("Name a river.") {
		t.Errorf("%v", a)
	}
}
