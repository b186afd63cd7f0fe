package nexconn

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Create submits a job. It is sent once: an error that is Unsure means that
// the service may have taken, and will bill, a job whose id never arrived.
func (c *Client) Create(ctx context.Context, m catalog.Model, call Call) (*Job, error) {
	within, limit := c.answerTimeout(), int64(plainLimit)
	if m.Wire.AtOnce() {
		within, limit = c.longTimeout(), mediaLimit
	}
	var job *Job
	err := once(ctx, func() *Error {
		a, err := c.ask(ctx, call, within, limit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusal()
		}
		j, failed := created(m, a.status, a.body)
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
	job.Model = m.ID
	return job, nil
}

// Query asks how a job stands. It asks again by itself where the service is
// busy or the connection breaks, within the AnswerTimeout. A job that failed
// is a result, not an error.
func (c *Client) Query(ctx context.Context, m catalog.Model, upstreamID string) (*Job, error) {
	call, failed := StatusCall(m, upstreamID)
	if failed != nil {
		return nil, failed
	}
	// The queue faces tell how a job ended in a second answer.
	for range 3 {
		var job *Job
		var more *Call
		err := c.freely(ctx, func(ctx context.Context) *Error {
			a, err := c.ask(ctx, call, c.answerTimeout(), plainLimit)
			if err != nil {
				return err
			}
			job, more, failed = queried(m, a.status, a.body)
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
		if more == nil {
			job.ID, job.Model = cmp.Or(job.ID, upstreamID), m.ID
			return job, nil
		}
		// The path is made of the id we know, whatever the answer repeats.
		if call, failed = ResultCall(m, upstreamID); failed != nil {
			return nil, failed
		}
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

// Wait asks after a job until it is done; seen, which may be nil, hears every
// answer. When ctx ends it gives the job as last seen with the reason, so the
// id is never lost; the job itself goes on. A query that fails for now is
// asked again.
func (c *Client) Wait(ctx context.Context, m catalog.Model, id string, seen func(*Job)) (*Job, error) {
	last := &Job{ID: id, Model: m.ID, Status: Running}
	for n := 1; ; n++ {
		job, err := c.Query(ctx, m, id)
		var e *Error
		switch {
		case err == nil:
			last = job
			if seen != nil {
				seen(job)
			}
			if job.Status.Done() {
				return job, nil
			}
		case ctx.Err() == nil && errors.As(err, &e) && (e.Retryable || e.Code == Timeout):
		case ctx.Err() == nil:
			return last, err
		}
		rest := time.NewTimer(c.rest(m, last, n))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return last, ended(ctx)
		}
	}
}

// rest is how long to leave a job alone: defaults.md, "Polling".
func (c *Client) rest(m catalog.Model, j *Job, n int) time.Duration {
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
