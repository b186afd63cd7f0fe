package jobs

import (
	"context"
	"slices"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// saver downloads what jobs made, for calls that wait for it.
type saver struct {
	outputs *outputs.Outputs
	clock   *clock
	record  *record
	most    time.Duration
}

// grace is how long a call may go on saving after its wait is over.
const grace = 20 * time.Second

// saveFor saves a finished job for a call that asked for it, as long as the
// call can wait; the saving itself goes on.
func (s *saver) saveFor(ctx context.Context, row ledger.Row, w work) (ledger.Row, []string) {
	c := caller.From(ctx)
	if len(s.outputs.Missing(ctx, row)) == 0 {
		return row, nil
	}
	if c.HTTP && s.outputs.NoStore != "" {
		return row, []string{"The outputs were not saved: " + s.outputs.NoStore + ". Their links are left."}
	}
	until := time.Now().Add(max(time.Until(w.Until()), grace))
	if most := w.Start.Add(s.most); until.After(most) && most.After(time.Now()) {
		until = most
	}
	got := s.fetch(ctx, row, outputs.Place{}, until, w.Progress)
	return got.Row, got.Warnings
}

// fetch downloads what is missing of a job and waits for it, until a time.
func (s *saver) fetch(ctx context.Context, row ledger.Row, at outputs.Place, until time.Time, seen Progress) outputs.Fetched {
	coming := s.outputs.Fetch(ctx, row, at)
	why := s.clock.await(ctx, wait{
		Done: func() bool { return closed(coming.Done()) }, News: closing(coming.Done()), Until: until,
		Tick: func() {
			if seen != nil {
				seen(0.95+0.04*coming.Progress(), "saving")
			}
		},
	})
	if why == over {
		return coming.Result()
	}
	// What is kept by now can be told.
	return outputs.Fetched{Row: s.record.current(ctx, row), Warnings: []string{outputs.StillSaving},
		Err: &nexconn.Error{Code: nexconn.Timeout, Retryable: true, Message: "the outputs are still being saved"}}
}

// Save downloads what a finished task made to a place inside the output folder.
// It is an error only where nothing was saved.
func (s *Service) Save(ctx context.Context, taskID string, at outputs.Place, seen Progress) (Result, error) {
	p := s.in()
	if err := p.saver.outputs.CheckPlace(ctx, at); err != nil {
		return Result{}, err
	}
	start := time.Now()
	o, err := p.queries.query(ctx, Query{TaskID: taskID, Start: start})
	if err != nil {
		return o, err
	}
	if o.Row.Status != nexconn.Succeeded {
		return o, outputs.NoOutput(o.Row, 0)
	}
	end := start.Add(p.saver.most)
	if soon := time.Now().Add(time.Second); end.Before(soon) {
		end = soon
	}
	got := p.saver.fetch(ctx, o.Row, at, end, seen)
	row, more := p.saver.outputs.Place(ctx, got.Row, at)
	warnings := append(got.Warnings, more...)
	o.Row, o.Warnings = row, append(o.Warnings, warnings...)
	if !slices.ContainsFunc(row.Outputs, func(out ledger.Output) bool { return outputs.Kept(ctx, out) }) {
		return o, outputs.NothingSaved(ctx, row, warnings, got.Err)
	}
	return noted(o, nil)
}
