package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// waiter waits for work that is sent in this process or in another one of the
// same ledger.
type waiter struct {
	clock  *clock
	record *record
	runs   *runs
	most   time.Duration
}

// join waits for a submission that runs apart: for a task's create until it is
// answered, for work that is answered at once as long as the caller waits.
func (w *waiter) join(ctx context.Context, run *run, row ledger.Row, k work) (ledger.Row, error) {
	immediate := nexconn.Immediate(k.Model) && row.Task
	waiting := run.ending(time.Time{}, func() { k.report(row) })
	if immediate {
		waiting.Until = k.Until()
	}
	waiting.PastStop = !row.Task
	why := w.clock.await(ctx, waiting)
	if why == stopping && !immediate {
		// While there is somebody to tell, the handle is told.
		waiting.PastStop, waiting.Until = true, time.Now().Add(lastWait)
		why = w.clock.await(ctx, waiting)
	}
	switch why {
	case over:
		return run.row, run.err
	case callerGone:
		return row, cancelled(row)
	case timeUp:
		if immediate {
			row.Status = nexconn.Running
		}
	}
	return row, nil
}

// lastWait is how long a create that is under way may take when the process
// stops, before its caller gets the local handle.
const lastWait = 5 * time.Second

// joinFirst waits until the first call with a key has its answer, in this
// process or in another, so that both calls answer the same task.
func (w *waiter) joinFirst(ctx context.Context, row ledger.Row, k work) (ledger.Row, error) {
	if run := w.runs.get(row.ID); run != nil {
		return w.join(ctx, run, row, k)
	}
	until := k.Start.Add(w.most)
	if nexconn.Immediate(k.Model) {
		until = k.Until()
	}
	row, err := w.recorded(ctx, row, k, until, func(r ledger.Row) bool { return r.Status != ledger.Intent })
	if err != nil && ctx.Err() == nil {
		err = noLedger("a call with idempotency_key", err)
	}
	return row, err
}

// local waits for work that has no upstream id: it is answered in this
// process, or another process of the same ledger answers it.
func (w *waiter) local(ctx context.Context, row ledger.Row, k work) (ledger.Row, error) {
	if run := w.runs.get(row.ID); run != nil {
		switch w.clock.await(ctx, run.ending(k.Until(), func() { k.report(row) })) {
		case over:
			// A refused create is this row's end, told as a failed job.
			return run.row, nil
		case callerGone:
			return row, cancelled(row)
		}
		return row, nil
	}
	return w.recorded(ctx, row, k, k.Until(), func(r ledger.Row) bool { return r.Status.Done() || r.UpstreamID != "" })
}

// recorded waits until a row is as it should be, whoever writes it so.
func (w *waiter) recorded(ctx context.Context, row ledger.Row, k work, until time.Time, done func(ledger.Row) bool) (ledger.Row, error) {
	var failed error
	why := w.clock.await(ctx, wait{Every: lookEvery, Until: until, Tick: func() { k.report(row) }, Done: func() bool {
		w.record.markAbandoned(ctx)
		got, err := w.record.book().Find(ctx, row.Caller, row.ID)
		if err != nil {
			failed = err
			return true
		}
		row = got
		return done(row)
	}})
	switch {
	case why == callerGone || ctx.Err() != nil:
		return row, cancelled(row)
	case failed != nil:
		return row, failed
	}
	return row, nil
}

// lookEvery is how often the record is looked at for another process's answer.
const lookEvery = 200 * time.Millisecond

func cancelled(row ledger.Row) error {
	e := &nexconn.Error{Code: nexconn.Cancelled, Message: "the call was cancelled"}
	switch {
	case row.ID == "":
		e.Message += " before anything was sent"
	case row.Task:
		e.Message += "; the job goes on as " + row.TaskID()
	}
	return e
}

// runs are the submissions and answers under way in this process, by row id.
type runs struct {
	mu sync.Mutex
	m  map[string]*run
}

type run struct {
	done   chan struct{}
	row    ledger.Row
	err    error
	answer answer
	leave  func()
}

func (r *runs) start(id string) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]*run{}
	}
	one := &run{done: make(chan struct{}), leave: func() {
		r.mu.Lock()
		delete(r.m, id)
		r.mu.Unlock()
	}}
	r.m[id] = one
	return one
}

func (r *runs) get(id string) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.m[id]
}

// ending is a wait for a run's end.
func (r *run) ending(until time.Time, tick func()) wait {
	return wait{Done: func() bool { return closed(r.done) }, News: closing(r.done), Until: until, Tick: tick}
}

func (r *run) end(row ledger.Row, err error) {
	r.row, r.err = row, err
	r.leave()
	close(r.done)
}
