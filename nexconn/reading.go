package nexconn

import (
	"cmp"
	"errors"
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
	// unreachable says that an output is kept where it can't be fetched.
	unreachable bool
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
	unfold(root, 0)
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

// unfold reads the members in which an answer stands where they came as JSON
// inside a text. What is only repeated of the request stays a text.
func unfold(n node, level int) {
	switch v := n.v.(type) {
	case []any:
		for i := range v[:min(len(v), maxOutputs)] {
			unfold(node{v[i]}, level+1)
		}
	case map[string]any:
		if level > 6 || len(v) > maxSpelled {
			return
		}
		for name, in := range v {
			if _, text := in.(string); text && structural(name) {
				v[name] = node{in}.unwrapped().v
			}
			unfold(node{v[name]}, level+1)
		}
	}
}

// structural says that the answer itself stands under a name, or why it failed.
func structural(name string) bool {
	for _, names := range [][]string{wrappers, holders, imageHolders, reasons} {
		if slices.ContainsFunc(names, func(n string) bool { return sameName(n, name) }) {
			return true
		}
	}
	return false
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
	if id := a.operation(); id != "" {
		return id
	}
	for _, w := range wrappers { // the id alone where an object belongs
		if id := idText(a.root.at(w)); looksLikeID(id) {
			return id
		}
	}
	return ""
}

// operation is the name of Google's long-running operation, which names the job.
func (a jobAnswer) operation() string {
	if id := idText(a.find("operation_id", "operation")); id != "" {
		return id
	}
	name := a.find("name").text()
	if strings.Contains(name, "operations/") || name != "" && a.root.given("done") {
		return name
	}
	return ""
}

// idText is an id as text: not what is nested in it.
func idText(n node) string {
	if n.isObject() {
		return idText(n.at("id", "task_id", "name"))
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
	if _, err := strconv.Atoi(strings.TrimSpace(n.text())); err == nil {
		return a.numbered()
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

// numbered is the state of a job whose status is a number, which is no word: what
// else the answer holds tells.
func (a jobAnswer) numbered() Status {
	switch found := findMedia(a.root, ""); {
	case len(found.all) > 0 || found.unreachable:
		return Succeeded
	case !a.find("error", "fail_reason", "failure").empty():
		return Failed
	}
	return Running
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
	a.unreachable = found.unreachable
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
	"task_status_msg", "status_message", "errors", "reason", "reasons", "message", "msg", "detail"}

// failure is why a job failed, under whatever name, as text, object or list.
func (a jobAnswer) failure() fault {
	f := a.fault
	places := []node{a.job, a.root, a.root.at("task_result")}
	for _, w := range wrappers {
		places = append(places, a.root.at(w))
	}
	for _, n := range places {
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
		if say := cmp.Or(item.at("msg", "message", "reason", "text", "detail").text(), item.text()); say != "" && len(says) < 20 {
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
