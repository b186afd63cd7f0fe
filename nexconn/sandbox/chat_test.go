package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"
)

const completions = "/v1/chat/completions"

// one is a chat request of one user message, with more fields.
func one(model, prompt, more string) string {
	return fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]%s}`, model, prompt, more)
}

func chatOnce(t *testing.T, body string) chatCompletion {
	t.Helper()
	return into[chatCompletion](t, send(t, New(Options{TimeScale: 0.001}), "POST", completions, body), 200)
}

func TestChat(t *testing.T) {
	a, b := chatOnce(t, one("deepseek-v3", "Name a river.", "")), chatOnce(t, one("deepseek-v3", "Name a river.", ""))
	text := *a.Choices[0].Message.Content
	if text != *b.Choices[0].Message.Content {
		t.Error("the same question, another answer")
	}
	if !strings.Contains(text, "Name a river.") || !strings.Contains(text, "sandbox") {
		t.Errorf("text %q", text)
	}
	if a.Object != "chat.completion" || a.Model != "deepseek-v3" || !strings.HasPrefix(a.ID, "chatcmpl-") || len(a.ID) != 9+32 {
		t.Errorf("%+v", a)
	}
	if *a.Choices[0].FinishReason != finishStop || a.Usage.TotalTokens != a.Usage.PromptTokens+a.Usage.CompletionTokens {
		t.Errorf("%+v", a)
	}
}

// TestChatModels: every id of the documents answers, those nobody knows too, and
// what is no chat model does not.
func TestChatModels(t *testing.T) {
	s := New(Options{TimeScale: 0.001})
	for _, id := range append(offered("chat"), "openai/gpt-7", "some-new-model") {
		into[any](t, send(t, s, "POST", completions, one(id, "hello?", "")), 200)
	}
	for id, want := range map[string]int{"nope": 503, "unknown-model": 503, "unrouted-model": 400, "kling-v3": 400, "sora-2": 400} {
		into[any](t, send(t, s, "POST", completions, one(id, "hello?", "")), want)
	}
}

func TestChatStream(t *testing.T) {
	tools := `,"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]`
	for _, c := range []struct{ name, body string }{
		{"text", one("deepseek-v3", "Name a river.", `,"stream":true`)},
		{"reasoning", one("claude-4.5-sonnet", "Name a river.", `,"stream":true,"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":2048}`)},
		{"usage apart", one("gemini-2.5-pro", "Name a river.", `,"stream":true,"stream_options":{"include_usage":true}`)},
		{"tools", one("qwen3-max-2026-01-23", "The weather in Paris", `,"stream":true`+tools)},
		{"image", one("gemini-2.5-flash-image", "Draw a boat", `,"stream":true`)},
		{"schema", one("gemini-2.5-pro", "7 boats", `,"stream":true,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"n":{"type":"integer"}}}}}`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Options{TimeScale: 0.001})
			a := send(t, s, "POST", completions, c.body)
			if a.status != 200 || a.header.Get("Content-Type") != "text/event-stream" {
				t.Fatalf("%d %v %s", a.status, a.header, a.body)
			}
			got := joinChunks(t, a.body)
			whole := into[chatCompletion](t, send(t, s, "POST", completions, strings.Replace(c.body, `,"stream":true`, "", 1)), 200)
			want := whole.Choices[0].Message
			if got.text != *want.Content || got.reasoning != want.ReasoningContent || got.images != len(want.Images) || got.finish != *whole.Choices[0].FinishReason {
				t.Errorf("stream %+v\nwhole %+v", got, want)
			}
			if len(want.ToolCalls) > 0 && got.arguments[0] != want.ToolCalls[0].Function.Arguments {
				t.Errorf("arguments %q, want %q", got.arguments[0], want.ToolCalls[0].Function.Arguments)
			}
			if got.usage == nil || got.usage.TotalTokens != whole.Usage.TotalTokens {
				t.Errorf("usage %+v, want %+v", got.usage, whole.Usage)
			}
		})
	}
}

type joined struct {
	text, reasoning string
	arguments       map[int]string
	images          int
	finish          finish
	usage           *chatUsage
}

