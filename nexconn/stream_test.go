package nexconn

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// trip is a service in a function.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	return f(r)
}

func (f trip) client() *Client {
	return &Client{BaseURL: "https://service.test/v1", Key: "sk-secret-key", HTTP: &http.Client{Transport: f}}
}

func says(status int, kind string, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "X-Request-Id": {"r-1"}}, Body: io.NopCloser(body)}
}

func streams(body io.Reader) *Client {
	return trip(func(*http.Request) (*http.Response, error) { return says(200, "text/event-stream", body), nil }).client()
}

// cut is a body that breaks after its text.
type cut struct{ r io.Reader }

func (c cut) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if errors.Is(err, io.EOF) {
		err = errors.New("connection reset by peer")
	}
	return n, err
}

func chunk(delta string) string {
	return `data: {"id":"c1","model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}` + "\n\n"
}

const (
	finish = `data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

func TestChatStream(t *testing.T) {
	call := func(args string) string { return `{"tool_calls":[` + args + `]}` }
	tests := []struct {
		name string
		body string
		want ChatAnswer
	}{
		{"text, reasoning, comments, usage with no choices",
			": hello\n\n" + chunk(`{"role":"assistant","content":""}`) + chunk(`{"reasoning_content":"Two parts."}`) + ": ping\n\n" +
				chunk(`{"content":"Forty"}`) + chunk(`{"content":"-two"}`) + finish +
				`data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":25,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":20}}}` + "\n\n" + done,
			ChatAnswer{Text: "Forty-two", Reasoning: "Two parts.", FinishReason: "stop",
				Usage: Usage{InputTokens: 11, OutputTokens: 25, ReasoningTokens: 20, CachedTokens: 4}}},
		{"usage before the end, no [DONE]",
			`data: {"choices":[{"delta":{"content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}` + "\n\n" + finish,
			ChatAnswer{Text: "hi", FinishReason: "stop", Usage: Usage{InputTokens: 1, OutputTokens: 1}}},
		{"[DONE] without a finish reason", chunk(`{"content":"hi"}`) + done, ChatAnswer{Text: "hi"}},
		{"lines end with CR LF", strings.ReplaceAll(chunk(`{"content":"hi"}`)+finish+done, "\n", "\r\n"), ChatAnswer{Text: "hi", FinishReason: "stop"}},
		{"content in parts", chunk(`{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`) + finish, ChatAnswer{Text: "ab", FinishReason: "stop"}},
		{"tool calls by index",
			chunk(call(`{"index":0,"id":"a","type":"function","function":{"name":"lookup","arguments":""}}`)) +
				chunk(call(`{"index":1,"id":"b","function":{"name":"other","arguments":"{}"}}`)) +
				chunk(call(`{"index":0,"function":{"arguments":"{\"q\":"}}`)) + chunk(call(`{"index":0,"function":{"arguments":"1}"}}`)) +
				strings.Replace(finish, "stop", "tool_calls", 1) + done,
			ChatAnswer{FinishReason: "tool_calls", ToolCalls: []ToolCallAnswer{
				{ID: "a", Name: "lookup", Arguments: []byte(`{"q":1}`)}, {ID: "b", Name: "other", Arguments: []byte(`{}`)}}}},
		{"tool calls without index or id",
			chunk(call(`{"function":{"name":"one","arguments":"{\"a\""}}`)) + chunk(call(`{"function":{"arguments":":1}"}}`)) +
				chunk(call(`{"function":{"name":"two"}}`)) + finish,
			ChatAnswer{FinishReason: "stop", ToolCalls: []ToolCallAnswer{
				{ID: "call_0", Name: "one", Arguments: []byte(`{"a":1}`)}, {ID: "call_1", Name: "two", Arguments: []byte(`{}`)}}}},
		{"one index for two ids",
			chunk(call(`{"index":0,"id":"a","function":{"name":"one","arguments":"{}"}}`)) + chunk(call(`{"index":0,"id":"b","function":{"name":"two","arguments":"{}"}}`)) + finish,
			ChatAnswer{FinishReason: "stop", ToolCalls: []ToolCallAnswer{
				{ID: "a", Name: "one", Arguments: []byte(`{}`)}, {ID: "b", Name: "two", Arguments: []byte(`{}`)}}}},
		{"arguments that are none", chunk(call(`{"index":0,"id":"a","function":{"name":"one","arguments":"null"}}`)) + finish,
			ChatAnswer{FinishReason: "stop", ToolCalls: []ToolCallAnswer{{ID: "a", Name: "one", Arguments: []byte(`{}`)}}}},
		{"arguments that are no JSON", chunk(call(`{"index":0,"id":"a","function":{"name":"one","arguments":"{oops"}}`)) + finish,
			ChatAnswer{FinishReason: "stop", ToolCalls: []ToolCallAnswer{{ID: "a", Name: "one", Arguments: []byte(`"{oops"`)}},
				Warnings: []string{"The model's arguments for one are not valid JSON; they are given as text."}}},
		{"pictures, one of them twice",
			chunk(`{"images":[{"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,aGk="}}]}`) +
				chunk(`{"images":[{"index":0,"image_url":{"url":"data:image/png;base64,aGk="}},{"index":1,"image_url":{"url":"https://pic.test/1.png"}}]}`) + finish,
			ChatAnswer{FinishReason: "stop", Images: []Output{{Data: []byte("hi"), MIMEType: "image/png"}, {URL: "https://pic.test/1.png", MIMEType: "image/png"}}, Usage: Usage{Images: 2}}},
		{"signed thoughts in pieces",
			chunk(`{"thinking_blocks":[{"type":"thinking","thinking":"a"}]}`) + chunk(`{"thinking_blocks":[{"type":"thinking","thinking":"b"}]}`) +
				chunk(`{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}]}`) + chunk(`{"thinking_blocks":[{"type":"redacted_thinking","data":"d"}]}`) +
				chunk(`{"content":"x"}`) + finish,
			ChatAnswer{Text: "x", FinishReason: "stop", ThinkingBlocks: []json.RawMessage{
				[]byte(`{"type":"thinking","thinking":"ab","signature":"s"}`), []byte(`{"type":"redacted_thinking","data":"d"}`)}}},
		{"a picture that came broken", chunk(`{"content":"x","images":[{"image_url":{"url":"data:image/png;base64,!!"}},{"image_url":"https://pic.test/a?e=4102444800"}]}`) + finish,
			ChatAnswer{Text: "x", FinishReason: "stop", Images: []Output{{URL: "https://pic.test/a?e=4102444800", MIMEType: "image/png", ExpiresAt: time.Unix(4102444800, 0).UTC()}},
				Usage: Usage{Images: 1}, Warnings: []string{"Picture 0 came broken and is left out."}}},
		{"odd members beside the answer",
			`data: {"id":5,"model":null,"created":"now","choices":[{"index":0.0,"delta":{"content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":"https://pic.test/2.png"}]}}],"usage":{"prompt_tokens":3.0,"completion_tokens":"4"}}` + "\n\n" + finish,
			ChatAnswer{Text: "hi", FinishReason: "stop", Images: []Output{{URL: "https://pic.test/2.png", MIMEType: "image/png"}}, Usage: Usage{InputTokens: 3, OutputTokens: 4, Images: 1}}},
		{"an odd member of the answer", chunk(`{"content":"hi","tool_calls":{"name":"one"}}`) + finish,
			ChatAnswer{Text: "hi", FinishReason: "stop", ToolCalls: []ToolCallAnswer{{ID: "call_0", Name: "one", Arguments: []byte(`{}`)}}}},
		{"a member that can't be read", chunk(`{"content":true}`) + chunk(`{"content":"hi"}`) + finish,
			ChatAnswer{Text: "hi", FinishReason: "stop", Warnings: []string{"What came in a form that can't be read is left out: content."}}},
		{"a second choice", `data: {"choices":[{"index":1,"delta":{"content":"B"},"finish_reason":"length"},{"index":0,"delta":{"content":"A"}}]}` + "\n\n" +
			`data: {"choices":[{"index":1,"delta":{"content":"C"}}]}` + "\n\n" + finish,
			ChatAnswer{Text: "A", FinishReason: "stop", Warnings: []string{"The service sent further choices; only the first is given."}}},
		{"no choice numbered 0", `data: {"choices":[{"index":1,"delta":{"content":"B","reasoning_content":"r"}},{"index":2,"delta":{"content":"C"}}]}` + "\n\n" +
			`data: {"choices":[{"index":1,"delta":{"content":"B"},"finish_reason":"stop"}]}` + "\n\n",
			ChatAnswer{Text: "BB", Reasoning: "r", FinishReason: "stop", Warnings: []string{"The service sent further choices; only the first is given."}}},
		{"one choice, numbered 1", strings.ReplaceAll(chunk(`{"content":"hi"}`)+finish+done, `"index":0`, `"index":1`), ChatAnswer{Text: "hi", FinishReason: "stop"}},
		{"one choice of a document, numbered 1", `{"choices":[{"index":1,"message":{"content":"hi"},"finish_reason":"stop"}]}`, ChatAnswer{Text: "hi", FinishReason: "stop"}},
		{"usage after what can't be read", chunk(`{"content":"hi"}`) + finish + "data: {oops\n\n" + `data: {"choices":[],"usage":{"prompt_tokens":1}}` + "\n\n" + done,
			ChatAnswer{Text: "hi", FinishReason: "stop", Usage: Usage{InputTokens: 1}}},
		{"usage of an error", chunk(`{"content":"half"}`) + `data: {"usage":{"prompt_tokens":1},"error":{"message":"overloaded"}}` + "\n\n",
			ChatAnswer{Text: "half", FinishReason: Interrupted, Interrupted: true, Usage: Usage{InputTokens: 1}, Warnings: []string{"The answer was cut short: overloaded."}}},
		{"cut after the finish reason", chunk(`{"content":"hi"}`) + finish + "CUT", ChatAnswer{Text: "hi", FinishReason: "stop"}},
		{"cut after text", chunk(`{"content":"half an ans"}`) + "CUT", ChatAnswer{Text: "half an ans", FinishReason: Interrupted, Interrupted: true,
			Warnings: []string{"The answer was cut short: the connection broke before the whole answer was there: connection reset by peer."}}},
		{"ends after text", chunk(`{"content":"half"}`), ChatAnswer{Text: "half", FinishReason: Interrupted, Interrupted: true,
			Warnings: []string{"The answer was cut short: the connection broke before the whole answer was there: unexpected EOF."}}},
		{"half a tool call is no tool call", chunk(`{"content":"x"}`) + chunk(call(`{"index":0,"id":"a","function":{"name":"one","arguments":"{\"q"}}`)) + "CUT",
			ChatAnswer{Text: "x", FinishReason: Interrupted, Interrupted: true, Warnings: []string{"The call of one was cut off and is left out.",
				"The answer was cut short: the connection broke before the whole answer was there: connection reset by peer."}}},
		{"a tool call without its arguments is none", chunk(`{"content":"x"}`) + chunk(call(`{"index":0,"id":"a","function":{"name":"one","arguments":""}}`)) + "CUT",
			ChatAnswer{Text: "x", FinishReason: Interrupted, Interrupted: true, Warnings: []string{"The call of one was cut off and is left out.",
				"The answer was cut short: the connection broke before the whole answer was there: connection reset by peer."}}},
		{"an error after text", chunk(`{"content":"half"}`) + `data: {"error":{"message":"overloaded","code":"x"}}` + "\n\n",
			ChatAnswer{Text: "half", FinishReason: Interrupted, Interrupted: true, Warnings: []string{"The answer was cut short: overloaded."}}},
		{"no JSON after text", chunk(`{"content":"half"}`) + "data: {oops\n\n" + done,
			ChatAnswer{Text: "half", FinishReason: Interrupted, Interrupted: true, Warnings: []string{"The answer was cut short: what came next can't be read."}}},
		{"another error after text", chunk(`{"content":"half"}`) + `data: {"detail":"nope"}` + "\n\n" + done,
			ChatAnswer{Text: "half", FinishReason: Interrupted, Interrupted: true, Warnings: []string{"The answer was cut short: nope."}}},
		{"an empty answer", finish + done, ChatAnswer{FinishReason: "stop", Warnings: []string{"The model's answer is empty."}}},
		{"plain JSON", ` {"id":"c1","model":"m","choices":[{"message":{"role":"assistant","content":"whole","reasoning_content":"r",` +
			`"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":3}}`,
			ChatAnswer{Text: "whole", Reasoning: "r", FinishReason: "length", ToolCalls: []ToolCallAnswer{{ID: "a", Name: "f", Arguments: []byte(`{"x":1}`)}},
				Usage: Usage{InputTokens: 2, OutputTokens: 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(tt.body)
			if whole, ok := strings.CutSuffix(tt.body, "CUT"); ok {
				body = cut{strings.NewReader(whole)}
			}
			var text, reasoning string
			got, err := streams(body).SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, func(d Delta) { text, reasoning = text+d.Text, reasoning+d.Reasoning })
			if err != nil {
				t.Fatal(err)
			}
			if text != got.Text || reasoning != got.Reasoning {
				t.Errorf("heard %q and %q, the answer has %q and %q", text, reasoning, got.Text, got.Reasoning)
			}
			tt.want.RequestID = "r-1"
			got.ID, got.Model = "", ""
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What stands beside an answer and says nothing, or that all is well, takes
// nothing from it.
func TestChatWithHarmlessMembers(t *testing.T) {
	for _, beside := range []string{
		`"code":0,"message":"success"`, `"code":200,"message":"ok"`, `"code":"0","message":"success"`, `"code":"ok","message":"success"`,
		`"detail":""`, `"detail":[]`, `"detail":{}`, `"detail":"none"`, `"error":""`, `"error":{}`, `"error":[]`, `"error":false`, `"error":null`,
		`"status":false,"message":"x"`, `"status":true,"error":""`,
	} {
		for form, body := range map[string]string{
			"stream":   chunk(`{"content":"PAID"}`) + finish + `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2},` + beside + "}\n\n" + done,
			"before":   chunk(`{"content":"PA"}`) + `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2},` + beside + "}\n\n" + chunk(`{"content":"ID"}`) + finish,
			"document": `{"choices":[{"index":0,"message":{"content":"PAID"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2},` + beside + "}",
		} {
			got, err := streams(strings.NewReader(body)).SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
			if err != nil {
				t.Errorf("%s with %s: %v", form, beside, err)
				continue
			}
			if got.Text != "PAID" || got.FinishReason != "stop" || got.Usage != (Usage{InputTokens: 1, OutputTokens: 2}) || len(got.Warnings) > 0 {
				t.Errorf("%s with %s: got %+v", form, beside, got)
			}
		}
	}
}

func TestChatStreamErrors(t *testing.T) {
	tests := []struct {
		name, body string
		code       Code
		unsure     bool
		says       string
	}{
		{"nothing", "", UpstreamUnavailable, true, "without a body"},
		{"cut before any text", chunk(`{"role":"assistant","content":""}`) + "CUT", UpstreamUnavailable, true, "the connection broke"},
		{"only [DONE]'s predecessor missing", ": ping\n\n", UpstreamUnavailable, true, "the connection broke"},
		{"only [DONE]", done, UpstreamUnavailable, true, "without saying anything"},
		{"nothing that can be read", strings.ReplaceAll(chunk(`true`)+finish+done, "null", `"stop"`), UpstreamUnavailable, true, "without saying anything"},
		{"an error first", `data: {"error":{"message":"flagged","code":"content_filter"}}` + "\n\n", ContentRejected, false, "flagged"},
		{"an error by code", `data: {"code":"internal","message":"boom"}` + "\n\n" + done, UpstreamError, false, "boom"},
		{"an error by status", `data: {"status":false,"message":"boom"}` + "\n\n", UpstreamError, false, "boom"},
		{"an error by detail", `data: {"detail":"nope"}` + "\n\n" + done, UpstreamError, false, "nope"},
		{"an error with choices", `data: {"choices":[{"index":0,"delta":{}}],"error":"boom"}` + "\n\n", UpstreamError, false, "boom"},
		{"an error document", `{"error":{"message":"slow down","code":429}}`, RateLimited, false, "slow down"},
		{"an error in a list", `[{"error":{"message":"slow down","code":429}}]`, RateLimited, false, "slow down"},
		{"an error document with an answer", `{"choices":[{"message":{"content":"x"}}],"error":{"message":"boom"}}`, UpstreamError, false, "boom"},
		{"an error document with an empty choice", `{"choices":[{"message":{"content":""}}],"code":500,"message":"boom"}`, UpstreamError, false, "boom"},
		{"an error document with usage", `{"choices":[],"usage":{"prompt_tokens":1},"code":500,"message":"boom"}`, UpstreamError, false, "boom"},
		{"text like a field", "id: unknown model", UpstreamUnavailable, true, "with what is not its answer: id: unknown model"},
		{"a page", "<html><title>hello</title></html>", UpstreamUnavailable, true, "an HTML page (hello)"},
		{"plain text", "upstream connect error", UpstreamUnavailable, true, "with what is not its answer: upstream connect error"},
		{"another document", `{"hello":1}`, UpstreamUnavailable, true, "can't be read"},
		{"an event that is no JSON", "data: {oops\n\n", UpstreamUnavailable, true, "data: {oops"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(tt.body)
			if whole, ok := strings.CutSuffix(tt.body, "CUT"); ok {
				body = cut{strings.NewReader(whole)}
			}
			got, err := streams(body).SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
			var e *Error
			if got != nil || !errors.As(err, &e) || e.Code != tt.code || e.Unsure != tt.unsure || e.RequestID != "r-1" || !strings.Contains(e.Message, tt.says) {
				t.Errorf("got %+v and %#v", got, err)
			}
		})
	}
}

func TestChatEndsWhenTheStreamFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		var service sync.WaitGroup
		defer service.Wait()
		service.Go(func() {
			_, _ = io.WriteString(w, chunk(`{"content":"a"}`))
			time.Sleep(100 * time.Second)
			_, _ = io.WriteString(w, chunk(`{"content":"b"}`))
			for {
				time.Sleep(50 * time.Second)
				if _, err := io.WriteString(w, ": keep-alive\n\n"); err != nil {
					return
				}
			}
		})
		began := time.Now()
		c := trip(func(req *http.Request) (*http.Response, error) {
			context.AfterFunc(req.Context(), func() { r.CloseWithError(context.Cause(req.Context())) })
			return says(200, "text/event-stream", r), nil
		}).client()
		got, err := c.SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != "ab" || !got.Interrupted || got.FinishReason != Interrupted {
			t.Errorf("got %+v", got)
		}
		if took := time.Since(began); took != 220*time.Second {
			t.Errorf("it ended after %s", took)
		}
	})
}

// The finish reason is the end, for whoever keeps the connection open: a last
// chunk is waited for, however many signs of life come.
func TestChatEndsSoonAfterTheFinishReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		var service sync.WaitGroup
		defer service.Wait()
		service.Go(func() {
			_, _ = io.WriteString(w, chunk(`{"content":"a"}`)+finish)
			time.Sleep(4 * time.Second)
			_, _ = io.WriteString(w, `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`+"\n\n")
			for {
				if _, err := io.WriteString(w, ": still there\n\n"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		began := time.Now()
		c := trip(func(req *http.Request) (*http.Response, error) {
			context.AfterFunc(req.Context(), func() { r.CloseWithError(context.Cause(req.Context())) })
			return says(200, "text/event-stream", r), nil
		}).client()
		got, err := c.SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != "a" || got.FinishReason != "stop" || got.Usage.OutputTokens != 2 || len(got.Warnings) != 0 {
			t.Errorf("got %+v", got)
		}
		if took := time.Since(began); took != afterEnd {
			t.Errorf("it ended after %s", took)
		}
	})
}

func TestChatGivesWhatCameWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	c := trip(func(req *http.Request) (*http.Response, error) {
		context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
		go func() { _, _ = io.WriteString(w, chunk(`{"content":"a"}`)) }()
		return says(200, "text/event-stream", r), nil
	}).client()
	got, err := c.SendChat(ctx, Call{Op: "chat", Method: "POST", Path: chatPath}, func(Delta) { cancel() })
	if CodeOf(err) != Cancelled || got == nil || got.Text != "a" || !got.Interrupted {
		t.Errorf("got %+v and %v", got, err)
	}
}
