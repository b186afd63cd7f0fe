package nexconn

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var chatCall = Call{Op: "chat", Method: "POST", Path: chatPath}

// Chat streams as servers are seen to send them.
func TestOddChatStreams(t *testing.T) {
	calls := func(args string) string { return chunk(`{"tool_calls":[` + args + `]}`) }
	lookUp := []ToolCallAnswer{{ID: "a", Name: "look_up", Arguments: []byte(`{"q":"oslo"}`)}}
	two := append(lookUp[:1:1], ToolCallAnswer{ID: "b", Name: "look_up", Arguments: []byte(`{"q":"bergen"}`)})
	used := `"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}`
	usage := `data: {"choices":[],` + used + "}\n\n"
	counted := Usage{InputTokens: 11, OutputTokens: 7}
	for _, tt := range []struct {
		name, body string
		want       ChatAnswer
	}{
		{"an id that every fragment repeats", calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":""}}`) +
			calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"q\":"}}`) + calls(`{"index":0,"id":"a","function":{"arguments":"\"oslo\"}"}}`), ChatAnswer{ToolCalls: lookUp}},
		{"nameless later fragments by index", calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":""}},{"index":1,"id":"b","function":{"name":"look_up","arguments":""}}`) +
			calls(`{"index":1,"function":{"arguments":"{\"q\":\"ber"}}`) + calls(`{"index":0,"function":{"arguments":"{\"q\":\"oslo\"}"}}`) + calls(`{"index":1,"function":{"arguments":"gen\"}"}}`), ChatAnswer{ToolCalls: two}},
		{"fragments by id without index", calls(`{"id":"a","function":{"name":"look_up","arguments":"{\"q\":"}},{"id":"b","function":{"name":"look_up","arguments":"{\"q\":"}}`) +
			calls(`{"id":"a","function":{"arguments":"\"oslo\"}"}}`) + calls(`{"id":"b","function":{"arguments":"\"bergen\"}"}}`), ChatAnswer{ToolCalls: two}},
		{"no index and no id later", calls(`{"id":"a","function":{"name":"look_up","arguments":""}}`) + calls(`{"function":{"arguments":"{\"q\":"}}`) + calls(`{"id":"","function":{"name":"","arguments":"\"oslo\"}"}}`), ChatAnswer{ToolCalls: lookUp}},
		{"no index, no id, the name repeated", calls(`{"id":"a","function":{"name":"look_up","arguments":"{\"q\":"}}`) + calls(`{"function":{"name":"look_up","arguments":"\"oslo\"}"}}`), ChatAnswer{ToolCalls: lookUp}},
		{"another id under one index", calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"q\":\"oslo\"}"}}`) + calls(`{"index":0,"id":"b","function":{"name":"look_up","arguments":"{\"q\":\"bergen\"}"}}`), ChatAnswer{ToolCalls: two}},
		{"whole calls in one chunk", calls(`{"index":null,"id":"a","function":{"name":"look_up","arguments":"{\"q\":\"oslo\"}"}},{"index":null,"id":"b","function":{"name":"look_up","arguments":"{\"q\":\"bergen\"}"}}`), ChatAnswer{ToolCalls: two}},
		{"the whole call once more at the end", calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"q\":"}}`) + calls(`{"index":0,"function":{"arguments":"\"oslo\"}"}}`) +
			calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"q\":\"oslo\"}"}}`), ChatAnswer{ToolCalls: lookUp}},
		{"arguments that are an object", calls(`{"index":"0","id":"a","function":{"name":"look_up","arguments":{"q":"oslo"}}}`), ChatAnswer{ToolCalls: lookUp}},
		{"a call that is an object, not a list", chunk(`{"tool_calls":{"id":"a","function":{"name":"look_up","arguments":"{\"q\":\"oslo\"}"}}}`), ChatAnswer{ToolCalls: lookUp}},
		{"function_call", chunk(`{"function_call":{"name":"look_up","arguments":""}}`) + chunk(`{"function_call":{"arguments":"{\"q\":"}}`) + chunk(`{"function_call":{"arguments":"\"oslo\"}"}}`),
			ChatAnswer{ToolCalls: []ToolCallAnswer{{ID: "call_0", Name: "look_up", Arguments: []byte(`{"q":"oslo"}`)}}}},
		{"no arguments", calls(`{"index":0,"id":"a","function":{"name":"now"}}`), ChatAnswer{ToolCalls: []ToolCallAnswer{{ID: "a", Name: "now", Arguments: []byte(`{}`)}}}},
		{"an id that is a number", calls(`{"index":0,"id":7,"function":{"name":"now","arguments":""}}`), ChatAnswer{ToolCalls: []ToolCallAnswer{{ID: "7", Name: "now", Arguments: []byte(`{}`)}}}},
		{"a refusal", chunk(`{"refusal":"I can't "}`) + chunk(`{"refusal":"help."}`), ChatAnswer{Refusal: "I can't help.", Warnings: []string{"The model refused: I can't help."}}},
		{"reasoning", chunk(`{"reasoning":"Two "}`) + chunk(`{"reasoning":"parts."}`) + chunk(`{"content":"42"}`), ChatAnswer{Text: "42", Reasoning: "Two parts."}},
		{"one thought under two names", chunk(`{"reasoning":"Hm.","reasoning_content":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm."}]}`) + chunk(`{"content":"42"}`), ChatAnswer{Text: "42", Reasoning: "Hm."}},
		{"reasoning details", chunk(`{"reasoning_details":[{"type":"reasoning.text","text":"First, "},{"type":"reasoning.encrypted","data":"xx"}]}`) + chunk(`{"reasoning_details":[{"type":"reasoning.text","text":"count."}]}`), ChatAnswer{Reasoning: "First, count."}},
		{"reasoning as an object", chunk(`{"reasoning":{"content":"Hm."}}`), ChatAnswer{Reasoning: "Hm."}},
		{"half a pair and half", chunk(`{"content":"sky \ud83c"}`) + chunk(`{"content":"\udf0d end"}`), ChatAnswer{Text: "sky 🌍 end"}},
		{"half a pair alone", chunk(`{"content":"a\ud83c"}`) + chunk(`{"content":"b"}`) + chunk(`{"content":"\udf0d"}`), ChatAnswer{Text: "a\ufffdb\ufffd"}},
		{"half a pair of arguments", calls(`{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"q\":\"\ud83c"}}`) + calls(`{"index":0,"function":{"arguments":"\udf0d\"}"}}`),
			ChatAnswer{ToolCalls: []ToolCallAnswer{{ID: "a", Name: "look_up", Arguments: []byte(`{"q":"🌍"}`)}}}},
		{"bytes of one character in two chunks", chunk("{\"content\":\"\xe4\xbd\"}") + chunk("{\"content\":\"\xa0\xe5\xa5\xbd\"}"), ChatAnswer{Text: "你好"}},
		{"bytes that are no character", chunk("{\"content\":\"a\xff\"}") + chunk("{\"content\":\"b\xe4\"}"), ChatAnswer{Text: "a\ufffdb\ufffd"}},
		{"zeros, then the usage", `data: {"choices":[{"delta":{"content":"42"}}],"usage":{"prompt_tokens":0}}` + "\n\n" + finish + usage, ChatAnswer{Text: "42", Usage: counted}},
		{"the usage, then zeros", `data: {"choices":[{"delta":{"content":"42"}}],` + used + "}\n\n" + `data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}` + "\n\n", ChatAnswer{Text: "42", Usage: counted}},
		{"usage null and a list", `data: {"choices":[{"delta":{"content":"42"}}],"usage":null}` + "\n\n" + `data: {"choices":[],"usage":[]}` + "\n\n" + usage, ChatAnswer{Text: "42", Usage: counted}},
		{"running totals", `data: {"choices":[{"delta":{"content":"4"}}],"usage":{"prompt_tokens":11,"completion_tokens":3}}` + "\n\n" + `data: {"choices":[{"delta":{"content":"2"}}],` + used + "}\n\n", ChatAnswer{Text: "42", Usage: counted}},
		{"usage after [DONE]", chunk(`{"content":"42"}`) + finish + done + usage, ChatAnswer{Text: "42", Usage: counted}},
		{"single line ends", strings.ReplaceAll(chunk(`{"content":"4"}`)+chunk(`{"content":"2"}`)+finish+done, "\n\n", "\n"), ChatAnswer{Text: "42"}},
		{"lone carriage returns", strings.ReplaceAll(chunk(`{"content":"4"}`)+chunk(`{"content":"2"}`)+finish+done, "\n", "\r"), ChatAnswer{Text: "42"}},
		{"no blank after data:", strings.ReplaceAll(chunk(`{"content":"4"}`)+chunk(`{"content":"2"}`), "data: ", "data:"), ChatAnswer{Text: "42"}},
		{"comments, events, ids", ": PROCESSING\n\n\n" + chunk(`{"content":"4"}`) + ":\n\n: ping\nevent: message\nid: 7\nretry: 10\n" + chunk(`{"content":"2"}`), ChatAnswer{Text: "42"}},
		{"data in several lines", "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"42\"}}]}\n\n", ChatAnswer{Text: "42"}},
		{"a mark in front", "\xef\xbb\xbf" + chunk(`{"content":"42"}`), ChatAnswer{Text: "42"}},
		{"empty data", "data:\n\ndata: \n\n" + chunk(`{"content":"42"}`), ChatAnswer{Text: "42"}},
		{"choices that are an object", `data: {"choices":{"delta":{"content":"42"}}}` + "\n\n", ChatAnswer{Text: "42"}},
		{"a broken choice among good ones", `data: {"choices":[7,{"index":"0","delta":{"content":"42"}}]}` + "\n\n", ChatAnswer{Text: "42", Warnings: []string{"What came in a form that can't be read is left out: choices."}}},
		{"Gemini's picture in a part", chunk(`{"content":[{"type":"text","text":"here"},{"inlineData":{"mimeType":"image/png","data":"aGk="}}]}`),
			ChatAnswer{Text: "here", Images: []Output{{Data: []byte("hi"), MIMEType: "image/png"}}, Usage: Usage{Images: 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := tt.body
			if !strings.Contains(body, "finish_reason\":\"stop\"") {
				body += finish + done
			}
			tt.want.FinishReason = "stop"
			for form, r := range map[string]io.Reader{"at once": strings.NewReader(body), "byte by byte": iotest.OneByteReader(strings.NewReader(body))} {
				heard := ""
				got, err := streams(r).SendChat(t.Context(), chatCall, func(d Delta) { heard += d.Text })
				if err != nil {
					t.Fatal(err)
				}
				got.ID, got.Model, got.RequestID = "", "", ""
				if diff := cmp.Diff(&tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", form, diff)
				}
				if !strings.HasPrefix(tt.want.Text, heard) {
					t.Errorf("%s: heard %q", form, heard)
				}
			}
		})
	}
}