func joinChunks(t *testing.T, body string) joined {
	t.Helper()
	j := joined{arguments: map[int]string{}}
	events := strings.Split(strings.TrimSuffix(body, "\n\n"), "\n\n")
	if events[len(events)-1] != "data: [DONE]" {
		t.Fatalf("the last event is %q", events[len(events)-1])
	}
	for i, e := range events[:len(events)-1] {
		data, ok := strings.CutPrefix(e, "data: ")
		var c chatCompletion
		if err := json.Unmarshal([]byte(data), &c); !ok || err != nil || c.Object != "chat.completion.chunk" {
			t.Fatalf("event %q: %v", e, err)
		}
		if c.Usage != nil {
			j.usage = c.Usage
		}
		if len(c.Choices) == 0 {
			continue
		}
		d := c.Choices[0].Delta
		if (d.Role == "assistant") != (i == 0) {
			t.Errorf("event %d has role %q", i, d.Role)
		}
		if d.ReasoningContent != "" && j.text != "" {
			t.Error("reasoning after text")
		}
		if d.Content != nil {
			j.text += *d.Content
		}
		j.reasoning += d.ReasoningContent
		j.images += len(d.Images)
		for _, call := range d.ToolCalls {
			j.arguments[call.Index] += call.Function.Arguments
		}
		if c.Choices[0].FinishReason != nil {
			j.finish = *c.Choices[0].FinishReason
		}
	}
	return j
}

func TestReasoningSwitches(t *testing.T) {
	for _, c := range []struct {
		model, more     string
		text, reasoning bool // visible, counted
	}{
		{"deepseek-v3", ``, false, false},
		{"gemini-2.5-flash", `,"reasoning_effort":"minimal"`, true, true},
		{"gemini-2.5-flash", `,"reasoning_effort":"none"`, false, false},
		{"gemini-2.5-pro", `,"reasoning_effort":"none"`, true, true}, // cannot stop
		{"openai/gpt-5", `,"reasoning_effort":"high"`, false, true},
		{"claude-4.6-opus", `,"thinking":{"type":"enabled","budget_tokens":1024}`, true, true},
		{"claude-4.6-opus", `,"thinking":{"type":"disabled"}`, false, false},
		{"deepseek/deepseek-v3.2-251201", `,"thinking":{"type":"enabled"}`, true, true},
		{"deepseek/deepseek-v3.2-251201", `,"reasoning":{"enabled":true}`, true, true},
		{"deepseek/deepseek-v3.2-251201", `,"reasoning":{"effort":"low","exclude":true}`, false, true},
		{"qwen3-max-2026-01-23", `,"enable_thinking":true`, true, true},
		{"qwen3-max-2026-01-23", `,"chat_template_kwargs":{"enable_thinking":true,"thinking_budget":512}`, true, true},
		{"moonshotai/kimi-k2.5", ``, true, true},
		{"moonshotai/kimi-k2.5", `,"thinking":{"type":"disabled"}`, false, false},
	} {
		a := chatOnce(t, one(c.model, "Why?", c.more))
		m := a.Choices[0].Message
		if (m.ReasoningContent != "") != c.text || (a.Usage.OutDetails["reasoning_tokens"] > 0) != c.reasoning {
			t.Errorf("%s %s: text %q, tokens %v", c.model, c.more, m.ReasoningContent, a.Usage.OutDetails)
		}
		if strings.HasPrefix(c.model, "claude") && c.text && (len(m.ThinkingBlocks) != 1 || m.ThinkingBlocks[0].Signature == "") {
			t.Errorf("%s: blocks %v", c.model, m.ThinkingBlocks)
		}
	}
	short := chatOnce(t, one("gemini-2.5-flash", "Why?", `,"reasoning_effort":"minimal"`))
	long := chatOnce(t, one("gemini-2.5-flash", "Why?", `,"reasoning_effort":"high"`))
	if s, l := short.Usage.OutDetails["reasoning_tokens"], long.Usage.OutDetails["reasoning_tokens"]; s >= l {
		t.Errorf("minimal reasons %d tokens, high %d", s, l)
	}
	s := New(Options{})
	for _, more := range []string{`,"thinking":{"type":"enabled","budget_tokens":1000}`, `,"max_tokens":2048,"thinking":{"type":"enabled","budget_tokens":2048}`} {
		into[any](t, send(t, s, "POST", completions, one("claude-4.5-sonnet", "Why?", more)), 400)
	}
}

