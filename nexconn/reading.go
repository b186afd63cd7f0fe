package nexconn

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// LinkLife is how long a link is taken to live where neither the answer nor
// the link itself says: defaults.md. Where the answer has no time to count
// from, ExpiresAt is zero and whoever first saw the link counts.
const LinkLife = 24 * time.Hour

var (
	errNoID   = errors.New("the answer names no job")
	errNoWord = errors.New("the answer does not tell how the job stands")
)

// jobAnswer is what the service answers of a job: the whole document, and the
// part of it that tells of the job, which relays put into another object.
type jobAnswer struct {
	root, job node
	fault     fault
	warnings  []string
}

// wrappers are the members that relays put an answer into.
var wrappers = []string{"data", "result", "output", "response", "task", "job", "video"}

var statusKeys = []string{"status", "state", "task_status", "job_status", "task_state"}

// openJob reads an answer; an error means that there is no JSON in it.
func openJob(body []byte) (jobAnswer, error) {
	root, err := parse(body)
	root = root.one()
	if root.v == nil && err != nil {
		return jobAnswer{}, err
	}
	a := jobAnswer{root: root, job: root, fault: faultOf(root)}
	if err != nil {
		a.warnings = append(a.warnings, "The service's answer was cut off; what came of it is used.")
	}
	for _, w := range wrappers {
		in := root.at(w).one()
		if in.isObject() && statusOf(in.at(statusKeys...).one().text()) != "" {
			a.job = in
			break
		}
	}
	return a, nil
}

// find is the first member of several names, in the job's own part, in the whole
// document, or in one of the objects that relays put it into.
func (a jobAnswer) find(keys ...string) node {
	for _, n := range []node{a.job, a.root} {
		if found := n.at(keys...); !found.empty() {
			return found
		}
	}
	for _, w := range wrappers {
		if found := a.root.at(w).one().at(keys...); !found.empty() {
			return found
		}
	}
	return node{}
}

// id is the service's id of the job: under the wire's own name, or whatever
// name relays give it. The id of the request is one only where the answer is no
// refusal.
func (a jobAnswer) id(own string) string {
	names := []string{own, "id", "task_id", "job_id", "video_id", "generation_id", "request_id"}
	for _, name := range names {
		if name == "request_id" && a.fault.envelope {
			continue
		}
		if id := idText(a.find(name)); id != "" {
			return id
		}
	}
	for _, w := range wrappers { // the id alone where an object belongs
		if id := idText(a.root.at(w)); looksLikeID(id) {
			return id
		}
	}
	return ""
}

// idText is an id as text: not what is nested in it.
func idText(n node) string {
	if n.isObject() {
		return idText(n.at("id", "task_id"))
	}
	return n.text()
}

// looksLikeID tells an id from a word: it has digits and no blanks.
func looksLikeID(s string) bool {
	return len(s) >= 6 && strings.ContainsAny(s, "0123456789") && !strings.ContainsFunc(s, unicode.IsSpace) && !strings.Contains(s, "://")
}

// status is the job's state, empty where the answer has no word for it.
func (a jobAnswer) status() Status {
	n := a.find(statusKeys...).one()
	if n.isObject() {
		n = n.at("state", "status", "word", "name", "value")
	}
	if status := statusOf(n.text()); status != "" {
		return status
	}
	if done, ok := a.root.at("done").v.(bool); ok && done {
		if a.fault.envelope {
			return Failed
		}
		return Succeeded
	}
	return ""
}

// read is the job as far as every wire tells it in the same words. own is the
// wire's name for the id, usual the type of an output that names none.
func (a *jobAnswer) read(own, usual string) *Job {
	j := &Job{
		ID: a.id(own), Status: a.status(),
		CreatedAt: a.find("created_at", "created", "create_time").time(),
		UpdatedAt: a.find("updated_at", "updated", "update_time").time(),
	}
	if p, ok := a.find("progress").number(); ok && !j.Status.Done() {
		if strings.Contains(a.find("progress").text(), ".") && p <= 1 {
			p *= 100
		}
		share := min(max(p/100, 0), 1)
		j.Progress = &share
	}
	if j.Status == Succeeded {
		a.outputs(j, usual)
	}
	j.failed(a.failure())
	j.Warnings = append(j.Warnings, a.warnings...)
	return j
}

