package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Begin runs work that has a task: it records, submits once, waits as long as
// the caller asked, and saves what came.
func (s *Service) Begin(ctx context.Context, w Work) (Outcome, error) {
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		return Outcome{}, err
	}
	row, known, err := s.enter(ctx, &w)
	if err != nil {
		return Outcome{Row: row}, err
	}
	if known {
		row, err = s.joinFirst(ctx, row, w)
	} else {
		run, recorded := s.running.start(row.ID), row // row is written below while this one is sent
		s.detach(ctx, func(ctx context.Context) { run.end(s.submit(ctx, client, w, recorded)) })
		row, err = s.join(ctx, run, row, w)
	}
	if err != nil {
		return Outcome{Row: row}, err
	}
	return s.finish(ctx, row, w)
}

// joinFirst waits until the first call with a key has its answer, in this
// process or in another, so that both calls answer the same task.
func (s *Service) joinFirst(ctx context.Context, row ledger.Row, w Work) (ledger.Row, error) {
	until := w.Start.Add(s.WaitCap())
	if w.Model.Wire.AtOnce() {
		until = w.until()
	}
	tick := time.NewTicker(joinEvery)
	defer tick.Stop()
	for row.Status == ledger.Intent {
		if run := s.running.get(row.ID); run != nil {
			return s.join(ctx, run, row, w)
		}
		s.reap(ctx)
		got, err := s.look(ctx, row.Caller, row.ID)
		if err != nil {
			return row, noLedger("a call with idempotency_key", err)
		}
		row = got
		if row.Status != ledger.Intent || !time.Now().Before(until) {
			break
		}
		select {
		case <-ctx.Done():
			return row, cancelled(row)
		case <-s.stop():
			return row, nil
		case <-tick.C:
		}
	}
	return row, nil
}

// joinEvery is how often the record is looked at for another's answer.
const joinEvery = 200 * time.Millisecond

// enter puts the intent on record, or finds the row that has the call's key;
// known says that nothing is to be sent.
func (s *Service) enter(ctx context.Context, w *Work) (row ledger.Row, known bool, err error) {
	if w.known != nil {
		return *w.known, true, nil
	}
	c := CallerFrom(ctx)
	book, bookErr := s.ledger(ctx)
	needs := s.needsLedger(c, *w)
	if bookErr != nil {
		if needs != "" {
			return row, false, noLedger(needs, bookErr)
		}
		w.Warnings = append(w.Warnings, "The ledger can't be opened: "+inMemory)
	}
	if w.Key != "" {
		switch row, err := book.ByKey(ctx, c.ID, w.Key); {
		case err == nil && row.ArgsHash != w.hash():
			return row, false, keyTaken(w.Key)
		case err == nil:
			return row, true, nil
		case ctx.Err() != nil:
			return row, false, cancelled(row)
		case !errors.Is(err, ledger.ErrNotFound):
			return row, false, noLedger(needs, err)
		}
	}
	if err := s.Saver.canKeep(c, w.Model); err != nil {
		return row, false, err
	}
	usd := s.estimate(*w)
	if err := s.admit(ctx, *w, usd); err != nil {
		return row, false, err
	}
	begin := book.Begin
	if bookErr != nil {
		begin = s.spare.begin
	}
	begun, err := begin(ctx, s.row(c, *w, usd), ledger.Caps{All: s.Money.PerDay, Caller: c.MaxUSDPerDay})
	var over *ledger.OverCap
	switch {
	case errors.Is(err, ledger.ErrKeyTaken):
		return row, false, keyTaken(w.Key)
	case errors.As(err, &over):
		return row, false, overCap(over)
	case err != nil && ctx.Err() != nil:
		return row, false, cancelled(row)
	case err != nil && needs != "":
		return row, false, noLedger(needs, err)
	case err != nil:
		s.log().Error("the ledger did not take a call; it is on record in memory only", "error", err)
		w.Warnings = append(w.Warnings, "The ledger can't be written: "+inMemory)
		if begun, err = s.spare.begin(ctx, s.row(c, *w, usd), ledger.Caps{}); err != nil {
			return row, false, noLedger("a paid call", err)
		}
	}
	if begun.Twin != "" {
		w.Warnings = append(w.Warnings, fmt.Sprintf("An identical call was made less than ten minutes ago: %s. This one was sent too; give an idempotency_key to make a repeat safe.", begun.Twin))
	}
	if !begun.Existing {
		s.changed(begun.Row, "")
	}
	return begun.Row, begun.Existing, nil
}