func TestTools(t *testing.T) {
	const tools = `,"tools":[
		{"type":"function","function":{"name":"get_weather","description":"The weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"]}}},
		{"type":"function","function":{"name":"bookFlight","description":"Books a seat on an aeroplane"}}]`
	for _, c := range []struct{ prompt, more, calls string }{
		{"How will the weather be in Paris for 3 days?", ``, `get_weather{"city":"Paris","days":3}`},
		{"Please use bookFlight", ``, `bookFlight{}`},
		{"Who books me a place on an aeroplane?", ``, `bookFlight{}`},
		{"Weather and flight to Rome", ``, `get_weather{"city":"Rome","days":1} bookFlight{}`},
		{"Weather and flight to Rome", `,"parallel_tool_calls":false`, `get_weather{"city":"Rome","days":1}`},
		{"Hello there", ``, ``},
		{"Hello there", `,"tool_choice":"required"`, `get_weather{"city":"Hello there","days":1}`},
		{"The weather", `,"tool_choice":"none"`, ``},
		{"The weather", `,"tool_choice":{"type":"function","function":{"name":"bookFlight"}}`, `bookFlight{}`},
	} {
		a := chatOnce(t, one("gemini-2.5-flash", c.prompt, tools+c.more)).Choices[0]
		var got []string
		for i, call := range a.Message.ToolCalls {
			if call.Index != i || call.ID == "" || call.Type != "function" {
				t.Errorf("%s: call %+v", c.prompt, call)
			}
			got = append(got, call.Function.Name+call.Function.Arguments)
		}
		if s := strings.Join(got, " "); s != c.calls || (*a.FinishReason == finishTools) != (c.calls != "") {
			t.Errorf("%s%s: %q %s, want %q", c.prompt, c.more, s, *a.FinishReason, c.calls)
		}
	}
	after := chatOnce(t, `{"model":"gemini-2.5-flash","messages":[{"role":"user","content":"The weather in Paris"},
		{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},
		{"role":"tool","tool_call_id":"call_1","content":"rain, 9 degrees"}]`+tools+`}`)
	if text := *after.Choices[0].Message.Content; !strings.Contains(text, "get_weather answered: rain, 9 degrees") {
		t.Errorf("after the result: %q", text)
	}
}

func TestFormatsAndLimits(t *testing.T) {
	object := chatOnce(t, one("deepseek-v3", "Name a river.", `,"response_format":{"type":"json_object"}`))
	var m map[string]string
	if err := json.Unmarshal([]byte(*object.Choices[0].Message.Content), &m); err != nil || m["answer"] == "" {
		t.Errorf("json_object: %v", err)
	}
	word := chatOnce(t, one("deepseek-v3", "Name a river.", `,"response_format":"json_object"`))
	if !json.Valid([]byte(*word.Choices[0].Message.Content)) {
		t.Error("response_format as a word is not honoured")
	}
	cut := chatOnce(t, one("deepseek-v3", "Name a river.", `,"max_tokens":5`))
	if *cut.Choices[0].FinishReason != finishLength || cut.Usage.CompletionTokens > 5 {
		t.Errorf("max_tokens: %+v", cut)
	}
	hidden := chatOnce(t, one("openai/gpt-5", "Name a river.", `,"max_completion_tokens":3,"reasoning_effort":"high"`))
	if *hidden.Choices[0].FinishReason != finishLength || *hidden.Choices[0].Message.Content != "" || hidden.Usage.CompletionTokens > 3 {
		t.Errorf("max_completion_tokens: %+v", hidden)
	}
	stopped := chatOnce(t, one("deepseek-v3", "Name a river.", `,"stop":["sandbox"]`))
	if text := *stopped.Choices[0].Message.Content; strings.Contains(text, "sandbox") || *stopped.Choices[0].FinishReason != finishStop {
		t.Errorf("stop: %q", text)
	}
	long := chatOnce(t, one("deepseek-v3", "Go on [[words:5000]]", ""))
	if n := len(strings.Fields(*long.Choices[0].Message.Content)); n != 5000 {
		t.Errorf("%d words, want 5000", n)
	}
	filtered := chatOnce(t, one("deepseek-v3", "x [[fail:content]]", ""))
	if *filtered.Choices[0].FinishReason != finishContent || *filtered.Choices[0].Message.Content != "" {
		t.Errorf("fail:content: %+v", filtered)
	}
	into[any](t, send(t, New(Options{}), "POST", completions, one("deepseek-v3", "x [[fail:other]]", "")), 500)
}

