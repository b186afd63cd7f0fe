package nexconn

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRefused(t *testing.T) {
	const (
		yes = true
		no  = false
	)
	tests := []struct {
		name      string
		status    int
		body      string
		code      Code
		says      string
		upstream  string
		retryable bool
		unsure    bool
	}{
		{"OpenAI envelope", 400, `{"error":{"message":"bad seconds","type":"invalid_request_error","code":"invalid_parameters"}}`, InvalidArgument, "bad seconds", "invalid_parameters", no, no},
		{"envelope without code", 401, `{"error":{"message":"no","type":"authentication_error"}}`, Unauthorized, "no", "authentication_error", no, no},
		{"param is named", 400, `{"error":{"message":"too large","param":"image","code":"x"}}`, InvalidArgument, "too large (image)", "x", no, no},
		{"error is a string", 401, `{"error":"authorization header missing","status":false}`, Unauthorized, "authorization header missing", "", no, no},
		{"status false", 400, `{"status":false,"message":"n is too large"}`, InvalidArgument, "n is too large", "", no, no},
		{"detail is a string", 400, `{"detail":"image_url is required"}`, InvalidArgument, "image_url is required", "", no, no},
		{"detail is unsafe url", 400, `{"detail":"invalid or unsafe url"}`, InvalidArgument, "invalid or unsafe url", "", no, no},
		{"detail is an object", 500, `{"detail":{"loc":["body"],"msg":"Image pixel is invalid","type":"VENDOR_FAILED","url":""}}`, UpstreamError, "Image pixel is invalid", "VENDOR_FAILED", yes, no},
		{"detail is a list", 422, `{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"missing"},{"msg":"too long"}]}`, InvalidArgument, "field required; too long", "missing", no, no},
		{"top level", 400, `{"code":1001,"message":"bad request"}`, InvalidArgument, "bad request", "1001", no, no},
		{"Anthropic", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}}`, InvalidArgument, "max_tokens: required", "invalid_request_error", no, no},
		{"Anthropic overloaded", 529, `{"type":"error","error":{"type":"overloaded_error","message":"busy"}}`, UpstreamError, "busy", "overloaded_error", yes, no},
		{"Google", 403, `{"error":{"code":403,"message":"not for you","status":"PERMISSION_DENIED"}}`, Forbidden, "not for you", "403", no, no},
		{"Google as a list", 400, `[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]`, InvalidArgument, "bad", "400", no, no},
		{"503 under a success", 200, `{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}`, UpstreamError, "overloaded", "503", yes, no},
		{"501 under a success", 200, `{"error":{"code":"501","message":"no"}}`, UpstreamError, "no", "501", no, no},
		{"429 under a success", 200, `{"error":{"code":429,"message":"slow down"}}`, RateLimited, "slow down", "429", yes, no},
		{"a fault under a success", 200, `{"error":{"message":"oops","type":"server_error"}}`, UpstreamError, "oops", "server_error", no, no},
		{"HTML", 502, "<html><head><title>502 Bad\n Gateway</title></head></html>", UpstreamUnavailable, "HTML page (502 Bad Gateway)", "", yes, yes},
		{"HTML 403", 403, "<!DOCTYPE html><html></html>", Forbidden, "HTML page", "", no, no},
		{"nothing", 503, "", UpstreamUnavailable, "503 Service Unavailable without a body", "", yes, yes},
		{"truncated", 500, `{"error":{"mess`, UpstreamUnavailable, "cut off", "", yes, yes},
		{"plain text", 404, "not found or method not allowed", NotFound, "not found or method not allowed", "", no, no},
		{"JSON but no envelope", 500, `{"message":"upstream server"}`, UpstreamError, "upstream server", "", yes, yes},
		{"server error", 500, `{"error":{"message":"oops","type":"server_error","code":"internal_error"}}`, UpstreamError, "oops", "internal_error", yes, no},
		{"protocol not offered", 500, `{"error":{"message":"not implemented"}}`, UpstreamError, "not implemented", "", no, no},
		{"quota 402", 402, `{"error":{"message":"pay"}}`, QuotaExhausted, "pay", "", no, no},
		{"quota 403", 403, `{"error":{"message":"no","code":"quota_exceeded"}}`, QuotaExhausted, "no", "quota_exceeded", no, no},
		{"quota 429", 429, `{"error":{"message":"the key's daily quota is used up"}}`, QuotaExhausted, "daily quota", "", no, no},
		{"quota in Chinese", 429, `{"error":"今日额度已用完"}`, QuotaExhausted, "额度", "", no, no},
		{"rate limit", 429, `{"error":{"message":"slow down"}}`, RateLimited, "slow down", "", yes, no},
		{"price not set", 503, `{"error":{"message":"the price of the model is not set (model: x)","type":"quota_exceeded_error"}}`, UnknownModel, "price of the model", "quota_exceeded_error", no, no},
		{"no channels", 400, `{"error":{"message":"no available channels for model x"}}`, UnknownModel, "no available channels", "", no, no},
		{"503 with envelope", 503, `{"error":{"message":"busy"}}`, UpstreamError, "busy", "", yes, no},
		{"moderation", 400, `{"error":{"message":"rejected","code":"moderation_blocked"}}`, ContentRejected, "rejected", "moderation_blocked", no, no},
		{"moderation in words", 400, `{"error":{"message":"the content is not allowed"}}`, ContentRejected, "not allowed", "", no, no},
		{"moderation 422 in Chinese", 422, `{"error":{"message":"内容违规"}}`, ContentRejected, "违规", "", no, no},
		{"a field called content", 400, `{"error":{"message":"messages[0].content is required"}}`, InvalidArgument, "content is required", "", no, no},
		{"a field called safety_settings", 400, `{"error":{"message":"safety_settings[0].category is unknown","code":"invalid"}}`, InvalidArgument, "safety_settings", "invalid", no, no},
		{"case-sensitive", 400, `{"error":{"message":"ids are case-sensitive"}}`, InvalidArgument, "case-sensitive", "", no, no},
		{"safety block", 400, `{"error":{"message":"safety block"}}`, ContentRejected, "safety block", "", no, no},
		{"flagged for safety", 400, `{"error":{"message":"Your prompt was flagged as a safety violation"}}`, ContentRejected, "flagged", "", no, no},
		{"rejected by safety", 400, `{"detail":"the request was rejected by our safety system"}`, ContentRejected, "rejected", "", no, no},
		{"safety in a code", 400, `{"error":{"message":"no","code":"safety_violation"}}`, ContentRejected, "no", "safety_violation", no, no},
		{"a blocked parameter", 400, `{"error":{"message":"blocked parameter: seed"}}`, InvalidArgument, "seed", "", no, no},
		{"a parameter called safety", 400, `{"error":{"message":"unknown parameter 'safety' was rejected"}}`, InvalidArgument, "rejected", "", no, no},
		{"a safety setting", 400, `{"error":{"message":"safety setting BLOCK_SOME is refused"}}`, InvalidArgument, "refused", "", no, no},
		{"a rejected field", 422, `{"error":{"message":"field seconds is rejected: violates the schema"}}`, InvalidArgument, "seconds", "", no, no},
		{"a block of content", 400, `{"error":{"message":"messages.0: text content blocks must be non-empty"}}`, InvalidArgument, "blocks", "", no, no},
		{"blocked content", 400, `{"error":{"message":"the content was blocked"}}`, ContentRejected, "blocked", "", no, no},
		{"policies", 400, `{"error":{"message":"This request may violate our usage policies."}}`, ContentRejected, "policies", "", no, no},
		{"flagged as unsafe", 400, `{"error":{"message":"Your prompt was flagged as unsafe"}}`, ContentRejected, "flagged", "", no, no},
		{"deemed harmful", 422, `{"detail":"the upload has been deemed potentially harmful"}`, ContentRejected, "harmful", "", no, no},
		{"flagged under 200", 200, `{"error":{"message":"The image has been flagged."}}`, ContentRejected, "flagged", "", no, no},
		{"a content type", 400, `{"error":{"message":"Content type text/plain is not allowed"}}`, InvalidArgument, "text/plain", "", no, no},
		{"a content type with a hyphen", 415, `{"error":{"message":"the Content-Type is not allowed"}}`, InvalidArgument, "Content-Type", "", no, no},
		{"a path that ends in content", 400, `{"error":{"message":"tools[0].content is rejected: unknown field"}}`, InvalidArgument, "unknown field", "", no, no},
		{"a path with a verdict", 400, `{"error":{"message":"messages[0].content was flagged"}}`, ContentRejected, "flagged", "", no, no},
		{"a code of no error", 500, `{"code":0,"message":"ok"}`, UpstreamError, "ok", "", yes, yes},
		{"an empty error", 500, `{"error":{},"status":true,"message":"busy"}`, UpstreamError, "busy", "", yes, yes},
		{"too large", 413, "", InvalidArgument, "413", "", no, no},
		{"redirect", 302, "<html></html>", UpstreamUnavailable, "not followed", "", no, no},
		{"error under 200", 200, `{"error":{"message":"slow down","code":429}}`, RateLimited, "slow down", "429", yes, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &answer{status: tt.status, body: []byte(tt.body)}
			got := a.refusal()
			if got.Code != tt.code || got.UpstreamCode != tt.upstream || got.Retryable != tt.retryable || got.Unsure != tt.unsure || got.Status != tt.status {
				t.Errorf("got code %s, upstream %q, retryable %t, unsure %t, status %d;\nwant %s, %q, %t, %t, %d",
					got.Code, got.UpstreamCode, got.Retryable, got.Unsure, got.Status, tt.code, tt.upstream, tt.retryable, tt.unsure, tt.status)
			}
			if !strings.Contains(got.Message, tt.says) {
				t.Errorf("message %q does not say %q", got.Message, tt.says)
			}
		})
	}
}