// outputs finds the links and the bytes of a job that is done, wherever they
// stand.
func (a *jobAnswer) outputs(j *Job, usual string) found {
	found := findMedia(a.job, usual)
	if len(found.all) == 0 {
		found = findMedia(a.root, usual)
	}
	done := a.find("completed_at", "finished_at", "finish_time", "end_time").time()
	if done.IsZero() {
		done = j.UpdatedAt
	}
	expires := a.find("expires_at", "expire_at").time()
	seconds, _ := a.find("seconds", "duration").number()
	size := a.find("size").text()
	for _, o := range found.all {
		if o.URL != "" {
			o.expires(expires, done)
		}
		if o.Seconds == 0 && o.Role == "" && !strings.HasPrefix(o.MIMEType, "image/") {
			o.Seconds = max(0, seconds) // -1 repeats that the model decided
		}
		if o.Width == 0 && o.Role == "" {
			o.sized(size)
		}
		j.Outputs = append(j.Outputs, o)
	}
	j.Warnings = append(j.Warnings, found.warnings...)
	return found
}

// noOutput warns of a success that names no result.
func (j *Job) noOutput(say string) {
	if j.Status == Succeeded && len(j.Outputs) == 0 && len(j.Warnings) == 0 {
		j.Warnings = append(j.Warnings, say)
	}
}

// reasons are the members in which a job's failure is told.
var reasons = []string{"error", "err", "failure", "fail_reason", "failure_reason", "failed_reason", "error_message", "error_msg",
	"task_status_msg", "status_message", "reason", "message", "msg", "detail"}

// failure is why a job failed, under whatever name, as text, object or list.
func (a jobAnswer) failure() fault {
	f := a.fault
	for _, n := range []node{a.job, a.root} {
		for _, name := range reasons {
			if f.message != "" {
				break
			}
			why := n.at(name)
			in := faultOf(why)
			switch {
			case why.isObject():
				f.message = in.message
				if f.message == "" {
					f.message = why.at("reason", "detail", "description", "text").text()
				}
				f.kind, f.upstreamCode = cmp.Or(f.kind, in.kind), cmp.Or(f.upstreamCode, in.upstreamCode)
			case why.isList():
				f.message = joined(why)
			default:
				f.message = clip(why.text(), maxWords)
			}
		}
		if f.upstreamCode == "" {
			f.upstreamCode = clip(n.at("error_code", "fail_code", "failure_code").text(), maxCode)
		}
	}
	return f
}

// joined is what the items of a list say.
func joined(list node) string {
	var says []string
	for _, item := range list.items() {
		if say := cmp.Or(item.at("msg", "message", "reason", "text").text(), item.text()); say != "" && len(says) < 20 {
			says = append(says, clip(say, maxWords))
		}
	}
	return clip(strings.Join(says, "; "), maxWords)
}

// failed gives the job its failure where its status wants one.
func (j *Job) failed(f fault) {
	if j.Failure != nil {
		return
	}
	upstream := cmp.Or(f.upstreamCode, f.kind)
	switch j.Status {
	case Failed:
		j.Failure = &Failure{Code: UpstreamError, Message: cmp.Or(f.message, "the service gave no reason"), UpstreamCode: upstream}
		if rejectsContent(upstream + " " + f.kind + " " + f.message) {
			j.Failure.Code = ContentRejected
		}
	case Canceled:
		j.Failure = &Failure{Code: Cancelled, Message: cmp.Or(f.message, "the job was cancelled"), UpstreamCode: upstream}
	case Expired:
		j.Failure = &Failure{Code: Timeout, Message: cmp.Or(f.message, "the job expired before it was done"), UpstreamCode: upstream}
	}
	if j.Failure != nil {
		j.Failure.Message = clip(j.Failure.Message, 600)
	}
}

// createdBy reads a create's success as read does.
func createdBy(read func([]byte) (*Job, error)) func([]byte) (*Job, error) {
	return func(body []byte) (*Job, error) {
		job, err := read(body)
		switch {
		case err != nil:
			return nil, err
		case job.ID == "":
			return nil, errNoID
		case job.Status == "":
			job.Status = Queued
		}
		return job, nil
	}
}

// statusBy reads the success of a status GET as read does.
func statusBy(read func([]byte) (*Job, error)) func(catalog.Model, string, int, []byte) (*Job, string, error) {
	return func(_ catalog.Model, _ string, code int, body []byte) (*Job, string, error) {
		if code < 200 || code >= 300 {
			return nil, "", errNoWord
		}
		j, err := read(body)
		switch {
		case err != nil:
			return nil, "", err
		case wordless(j, body):
			j.Status = Running
		case j.Status == "":
			return nil, "", errNoWord
		}
		return j, "", nil
	}
}

