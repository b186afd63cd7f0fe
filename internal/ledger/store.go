package ledger

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// store is the Ledger over one engine. Its statements run on both databases.
type store struct {
	*queue
	abandoned abandoned
}

// queue is a store's way to its database: reads, and writes that wait for a
// batch.
type queue struct {
	engine engine
	log    *slog.Logger
	now    func() time.Time
	lanes  []*lane
	soon   soonRows
	// patience is how long work is done again while others hold the database.
	patience time.Duration
	// lost, if set, takes a Soon change that the database did not take.
	lost func(row Row, do func(*Row), err error)

	mu     sync.RWMutex // held for reading while an op is handed to a lane
	closed bool
}

// engine is where the two databases differ.
type engine interface {
	name() string
	// read runs do outside of a transaction.
	read(ctx context.Context, do func(queryer) error) error
	// batch runs do in a transaction and commits what it wrote, or nothing.
	batch(do func(batch) error) error
	// lanes is how many batches run at once.
	lanes() int
	// forUpdate ends a SELECT whose rows the transaction will change.
	forUpdate() string
	// writer is the id of this process, which lives until close.
	writer() string
	// dead tells which of these other writers are gone.
	dead(ctx context.Context, writers []string) ([]string, error)
	// busy says that the work lost to another's and may be done again.
	busy(err error) bool
	// single says that one op of a batch may be at fault, so that each may be
	// tried alone.
	single(err error) bool
	// explain puts an error of the driver into words for an operator.
	explain(err error) error
	close() error
}

// scanner is one row of a result.
type scanner interface{ Scan(...any) error }

// queryer runs statements that return rows and hands each row to each.
type queryer interface {
	query(ctx context.Context, statement string, args []any, each func(scanner) error) error
}

// batch is a transaction.
type batch interface {
	queryer
	// exec runs a statement; PostgreSQL gets it with the next query or the commit.
	exec(statement string, args ...any) error
	// lock makes transactions that name the same key wait for each other.
	lock(key string) error
}

// usualPatience is how long a call waits for others to let the database go.
const usualPatience = 10 * time.Second

func newStore(e engine, log *slog.Logger) *store {
	s := &store{queue: &queue{engine: e, log: orDiscard(log), now: time.Now, patience: usualPatience}}
	for range e.lanes() {
		l := &lane{store: s.queue, ops: make(chan *op, 1024), stopped: make(chan struct{})}
		s.lanes = append(s.lanes, l)
		go l.run()
	}
	return s
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

// read runs do, again while the engine is busy.
func (s *queue) read(ctx context.Context, do func(queryer) error) error {
	until := time.Now().Add(s.patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := s.engine.read(ctx, do)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil && (!s.engine.busy(err) || time.Now().After(until)) {
			return s.engine.explain(err)
		}
		sleep(ctx, pause+rand.N(pause))
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// fetch hands every row of a result to scan.
func fetch[T any](ctx context.Context, q queryer, statement string, scan func(scanner) (T, error), args []any) ([]T, error) {
	var found []T
	err := q.query(ctx, statement, args, func(row scanner) error {
		v, err := scan(row)
		if err == nil {
			found = append(found, v)
		}
		return err
	})
	return found, err
}

func readAll[T any](ctx context.Context, s *queue, statement string, scan func(scanner) (T, error), args ...any) (found []T, err error) {
	err = s.read(ctx, func(q queryer) (err error) {
		found, err = fetch(ctx, q, statement, scan, args)
		return err
	})
	return found, err
}

// readOne is the row of a statement that finds at most one. ErrNotFound.
func readOne[T any](ctx context.Context, s *queue, statement string, scan func(scanner) (T, error), args ...any) (T, error) {
	found, err := readAll(ctx, s, statement, scan, args...)
	return first(found, err)
}

func first[T any](found []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(found) == 0:
		return none, ErrNotFound
	}
	return found[0], nil
}

// all and one are readAll and readOne inside of a batch.
func all[T any](t *tx, statement string, scan func(scanner) (T, error), args ...any) ([]T, error) {
	return fetch(context.Background(), t, statement, scan, args)
}

func one[T any](t *tx, statement string, scan func(scanner) (T, error), args ...any) (T, error) {
	return first(all(t, statement, scan, args...))
}

func (s *store) Ping(ctx context.Context) error {
	_, err := readOne(ctx, s.queue, pingLedger, func(row scanner) (n int64, err error) { return n, row.Scan(&n) })
	return err
}

func (s *store) Name() string { return s.engine.name() }

// Close commits what is queued.
func (s *store) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		for _, l := range s.lanes {
			close(l.ops)
		}
	}
	s.mu.Unlock()
	for _, l := range s.lanes {
		<-l.stopped
	}
	return s.engine.close()
}
