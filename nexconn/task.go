package nexconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// TaskID names a job of a model: MODEL:UPSTREAM_ID.
type TaskID string

// NewTaskID is the id of a model's job.
func NewTaskID(model, upstreamID string) TaskID { return TaskID(model + ":" + upstreamID) }

// cut takes an id apart at its first colon.
func (t TaskID) cut() (model, upstreamID string) {
	model, upstreamID, _ = strings.Cut(string(t), ":")
	return model, upstreamID
}

// FindTask is the model and the service's own id of a task. The model tells
// which endpoint to ask; where one id makes pictures and clips, the prefix of
// the service's id tells which: image- or qvideo-.
func FindTask(models catalog.Set, t TaskID) (m catalog.Model, upstreamID string, err error) {
	model, id := t.cut()
	if model == "" || id == "" || len(t) > maxID {
		return m, "", &Error{Code: InvalidArgument, Field: "task_id",
			Message: fmt.Sprintf("%q is not a task_id; one looks like kling-v3:qvideo-u42-1766000000000000009", clip(string(t), 80)),
			Advice:  "Take it from the answer of the call that made the job, or from list_tasks."}
	}
	video, isVideo := models.Find(catalog.Video, model)
	image, isImage := models.Find(catalog.Image, model)
	switch {
	case isVideo && isImage && strings.HasPrefix(id, "image-"):
		return image, id, nil
	case isVideo:
		return video, id, nil
	case isImage:
		return image, id, nil
	}
	if chat, ok := models.ForChat(model); ok || strings.HasPrefix(id, "local-") {
		return chat, id, nil
	}
	return m, "", &Error{Code: UnknownModel, Field: "task_id",
		Message: fmt.Sprintf("%q names no image or video model that makes tasks", clip(model, 80)),
		Advice:  "A task_id is MODEL:UPSTREAM_ID; list_tasks shows the ones on record."}
}

// Video asks for a clip. It is sent once: an error that is Unsure means that
// the service may have taken, and will bill, a job whose id never arrived.
func (c *Client) Video(ctx context.Context, r VideoRequest) (*Job, error) { return create(ctx, c, &r) }

// Image asks for pictures; errors are as of Video. Models that answer at once
// give the pictures in the job's Outputs.
func (c *Client) Image(ctx context.Context, r ImageRequest) (*Job, error) { return create(ctx, c, &r) }

// Remix asks for a finished clip once more; errors are as of Video.
func (c *Client) Remix(ctx context.Context, r RemixRequest) (*Job, error) { return create(ctx, c, &r) }

func create(ctx context.Context, c *Client, r Request) (*Job, error) {
	call, err := c.Build(r)
	if err != nil {
		return nil, err
	}
	return c.Submit(ctx, call)
}

// Submit sends a create that Build has made, once; errors are as of Video.
func (c *Client) Submit(ctx context.Context, call Call) (*Job, error) {
	w, ok := wireOf(call.Model)
	if !ok || w.created == nil {
		return nil, Errorf(Internal, "%s is no create of a job", call.Op)
	}
	within, limit := limitsOf(c).answer, int64(plainLimit)
	if w.path == nil {
		within, limit = limitsOf(c).long, mediaLimit
	}
	var job *Job
	err := sendOnce(ctx, func() *Error {
		a, err := (sender{c}).ask(ctx, call, within, limit)
		if err != nil {
			return err
		}
		if j := w.taken(call.Model, a); j != nil {
			job = j
			return nil
		}
		if !a.ok() {
			return a.refusal()
		}
		j, failed := w.created(a.body)
		if failed != nil {
			return a.unread(failed)
		}
		j.RequestID = cmp.Or(j.RequestID, requestID(a.header))
		job = j
		return nil
	})
	if err != nil {
		return nil, err
	}
	job.Model = call.Model.ID
	return job, nil
}

// taken is the job of a create that was taken although its answer is no success:
// a 303 names it in its body or where it points, a 5xx that is none of the
// service's refusals in its body.
func (w wire) taken(m catalog.Model, a *answer) *Job {
	if a.status != http.StatusSeeOther && a.status < 500 || w.path == nil {
		return nil
	}
	j, err := w.created(a.body)
	if at, bad := url.Parse(a.header.Get("Location")); err != nil && bad == nil && a.status == http.StatusSeeOther {
		before, after, _ := strings.Cut(w.path(m, "\x00"), "\x00")
		if id, ok := strings.CutPrefix(at.Path, before); ok {
			if id = strings.TrimSuffix(id, after); id != "" && !strings.Contains(id, "/") {
				j, err = &Job{ID: id, Status: Queued}, nil
			}
		}
	}
	if err != nil || readFault(a.body).envelope {
		return nil
	}
	if told, _ := openJob(a.body); a.status >= 500 && told.status() == "" {
		return nil // the id may be the request's
	}
	j.RequestID = cmp.Or(j.RequestID, requestID(a.header))
	j.Warnings = append(j.Warnings, fmt.Sprintf("The service took the job and answered %d.", a.status))
	return j
}

