package tools

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// All that is wrong with a call comes in one answer, and nothing that only
// follows from a value that was refused.
func TestAllFaultsAtOnce(t *testing.T) {
	type m = map[string]any
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {})
	h := newHouse(t, up.URL, nil)
	for name, tt := range map[string]struct {
		tool   string
		args   m
		says   []string
		faults int
	}{
		"chat": {"chat", m{"model": "openai/gpt-5", "prompt": "p", "reasoning": "off", "tool_choice": "bad", "extra": m{"model": "z"},
			"json_schema": m{"name": "a b", "schema": m{}}, "image_config": m{"image_size": "1K"}, "foo": 1, "temprature": 1},
			[]string{"always thinks", "tool_choice needs tools", "extra.model", "json_schema.name", "does not take image_config", "foo is not", "did you mean temperature"}, 7},
		"chat with attachments": {"chat", m{"model": "deepseek-v3", "prompt": "p", "attachments": []any{"/nowhere/a.png", "qfile-1", "https://ex.am/a.mp3"}, "max_tokens": 0},
			[]string{"attachments[0]", "attachments[1]", "attachments[2]: sound goes", "max_tokens"}, 4},
		"chat without a model": {"chat", m{"tool_choice": "auto"}, []string{"model is required", "prompt or messages", "tool_choice needs tools"}, 3},
		"chat with another kind of model": {"chat", m{"model": "kling-v3", "tool_choice": "auto", "prompt": "p"},
			[]string{"kling-v3 makes videos and does not chat", "tool_choice needs tools"}, 2},
		"messages that are none":       {"chat", m{"model": "openai/gpt-5", "messages": "hello"}, []string{"messages[0] must be an object"}, 1},
		"tools that are none":          {"chat", m{"model": "openai/gpt-5", "prompt": "p", "tools": "f", "tool_choice": "f"}, []string{"tools[0] must be an object"}, 1},
		"reasoning that is no level":   {"chat", m{"model": "openai/gpt-5", "prompt": "p", "reasoning": "extreme"}, []string{"reasoning must be one of"}, 1},
		"native_chat":                  {"native_chat", m{"protocol": "anthropic", "model": "a", "body": m{"model": "b"}, "foo": 1}, []string{"body names the model", "foo is not"}, 2},
		"native_chat without a body":   {"native_chat", m{"protocol": "grpc", "model": "a"}, []string{"protocol must be one of", "body is required"}, 2},
		"upload_file":                  {"upload_file", m{"source_url": "ftp://a/b", "expires_in_seconds": 5, "model": "deepseek-v3", "foo": 1}, []string{"source_url is a public", "expires_in_seconds must be at least 3600", "deepseek-v3 reads no uploaded files", "foo is not"}, 4},
		"upload_file for a video":      {"upload_file", m{"source_url": "https://ex.am/a", "model": "kling-v3", "expires_in_seconds": 0}, []string{"kling-v3 reads no uploaded files; these do: gemini-", "expires_in_seconds"}, 2},
		"upload_file for any Veo":      {"upload_file", m{"source_url": "https://ex.am/a", "model": "veo-9"}, []string{"veo-9 reads no uploaded files"}, 1},
		"upload_file, half a kodo":     {"upload_file", m{"kodo": m{"bucket": "b"}}, []string{"kodo.key is required"}, 1},
		"upload_file, both and half":   {"upload_file", m{"kodo": m{"bucket": "b"}, "source_url": "https://ex.am/a"}, []string{"kodo.key is required", "exactly one source"}, 2},
		"a message's odd parts":        {"chat", m{"model": "gemini-2.5-pro", "messages": []any{m{"role": "user", "content": 5, "attachments": []any{"qfile-1"}}, m{"role": "user", "content": "x", "attachments": []any{"a", 5}}}}, []string{"messages[0].content is a text", "messages[1].attachments is a list of texts"}, 2},
		"numbers that nothing holds":   {"chat", m{"model": "openai/gpt-5", "prompt": "p", "seed": 1e30, "max_tokens": 1e21}, []string{"seed is too large", "max_tokens is too large"}, 2},
		"attachments that are no text": {"chat", m{"model": "openai/gpt-5", "prompt": "p", "attachments": []any{"qfile-1", m{}}}, []string{"attachments[1] must be a string"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.call(t, t.Context(), tt.tool, tt.args)
			message, _ := got.Error["message"].(string)
			for _, say := range tt.says {
				if !strings.Contains(message, say) {
					t.Errorf("%q is not told", say)
				}
			}
			if n := max(1, strings.Count(message, "\n- ")); n != tt.faults {
				t.Errorf("%d faults are told, want %d", n, tt.faults)
			}
			if field, _ := got.Error["field"].(string); field == "" {
				t.Error("no field is named")
			}
			if strings.Contains(message, "json:") {
				t.Error("it speaks of Go")
			}
			if t.Failed() {
				t.Log(got.Text)
			}
		})
	}
	if n := len(up.requests()); n > 0 {
		t.Errorf("%d requests went out", n)
	}
}

