package nexconn

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
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

// How much of a refusal is kept: what comes may be a megabyte.
const (
	maxWords = 2000
	maxCode  = 200
)

// readFault reads the documented shapes:
//
//	{"error":{"message","type","code","param"}}   ErrorResponse, ApiErrorBody, FileError; Google's with "status"
//	{"error":"…","status":false}                  the management envelope
//	{"status":false,"message":"…"}                Kling's images
//	{"detail":"…"} {"detail":{"msg","type","loc"}} {"detail":[{"msg"}]}   the queue
//	{"code","message"}                            at the top level
//	{"type":"error","error":{"type","message"}}   Anthropic's
//
// An error or a detail with nothing in it is none, nor is a code of success.
func readFault(body []byte) fault {
	body = trimMark(body)
	if len(body) == 0 {
		return fault{empty: true}
	}
	if body[0] == '<' {
		return fault{html: true, message: pageTitle(body[:min(len(body), 1<<16)])}
	}
	n, err := parse(body)
	switch {
	case err == nil:
		return faultOf(n)
	case body[0] != '{' && body[0] != '[' && body[0] != '"' && utf8.Valid(body):
		return fault{message: clip(string(body), maxWords)}
	}
	return fault{}
}

// faultOf is the fault that a document tells of.
func faultOf(n node) fault {
	if n.isList() { // Google's stream routes answer errors as an array of one
		if in := n.one(); !in.isList() {
			return faultOf(in)
		}
		return fault{}
	}
	if !n.isObject() {
		return fault{json: n.isText(), message: clip(n.text(), maxWords)}
	}
	f := fault{json: true, kind: clip(n.at("type").text(), maxCode), message: clip(n.at("message", "msg").text(), maxWords)}
	if code := n.at("code").text(); !slices.Contains(successCodes, strings.ToLower(code)) {
		f.upstreamCode = clip(code, maxCode)
	}
	if failed := n.at("error"); !failed.empty() {
		f.envelope = true
		f.readError(failed)
		return f
	}
	if detail := n.at("detail"); !detail.empty() {
		f.envelope = true
		f.readDetail(detail)
		return f
	}
	if n.isFalse("status") || n.isFalse("success") {
		f.envelope = f.message != "" || n.given("error")
		return f
	}
	f.envelope = f.message != "" && f.upstreamCode != ""
	return f
}

// successCodes are codes that tell of no fault.
var successCodes = []string{"0", "200", "success", "succeed", "ok"}

func (f *fault) readError(n node) {
	inner := n.one()
	if !inner.isObject() {
		f.message = cmp.Or(clip(inner.text(), maxWords), joined(n), f.message)
		return
	}
	f.message = cmp.Or(clip(inner.at("message", "msg", "reason", "detail").text(), maxWords), f.message)
	if in := inner.at("message"); in.isObject() {
		f.message = cmp.Or(clip(in.at("message", "msg", "text").text(), maxWords), f.message)
	}
	f.kind = clip(cmp.Or(inner.at("type").text(), inner.at("status").text()), maxCode)
	f.upstreamCode = cmp.Or(clip(inner.at("code").text(), maxCode), f.upstreamCode)
	f.param = clip(inner.at("param").text(), maxCode)
}

func (f *fault) readDetail(n node) {
	if !n.isObject() && !n.isList() {
		f.message = clip(n.text(), maxWords)
		return
	}
	for _, item := range n.items() {
		f.kind = cmp.Or(f.kind, clip(item.at("type").text(), maxCode))
	}
	f.message = cmp.Or(joined(n), f.message)
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
	n, err := parse(body)
	if n = n.one(); err != nil || !faultOf(n).envelope {
		return false
	}
	object, _ := n.v.(map[string]any)
	for key, v := range object {
		switch key {
		case "error", "status", "message", "detail", "code", "type", "request_id":
		default:
			if !(node{v}).empty() {
				return false
			}
		}
	}
	return true
}

// clip cuts a text at n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for at := range s {
		if n == 0 {
			return s[:at] + "…"
		}
		n--
	}
	return s
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
