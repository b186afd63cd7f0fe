package nexconn

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// nativeWire passes a vendor's own request through, on the routes of chat.md 7
// and 8.
var nativeWire = wire{name: "native", build: of(nativeBody)}

// nativeBody is the caller's body as it is, but for the model, which is written
// where the protocol has it, and stream, which is left out with a warning: the
// answer is given whole.
func nativeBody(e *encoder, _ catalog.Model, _ catalog.Op, r *NativeRequest) any {
	e.call.Op = "native " + string(r.Protocol)
	switch r.Protocol {
	case AnthropicMessages:
		e.call.Path = "/v1/messages"
	case BypassAnthropic:
		e.call.Path = "/bypass/anthropic/v1/messages"
	case BypassResponses:
		e.call.Path = "/bypass/openai/v1/responses"
	case BypassGemini:
		e.call.Path = "/bypass/vertex/v1/models/" + escapeSegments(r.Model) + ":generateContent"
	default:
		e.refuse(InvalidArgument, "protocol", "protocol is anthropic, bypass_anthropic, bypass_gemini or bypass_responses, not %q", clip(string(r.Protocol), 80))
	}
	switch {
	case r.Model == "":
		e.refuse(InvalidArgument, "model", "the model is missing")
	case slices.Contains(strings.Split(r.Model, "/"), ""), leadsElsewhere(r.Model):
		e.refuse(InvalidArgument, "model", "%q is no model id", clip(r.Model, 80))
	}
	if !json.Valid(r.Body) || !bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("{")) {
		e.refuse(InvalidArgument, "body", "body is not a JSON object")
		return nil
	}
	body := e.withoutOurs(r)
	if r.Protocol != BypassGemini {
		body = withModel(body, r.Model)
	}
	if r.Protocol == AnthropicMessages || r.Protocol == BypassAnthropic {
		e.call.Header = map[string]string{"anthropic-version": "2023-06-01"}
	}
	return body
}

// withoutOurs is the body without the members that are written here, as its
// caller wrote it else.
func (e *encoder) withoutOurs(r *NativeRequest) json.RawMessage {
	var out []byte
	kept := 0
	eachMember(r.Body, func(m rawMember) {
		// Letter case doesn't matter: a service in Go would take MODEL for model.
		switch key, value := unquoted(r.Body[m.key:m.keyEnd]), r.Body[m.value:m.end]; {
		case strings.EqualFold(key, "model"):
			if r.Model != "" && unquoted(value) != r.Model {
				e.refuse(InvalidArgument, "body", "body names the model %s and the call names %q; leave it out of the body", clip(string(value), 120), r.Model)
			}
		case strings.EqualFold(key, "stream"):
			if string(value) != "false" {
				e.warn("stream was left out: the answer is given whole.")
			}
		default:
			return
		}
		out = append(out, r.Body[kept:m.key]...)
		// With the member goes the comma after it.
		if kept = skipBlank(r.Body, m.end); kept < len(r.Body) && r.Body[kept] == ',' {
			kept = skipBlank(r.Body, kept+1)
		}
	})
	out = append(out, r.Body[kept:]...)
	// The comma before a member that was the last is left: {"a":1,}
	if end := bytes.LastIndexByte(out, '}'); end > 0 {
		if head := bytes.TrimRight(out[:end], " \t\r\n"); bytes.HasSuffix(head, []byte(",")) {
			out = append(head[:len(head)-1:len(head)-1], out[end:]...)
		}
	}
	return out
}

// withModel is the body with the model as its first member.
func withModel(body json.RawMessage, model string) json.RawMessage {
	id, _ := PlainJSON(model) // a text can't fail
	at := bytes.IndexByte(body, '{') + 1
	out := append([]byte(`{"model":`), id...)
	if rest := bytes.TrimSpace(body[at:]); rest[0] != '}' {
		out = append(out, ',')
	}
	return append(out, body[at:]...)
}

func argument(field, format string, args ...any) *Error {
	e := Errorf(InvalidArgument, format, args...)
	e.Field = field
	return e
}

// idSegment is an id that a caller names as one segment of a path. Ids of files
// are plain words; what a path or a proxy could read as more than one is refused.
func idSegment(field, id string) (string, *Error) {
	switch {
	case id == "":
		return "", argument(field, "the %s is missing", field)
	case isDots(id), len(id) > 256, strings.ContainsFunc(id, func(r rune) bool {
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
	}
	return strings.Join(segments, "/")
}

// Native sends a vendor's own request and gives the vendor's answer untouched.
// It is sent once; Unsure errors are as of Submit.
func (c *Client) Native(ctx context.Context, r NativeRequest) (*NativeAnswer, error) {
	call, err := c.Build(&r)
	if err != nil {
		return nil, err
	}
	return c.SendNative(ctx, call)
}

// SendNative is Native of a call that Build has made.
func (c *Client) SendNative(ctx context.Context, call Call) (*NativeAnswer, error) {
	var out *NativeAnswer
	err := sendOnce(ctx, func() *Error {
		a, err := (sender{c}).ask(ctx, call, limitsOf(c).long, mediaLimit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusalOfTalk()
		}
		a.body = trimMark(a.body)
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
	n, _ := parse(body)
	u, g := n.at("usage"), n.at("usageMetadata")
	thoughts := g.at("thoughtsTokenCount").count()
	used := Usage{
		InputTokens: u.at("input_tokens", "prompt_tokens").count() + g.at("promptTokenCount").count(),
		// Gemini counts thoughts apart from the answer, the others within.
		OutputTokens:    u.at("output_tokens", "completion_tokens").count() + g.at("candidatesTokenCount").count() + thoughts,
		ReasoningTokens: u.at("output_tokens_details").at("reasoning_tokens").count() + thoughts,
		CachedTokens: u.at("cache_read_input_tokens").count() + u.at("input_tokens_details").at("cached_tokens").count() +
			g.at("cachedContentTokenCount").count(),
		AudioTokens: ofModality(g.at("promptTokensDetails"), "AUDIO"),
		ImageTokens: ofModality(g.at("candidatesTokensDetails"), "IMAGE") + u.at("output_tokens_details").at("image_tokens").count(),
	}
	used.cacheWrites(u)
	if u.at("input_tokens_details").empty() && !u.at("cache_read_input_tokens", "cache_creation_input_tokens").empty() {
		// Anthropic counts what a cache held or took apart from the rest.
		used.InputTokens += used.CachedTokens + used.CacheWriteTokens
	}
	return used
}

// ofModality are the tokens of one modality in Gemini's ModalityTokenCount list.
func ofModality(list node, modality string) (tokens int) {
	for _, item := range list.items() {
		if strings.EqualFold(item.at("modality").text(), modality) {
			tokens += item.at("tokenCount").count()
		}
	}
	return tokens
}