func TestRejectsContent(t *testing.T) {
	for words, want := range map[string]bool{
		"This request may violate our usage policies.": true, "Your prompt was flagged as unsafe": true, "违规": true,
		"the image can't be read": false, "invalid or unsafe url": false,
	} {
		if rejectsContent(words) != want {
			t.Errorf("%q: want %t", words, want)
		}
	}
}

func TestRefusedReadsHeaders(t *testing.T) {
	h := http.Header{"Retry-After": {"7"}, "X-Qiniu-Request-Id": {"r-1"}}
	e := refused(429, h, nil)
	if e.RetryAfter != 7*time.Second || e.RequestID != "r-1" {
		t.Errorf("got %s and %q", e.RetryAfter, e.RequestID)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "1.5": 1500 * time.Millisecond, "-4": 0, "soon": 0,
		"Sun, 22 Nov 2026 08:00:30 GMT": 30 * time.Second,
		"Sun, 22 Nov 2026 07:00:00 GMT": 0,
		"1e300":                         24 * time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q: got %s, want %s", value, got, want)
		}
	}
}

func TestLongWordsAreClipped(t *testing.T) {
	e := refused(400, nil, []byte(`{"error":"`+strings.Repeat("é", 5000)+`"}`))
	if n := len([]rune(e.Message)); n > 601 {
		t.Errorf("the message has %d characters", n)
	}
}
