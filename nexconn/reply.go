package nexconn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

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

// created is the job that a create's success answers with. A body that names
// no job is an error: the service may have taken it all the same.
func created(m catalog.Model, _ int, body []byte) (*Job, error) {
	var job *Job
	var err error
	switch m.Wire {
	case catalog.GeminiImages:
		return geminiAnswer(body)
	case catalog.VeoVideo:
		job, err = veoAnswer(body)
	case catalog.Seedance:
		job, err = seedanceAnswer(body)
	case catalog.KlingImages:
		job, err = klingImageAnswer(body)
	case catalog.KlingImageList, catalog.Vidu, catalog.VeoQueue:
		job, err = queueCreated(body)
	default:
		job, err = videoAnswer(body)
	}
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

// queried is the job as the answer to a status or result GET tells it. more is
// the next GET of the queue faces where the answer only says that there is a
// result. An error means that the answer tells nothing of the job; it is an
// *Error only where the face knows better than the status what that means.
func queried(m catalog.Model, status int, body []byte) (j *Job, more *Call, err error) {
	switch m.Wire {
	case catalog.KlingImageList, catalog.Vidu, catalog.VeoQueue:
		return queueAnswer(m, status, body)
	case catalog.VeoVideo:
		if status >= 400 && strings.Contains(strings.ToLower(readFault(body).message), "record not found") {
			// video.md 3.2: an unknown id is a 500.
			return nil, nil, Errorf(NotFound, "the service knows no such job")
		}
	}
	if status < 200 || status >= 300 {
		return nil, nil, errNoWord
	}
	switch m.Wire {
	case catalog.VeoVideo:
		j, err = veoAnswer(body)
	case catalog.Seedance:
		j, err = seedanceAnswer(body)
	case catalog.KlingImages:
		j, err = klingImageAnswer(body)
	default:
		j, err = videoAnswer(body)
	}
	switch {
	case err != nil:
		return nil, nil, err
	case wordless(j, body):
		j.Status = Running
	case j.Status == "":
		return nil, nil, errNoWord
	}
	return j, nil, nil
}

// wordless says that an answer names its job and has no word for how it
// stands, which is as good as a word we don't know.
func wordless(j *Job, body []byte) bool {
	return j.Status == "" && j.ID != "" && !readFault(body).envelope
}

// statusOf folds the words of all faces, in whatever case, and the synonyms
// that clients tolerate. A word we don't know is Running; none is none.
func statusOf(word string) Status {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "":
		return ""
	case "initializing", "queued", "in_queue", "pending", "submitted", "created", "queueing":
		return Queued
	case "completed", "succeeded", "succeed", "success", "done":
		return Succeeded
	case "failed", "error":
		return Failed
	case "cancelled", "canceled", "aborted":
		return Canceled
	case "expired":
		return Expired
	}
	return Running
}

// failed gives the job its failure where its status wants one. message stands
// in where the body has no error of its own.
func (j *Job) failed(f fault, message string) {
	if j.Failure != nil {
		return
	}
	words := cmp.Or(f.message, message)
	upstream := cmp.Or(f.upstreamCode, f.kind)
	switch j.Status {
	case Failed:
		j.Failure = &Failure{Code: UpstreamError, Message: cmp.Or(words, "the service gave no reason"), UpstreamCode: upstream}
		if rejectsContent(upstream + " " + f.kind + " " + words) {
			j.Failure.Code = ContentRejected
		}
	case Canceled:
		j.Failure = &Failure{Code: Cancelled, Message: cmp.Or(words, "the job was cancelled"), UpstreamCode: upstream}
	case Expired:
		j.Failure = &Failure{Code: Timeout, Message: cmp.Or(words, "the job expired before it was done"), UpstreamCode: upstream}
	}
	if j.Failure != nil {
		j.Failure.Message = clip(j.Failure.Message, 600)
	}
}

// linked is an output behind a link. done is when the job ended, as far as told.
func linked(link, mime, usual string, told, done time.Time) Output {
	o := Output{URL: link, MIME: cmp.Or(mime, typeOf(link, usual)), ExpiresAt: told}
	if o.ExpiresAt.IsZero() {
		o.ExpiresAt = signedUntil(link)
	}
	if o.ExpiresAt.IsZero() && !done.IsZero() {
		o.ExpiresAt = done.Add(LinkLife)
	}
	return o
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

// moment is a time of an answer: Unix seconds or milliseconds, as a number or
// as text, or ISO 8601. What it can't read is no time, not a fault: a job is
// not lost over it.
type moment struct{ time.Time }

func (t *moment) UnmarshalJSON(doc []byte) error {
	word := strings.Trim(string(doc), `"`)
	if n, err := strconv.ParseFloat(word, 64); err == nil {
		if n > 1e11 {
			n /= 1000
		}
		t.Time = unixTime(int64(n))
		return nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(form, word); err == nil {
			t.Time = at.UTC()
			return nil
		}
	}
	return nil
}

// amount is a number of an answer that may come as text, "5" or "5.0".
type amount float64

func (a *amount) UnmarshalJSON(doc []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(doc), `"`), 64)
	if err == nil {
		*a = amount(n)
	}
	return nil
}

// count is a number of tokens or a place in a list, which may come as 3.0 or
// as text.
type count int

func (c *count) UnmarshalJSON(doc []byte) error {
	var a amount
	_ = a.UnmarshalJSON(doc) // it never fails
	if a >= 0 && a < 1<<53 {
		*c = count(a)
	}
	return nil
}

// word is a text of an answer that may come as a number.
type word string

func (w *word) UnmarshalJSON(doc []byte) error {
	var text string
	var number json.Number
	switch {
	case json.Unmarshal(doc, &text) == nil:
		*w = word(text)
	case json.Unmarshal(doc, &number) == nil:
		*w = word(number)
	}
	return nil
}

// null says that a raw member is missing, null or an empty object, list or text.
func null(raw json.RawMessage) bool {
	switch string(bytes.Join(bytes.Fields(raw), nil)) {
	case "", "null", "{}", "[]", `""`, "false":
		return true
	}
	return false
}

// sized reads "1920x1080" into an output.
func (o *Output) sized(size string) {
	w, h, _ := strings.Cut(strings.ToLower(size), "x")
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
		if strings.HasPrefix(o.MIME, "image/") && o.Role == "" {
			j.Usage.Images++
		}
	}
	return j
}
