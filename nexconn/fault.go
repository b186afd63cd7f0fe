package nexconn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fault is what an error body says. chat.md section 9, vidu-images-files.md
// section 1.1, video.md section 2.
type fault struct {
	message, kind, upstreamCode, param string
	// envelope says that the body is one of the service's own error shapes, so
	// the service itself has refused and not something before it.
	envelope bool
	// json and html say what else the body is.
	json, html bool
	empty      bool
}

// readFault reads the documented shapes:
//
//	{"error":{"message","type","code","param"}}   ErrorResponse, ApiErrorBody, FileError; Google's with "status"
//	{"error":"…","status":false}                  the management envelope
//	{"status":false,"message":"…"}                Kling's images
//	{"detail":"…"} {"detail":{"msg","type","loc"}} {"detail":[{"msg"}]}   the queue
//	{"code","message"}                            at the top level
//	{"type":"error","error":{"type","message"}}   Anthropic's
//
// An error or a detail with nothing in it is none, nor is the code 0 or 200.
func readFault(body []byte) fault {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	var top object
	switch {
	case len(body) == 0:
		return fault{empty: true}
	case body[0] == '<':
		return fault{html: true, message: pageTitle(body)}
	case body[0] == '[':
		// Google's stream routes answer errors as an array of one.
		var list []json.RawMessage
		if json.Unmarshal(body, &list) == nil && len(list) > 0 {
			return readFault(list[0])
		}
		return fault{}
	case json.Unmarshal(body, &top) != nil:
		var text string
		if json.Unmarshal(body, &text) == nil {
			return fault{json: true, message: text}
		}
		if body[0] != '{' && body[0] != '"' && utf8.Valid(body) {
			return fault{message: string(body)}
		}
		return fault{}
	}
	f := fault{json: true}
	f.kind, f.message = top.text("type"), top.text("message")
	if code := scalar(top, "code"); code != "0" && code != "200" {
		f.upstreamCode = code
	}
	failed, ok := top.get("error")
	if !null(failed) {
		f.envelope = true
		f.readError(failed)
		return f
	}
	if detail, _ := top.get("detail"); !null(detail) {
		f.envelope = true
		f.readDetail(detail)
		return f
	}
	status, _ := top.get("status")
	if string(status) == "false" {
		f.envelope = f.message != "" || ok
		return f
	}
	f.envelope = f.message != "" && f.upstreamCode != ""
	return f
}

func (f *fault) readError(raw json.RawMessage) {
	var inner object
	if json.Unmarshal(raw, &inner) != nil {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			f.message = text
		}
		return
	}
	f.message = cmp.Or(inner.text("message"), inner.text("msg"), f.message)
	f.kind = cmp.Or(inner.text("type"), inner.text("status"))
	f.upstreamCode = cmp.Or(scalar(inner, "code"), f.upstreamCode)
	f.param = inner.text("param")
}

func (f *fault) readDetail(raw json.RawMessage) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		f.message = text
		return
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var says []string
	for _, item := range list {
		var o object
		if json.Unmarshal(item, &o) != nil {
			continue
		}
		says = append(says, cmp.Or(o.text("msg"), o.text("message")))
		f.kind = cmp.Or(f.kind, o.text("type"))
	}
	f.message = cmp.Or(strings.Join(says, "; "), f.message)
}

// scalar is a member that is a string or a number, as text.
func scalar(o object, key string) string {
	raw, _ := o.get(key)
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return o.text(key)
}

// words are the service's own, or ours where it has none.
func (f fault) words(status int) string {
	said := clip(strings.Join(strings.Fields(f.message), " "), 600)
	if said != "" && f.param != "" && !strings.Contains(said, f.param) {
		said += " (" + f.param + ")"
	}
	switch {
	case f.html && status >= 400 && status < 500 && status != 429:
		return "an HTML page (" + cmp.Or(said, strconv.Itoa(status)) + ") came instead of the service's JSON; the base URL may be wrong"
	case status >= 300 && status < 400:
		return "the service sends the request elsewhere (" + strconv.Itoa(status) + "), which is not followed; the base URL may be wrong"
	case f.html && said != "":
		return "the service answered with an HTML page (" + said + ") instead of JSON"
	case f.html:
		return "the service answered with an HTML page instead of JSON"
	case f.empty:
		return "the service answered " + strconv.Itoa(status) + " " + http.StatusText(status) + " without a body"
	case said == "" && (f.kind != "" || f.upstreamCode != ""):
		return "the service says " + cmp.Or(f.upstreamCode, f.kind)
	case said == "" && f.json:
		return "the service answered " + strconv.Itoa(status) + " " + http.StatusText(status) + " and did not say why"
	case said == "":
		return "the service answered " + strconv.Itoa(status) + " with a body that is cut off or no JSON"
	}
	return said
}

// unlike says what a success has come with in place of an answer.
func (f fault) unlike(status int) string {
	said := clip(strings.Join(strings.Fields(f.message), " "), 200)
	switch {
	case f.html, f.empty:
		return f.words(status)
	case said != "" && !f.json:
		return "the service answered " + strconv.Itoa(status) + " with what is not its answer: " + said
	}
	return "the service answered " + http.StatusText(status) + " but its answer can't be read"
}

// errorOnly says that a body is one of the shapes that readFault reads and
// nothing else: what a vendor made has other members too.
func errorOnly(body []byte) bool {
	if len(body) > 1<<16 {
		return false
	}
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		return len(list) == 1 && errorOnly(list[0])
	}
	var top object
	if json.Unmarshal(body, &top) != nil || !readFault(body).envelope {
		return false
	}
	for _, m := range top {
		switch m.key {
		case "error", "status", "message", "detail", "code", "type", "request_id":
		default:
			if !null(m.value) {
				return false
			}
		}
	}
	return true
}

// clip cuts a text at n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

func pageTitle(page []byte) string {
	lower := bytes.ToLower(page)
	start := bytes.Index(lower, []byte("<title>"))
	end := bytes.Index(lower, []byte("</title>"))
	if start < 0 || end < start || len(lower) != len(page) {
		return ""
	}
	return clip(string(page[start+len("<title>"):end]), 120)
}
