package nexconn

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func chatModel(t *testing.T, id string) catalog.Model {
	t.Helper()
	m, ok := catalog.Builtin().ForChat(id)
	if !ok {
		return catalog.Free(id)
	}
	return m
}

// sent is a call's body as the service would read it.
func sent(t *testing.T, call Call) map[string]any {
	t.Helper()
	r := call.Body.Open()
	defer r.Close()
	doc, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(doc)) != call.Body.Len() {
		t.Errorf("the body has %d bytes and says %d", len(doc), call.Body.Len())
	}
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

func object1(t *testing.T, doc string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestChatCallReasoning(t *testing.T) {
	tests := []struct {
		model, level string
		budget, max  int
		want         string // what it adds to the body
		code         Code   // or the refusal
		warns        string
	}{
		{"openai/gpt-5", "minimal", 0, 0, `{"reasoning_effort":"minimal"}`, "", ""},
		{"openai/gpt-5", "high", 0, 50, `{"reasoning_effort":"high","max_tokens":50}`, "", ""},
		{"openai/gpt-5", "off", 0, 0, "", Unsupported, ""},
		{"openai/gpt-5", "", 2000, 0, "", Unsupported, ""},
		{"openai/gpt-5.2", "off", 0, 0, `{"reasoning_effort":"none"}`, "", ""},
		{"gemini-3.1-pro-preview", "minimal", 0, 0, `{"reasoning_effort":"minimal"}`, "", "said to think low, medium, high"},
		{"gemini-3.1-pro-preview", "low", 0, 0, `{"reasoning_effort":"low"}`, "", ""},
		{"gemini-2.5-pro", "low", 0, 0, `{"reasoning_effort":"low"}`, "", ""},
		{"gemini-2.5-pro", "off", 0, 0, "", Unsupported, ""},
		{"gemini-2.5-pro", "", 512, 0, `{"thinking":{"type":"enabled","budget_tokens":512}}`, "", ""},
		{"gemini-2.5-pro", "", 100, 0, `{"thinking":{"type":"enabled","budget_tokens":100}}`, "", "at least 128"},
		{"gemini-2.5-pro", "high", 512, 0, `{"thinking":{"type":"enabled","budget_tokens":512}}`, "", "reasoning high was left out"},
		{"gemini-2.5-flash", "off", 0, 0, `{"reasoning_effort":"none"}`, "", ""},
		{"gemini-2.5-flash", "", 30000, 0, `{"thinking":{"type":"enabled","budget_tokens":30000}}`, "", "at most 24576"},
		{"claude-4.5-sonnet", "minimal", 0, 0, `{"thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":5120}`, "", ""},
		{"claude-4.5-sonnet", "low", 0, 0, `{"thinking":{"type":"enabled","budget_tokens":2048},"max_tokens":6144}`, "", ""},
		{"claude-4.5-sonnet", "medium", 0, 0, `{"thinking":{"type":"enabled","budget_tokens":8192},"max_tokens":12288}`, "", ""},
		{"claude-4.5-sonnet", "high", 0, 32000, `{"thinking":{"type":"enabled","budget_tokens":16384},"max_tokens":32000}`, "", ""},
		{"claude-4.5-sonnet", "off", 0, 0, `{"thinking":{"type":"disabled"}}`, "", ""},
		{"claude-4.5-sonnet", "high", 0, 16384, "", InvalidArgument, ""},
		{"claude-4.5-sonnet", "", 3000, 0, `{"thinking":{"type":"enabled","budget_tokens":3000},"max_tokens":7096}`, "", ""},
		{"claude-4.5-sonnet", "", 1023, 0, "", InvalidArgument, ""},
		{"claude-4.5-sonnet", "", 4096, 4096, "", InvalidArgument, ""},
		{"claude-4.6-opus", "", 1000, 0, `{"thinking":{"type":"enabled","budget_tokens":1000},"max_tokens":5096}`, "", "at least 1024"},
		{"claude-4.6-opus", "low", 0, 2048, `{"thinking":{"type":"enabled","budget_tokens":2048},"max_tokens":2048}`, "", "more than the 2048"},
		{"deepseek/deepseek-v3.2-251201", "high", 0, 0, `{"thinking":{"type":"enabled"}}`, "", ""},
		{"deepseek/deepseek-v3.2-251201", "off", 0, 0, `{"thinking":{"type":"disabled"}}`, "", ""},
		{"doubao-seed-1.6", "low", 0, 0, `{"thinking":{"type":"enabled"}}`, "", "the same as high"},
		{"moonshotai/kimi-k2.5", "medium", 900, 0, `{"thinking":{"type":"enabled","budget_tokens":900}}`, "", "heeds a reasoning_budget"},
		{"qwen3-max-2026-01-23", "high", 0, 0, `{"enable_thinking":true}`, "", ""},
		{"qwen3-max-2026-01-23", "off", 0, 0, `{"enable_thinking":false}`, "", ""},
		{"qwen3-max-2026-01-23", "", 900, 0, `{"enable_thinking":true,"chat_template_kwargs":{"thinking_budget":900}}`, "", ""},
		{"deepseek-v3", "high", 0, 0, "", Unsupported, ""},
		{"deepseek-v3", "", 900, 0, "", Unsupported, ""},
		{"deepseek-v3", "off", 0, 0, `{}`, "", ""},
		{"a-new-model", "low", 0, 0, `{"reasoning_effort":"low"}`, "", ""},
		{"a-new-model", "", 700, 0, `{"thinking":{"type":"enabled","budget_tokens":700}}`, "", ""},
		{"a-new-model", "off", 0, 0, `{"reasoning_effort":"none"}`, "", ""},
		{"a-new-model", "extreme", 0, 0, "", InvalidArgument, ""},
		{"a-new-model", "off", 700, 0, "", InvalidArgument, ""},
		{"a-new-model", "", 0, 0, `{}`, "", ""},
	}
	for _, tt := range tests {
		call, warnings, err := builtChat(chatModel(t, tt.model), ChatRequest{Prompt: "hi", Reasoning: tt.level, ReasoningBudget: tt.budget, MaxTokens: tt.max})
		if tt.code != "" {
			if err == nil || CodeOf(err) != tt.code {
				t.Errorf("%s %s %d: got %v, want %s", tt.model, tt.level, tt.budget, err, tt.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %s %d: %v", tt.model, tt.level, tt.budget, err)
			continue
		}
		want := object1(t, tt.want)
		for k, v := range object1(t, `{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`) {
			want[k] = v
		}
		want["model"] = tt.model
		if diff := cmp.Diff(want, sent(t, call)); diff != "" {
			t.Errorf("%s %s %d: %s", tt.model, tt.level, tt.budget, diff)
		}
		if said := strings.Join(warnings, " "); (tt.warns == "") != (said == "") || !strings.Contains(said, tt.warns) {
			t.Errorf("%s %s %d warns %q, want %q", tt.model, tt.level, tt.budget, said, tt.warns)
		}
	}
}

func TestChatCallMessages(t *testing.T) {
	var given []Message
	if err := json.Unmarshal([]byte(`[
		{"role":"user","content":"Look <here>","attachments":["https://ex.am/a.png"]},
		{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","index":0,"function":{"name":"f","arguments":"{}"}}],
		 "thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}]},
		{"role":"tool","tool_call_id":"c1","content":"42"},
		{"role":"user","content":[{"type":"text","text":"and","cache_control":{"type":"ephemeral","ttl":"5m"}}],"attachments":["qfile-1-2-ab"]}
	]`), &given); err != nil {
		t.Fatal(err)
	}
	png := base64.StdEncoding.EncodeToString([]byte("png"))
	call, warnings, err := builtChat(chatModel(t, "gemini-3.1-pro-preview"), ChatRequest{
		System: "Be short.", Messages: given, Prompt: "Now this.",
		Attachments: []Media{Inline("image/png", []byte("png")), Link("https://ex.am/b.mp4?x=1"), Inline("audio/mpeg", []byte("mp3")),
			Link("https://ex.am/c.pdf"), {Ref: "data:text/plain;base64,aGVsbG8="}, Link("data:audio/wav;base64,UklGRg==")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := object1(t, `{"messages":[
		{"role":"system","content":"Be short."},
		{"role":"user","content":[{"type":"text","text":"Look <here>"},{"type":"image_url","image_url":{"url":"https://ex.am/a.png"}}]},
		{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","index":0,"function":{"name":"f","arguments":"{}"}}],
		 "thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}]},
		{"role":"tool","tool_call_id":"c1","content":"42"},
		{"role":"user","content":[{"type":"text","text":"and","cache_control":{"type":"ephemeral","ttl":"5m"}},{"type":"file","file":{"file_id":"qfile-1-2-ab"}}]},
		{"role":"user","content":[{"type":"text","text":"Now this."},
			{"type":"image_url","image_url":{"url":"data:image/png;base64,`+png+`"}},
			{"type":"video_url","video_url":{"url":"https://ex.am/b.mp4?x=1"}},
			{"type":"input_audio","input_audio":{"data":"bXAz","format":"mp3"}},
			{"type":"file_url","file_url":{"url":"https://ex.am/c.pdf"}},
			{"type":"text","text":"hello"},
			{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}]}`)["messages"]
	if diff := cmp.Diff(want, sent(t, call)["messages"]); diff != "" {
		t.Error(diff)
	}
	if len(warnings) > 0 {
		t.Errorf("got warnings %q", warnings)
	}
}

func TestChatCallAttachmentsWithoutAPrompt(t *testing.T) {
	picture := []Media{Link("https://ex.am/a.png")}
	part := map[string]any{"type": "image_url", "image_url": map[string]any{"url": "https://ex.am/a.png"}}
	call, _, err := builtChat(chatModel(t, "x"), ChatRequest{Messages: []Message{UserMessage("What is this?"), AssistantMessage("Let me see.")}, Attachments: picture})
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		map[string]any{"role": "user", "content": []any{map[string]any{"type": "text", "text": "What is this?"}, part}},
		map[string]any{"role": "assistant", "content": "Let me see."},
	}
	if diff := cmp.Diff(want, sent(t, call)["messages"]); diff != "" {
		t.Error(diff)
	}
	call, _, err = builtChat(chatModel(t, "x"), ChatRequest{Attachments: picture})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{map[string]any{"role": "user", "content": []any{part}}}, sent(t, call)["messages"]); diff != "" {
		t.Error(diff)
	}
}

func TestChatCallWarnsOfInputsAModelIsNotKnownToTake(t *testing.T) {
	for id, want := range map[string]string{
		"openai/gpt-5":      "attachments[0]: openai/gpt-5 is not known to understand pictures; it is said to take text.",
		"claude-4.5-sonnet": "", "x": "",
	} {
		_, warnings, err := builtChat(chatModel(t, id), ChatRequest{Prompt: "hi", Attachments: []Media{Link("https://ex.am/a.png")}})
		if err != nil || strings.Join(warnings, "") != want {
			t.Errorf("%s: got %q and %v", id, warnings, err)
		}
	}
}

// The ending of a link tells what it is; a picture is what has none, or one
// that tells nothing.
func TestChatCallLinksByTheirEnding(t *testing.T) {
	for link, want := range map[string]string{
		"https://ex.am/a": "image_url", "https://ex.am/a.WEBP?x=.go": "image_url", "https://ex.am/a.": "image_url",
		"https://ex.am/a.py": "file_url", "https://ex.am/b/a.go#1": "file_url", "https://ex.am/a.yaml": "file_url", "https://ex.am/a.tar.gz": "file_url",
		"https://ex.am/a.odt": "file_url", "https://ex.am/a.html": "file_url", "https://ex.am/what!.pdf": "file_url",
		"https://ex.am/a.mov": "video_url", "https://ex.am/a.m4v": "video_url",
		"https://ex.am/x.jpg!large": "image_url", "https://ex.am/x.jpg@80w": "image_url", "https://ex.am/pic.jfif": "image_url",
		"https://ex.am/a@2x.v3": "image_url", "https://ex.am/img/12.5": "image_url", "https://ex.am/a.tar.xyz": "image_url",
		"https://ex.am/pic.aspx": "image_url", "https://ex.am/photo.php?id=1": "image_url", "https://ex.am/show.cgi": "image_url",
	} {
		call, warnings, err := builtChat(chatModel(t, "gemini-3.1-pro-preview"), ChatRequest{Attachments: []Media{Link(link)}})
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v %q", link, err, warnings)
		}
		if doc := string(call.Body.Show()); !strings.Contains(doc, `"type":"`+want+`"`) {
			t.Errorf("%s is no %s: %s", link, want, doc)
		}
	}
}

func TestChatCallTextFilesGoInAsText(t *testing.T) {
	m := Inline("text/markdown; charset=utf-8", []byte("# Hi\xff"))
	m.Blob.Name = "folder/notes.md"
	call, _, err := builtChat(chatModel(t, "deepseek-v3"), ChatRequest{Prompt: "Read.", Attachments: []Media{m, Inline("application/json", []byte(`{"a":1}`))}})
	if err != nil {
		t.Fatal(err)
	}
	want := object1(t, `{"messages":[{"role":"user","content":[{"type":"text","text":"Read."},
		{"type":"text","text":"notes.md:\n\n# Hi\ufffd"},{"type":"text","text":"{\"a\":1}"}]}]}`)["messages"]
	if diff := cmp.Diff(want, sent(t, call)["messages"]); diff != "" {
		t.Error(diff)
	}
}

func TestChatCallToolsAndSchema(t *testing.T) {
	schema := map[string]any{"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}}}
	strict := map[string]any{"name": "person", "schema": schema, "strict": true}
	wrapped := map[string]any{"type": "function", "function": map[string]any{"name": "b", "parameters": schema, "strict": true}}
	tests := []struct {
		name string
		r    ChatRequest
		want string
	}{
		{"a bare schema", ChatRequest{JSONSchema: schema},
			`{"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object","properties":{"name":{"type":"string"}}}}}}`},
		{"a named schema", ChatRequest{JSONSchema: strict},
			`{"response_format":{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}}`},
		{"OpenAI's response_format", ChatRequest{JSONSchema: map[string]any{"type": "json_schema", "json_schema": strict}},
			`{"response_format":{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}}`},
		{"tools in both forms", ChatRequest{Tools: []any{map[string]any{"name": "a", "description": "A."}, wrapped}, ToolChoice: "required"},
			`{"tools":[{"type":"function","function":{"name":"a","description":"A.","parameters":{"type":"object","properties":{}}}},
			  {"type":"function","function":{"name":"b","strict":true,"parameters":{"type":"object","properties":{"name":{"type":"string"}}}}}],"tool_choice":"required"}`},
		{"Anthropic's tool", ChatRequest{Tools: []any{map[string]any{"type": "custom", "name": "a", "input_schema": schema}}},
			`{"tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{"name":{"type":"string"}}}}}]}`},
		{"a schema that is null", ChatRequest{Tools: []any{json.RawMessage(`{"name":"a","parameters":null,"input_schema":{"type":"object"}}`), json.RawMessage(`{"name":"b","input_schema":null}`)}},
			`{"tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object"}}},
			  {"type":"function","function":{"name":"b","parameters":{"type":"object","properties":{}}}}]}`},
		{"a schema as text", ChatRequest{Tools: []any{map[string]any{"name": "a", "input_schema": ` {"type":"object"} `}}},
			`{"tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object"}}}]}`},
		{"a tool by name", ChatRequest{Tools: []any{wrapped}, ToolChoice: "b"},
			`{"tools":[{"type":"function","function":{"name":"b","strict":true,"parameters":{"type":"object","properties":{"name":{"type":"string"}}}}}],
			  "tool_choice":{"type":"function","function":{"name":"b"}}}`},
		{"numbers and stops", ChatRequest{Temperature: new(0.0), TopP: new(0.5), Stop: []string{"END"}, Seed: new(int64(7)), MaxTokens: 9},
			`{"temperature":0,"top_p":0.5,"stop":["END"],"seed":7,"max_tokens":9}`},
		{"extra merged deep", ChatRequest{Extra: map[string]any{"top_k": 5, "stream_options": map[string]any{"x": true}, "thinking": map[string]any{"type": "adaptive"}}},
			`{"top_k":5,"stream_options":{"include_usage":true,"x":true},"thinking":{"type":"adaptive"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Prompt = "hi"
			call, _, err := builtChat(chatModel(t, "x"), tt.r)
			if err != nil {
				t.Fatal(err)
			}
			want := object1(t, `{"model":"x","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`)
			for k, v := range object1(t, tt.want) {
				want[k] = v
			}
			if diff := cmp.Diff(want, sent(t, call)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChatCallRefusesMessages(t *testing.T) {
	for doc, field := range map[string]string{
		`{"role":"user","content":"x"}`: "", `{"role":"user","content":null}`: "content", `{"role":"assistant"}`: "content",
		`{"role":"assistant","refusal":"I can't."}`: "", `{"role":"tool","content":[{"type":"text","text":"x"}]}`: "tool_call_id",
		`{"role":"developer","content":"x"}`: "", `{"role":"function","name":"f","content":"x"}`: "tool_call_id",
		`{"role":"user","content":5}`: "content", `{"role":"user","content":true}`: "content", `{"role":"user","content":{"type":"text","text":"x"}}`: "content",
		`{"role":"user","content":[5,"str"]}`: "content[0]", `{"role":"user","content":[null]}`: "content",
		`{"role":"user","content":[5],"attachments":["https://ex.am/a.png"]}`: "content[0]",
		`{"role":"alien","content":"x"}`:                                      "role", `{"role":5,"content":"x"}`: "role",
	} {
		var m Message
		if err := json.Unmarshal([]byte(doc), &m); err != nil {
			t.Fatal(err)
		}
		_, _, err := builtChat(chatModel(t, "x"), ChatRequest{Messages: []Message{m}})
		var e *Error
		switch errors.As(err, &e); {
		case field == "" && err != nil:
			t.Errorf("%s: %v", doc, err)
		case field != "" && (e == nil || e.Code != InvalidArgument || e.Field != "messages[0]."+field):
			t.Errorf("%s: got %v", doc, err)
		}
	}
}

func TestChatCallRefuses(t *testing.T) {
	var odd Message
	if err := json.Unmarshal([]byte(`{"role":"user","content":"x","attachments":["a",5]}`), &odd); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, model string
		r           ChatRequest
		code        Code
		field, says string
	}{
		{"nothing to say", "x", ChatRequest{}, InvalidArgument, "prompt", "prompt or messages"},
		{"a message without a role", "x", ChatRequest{Messages: []Message{{Fields: map[string]json.RawMessage{"content": []byte(`"x"`)}}}}, InvalidArgument, "messages[0].role", "role is missing"},
		{"a tool without a name", "x", ChatRequest{Prompt: "a", Tools: []any{map[string]any{"description": "?"}}}, InvalidArgument, "tools[0]", "with a name"},
		{"a schema that is text", "x", ChatRequest{Prompt: "a", Tools: []any{map[string]any{"name": "w", "input_schema": "x"}}}, InvalidArgument, "tools[0].parameters", "tool w are a JSON schema"},
		{"a schema that is a list", "x", ChatRequest{Prompt: "a", Tools: []any{map[string]any{"type": "function", "function": map[string]any{"name": "w", "parameters": []any{1}}}}},
			InvalidArgument, "tools[0].parameters", "which is an object"},
		{"two tools of one name", "x", ChatRequest{Prompt: "a", Tools: []any{map[string]any{"name": "f"}, map[string]any{"name": "f"}}}, InvalidArgument, "tools[1].name", "called f"},
		{"an unknown tool chosen", "x", ChatRequest{Prompt: "a", Tools: []any{map[string]any{"name": "f"}}, ToolChoice: "g"}, InvalidArgument, "tool_choice", "(f), not \"g\""},
		{"a choice without tools", "x", ChatRequest{Prompt: "a", ToolChoice: "auto"}, InvalidArgument, "tool_choice", "needs tools"},
		{"a schema's name", "x", ChatRequest{Prompt: "a", JSONSchema: map[string]any{"name": "a b", "schema": map[string]any{}}}, InvalidArgument, "json_schema", "letters"},
		{"pictures from a text model", "deepseek-v3", ChatRequest{Prompt: "a", ImageConfig: &ImageConfig{ImageSize: "1K"}}, Unsupported, "image_config", "makes no pictures"},
		{"a file from a model that reads none", "deepseek-v3", ChatRequest{Prompt: "a", Attachments: []Media{Link("qfile-1")}}, Unsupported, "attachments[0]", "deepseek-v3 reads no uploaded files"},
		{"attachments that are no list", "x", ChatRequest{Messages: []Message{odd}}, InvalidArgument, "messages[0].attachments", "list of texts"},
		{"content that is no text", "x", ChatRequest{Messages: []Message{{Attachments: []Media{Link("https://ex.am/a.png")}, Fields: map[string]json.RawMessage{"role": []byte(`"user"`), "content": []byte("5")}}}},
			InvalidArgument, "messages[0].content", "a text or a list of parts"},
		{"a link to sound", "x", ChatRequest{Prompt: "a", Attachments: []Media{Link("https://ex.am/a.mp3")}}, Unsupported, "attachments[0]", "as bytes"},
		{"extra that an argument writes", "x", ChatRequest{Prompt: "a", Extra: map[string]any{"max_tokens": 1}}, InvalidArgument, "extra.max_tokens", "the argument max_tokens"},
		{"extra model and stream", "x", ChatRequest{Prompt: "a", Extra: map[string]any{"model": "y", "stream": false}}, InvalidArgument, "extra.model", "extra.stream"},
		{"extra that reasoning wrote", "claude-4.5-sonnet", ChatRequest{Prompt: "a", Reasoning: "low", Extra: map[string]any{"thinking": map[string]any{"type": "adaptive"}}},
			InvalidArgument, "extra.thinking.type", "the argument reasoning"},
		{"the least there is", "gemini-3.1-pro-preview", ChatRequest{Prompt: "a", Reasoning: "off"}, Unsupported, "reasoning", "take low or medium"},
		{"everything at once", "openai/gpt-5", ChatRequest{Reasoning: "off", ToolChoice: "auto"}, InvalidArgument, "prompt", "cannot stop thinking"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := builtChat(chatModel(t, tt.model), tt.r)
			var e *Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Field != tt.field || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %#v", err)
			}
		})
	}
}
