package nexconn

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// fault is what an error body says. chat.md section 9, vidu-images-files.md
// section 1.1, video.md section 2.
type fault struct {
	message, kind, upstreamCode, param string
	// requestID is the service's id of the request, where the body tells it.
	requestID string
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
//	{"errors":[…]} {"errors":{"field":["…"]}}     several at once
//	{"base_resp":{"status_code","status_msg"}}    MiniMax's, in a success too
//	{"promptFeedback":{"blockReason"}}            Gemini's, of a prompt it won't take
//	{"data":{"error":…}} {"error":{"error":…}}    nested once more, or as JSON in a text
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
	f := fault{json: true, kind: clip(n.at("type").text(), maxCode), requestID: clip(n.at("request_id", "trace_id").text(), maxCode)}
	f.message = clip(n.at("message", "msg", "error_message", "error_msg").text(), maxWords)
	if code := n.at("code", "error_code").text(); !slices.Contains(successCodes, strings.ToLower(code)) {
		f.upstreamCode = clip(code, maxCode)
	}
	failed := n.at("error").unwrapped()
	if failed.empty() {
		failed = n.at("data").at("error").unwrapped()
	}
	switch several, detail := n.at("errors"), n.at("detail"); {
	case !failed.empty():
		f.envelope = true
		f.readError(failed)
	case !several.empty():
		f.envelope = true
		f.readSeveral(several)
	case !detail.empty():
		f.envelope = true
		f.readDetail(detail)
	case f.readBase(n.at("base_resp")), f.readFeedback(n.at("prompt_feedback")):
		f.envelope = true
	case n.isFalse("status") || n.isFalse("success"):
		f.envelope = f.message != "" || n.given("error")
	default:
		f.envelope = f.message != "" && f.upstreamCode != ""
	}
	return f
}

// readSeveral reads a list of errors, or an object with a list for each field.
func (f *fault) readSeveral(n node) {
	object, ok := n.one().v.(map[string]any)
	if first := faultOf(n.one()); ok && first.message != "" {
		f.message, f.kind, f.upstreamCode = first.message, cmp.Or(f.kind, first.kind), cmp.Or(f.upstreamCode, first.upstreamCode)
		return
	}
	if !ok {
		f.message = cmp.Or(joined(n), f.message)
		return
	}
	var says []string
	for _, field := range slices.Sorted(maps.Keys(object)) {
		if say := joined(node{object[field]}); say != "" && len(says) < 20 {
			says = append(says, clip(field, maxCode)+": "+say)
		}
	}
	f.message = cmp.Or(clip(strings.Join(says, "; "), maxWords), f.message)
}

// readBase reads MiniMax's base_resp, whose code is 0 for a success.
func (f *fault) readBase(n node) bool {
	code := n.at("status_code").text()
	if code == "" || slices.Contains(successCodes, strings.ToLower(code)) {
		return false
	}
	f.upstreamCode, f.message = clip(code, maxCode), cmp.Or(clip(n.at("status_msg", "message").text(), maxWords), f.message)
	return true
}

// readFeedback reads Gemini's promptFeedback, which has a reason where the
// prompt was blocked.
func (f *fault) readFeedback(n node) bool {
	reason := n.at("block_reason").text()
	if reason == "" {
		return false
	}
	f.kind, f.upstreamCode = promptBlocked, clip(reason, maxCode)
	f.message = cmp.Or(clip(n.at("block_reason_message").text(), maxWords), "the prompt was blocked: "+f.upstreamCode)
	return true
}

// promptBlocked is the kind of a fault that is always about content.
const promptBlocked = "prompt_blocked_for_safety"

// successCodes are codes that tell of no fault.
var successCodes = []string{"0", "200", "success", "succeed", "ok"}

func (f *fault) readError(n node) {
	inner := n.one()
	if !inner.isObject() {
		f.message = cmp.Or(clip(inner.text(), maxWords), joined(n), f.message)
		return
	}
	if deeper := inner.at("error", "message", "reason").unwrapped(); deeper.isObject() {
		in := faultOf(deeper)
		f.message = cmp.Or(in.message, clip(deeper.at("text", "reason", "detail", "description").text(), maxWords), f.message)
		f.kind, f.upstreamCode, f.param = cmp.Or(in.kind, f.kind), cmp.Or(in.upstreamCode, f.upstreamCode), in.param
	}
	if !inner.at("message").unwrapped().isObject() {
		f.message = cmp.Or(clip(inner.at("message", "msg", "reason", "detail").text(), maxWords), f.message)
	}
	// What stands behind a relay said it in its own words.
	if raw := clip(inner.at("metadata").at("raw").text(), maxWords); raw != "" && !strings.Contains(f.message, raw) {
		f.message = strings.TrimPrefix(f.message+": "+raw, ": ")
	}
	f.kind = clip(cmp.Or(inner.at("type").text(), inner.at("status").text(), f.kind), maxCode)
	f.upstreamCode = cmp.Or(clip(inner.at("code").text(), maxCode), f.upstreamCode)
	f.param = cmp.Or(clip(inner.at("param").text(), maxCode), f.param)
	f.requestID = cmp.Or(clip(inner.at("request_id").text(), maxCode), f.requestID)
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
	if at := placeOf(n.one().at("loc")); at != "" {
		f.param = cmp.Or(f.param, at)
	}
}

// placeOf is FastAPI's path to the field that a detail is about.
func placeOf(loc node) string {
	var steps []string
	for _, step := range loc.items() {
		if s := step.text(); s != "" && s != "body" && len(steps) < 20 {
			steps = append(steps, clip(s, maxCode))
		}
	}
	return clip(strings.Join(steps, "."), maxCode)
}

// legible is a text as one line without what moves a cursor or turns the
// direction of writing.
func legible(s string) string {
	s = terminalCommands().ReplaceAllString(s, "")
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)), " ")
}

var terminalCommands = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("\x1b\\[[0-9;?]*[ -/]*[@-~]")
})

// words are the service's own, or ours where it has none.
func (f fault) words(status int) string {
	said := clip(legible(f.message), 600)
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
	said := clip(legible(f.message), 200)
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
