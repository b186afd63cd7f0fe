package ledger

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// The bounds of a batch: how many ops share a commit, and how long a change that
// only has to be durable soon waits for others to share it.
const (
	batchOps  = 256
	soonDelay = 40 * time.Millisecond
)

// op is one piece of work in a batch.
type op struct {
	do func(*tx) error
	// change says that the op only changes rows that exist: those go first in
	// their batch, in their order, so that cap rows are locked last.
	change bool
	soon   bool
	until  time.Time // when it stops waiting for others to let the database go
	again  bool      // it ran before, and its commit may have held
	// state tells who has the op: the caller may take it back while it waits.
	state atomic.Int32
	err   error
	done  chan struct{}
	after func(error) // told of the outcome, where nobody waits for it
}

const (
	opWaits = iota
	opRuns
	opLeft
)

// lane runs batches, one after the other: what queued while the last commit ran
// goes into the next. No timer: it would cost a lone caller five times a commit.
type lane struct {
	store   *queue
	ops     chan *op
	stopped chan struct{}
}

// write runs do in the lane of key and returns when it is durable. A caller who
// leaves takes the op back, but not while it runs: nobody would know whether it
// held.
func (s *queue) write(ctx context.Context, key string, do func(*tx) error) error {
	return s.submit(ctx, key, &op{do: do})
}

func (s *queue) submit(ctx context.Context, key string, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.enqueue(ctx, key, o); err != nil {
		return err
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
	}
	if o.state.CompareAndSwap(opWaits, opLeft) {
		return ctx.Err()
	}
	<-o.done
	return o.err
}

func (s *queue) enqueue(ctx context.Context, key string, o *op) error {
	o.done, o.until = make(chan struct{}), time.Now().Add(s.patience)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	select {
	case s.laneOf(key).ops <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *queue) laneOf(key string) *lane {
	if len(s.lanes) == 1 {
		return s.lanes[0]
	}
	h := uint32(2166136261) // FNV-1a
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return s.lanes[h%uint32(len(s.lanes))]
}

func (l *lane) run() {
	defer close(l.stopped)
	var queued []*op
	for open := true; open; {
		queued, open = l.gather(queued[:0])
		if len(queued) > 0 {
			l.commit(queued)
		}
	}
}

// gather waits for an op that somebody waits for, or until the first of those
// that nobody waits for has waited long enough.
func (l *lane) gather(queued []*op) ([]*op, bool) {
	var due <-chan time.Time
	for {
		select {
		case o, open := <-l.ops:
			if !open {
				return queued, false
			}
			queued = append(queued, o)
			if !o.soon || len(queued) == batchOps {
				return queued, true
			}
			if due == nil {
				due = time.After(soonDelay)
			}
		case <-due:
			return queued, true
		}
	}
}

// more adds what has queued meanwhile.
func (l *lane) more(queued []*op) []*op {
	for len(queued) < batchOps {
		select {
		case o, open := <-l.ops:
			if !open {
				return queued
			}
			queued = append(queued, o)
		default:
			return queued
		}
	}
	return queued
}

// commit runs ops in one transaction; where one of them may have broken it, each
// alone. It ends when every op is answered.
func (l *lane) commit(queued []*op) {
	for pause := time.Millisecond; len(queued) > 0; pause = min(2*pause, 50*time.Millisecond) {
		taken := false
		err := l.store.engine.batch(func(b batch) error {
			if !taken {
				queued, taken = inOrder(l.more(queued)), true
			}
			return l.apply(b, queued)
		})
		switch {
		case err == nil:
			for _, o := range queued {
				l.answer(o, o.err)
			}
			return
		case l.store.engine.busy(err):
			queued = l.expire(l.more(queued), err) // those behind must not wait once more
			<-time.After(pause + rand.N(pause))
		case len(queued) > 1 && l.store.engine.single(err):
			for _, o := range queued {
				l.commit([]*op{o})
			}
			return
		default:
			for _, o := range queued {
				l.answer(o, l.store.engine.explain(err))
			}
			return
		}
	}
}

// inOrder puts changes first; each kind keeps its order.
func inOrder(queued []*op) []*op {
	sorted := make([]*op, 0, len(queued))
	for _, first := range []bool{true, false} {
		for _, o := range queued {
			if o.change == first {
				sorted = append(sorted, o)
			}
		}
	}
	return sorted
}

// apply runs the ops whose callers still wait. What an op refuses is its own
// error; an error of the database is the batch's.
func (l *lane) apply(b batch, queued []*op) error {
	t := newTx(b, l.store)
	for _, o := range queued {
		if o.state.Load() == opLeft || !o.state.CompareAndSwap(opWaits, opRuns) && o.state.Load() != opRuns {
			continue
		}
		t.again, o.again = o.again, true
		o.err = o.do(t)
		var broken *brokenBatch
		if errors.As(o.err, &broken) {
			return broken.err
		}
	}
	return t.flush()
}

// brokenBatch is an error of the database inside of a batch.
type brokenBatch struct{ err error }

func (e *brokenBatch) Error() string { return e.err.Error() }
func (e *brokenBatch) Unwrap() error { return e.err }

// expire answers the ops that have waited long enough.
func (l *lane) expire(queued []*op, err error) []*op {
	now := time.Now()
	left := queued[:0:0]
	for _, o := range queued {
		if now.Before(o.until) {
			left = append(left, o)
		} else {
			l.answer(o, l.store.engine.explain(err))
		}
	}
	return left
}

func (l *lane) answer(o *op, err error) {
	o.err = err
	if o.after != nil {
		o.after(err)
	}
	close(o.done)
}