// Whole answers in the same odd forms.
func TestOddChatDocuments(t *testing.T) {
	for _, tt := range []struct{ name, body, text, says string }{
		{"a refusal", `{"choices":[{"message":{"content":null,"refusal":"I can't."},"finish_reason":"stop"}]}`, "", "I can't."},
		{"an object for the list", `{"choices":{"message":{"content":"42"},"finish_reason":"stop"}}`, "42", ""},
		{"a text for the message", `{"choices":[{"message":"42","finish_reason":"stop"}]}`, "42", ""},
		{"the older completion", `{"choices":[{"text":"42","finish_reason":"stop"}]}`, "42", ""},
		{"content as an object", `{"choices":[{"message":{"content":{"type":"text","text":"42"}},"finish_reason":"stop"}]}`, "42", ""},
		{"content as a number", `{"choices":[{"message":{"content":42},"finish_reason":7}]}`, "42", ""},
		{"a list around", `[{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}]}]`, "42", ""},
		{"a mark in front", "\xef\xbb\xbf" + `{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}]}`, "42", ""},
		{"cut off", `{"choices":[{"message":{"content":"42"},"fin`, "42", "cut short"},
		{"ended for safety", `{"choices":[{"message":{"content":null},"finish_reason":"IMAGE_SAFETY"}],"usage":{"prompt_tokens":1}}`, "", "IMAGE_SAFETY"},
	} {
		got, err := answers(200, tt.body).SendChat(t.Context(), chatCall, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if said := strings.Join(got.Warnings, " "); got.Text != tt.text || !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
			t.Errorf("%s: got %+v", tt.name, got)
		}
	}
}