// Job asks how a job stands; the model is found in c.Models.
func (c *Client) Job(ctx context.Context, id TaskID) (*Job, error) {
	m, upstreamID, err := FindTask(modelsOf(c), id)
	if err != nil {
		return nil, err
	}
	return c.Query(ctx, m, upstreamID)
}

// Query asks how a model's job stands. It asks again by itself where the
// service is busy or the connection breaks, within the AnswerTimeout. A job that
// failed is a result, not an error.
func (c *Client) Query(ctx context.Context, m catalog.Model, upstreamID string) (*Job, error) {
	call, failed := statusCall(m, upstreamID)
	if failed != nil {
		return nil, failed
	}
	w, _ := wireOf(m)
	segment := url.PathEscape(upstreamID)
	// The queue tells how a job ended in a second answer.
	for range 3 {
		var job *Job
		var next string
		err := retryQuery(ctx, c, func(ctx context.Context) *Error {
			a, err := (sender{c}).ask(ctx, call, limitsOf(c).answer, plainLimit)
			if err != nil {
				return err
			}
			job, next, failed = w.status(m, segment, a.status, a.body)
			if failed != nil {
				return a.unanswered(failed)
			}
			if job != nil {
				job.RequestID = cmp.Or(job.RequestID, requestID(a.header))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if next == "" {
			job.ID, job.Model = cmp.Or(job.ID, upstreamID), m.ID
			return job, nil
		}
		call.Path = next
	}
	return nil, Errorf(UpstreamError, "the service sends from one answer to the next and never tells how the job stands")
}

// unanswered is the Error of a query whose answer says nothing of the job. The
// face may know better than the status what is meant.
func (a *answer) unanswered(failed error) *Error {
	if a.ok() {
		e := a.unread(failed)
		e.Retryable = e.Unsure
		return e
	}
	e := refused(a.status, a.header, a.body)
	var known *Error
	if errors.As(failed, &known) && known.Code != e.Code {
		e.Code, e.Message, e.Advice, e.Retryable = known.Code, known.Message, known.Advice, known.Retryable
	}
	return e
}

// Wait asks after a job until it is done; each, which may be nil, gets every
// answer. When ctx ends it gives the job as last seen with the reason, so the
// id is never lost; the job itself goes on. A query that fails for now is
// asked again.
func (c *Client) Wait(ctx context.Context, id TaskID, each func(*Job)) (*Job, error) {
	m, upstreamID, err := FindTask(modelsOf(c), id)
	if err != nil {
		return nil, err
	}
	last := &Job{ID: upstreamID, Model: m.ID, Status: Running}
	for n := 1; ; n++ {
		job, err := c.Query(ctx, m, upstreamID)
		var e *Error
		switch {
		case err == nil:
			last = job
			if each != nil {
				each(job)
			}
			if job.Status.Done() {
				return job, nil
			}
		case ctx.Err() == nil && errors.As(err, &e) && (e.Retryable || e.Code == Timeout):
		case ctx.Err() == nil:
			return last, err
		}
		rest := time.NewTimer(rest(c, m, last, n))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return last, ended(ctx)
		}
	}
}

// rest is how long to leave a job alone: defaults.md, "Polling".
func rest(c *Client, m catalog.Model, j *Job, n int) time.Duration {
	if c.Poll != nil {
		return c.Poll(j, n)
	}
	shortest, longest := 5*time.Second, 15*time.Second
	if m.Kind == catalog.Image {
		shortest, longest = 2*time.Second, 5*time.Second
	}
	step := min(shortest+time.Duration(n-1)*shortest/4, longest)
	return step - time.Duration(rand.Int64N(int64(step/5)))
}

// ended is why a context ended, as an Error.
func ended(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Errorf(Timeout, "the time to wait was up before the job was done: %w", context.Cause(ctx))
	}
	return Errorf(Cancelled, "the waiting was cancelled; the job goes on: %w", context.Cause(ctx))
}
