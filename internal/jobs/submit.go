package jobs

import (
	"context"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// sending is what both ways of sending need: the one of tasks and the one of
// turns.
type sending struct {
	keys     *keys
	admit    *admission
	settle   *settler
	runs     *runs
	waiter   *waiter
	detached *detached
}

// submitter sends work that has a task: once, and apart from its caller.
type submitter struct {
	sending
	queries *queries
}

// task records, submits once, waits as long as the caller asked, and saves what
// came.
func (s *submitter) task(ctx context.Context, w work) (Result, error) {
	client, err := s.keys.client(caller.From(ctx))
	if err != nil {
		return Result{}, err
	}
	row, known, err := s.admit.enter(ctx, &w)
	if err != nil {
		return Result{Row: row}, err
	}
	if known {
		row, err = s.waiter.joinFirst(ctx, row, w)
	} else {
		run, recorded := s.runs.start(row.ID), row // row is written below while this one is sent
		s.detached.run(ctx, func(ctx context.Context) { run.end(s.submit(ctx, client, w, recorded)) })
		row, err = s.waiter.join(ctx, run, row, w)
	}
	if err != nil {
		return Result{Row: row}, err
	}
	return s.queries.finish(ctx, row, w)
}

// submit sends the create, once, and records what came of it.
func (s *submitter) submit(ctx context.Context, client *nexconn.Client, w work, row ledger.Row) (ledger.Row, error) {
	job, err := client.Submit(ctx, w.Call)
	if err != nil {
		return s.settle.refused(ctx, row, err)
	}
	if nexconn.Immediate(w.Model) {
		return s.settle.made(ctx, row, w.Model, job), nil
	}
	now := time.Now().UTC()
	row = s.settle.record.change(ctx, row, func(r *ledger.Row) {
		r.UpstreamID, r.RequestID, r.SubmittedAt = job.ID, job.RequestID, now
		if r.Status = nexconn.Running; !job.Status.Done() { // an end comes with its outputs
			apply(r, job, nil, now)
		}
	}, ledger.Durable)
	if job.Status.Done() || len(job.Outputs) > 0 {
		// Some answers to a create are the end already.
		row = s.settle.answered(ctx, row, w.Model, job)
	}
	return row, nil
}
