package nexconn

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNativeCall(t *testing.T) {
	tests := []struct {
		protocol          Protocol
		model, body       string
		path, want, warns string
	}{
		{AnthropicMessages, "claude-4.5-sonnet", `{"max_tokens":10,"messages":[]}`, "/v1/messages", `{"model":"claude-4.5-sonnet","max_tokens":10,"messages":[]}`, ""},
		{BypassAnthropic, "claude-4.5-sonnet", `{"model":"claude-4.5-sonnet","stream":true,"n":1e3}`, "/bypass/anthropic/v1/messages", `{"model":"claude-4.5-sonnet","n":1e3}`, "stream was left out"},
		{BypassAnthropic, "claude-4.5-sonnet", `{"stream":false,"a":"<b>"}`, "/bypass/anthropic/v1/messages", `{"model":"claude-4.5-sonnet","a":"<b>"}`, ""},
		{BypassResponses, "openai/gpt-5", `{"input":"hi"}`, "/bypass/openai/v1/responses", `{"model":"openai/gpt-5","input":"hi"}`, ""},
		{BypassGemini, "gemini-2.5-pro", `{"model":"gemini-2.5-pro","contents":[]}`, "/bypass/vertex/v1/models/gemini-2.5-pro:generateContent", `{"contents":[]}`, ""},
		{BypassGemini, "ven dor/x?y", `{}`, "/bypass/vertex/v1/models/ven%20dor/x%3Fy:generateContent", `{}`, ""},
	}
	for _, tt := range tests {
		call, warnings, err := builtNative(tt.protocol, tt.model, json.RawMessage(tt.body))
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		r := call.Body.Open()
		doc, _ := io.ReadAll(r)
		r.Close()
		if call.Path != tt.path || string(doc) != tt.want || !strings.Contains(strings.Join(warnings, ""), tt.warns) || (tt.warns == "") != (len(warnings) == 0) {
			t.Errorf("got %s %s %q\nwant %s %s %q", call.Path, doc, warnings, tt.path, tt.want, tt.warns)
		}
		if anthropic := tt.protocol == AnthropicMessages || tt.protocol == BypassAnthropic; (call.Header["anthropic-version"] == "2023-06-01") != anthropic {
			t.Errorf("%s has the headers %v", tt.path, call.Header)
		}
	}
	for name, bad := range map[string]struct {
		p           Protocol
		model, body string
	}{
		"another model":       {BypassAnthropic, "a", `{"model":"b"}`},
		"a model that is one": {BypassGemini, "a", `{"model":7}`},
		"no object":           {BypassGemini, "a", `[]`},
		"no JSON":             {BypassGemini, "a", `{`},
		"no model":            {BypassResponses, "", `{}`},
		"a way out":           {BypassGemini, "a/../b", `{}`},
		"an encoded way out":  {BypassGemini, "a/%252e%252E/b", `{}`},
		"a way by backslash":  {BypassGemini, `a\..\b`, `{}`},
		"another protocol":    {"grpc", "a", `{}`},
	} {
		if _, _, err := builtNative(bad.p, bad.model, json.RawMessage(bad.body)); CodeOf(err) != InvalidArgument {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNative(t *testing.T) {
	for body, want := range map[string]Usage{
		`{"usage":{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":1}}`:                                                                {InputTokens: 4, OutputTokens: 4, CachedTokens: 1},
		`{"usage":{"input_tokens":3,"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2},"input_tokens_details":{"cached_tokens":1}}}`:  {InputTokens: 3, OutputTokens: 4, ReasoningTokens: 2, CachedTokens: 1},
		`{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"thoughtsTokenCount":5,"cachedContentTokenCount":1,"totalTokenCount":12}}`: {InputTokens: 3, OutputTokens: 9, ReasoningTokens: 5, CachedTokens: 1},
		`{"x":[1,  2.50]}`:                                                      {},
		`{"status":true,"data":{},"error":""}`:                                  {},
		`{"code":0,"message":"success","detail":[]}`:                            {},
		`{"usage":{"input_tokens":3.0,"output_tokens":"4"},"usageMetadata":7}`:  {InputTokens: 3, OutputTokens: 4},
		`{"id":"resp_1","status":"failed","error":{"code":"x","message":"no"}}`: {},
	} {
		c := trip(func(r *http.Request) (*http.Response, error) {
			return says(200, "application/json", strings.NewReader(body)), nil
		}).client()
		got, err := c.SendNative(t.Context(), Call{Op: "native", Method: "POST", Path: "/x", Body: RawBody([]byte("{}"))})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&NativeAnswer{Status: 200, Body: json.RawMessage(body), Usage: want, RequestID: "r-1"}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNativeErrors(t *testing.T) {
	tests := []struct {
		status int
		body   string
		code   Code
		says   string
		unsure bool
	}{
		{200, "<p>", UpstreamUnavailable, "an HTML page", true},
		{200, "upstream connect error", UpstreamUnavailable, "with what is not its answer: upstream connect error", true},
		{200, `{"error":"authorization header missing","status":false}`, Unauthorized, "authorization header missing", false},
		{200, `{"error":"","status":false,"data":null}`, UpstreamError, "did not say why", false},
		{200, `{"error":"no","status":false,"data":null}`, UpstreamError, "no", false},
		{200, `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"},"request_id":"r"}`, InvalidArgument, "max_tokens: required", false},
		{200, `{"error":{"code":403,"message":"not for you","status":"PERMISSION_DENIED"}}`, Forbidden, "not for you", false},
		{200, `[{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}]`, NotFound, "no such model", false},
		{503, "upstream connect error", UpstreamUnavailable, "upstream connect error", false},
		{503, "<html></html>", UpstreamUnavailable, "HTML page", false},
		{502, "<html></html>", UpstreamUnavailable, "HTML page", true},
	}
	for _, tt := range tests {
		c := trip(func(r *http.Request) (*http.Response, error) {
			return says(tt.status, "text/plain", strings.NewReader(tt.body)), nil
		}).client()
		_, err := c.SendNative(t.Context(), Call{Op: "native", Method: "POST", Path: "/x"})
		var e *Error
		if !errors.As(err, &e) || e.Code != tt.code || e.Unsure != tt.unsure || e.Status != tt.status || !strings.Contains(e.Message, tt.says) {
			t.Errorf("%d %s: got %#v", tt.status, tt.body, err)
		}
		if tt.status == 503 && !e.Retryable {
			t.Errorf("%s: a 503 is not called retryable", tt.body)
		}
	}
}