func TestMediaInChat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		s.maxInline = 1000
		made := into[file](t, send(t, s, "POST", "/v1/files", `{"model":"gemini-2.5-pro","source_url":"https://example.org/a.mp4"}`), 200)
		ask := func(model string, parts ...string) said {
			return send(t, s, "POST", completions, fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},%s]}]}`, model, strings.Join(parts, ",")))
		}
		qfile := `{"type":"file","file":{"file_id":"` + made.ID + `","format":"video/mp4"}}`
		if a := ask("gemini-2.5-pro", qfile); a.status != 400 || !strings.Contains(a.body, "not ready") {
			t.Errorf("pending file: %d %s", a.status, a.body)
		}
		later(3 * time.Second)
		a := into[chatCompletion](t, ask("gemini-2.5-pro", qfile,
			`{"type":"image_url","image_url":{"url":"`+made.ID+`"}}`,
			`{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}`,
			`{"type":"image_url","image_url":{"url":"https://example.org/a.png"},"cache_control":{"type":"ephemeral"}}`,
			`{"type":"video_url","video_url":{"url":"https://example.org/a.mp4"}}`,
			`{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}`,
			`{"type":"file_url","file_url":{"url":"https://example.org/a.pdf"}}`,
			`{"type":"text","text":"long text to keep","cache_control":{"type":"ephemeral"}}`), 200)
		if text := *a.Choices[0].Message.Content; !strings.Contains(text, "2 files, 2 images, 1 video, 1 audio clip and 1 document") {
			t.Errorf("text %q", text)
		}
		if a.Usage.PromptDetails["cached_tokens"] == 0 {
			t.Errorf("usage %+v", a.Usage)
		}
		for name, c := range map[string]struct{ model, part string }{
			"a file for another vendor": {"openai/gpt-5", qfile},
			"an unknown file":           {"gemini-2.5-pro", `{"type":"file","file":{"file_id":"qfile-1-1-a"}}`},
			"a part without its object": {"gemini-2.5-pro", `{"type":"image_url"}`},
			"a path":                    {"gemini-2.5-pro", `{"type":"image_url","image_url":{"url":"a.png"}}`},
			"no base64":                 {"gemini-2.5-pro", `{"type":"input_audio","input_audio":{"data":"?"}}`},
			"an unknown part":           {"gemini-2.5-pro", `{"type":"smell"}`},
			"more than 15 MB":           {"gemini-2.5-pro", `{"type":"image_url","image_url":{"url":"data:image/png;base64,` + base64.StdEncoding.EncodeToString(make([]byte, 1001)) + `"}}`},
		} {
			if a := ask(c.model, c.part); a.status != 400 {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		later(3 * day)
		if a := ask("gemini-2.5-pro", qfile); a.status != 400 || !strings.Contains(a.body, "expired") {
			t.Errorf("expired file: %d %s", a.status, a.body)
		}
	})
}

func TestGeminiImagesInChat(t *testing.T) {
	draw := func(model, prompt, more string) *chatReply {
		return chatOnce(t, one(model, prompt, more)).Choices[0].Message
	}
	m := draw("gemini-3.1-flash-image-preview", "Draw a boat", `,"image_config":{"aspect_ratio":"16:9","image_size":"512"}`)
	data, ok := dataURI(m.Images[0].ImageURL.URL)
	img, err := png.Decode(bytes.NewReader(data))
	if !ok || err != nil || img.Bounds().Dx() != 682 || img.Bounds().Dy() != 384 {
		t.Errorf("image: %v %v", err, img.Bounds())
	}
	if m := draw("gemini-2.5-flash-image", "Is a boat a ship?", ""); len(m.Images) != 0 || *m.Content == "" {
		t.Error("a question is answered with a picture")
	}
	if m := draw("gemini-2.5-flash-image", "Draw a boat", `,"modalities":["text"]`); len(m.Images) != 0 {
		t.Error("a picture although only text was asked for")
	}
	into[any](t, send(t, New(Options{}), "POST", completions, one("gemini-2.5-flash-image", "Draw a boat", `,"image_config":{"image_size":"4K"}`)), 400)
}