// Errors inside a success are errors; after text they cut the answer short.
func TestErrorsInsideChats(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		code       Code
		says       string
	}{
		{"in a choice", chunk(`{"role":"assistant","content":""}`) + `data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"provider lost the pool"}}]}` + "\n\n" + done, UpstreamError, "lost the pool"},
		{"in a whole choice", `{"choices":[{"index":0,"message":{"content":""},"finish_reason":null,"error":{"code":429,"message":"upstream key is throttled"}}]}`, RateLimited, "throttled"},
		{"beside empty choices", `data: {"choices":[],"error":{"code":502,"message":"worker limit reached"}}` + "\n\n" + done, UpstreamError, "worker limit"},
		{"event: error", "event: error\ndata: {\"code\":\"rate_limit\",\"message\":\"slow down please\"}\n\n", RateLimited, "slow down"},
		{"event: error with words", "event: error\ndata: the pool is gone\n\n", UpstreamError, "the pool is gone"},
		{"event: error without a code", "event: error\ndata: {\"message\":\"the pool is gone\"}\n\n", UpstreamError, "the pool is gone"},
		{"an error that is a list", `data: {"error":[{"message":"gone"}]}` + "\n\n", UpstreamError, "gone"},
		{"no choices", `{"id":"x","choices":[]}`, UpstreamUnavailable, ""},
		{"choices null", `{"id":"x","choices":null}`, UpstreamUnavailable, ""},
		{"only [DONE]", done, UpstreamUnavailable, "without saying anything"},
		{"nothing", "", UpstreamUnavailable, "without a body"},
		{"blanks", " \n\n", UpstreamUnavailable, ""},
	} {
		got, err := streams(strings.NewReader(tt.body)).SendChat(t.Context(), chatCall, nil)
		var e *Error
		if got != nil || !errors.As(err, &e) || e.Code != tt.code || !strings.Contains(e.Message, tt.says) {
			t.Errorf("%s: got %+v, %#v", tt.name, got, err)
		}
	}
	got, err := streams(strings.NewReader(chunk(`{"content":"half"}`)+`data: {"choices":[{"index":0,"delta":{},"error":{"message":"lost"}}]}`+"\n\n")).SendChat(t.Context(), chatCall, nil)
	if err != nil || got.Text != "half" || !got.Interrupted || !strings.Contains(strings.Join(got.Warnings, ""), "lost") {
		t.Errorf("after text: got %+v, %v", got, err)
	}
}

