package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// What tools and resources read of the record. They see it through jobs alone,
// so that nothing but jobs writes to it.
type (
	// Row is one paid call on record.
	Row = ledger.Row
	// Output is one thing a job made, and where it lies.
	Output = ledger.Output
	// Filter selects tasks, newest first.
	Filter = ledger.Filter
	// Sum is one line of a usage report.
	Sum = ledger.Sum
)

// record is the ledger as this room writes it.
type record struct {
	ledger   *ledger.Keeper
	told     func(row ledger.Row, was nexconn.Status)
	log      *slog.Logger
	clock    *clock
	detached *detached
	sweeping sync.Once
}

// book is the ledger, which is swept from its first use on.
func (r *record) book() *ledger.Keeper {
	r.sweeping.Do(func() { r.detached.Go(r.sweep) })
	return r.ledger
}

// The clean-up begins anew every sweepEvery, and pauses between two steps so that
// calls go first.
const (
	sweepEvery = time.Minute
	sweepPause = 20 * time.Millisecond
)

// sweep cleans up in small steps until the process stops.
func (r *record) sweep() {
	for r.clock.running() {
		more, err := r.ledger.Sweep(context.Background())
		if err != nil {
			r.log.Debug("the ledger could not drop what it should forget", "error", err)
		}
		pause := sweepEvery
		if more {
			pause = sweepPause
		}
		r.clock.pause(pause)
	}
}

// change applies do to a row and tells of it. What the ledger does not take it
// holds and writes later, so do may run again, also after change has returned.
func (r *record) change(ctx context.Context, row ledger.Row, do func(*ledger.Row), d ledger.Durability) ledger.Row {
	// As it stood on record, so that of many who saw it end one tells.
	was := row.Status
	var first sync.Once
	got, err := r.book().Change(ctx, row, func(r *ledger.Row) {
		first.Do(func() { was = r.Status })
		do(r)
	}, d)
	if err != nil {
		r.log.Error("the ledger did not take a change", "task_id", row.TaskID(), "error", err)
		do(&row)
		got = row
	}
	if got.Status != was {
		r.changed(got, was)
	}
	return got
}

func (r *record) changed(row ledger.Row, was nexconn.Status) {
	if r.told != nil {
		r.told(row, was)
	}
}

// markAbandoned finds the jobs of processes that are gone.
func (r *record) markAbandoned(ctx context.Context) {
	if n, err := r.book().MarkAbandoned(ctx); err != nil {
		r.log.Debug("the ledger could not look for jobs of processes that are gone", "error", err)
	} else if n > 0 {
		r.log.Warn("jobs of a process that is gone are unknown now", "jobs", n)
	}
}

// heldNote is told of a call whose row is not in the ledger yet.
const heldNote = "The ledger can't be written at the moment: this call is held in memory and written as soon as it can be. Until then keep its task_id, if it has one; `nexconn-mcp doctor` tells what is wrong."

// noted is a result with what its caller should know of its row.
func noted(r Result, err error) (Result, error) {
	if r.Row.Held {
		r.Warnings = addOnce(r.Warnings, heldNote)
	}
	return r, err
}

// outputsRecord is the record as outputs need it.
type outputsRecord struct {
	record  *record
	tasks   *tasks
	keys    *keys
	pollers *pollers
}

func (o outputsRecord) Change(ctx context.Context, row ledger.Row, do func(*ledger.Row)) ledger.Row {
	return o.record.change(ctx, row, do, ledger.Durable)
}

func (o outputsRecord) Current(ctx context.Context, row ledger.Row) ledger.Row {
	return o.record.current(ctx, row)
}

func (o outputsRecord) Renew(ctx context.Context, row ledger.Row) (ledger.Row, error) {
	client, err := o.keys.client(caller.From(ctx))
	if err != nil {
		return row, err
	}
	m, err := o.tasks.model(row)
	if err != nil {
		return row, err
	}
	return o.pollers.askOnce(ctx, client, m, row)
}

// current is a row as it stands on record.
func (r *record) current(ctx context.Context, row ledger.Row) ledger.Row {
	if fresh, err := r.book().Find(ctx, "", row.ID); err == nil {
		return fresh
	}
	return row
}
