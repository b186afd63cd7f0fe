package nexconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// NativeCall makes a vendor's own request to a model, for the routes of
// chat.md 7 and 8. The body goes as it is, but for the model, which is written
// where the protocol has it, and stream, which is dropped with a warning: the
// answer is given whole.
func NativeCall(p Protocol, model string, body json.RawMessage) (Call, []string, error) {
	var faults []error
	refuse := func(field, format string, args ...any) { faults = append(faults, argument(field, format, args...)) }
	call := Call{Op: "native " + string(p), Method: "POST"}
	switch p {
	case AnthropicMessages:
		call.Path = "/v1/messages"
	case BypassAnthropic:
		call.Path = "/bypass/anthropic/v1/messages"
	case BypassResponses:
		call.Path = "/bypass/openai/v1/responses"
	case BypassGemini:
		call.Path = "/bypass/vertex/v1/models/" + escapeSegments(model) + ":generateContent"
	default:
		refuse("protocol", "protocol is anthropic, bypass_anthropic, bypass_gemini or bypass_responses, not %q", clip(string(p), 80))
	}
	if model == "" {
		refuse("model", "the model is missing")
	}
	var fields object
	if err := json.Unmarshal(body, &fields); err != nil {
		refuse("body", "body is not a JSON object: %w", err)
	}
	if raw, ok := fields.get("model"); ok && model != "" && fields.text("model") != model {
		refuse("body", "body names the model %s and the call names %q; leave it out of the body", clip(string(raw), 120), model)
	}
	if err := errors.Join(faults...); err != nil {
		return Call{}, nil, err
	}
	var warnings []string
	if raw, ok := fields.get("stream"); ok {
		fields.drop("stream")
		if string(raw) != "false" {
			warnings = append(warnings, "stream was left out: the answer is given whole.")
		}
	}
	if p == BypassGemini {
		fields.drop("model")
	} else {
		id, err := PlainJSON(model)
		if err != nil {
			return Call{}, nil, fmt.Errorf("encode model: %w", err)
		}
		if _, ok := fields.get("model"); !ok {
			fields = append(object{{"model", id}}, fields...)
		}
	}
	if p == AnthropicMessages || p == BypassAnthropic {
		call.Header = map[string]string{"anthropic-version": "2023-06-01"}
	}
	doc, err := PlainJSON(fields)
	if err != nil {
		return Call{}, nil, fmt.Errorf("encode body: %w", err)
	}
	call.Body = RawBody(doc)
	return call, warnings, nil
}

func argument(field, format string, args ...any) *Error {
	e := Errorf(InvalidArgument, format, args...)
	e.Field = field
	return e
}

// idSegment is an id of the service as one segment of a path. Ids are plain
// words; what a path or a proxy could read as more than one is refused.
func idSegment(field, id string) (string, *Error) {
	switch {
	case id == "":
		return "", argument(field, "the %s is missing", field)
	case id == ".", id == "..", len(id) > 256, strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?%#`, r)
	}):
		return "", argument(field, "%q is no id of the service", clip(id, 80))
	}
	return url.PathEscape(id), nil
}

// escapeSegments escapes an id for a path; the slashes of ids stay.
func escapeSegments(id string) string {
	segments := strings.Split(id, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
		if s == "." || s == ".." {
			segments[i] = strings.ReplaceAll(s, ".", "%2E")
		}
	}
	return strings.Join(segments, "/")
}

// Native sends a native call and gives the vendor's answer untouched. It is
// sent once; Unsure errors are as of Create.
func (c *Client) Native(ctx context.Context, call Call) (*NativeAnswer, error) {
	var out *NativeAnswer
	err := once(ctx, func() *Error {
		a, err := c.ask(ctx, call, c.longTimeout(), mediaLimit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusalOfTalk()
		}
		if !json.Valid(a.body) || errorOnly(a.body) {
			return a.unread(nil)
		}
		out = &NativeAnswer{Status: a.status, Body: a.body, Usage: nativeUsage(a.body), RequestID: requestID(a.header)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// nativeUsage reads what a call used: Anthropic's and Responses' usage, or
// Gemini's usageMetadata.
func nativeUsage(body []byte) Usage {
	var a struct {
		Usage struct {
			InputTokens          count `json:"input_tokens"`
			OutputTokens         count `json:"output_tokens"`
			CacheReadInputTokens count `json:"cache_read_input_tokens"`
			InputTokensDetails   struct {
				CachedTokens count `json:"cached_tokens"`
			} `json:"input_tokens_details"`
			OutputTokensDetails struct {
				ReasoningTokens count `json:"reasoning_tokens"`
			} `json:"output_tokens_details"`
		} `json:"usage"`
		UsageMetadata struct {
			PromptTokenCount        count `json:"promptTokenCount"`
			CandidatesTokenCount    count `json:"candidatesTokenCount"`
			ThoughtsTokenCount      count `json:"thoughtsTokenCount"`
			CachedContentTokenCount count `json:"cachedContentTokenCount"`
		} `json:"usageMetadata"`
	}
	_ = json.Unmarshal(body, &a) // what is no number counts nothing
	g := a.UsageMetadata
	return Usage{
		InputTokens: int(a.Usage.InputTokens + g.PromptTokenCount),
		// Gemini counts thoughts apart from the answer, the others within.
		OutputTokens:    int(a.Usage.OutputTokens + g.CandidatesTokenCount + g.ThoughtsTokenCount),
		ReasoningTokens: int(a.Usage.OutputTokensDetails.ReasoningTokens + g.ThoughtsTokenCount),
		CachedTokens:    int(a.Usage.CacheReadInputTokens + a.Usage.InputTokensDetails.CachedTokens + g.CachedContentTokenCount),
	}
}