// What a caller wrote for a vendor goes out in its own bytes.
func TestWrittenOrderStays(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:1", nil)
	const schema = `{"type":"object","properties":{"z":{"type":"string","description":"<b> \u00e9"},"a":{"maximum":9007199254740993}}}`
	quoted, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ tool, args, want string }{
		"a native body": {"native_chat", `"protocol":"bypass_gemini","model":"g","body":{"z":[{"y":"<&>\u003c","b":1.0}],"stream":false,"a":{"d":1,"c":2}}`,
			`{"z":[{"y":"<&>\u003c","b":1.0}],"a":{"d":1,"c":2}}`},
		"a body as text":   {"native_chat", `"protocol":"anthropic","model":"m","body":"{\"z\":1,\"a\":\"<\"}"`, `{"model":"m","z":1,"a":"<"}`},
		"a JSON schema":    {"chat", `"model":"x","prompt":"p","json_schema":` + schema, `"schema":` + schema},
		"a schema as text": {"chat", `"model":"x","prompt":"p","json_schema":` + string(quoted), `"schema":` + schema},
		"tools": {"chat", `"model":"x","prompt":"p","tools":[{"name":"f","parameters":` + schema + `}]`,
			`"function":{"name":"f","parameters":` + schema + `}`},
		"Anthropic's tools": {"chat", `"model":"x","prompt":"p","tools":{"type":"custom","name":"f","input_schema":` + schema + `}`,
			`"function":{"name":"f","parameters":` + schema + `}`},
		"messages": {"chat", `"model":"x","messages":[{"role":"user","content":[{"type":"text","text":"<\u003c>"}],"z":1,"attachments":"https://ex.am/a.png"}]`,
			`"content":[{"type":"text","text":"<\u003c>"},{"type":"image_url","image_url":{"url":"https://ex.am/a.png"}}],"z":1`},
		"names said twice": {"native_chat", `"protocol":"anthropic","model":"m","body":{"z":1,"a":{"k":"x","k":"y"}}`, `{"model":"m","a":{"k":"y"},"z":1}`},
		"a seed":           {"chat", `"model":"x","prompt":"p","seed":9007199254740993`, `"seed":9007199254740993`},
	} {
		t.Run(name, func(t *testing.T) {
			var req mcp.CallToolRequest
			doc := fmt.Sprintf(`{"params":{"name":%q,"arguments":{%s,"dry_run":true}}}`, tt.tool, tt.args)
			if err := json.Unmarshal([]byte(doc), &req); err != nil {
				t.Fatal(err)
			}
			got, err := h.tools[tt.tool].ServerTool.Handler(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if text := got.Content[0].(mcp.TextContent).Text; !strings.Contains(text, tt.want) {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}
