package nexconn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// play is a client of a sandbox that lasts as long as the test.
func play(t *testing.T) *nexconn.Client {
	t.Helper()
	s, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Options{TimeScale: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &nexconn.Client{BaseURL: s.URL + "/v1", Key: "sk-any",
		Poll: func(*nexconn.Job, int) time.Duration { return 20 * time.Millisecond }}
}

func ask(t *testing.T, c *nexconn.Client, r nexconn.ChatRequest) (*nexconn.ChatAnswer, error) {
	t.Helper()
	return c.Chat(t.Context(), r)
}

func TestEveryChatModelThinksAndAnswers(t *testing.T) {
	c := play(t)
	for _, m := range catalog.Builtin().Of(catalog.Chat) {
		t.Run(m.ID, func(t *testing.T) {
			t.Parallel()
			r := nexconn.ChatRequest{Model: m.ID, System: "Be short.", Prompt: "Why is the sea salty?", Reasoning: "medium"}
			if m.Chat.Reasoning.None {
				r.Reasoning = "off"
			}
			got, err := ask(t, c, r)
			if err != nil {
				t.Fatal(err)
			}
			thinks := !m.Chat.Reasoning.None && !m.Chat.Reasoning.Hidden
			if got.Text == "" || got.FinishReason != "stop" || got.Usage.OutputTokens == 0 || got.Interrupted || thinks != (got.Reasoning != "") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestChatCallsToolsAndHonoursSchemas(t *testing.T) {
	c := play(t)
	tools := []any{map[string]any{"name": "lookup", "description": "Find a fact", "parameters": map[string]any{
		"type": "object", "properties": map[string]any{"query": map[string]any{"type": "string"}}, "required": []any{"query"}}}}
	got, err := ask(t, c, nexconn.ChatRequest{Model: "deepseek/deepseek-v3.2-251201", Prompt: "How deep is Lake Baikal?", Tools: tools, ToolChoice: "lookup"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.ToolCalls) != 1 || got.ToolCalls[0].Name != "lookup" || got.ToolCalls[0].ID == "" || !strings.Contains(string(got.ToolCalls[0].Arguments), `"query"`) {
		t.Errorf("got %+v", got)
	}
	schema := map[string]any{"type": "object", "properties": map[string]any{"river": map[string]any{"type": "string"}}, "required": []any{"river"}}
	got, err = ask(t, c, nexconn.ChatRequest{Model: "openai/gpt-5", Prompt: "Name a river.", JSONSchema: schema})
	if err != nil || !strings.Contains(got.Text, `"river"`) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestChatMakesPictures(t *testing.T) {
	got, err := ask(t, play(t), nexconn.ChatRequest{Model: "gemini-2.5-flash-image", Prompt: "Draw a red kite.", ImageConfig: &nexconn.ImageConfig{AspectRatio: "16:9"}})
	if err != nil || len(got.Images) == 0 || got.Images[0].MIMEType != "image/png" || len(got.Images[0].Data) == 0 || got.Usage.Images != len(got.Images) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheSandboxFailsAsTheServiceDoes(t *testing.T) {
	c := play(t)
	c.StreamIdleTimeout = 500 * time.Millisecond
	tests := []struct {
		prompt string
		code   nexconn.Code // empty: an answer
		unsure bool
		finish string
	}{
		{"[[status:429]]", nexconn.RateLimited, false, ""},
		{"[[status:503]]", nexconn.UpstreamError, false, ""},
		{"[[status:401]]", nexconn.Unauthorized, false, ""},
		{"[[quota:402]]", nexconn.QuotaExhausted, false, ""},
		{"[[quota:429]]", nexconn.QuotaExhausted, false, ""},
		{"[[quota:403]]", nexconn.QuotaExhausted, false, ""},
		{"[[html:502]]", nexconn.UpstreamUnavailable, true, ""},
		{"[[drop:before]]", nexconn.UpstreamUnavailable, true, ""},
		{"[[drop]]", "", false, nexconn.Interrupted},
		{"[[truncate]]", "", false, nexconn.Interrupted},
		{"[[stall]]", "", false, nexconn.Interrupted},
		{"[[fail:content]]", "", false, "content_filter"},
	}
	for _, tt := range tests {
		t.Run(tt.prompt, func(t *testing.T) {
			t.Parallel()
			got, err := ask(t, c, nexconn.ChatRequest{Model: "deepseek-v3", Prompt: "Tell me a story. " + tt.prompt})
			if tt.code == "" {
				if err != nil || got.FinishReason != tt.finish || got.Interrupted != (tt.finish == nexconn.Interrupted) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			var e *nexconn.Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Unsure != tt.unsure {
				t.Errorf("got %#v", err)
			}
		})
	}
}

func TestAModelThatTheServiceLacks(t *testing.T) {
	c := play(t)
	for _, id := range []string{"unknown-model", "unrouted-model"} { // without a price, without a route
		if _, err := c.Chat(t.Context(), nexconn.ChatRequest{Model: id, Prompt: "hi"}); nexconn.CodeOf(err) != nexconn.UnknownModel {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

func TestEveryNativeProtocol(t *testing.T) {
	c := play(t)
	for protocol, in := range map[nexconn.Protocol][2]string{
		nexconn.AnthropicMessages: {"claude-4.5-sonnet", `{"max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`},
		nexconn.BypassAnthropic:   {"claude-4.5-sonnet", `{"max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`},
		nexconn.BypassGemini:      {"gemini-2.5-pro", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`},
		nexconn.BypassResponses:   {"openai/gpt-5", `{"input":"hi"}`},
	} {
		got, err := c.Native(t.Context(), nexconn.NativeRequest{Protocol: protocol, Model: in[0], Body: []byte(in[1])})
		if err != nil {
			t.Errorf("%s: %v", protocol, err)
			continue
		}
		if got.Status != 200 || got.Usage.OutputTokens == 0 || len(got.Body) == 0 {
			t.Errorf("%s: got %+v", protocol, got)
		}
	}
	busy := nexconn.NativeRequest{Protocol: nexconn.BypassAnthropic, Model: "claude-4.5-sonnet",
		Body: []byte(`{"max_tokens":5,"messages":[{"role":"user","content":"[[status:429]]"}]}`)}
	if _, err := c.Native(t.Context(), busy); nexconn.CodeOf(err) != nexconn.RateLimited {
		t.Errorf("got %v", err)
	}
}

func TestAFileFromUploadToDeletion(t *testing.T) {
	c := play(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	file, err := c.CreateFile(ctx, nexconn.FileRequest{SourceURL: "https://ex.am/clip.mp4"})
	if err != nil {
		t.Fatal(err)
	}
	id := file.ID
	for file.Status != "ready" {
		if file, err = c.File(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ask(t, c, nexconn.ChatRequest{Model: "gemini-3.1-pro-preview", Prompt: "List the scenes.", Attachments: []nexconn.Media{{Ref: id}}})
	if err != nil || got.Text == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	list, err := c.Files(ctx, 5, "", "ready")
	if err != nil || len(list.Files) != 1 || list.Files[0].ID != id {
		t.Errorf("got %+v, %v", list, err)
	}
	if deleted, err := c.DeleteFile(ctx, id); err != nil || !deleted {
		t.Errorf("got %t, %v", deleted, err)
	}
	if _, err := c.File(ctx, id); nexconn.CodeOf(err) != nexconn.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestAFailedJobIsAResult(t *testing.T) {
	c := play(t)
	for _, id := range []string{"kling-v3", "viduq2", "sora-2", "bytedance/doubao-seedance-2-0-260128"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			job, err := c.Video(t.Context(), nexconn.VideoRequest{Model: id, Prompt: "A street. [[fail:content]]"})
			if err != nil {
				t.Fatal(err)
			}
			job, err = c.Wait(t.Context(), job.TaskID(), nil)
			if err != nil || job.Status != nexconn.Failed || job.Failure == nil || job.Failure.Code != nexconn.ContentRejected {
				t.Errorf("got %+v, %v", job, err)
			}
		})
	}
}