// inMemory says what a job without a ledger is worth.
const inMemory = "this job is on record in this process only; keep its task_id. Run `nexconn-mcp doctor`."

// needsLedger names what of a call can't do without the ledger, empty if
// nothing can't.
func (s *Service) needsLedger(c Caller, w Work) string {
	switch {
	case w.Key != "":
		return "a call with idempotency_key"
	case w.Confirm != "":
		return "a call with confirm"
	case s.Money.PerCall > 0 || s.Money.PerDay > 0 || c.MaxUSDPerDay > 0:
		return "a call under a spending cap"
	case c.Hosted:
		return "a paid call"
	}
	return ""
}

func keyTaken(key string) error {
	return &nexconn.Error{Code: nexconn.InvalidArgument, Field: "idempotency_key",
		Message: fmt.Sprintf("idempotency_key %q was used for a call with other arguments", head(key, 80)),
		Advice:  "Send exactly the same arguments to get that call's result, or a new key for a new call. Nothing was sent."}
}

// submit sends the create, once, and records what came of it.
func (s *Service) submit(ctx context.Context, client *nexconn.Client, w Work, row ledger.Row) (ledger.Row, error) {
	job, err := client.Create(ctx, w.Model, w.Call)
	if err != nil {
		return s.refused(ctx, row, err)
	}
	if w.Model.Wire.AtOnce() {
		return s.keepAll(ctx, row, w, job)
	}
	return s.change(ctx, row, func(r *ledger.Row) {
		r.UpstreamID, r.RequestID = job.ID, job.RequestID
		r.SubmittedAt = time.Now().UTC()
		apply(r, job)
		// Some answers to a create are the end already.
		s.settle(r, w.Model)
		short(r, job)
	}), nil
}

// refused records a create that did not succeed: failed where the service
// surely did not take it, unknown where it may have.
func (s *Service) refused(ctx context.Context, row ledger.Row, err error) (ledger.Row, error) {
	var e *nexconn.Error
	if !errors.As(err, &e) {
		e = &nexconn.Error{Code: nexconn.Internal, Message: "the call could not be sent", Cause: err}
	}
	s.log().Warn("a create did not succeed", "task_id", row.TaskID(), "code", e.Code, "status", e.Status,
		"unsure", e.Unsure, "request_id", e.RequestID)
	row = s.change(ctx, row, func(r *ledger.Row) {
		r.RequestID = e.RequestID
		r.EndedAt = time.Now().UTC()
		r.Failure = &nexconn.Failure{Code: e.Code, Message: e.Message, UpstreamCode: e.UpstreamCode}
		if e.Unsure {
			r.Status = nexconn.Unknown
			return
		}
		zero := 0.0
		r.Status, r.USD, r.Key = nexconn.Failed, &zero, ""
	})
	if e.Unsure && row.Task {
		return row, nil
	}
	return row, e
}

// join waits for a submission that runs apart: for a task's create until it is
// answered, for work that is answered at once as long as the caller waits.
func (s *Service) join(ctx context.Context, run *run, row ledger.Row, w Work) (ledger.Row, error) {
	var enough <-chan time.Time
	if w.Model.Wire.AtOnce() && row.Task {
		t := time.NewTimer(time.Until(w.until()))
		defer t.Stop()
		enough = t.C
	}
	tick := time.NewTicker(s.tick())
	defer tick.Stop()
	stopping := s.stop()
	for {
		select {
		case <-run.done:
			return run.row, run.err
		case <-ctx.Done():
			return row, cancelled(row)
		case <-stopping:
			// While there is somebody to tell, the handle is told.
			stopping = nil
			if row.Task && w.Model.Wire.AtOnce() {
				return row, nil
			}
			if row.Task {
				t := time.NewTimer(lastWait)
				defer t.Stop()
				enough = t.C
			}
		case <-enough:
			if w.Model.Wire.AtOnce() {
				row.Status = nexconn.Running
			}
			return row, nil
		case <-tick.C:
			w.tell(row)
		}
	}
}

// lastWait is how long a create that is under way may take when the process
// stops, before its caller gets the local handle.
const lastWait = 5 * time.Second

func (w Work) tell(row ledger.Row) {
	if w.Seen != nil {
		w.Seen(fraction(row, w.Model.TypicalSeconds), string(publicStatus(row)))
	}
}

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
	answer []byte
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

func (r *run) end(row ledger.Row, err error) {
	r.row, r.err = row, err
	r.leave()
	close(r.done)
}