// wordless says that an answer names its job and has no word for how it
// stands, which is as good as a word we don't know.
func wordless(j *Job, body []byte) bool {
	return j.Status == "" && j.ID != "" && !readFault(body).envelope
}

// linked is an output behind a link.
func linked(link, mime, usual string, told, done time.Time) Output {
	o := Output{URL: link, MIMEType: cmp.Or(mime, typeOf(link, usual))}
	o.expires(told, done)
	return o
}

// expires is when the link dies: told, or as the link says, or counted from when
// the job was done.
func (o *Output) expires(told, done time.Time) {
	o.ExpiresAt = told
	if o.ExpiresAt.IsZero() {
		o.ExpiresAt = signedUntil(o.URL)
	}
	if o.ExpiresAt.IsZero() && !done.IsZero() {
		o.ExpiresAt = done.Add(LinkLife)
	}
}

// signedUntil is the e= parameter of a signed link.
func signedUntil(link string) time.Time {
	u, err := url.Parse(link)
	if err != nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(u.Query().Get("e"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return unixTime(seconds)
}

// sized reads "1920x1080" into an output.
func (o *Output) sized(size string) {
	w, h, _ := strings.Cut(strings.ToLower(strings.TrimSpace(size)), "x")
	width, werr := strconv.Atoi(w)
	height, herr := strconv.Atoi(h)
	if werr == nil && herr == nil {
		o.Width, o.Height = width, height
	}
}

// tally adds up what the outputs amount to.
func (j *Job) tally() *Job {
	for _, o := range j.Outputs {
		j.Usage.Seconds += o.Seconds
		if strings.HasPrefix(o.MIMEType, "image/") && o.Role == "" {
			j.Usage.Images++
		}
	}
	return j
}

// found are the outputs that an answer holds.
type found struct {
	all      []Output
	warnings []string
	usual    string
	broken   int
	// unreachable says that an output is kept where it can't be fetched.
	unreachable bool
	left        int // values still to look at
}

// Where outputs stand: links and bytes under these names, in objects and lists
// under those. Covers, thumbnails and addresses of the API are none of them.
var (
	linkKeys = []string{"url", "uri", "video_url", "image_url", "download_url", "file_url", "link", "src", "href", "gcs_uri", "file_uri", "signed_url", "video_uri", "image_uri"}
	byteKeys = []string{"b64_json", "bytes_base64_encoded", "base64", "b64", "image_bytes", "video_bytes", "bytes"}
	nested   = []string{"inline_data", "inlineData", "file_data", "fileData", "resource"}
	holders  = []string{"task_result", "result", "results", "output", "outputs", "data", "content", "response", "generate_video_response",
		"videos", "generated_videos", "generated_samples", "samples", "predictions", "video", "files", "file", "artifacts",
		"creations", "works", "candidates", "choices", "message", "parts", "media"}
	imageHolders = []string{"images", "generated_images", "image"}
)

// maxOutputs is how many outputs of one answer are read, maxValues how many
// values are looked at for them.
const (
	maxOutputs = 64
	maxValues  = 5000
)

// findMedia collects the outputs of a part of an answer.
func findMedia(n node, usual string) found {
	f := found{usual: usual, left: maxValues}
	f.look(n, 0)
	if f.broken > 0 {
		f.warnings = append(f.warnings, fmt.Sprintf("%d of the outputs in the service's answer can't be read and are left out.", f.broken))
	}
	return f
}

// look takes the output that n is, or those in it.
func (f *found) look(n node, level int) (hit bool) {
	if f.left--; level > 12 || f.left < 0 || len(f.all) >= maxOutputs || n.empty() {
		return false
	}
	if list, ok := n.v.([]any); ok {
		for _, v := range list {
			item := node{v}
			if f.look(item, level+1) {
				hit = true
			} else if item.isObject() && holdsMedia(item) {
				f.broken++
			} else if link := item.text(); item.isText() && strings.Contains(link, ":") {
				hit = f.link(link, n) || hit
			}
		}
		return hit
	}
	if !n.isObject() {
		return false
	}
	if role := n.at("role").text(); role != "" && role != "assistant" && role != "model" {
		return false // an input that is repeated
	}
	if f.item(n) {
		return true
	}
	for _, key := range f.places() {
		in := n.at(key)
		if in.empty() {
			continue
		}
		if link := in.one(); link.isText() {
			if (in.isList() || key == "video" || key == "image" || key == "file" || key == "output" || key == "result") && f.link(link.text(), n) {
				return true
			}
			continue
		}
		if f.look(in, level+1) {
			hit = true
			if key != "data" && key != "content" {
				return true // the same under another name is not another
			}
		}
	}
	return hit
}

func (f *found) places() []string {
	if strings.HasPrefix(f.usual, "image/") {
		return slices.Concat(imageHolders, holders)
	}
	return holders
}

// holdsMedia says that an object was meant to be an output.
func holdsMedia(n node) bool {
	return slices.ContainsFunc(slices.Concat(linkKeys, byteKeys), n.given)
}

// item takes an object that has a link or bytes of its own.
func (f *found) item(n node) bool {
	for _, key := range byteKeys {
		if in := n.at(key); !in.empty() && f.bytes(n, in.text()) {
			return true
		}
	}
	for _, key := range nested {
		in := n.at(key).one()
		if data := in.at("data"); in.isObject() && !data.empty() && f.bytes(in, data.text()) {
			return true
		}
		if link := in.at("file_uri", "url", "uri").text(); link != "" && f.link(link, in) {
			return true
		}
	}
	for _, key := range linkKeys {
		in := n.at(key).one()
		if in.isObject() {
			in = in.at("url", "uri").one()
		}
		if link := in.text(); link != "" && f.link(link, n) {
			return true
		}
	}
	return false
}

// link takes an output behind a link; about tells its type and size.
func (f *found) link(link string, about node) bool {
	link = strings.TrimSpace(link)
	scheme, _, ok := strings.Cut(link, ":")
	switch scheme = strings.ToLower(scheme); {
	case strings.HasPrefix(link, "//"):
		link = "https:" + link
	case ok && scheme == "data":
		o, ok := pictureOf(link)
		if ok {
			f.add(o, about)
		}
		return ok
	case ok && (scheme == "http" || scheme == "https"):
	case ok && strings.Contains(link, "://"):
		f.warnings = append(f.warnings, "The service keeps an output at "+clip(link, 300)+", which can't be fetched from here.")
		f.unreachable = true
		return true
	default:
		return false
	}
	f.add(Output{URL: link}, about)
	return true
}

// bytes takes an output that came as base64.
func (f *found) bytes(about node, text string) bool {
	if strings.HasPrefix(strings.ToLower(text[:min(5, len(text))]), "data:") {
		o, ok := pictureOf(text)
		if ok {
			f.add(o, about)
		}
		return ok
	}
	data, ok := fromBase64(text)
	if ok {
		f.add(Output{Data: data}, about)
	}
	return ok
}

func (f *found) add(o Output, about node) {
	told := cmp.Or(about.at("mime_type", "content_type", "media_type").text(), o.MIMEType)
	if o.MIMEType = told; !strings.Contains(told, "/") {
		o.MIMEType = typeOf(o.URL, f.usual)
	}
	if o.Data != nil {
		// What the bytes are counts for more than what is said of them.
		if kind := http.DetectContentType(o.Data); strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
			o.MIMEType = kind
		}
	}
	if seconds, ok := about.at("duration", "duration_seconds", "seconds").number(); ok {
		o.Seconds = max(0, seconds)
	}
	o.Width, o.Height = about.at("width").count(), about.at("height").count()
	if o.Width == 0 {
		o.sized(about.at("size").text())
	}
	f.all = append(f.all, o)
}

// fromBase64 reads base64 of either alphabet, with or without padding and line
// ends; ok says that there is something in it.
func fromBase64(text string) (data []byte, ok bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		plain := strings.Map(func(r rune) rune {
			switch r {
			case ' ', '\t', '\r', '\n', '=':
				return -1
			case '-':
				return '+'
			case '_':
				return '/'
			}
			return r
		}, text)
		data, err = base64.RawStdEncoding.DecodeString(plain)
	}
	return data, err == nil && len(data) > 0
}

// pictureOf is an output that came as a data URL or as a link; ok says that
// there is something in it.
func pictureOf(link string) (o Output, ok bool) {
	head, body, _ := strings.Cut(link, ",")
	if len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return linked(link, "", "image/png", time.Time{}, time.Time{}), true
	}
	kind, parameters, _ := strings.Cut(head[5:], ";")
	kind = cmp.Or(strings.ToLower(strings.TrimSpace(kind)), "image/png")
	if data, ok := fromBase64(body); ok && (strings.Contains(strings.ToLower(parameters), "base64") || parameters == "") {
		return Output{Data: data, MIMEType: kind}, true
	}
	if text, err := url.PathUnescape(body); err == nil && text != "" && !strings.Contains(strings.ToLower(parameters), "base64") {
		return Output{Data: []byte(text), MIMEType: kind}, true
	}
	return Output{}, false
}