// A stream that says nothing new ends, and so does one that never ends.
func TestChatTrickles(t *testing.T) {
	for name, tt := range map[string]struct {
		say   string
		every time.Duration
		took  time.Duration
	}{
		"comments alone":      {": keep-alive\n\n", 10 * time.Second, 120 * time.Second},
		"empty chunks":        {chunk(`{"content":""}`), 60 * time.Second, 600 * time.Second},
		"a letter at a time":  {chunk(`{"content":"a"}`), 100 * time.Second, streamLimit},
		"blank lines":         {"\n\n", 10 * time.Second, 120 * time.Second},
		"an event of its own": {"event: ping\ndata: {}\n\n", 60 * time.Second, 600 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w := io.Pipe()
				var service sync.WaitGroup
				defer service.Wait()
				service.Go(func() {
					for {
						if _, err := io.WriteString(w, tt.say); err != nil {
							return
						}
						time.Sleep(tt.every)
					}
				})
				began := time.Now()
				c := trip(func(req *http.Request) (*http.Response, error) {
					service.Go(func() { <-req.Context().Done(); r.CloseWithError(errTimeout) })
					return says(200, "text/event-stream", r), nil
				}).client()
				got, err := c.SendChat(t.Context(), chatCall, nil)
				if took := time.Since(began); took != tt.took {
					t.Errorf("it ended after %s with %+v, %v", took, got, err)
				}
			})
		})
	}
}

// Answers that come compressed unasked are read.
func TestCompressedAnswers(t *testing.T) {
	const doc = `{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}]}`
	var zipped, deflated bytes.Buffer
	for _, w := range []io.WriteCloser{gzip.NewWriter(&zipped), zlib.NewWriter(&deflated)} {
		_, _ = io.WriteString(w, doc)
		w.Close()
	}
	for name, body := range map[string][]byte{"gzip": zipped.Bytes(), "deflate": deflated.Bytes(), "": zipped.Bytes(), "identity": []byte(doc), "br": []byte(doc)} {
		c := trip(func(*http.Request) (*http.Response, error) {
			resp := says(200, "application/json", bytes.NewReader(body))
			resp.Header.Set("Content-Encoding", name)
			return resp, nil
		}).client()
		if got, err := c.SendChat(t.Context(), chatCall, nil); err != nil || got.Text != "42" {
			t.Errorf("%q: got %+v, %v", name, got, err)
		}
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second}, {"Retry-After", "0.25", 250 * time.Millisecond}, {"Retry-After", "-5", 0},
		{"Retry-After", "7s", 7 * time.Second}, {"Retry-After", "1m30s", 90 * time.Second}, {"Retry-After", "500ms", 500 * time.Millisecond},
		{"Retry-After", now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{"Retry-After", now.Add(90 * time.Second).Format(time.RFC3339), 90 * time.Second},
		{"Retry-After", now.Add(-time.Hour).Format(http.TimeFormat), 0}, {"Retry-After", "Fri, 26 Nov 2126 08:00:00 GMT", maxRetryAfter},
		{"Retry-After", "1e300", maxRetryAfter}, {"Retry-After", "NaN", 0}, {"Retry-After", "soon", 0}, {"Retry-After", "", 0},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
	} {
		if got := retryAfter(http.Header{tt.name: {tt.value}}, now); got != tt.want {
			t.Errorf("%s: %s is %s, want %s", tt.name, tt.value, got, tt.want)
		}
	}
}
