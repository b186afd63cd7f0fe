package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// keepAnswers is how long a chat's answer is kept for its key.
const keepAnswers = 24 * time.Hour

// turns sends work that is answered whole and has no task.
type turns struct {
	sending
	outputs *outputs.Outputs
	saver   *saver
}

// chat runs one turn. The stream goes on although the caller goes away.
func (t *turns) chat(ctx context.Context, w work) (Result, error) {
	return t.talk(ctx, w, func(ctx context.Context, client *nexconn.Client, call nexconn.Call, row ledger.Row) (ledger.Row, answer, error) {
		said, err := client.SendChat(ctx, call, func(d nexconn.Delta) {
			if w.Text != nil {
				w.Text(d.Text+d.Reasoning, d.Reasoning != "")
			}
		})
		if err != nil {
			row, err = t.settle.refused(ctx, row, err)
			return row, answer{}, err
		}
		said.Model = w.Model.ID
		said.Text, row = t.outputs.ExtractFromText(ctx, row, said.Text)
		got := answer{chat: said}
		if row, err = t.replied(ctx, row, w, said.Usage, said.RequestID, got); err == nil && len(said.Images) > 0 {
			row = t.settle.made(ctx, row, w.Model, &nexconn.Job{Status: nexconn.Succeeded, Outputs: said.Images, Usage: said.Usage, RequestID: said.RequestID})
		}
		return row, got, err
	})
}

// native sends a vendor's own request and gives the vendor's own answer.
func (t *turns) native(ctx context.Context, w work) (Result, error) {
	return t.talk(ctx, w, func(ctx context.Context, client *nexconn.Client, call nexconn.Call, row ledger.Row) (ledger.Row, answer, error) {
		said, err := client.SendNative(ctx, call)
		if err != nil {
			row, err = t.settle.refused(ctx, row, err)
			return row, answer{}, err
		}
		said.Body, row = t.outputs.ExtractFromJSON(ctx, row, said.Body)
		got := answer{native: said}
		row, err = t.replied(ctx, row, w, said.Usage, said.RequestID, got)
		return row, got, err
	})
}

// replied ends the row of a call that got its whole answer, which a key keeps.
func (t *turns) replied(ctx context.Context, row ledger.Row, w work, used nexconn.Usage, requestID string, got answer) (ledger.Row, error) {
	var kept []byte
	if w.Key != "" {
		var err error
		if kept, err = got.encode(); err != nil {
			return row, err
		}
	}
	return t.settle.replied(ctx, row, w.Model, used, requestID, kept), nil
}

// exchange sends a call and takes its answer. The call is the one that was let in,
// whose max_tokens may be lower than what was asked for.
type exchange func(context.Context, *nexconn.Client, nexconn.Call, ledger.Row) (ledger.Row, answer, error)

// talk records, sends once and waits for the whole answer.
func (t *turns) talk(ctx context.Context, w work, do exchange) (Result, error) {
	client, err := t.keys.client(caller.From(ctx))
	if err != nil {
		return Result{}, err
	}
	row, known, err := t.admit.enter(ctx, &w)
	if err != nil {
		return Result{Row: row}, err
	}
	if known {
		return t.again(ctx, row, w)
	}
	run := t.runs.start(row.ID)
	t.detached.run(ctx, func(ctx context.Context) {
		row, got, err := do(ctx, client, w.Call, row)
		run.answer = got
		run.end(row, err)
	})
	row, err = t.waiter.join(ctx, run, row, w)
	if err != nil {
		return Result{Row: row}, unsure(err)
	}
	return t.withPictures(ctx, run.answer.result(row, w), w), nil
}

// withPictures saves the pictures that an answer has links to.
func (t *turns) withPictures(ctx context.Context, o Result, w work) Result {
	if o.Row.Task && w.Save {
		var warnings []string
		o.Row, warnings = t.saver.saveFor(ctx, o.Row, w)
		o.Warnings = append(o.Warnings, warnings...)
	}
	return o
}

// unsure names an error after which the caller must not just call again.
func unsure(err error) error {
	var e *nexconn.Error
	if !errors.As(err, &e) || !e.Unsure {
		return err
	}
	named := *e
	named.Code, named.Retryable = nexconn.SubmissionUnknown, false
	named.Advice = "It may have been accepted and billed; don't just call again. get_usage counts it; an idempotency_key keeps a repeat from being sent."
	return &named
}

// again gives the result that a key has, or waits for it.
func (t *turns) again(ctx context.Context, row ledger.Row, w work) (Result, error) {
	if run := t.runs.get(row.ID); run != nil {
		row, err := t.waiter.join(ctx, run, row, w)
		if err != nil {
			return Result{Row: row}, unsure(err)
		}
		return t.withPictures(ctx, run.answer.result(row, w), w), nil
	}
	row, err := t.waiter.recorded(ctx, row, w, time.Now().Add(t.waiter.most), func(r ledger.Row) bool { return r.Status != ledger.Intent })
	if err != nil {
		return Result{Row: row}, err
	}
	switch {
	case row.Status == ledger.Intent:
		return Result{Row: row}, &nexconn.Error{Code: nexconn.Timeout, Retryable: true, RetryAfter: 15 * time.Second,
			Message: "the first call with this idempotency_key is still being answered",
			Advice:  "Send the same call again in a while; it is not sent twice."}
	case row.Status == nexconn.Unknown:
		return Result{Row: row}, unsure(&nexconn.Error{Code: nexconn.SubmissionUnknown, Unsure: true,
			Message: "the call with this idempotency_key was sent and no whole answer came"})
	case len(row.Result) == 0 || time.Now().After(row.ResultUntil):
		return Result{Row: row}, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "idempotency_key",
			Message: "this idempotency_key is spent: its answer was kept for 24 hours",
			Advice:  "Use a new key for a new call."}
	}
	kept, err := decodeAnswer(row.Result)
	if err != nil {
		return Result{Row: row}, err
	}
	w.Warnings = append(w.Warnings, "This is the answer that this idempotency_key already has; nothing was sent.")
	return t.withPictures(ctx, kept.result(row, w), w), nil
}
