package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// shelf is where the ledger stands: opened at the first need, and looked for
// again in the background where it could not be opened.
type shelf struct {
	mu      sync.Mutex
	book    ledger.Ledger
	err     error
	tried   time.Time
	looking bool
	closed  bool
}

// lookAgain is how long a ledger that could not be opened is left alone.
const lookAgain = 5 * time.Second

var errStopped = errors.New("the server is stopping")

// ledger is the book. Where it can't be opened, the spare one takes its place
// and the reason comes with it.
func (s *Service) ledger(ctx context.Context) (ledger.Ledger, error) {
	f := &s.shelf
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.book != nil || f.closed:
	case f.tried.IsZero():
		book, err := s.Open(context.WithoutCancel(ctx))
		s.shelve(ctx, book, err)
	case !f.looking && time.Since(f.tried) >= lookAgain:
		f.looking = true
		s.detach(ctx, func(ctx context.Context) {
			book, err := s.Open(ctx)
			f.mu.Lock()
			defer f.mu.Unlock()
			f.looking = false
			s.shelve(ctx, book, err)
		})
	}
	switch {
	case f.closed:
		return s.spare.open(), errStopped
	case f.err != nil:
		return s.spare.open(), f.err
	}
	return f.book, nil
}

// shelve takes what opening the ledger came to; the shelf is locked.
func (s *Service) shelve(ctx context.Context, book ledger.Ledger, err error) {
	f := &s.shelf
	f.tried = time.Now()
	switch {
	case err != nil:
		if f.err == nil {
			s.log().Error("the ledger can't be opened; jobs are on record in memory only", "error", err)
		}
		f.err = err
		return
	case f.closed:
		_ = book.Close() // nobody needs it any more
		return
	case f.err != nil:
		s.log().Info("the ledger could be opened after all")
	}
	f.book, f.err = book, nil
	s.detach(ctx, func(ctx context.Context) {
		if err := book.Forget(ctx); err != nil {
			s.log().Warn("the ledger could not drop what it should forget", "error", err)
		}
	})
}

func (f *shelf) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.book == nil {
		return nil
	}
	return f.book.Close()
}

// spare is the ledger in memory that holds what the real one did not take,
// until the process ends: a call that is paid for is never refused its record
// because a disk is full.
type spare struct {
	once sync.Once
	book ledger.Ledger
	rows sync.Map // ids of the rows it holds
}

func (p *spare) open() ledger.Ledger {
	p.once.Do(func() { p.book = ledger.OpenMemory() })
	return p.book
}

// begin is Begin without a key and caps, which bind the real ledger alone.
func (p *spare) begin(ctx context.Context, row ledger.Row, _ ledger.Caps) (ledger.Begun, error) {
	row.Key = ""
	begun, err := p.open().Begin(ctx, row, ledger.Caps{})
	if err == nil {
		p.rows.Store(begun.Row.ID, true)
	}
	return begun, err
}

func (p *spare) adopt(ctx context.Context, row ledger.Row) (ledger.Row, error) {
	got, err := p.open().Adopt(ctx, row)
	if err == nil {
		p.rows.Store(got.ID, true)
	}
	return got, err
}

func (p *spare) holds(id string) bool {
	_, ok := p.rows.Load(id)
	return ok
}

// empty says that nothing was ever put here.
func (p *spare) empty() bool {
	empty := true
	p.rows.Range(func(any, any) bool { empty = false; return false })
	return empty
}

func (p *spare) usage(ctx context.Context, caller string, since time.Time, by string) (rows []ledger.Sum, total ledger.Sum) {
	if p.empty() {
		return nil, total
	}
	rows, total, err := p.open().Usage(ctx, caller, since, by)
	if err != nil {
		return nil, ledger.Sum{}
	}
	return rows, total
}

func (p *spare) find(ctx context.Context, caller, taskID string) (ledger.Row, bool) {
	if p.empty() {
		return ledger.Row{}, false
	}
	row, err := p.open().Find(ctx, caller, taskID)
	return row, err == nil
}

// close leaves a ledger that refuses, for whoever comes late.
func (p *spare) close() error { return p.open().Close() }

// look is a row as it stands on record.
func (s *Service) look(ctx context.Context, caller, taskID string) (ledger.Row, error) {
	if row, ok := s.spare.find(ctx, caller, taskID); ok {
		return row, nil
	}
	book, _ := s.ledger(ctx)
	return book.Find(ctx, caller, taskID)
}

// change applies do to a row and tells of it. What happened upstream happened:
// a ledger that was deleted meanwhile gets the row anew, and what it can't take
// is held in memory.
func (s *Service) change(ctx context.Context, row ledger.Row, do func(*ledger.Row)) ledger.Row {
	// As it stood on record, so that of many who saw it end one tells.
	was := row.Status
	got, err := s.record(ctx, row, func(r *ledger.Row) {
		was = r.Status
		do(r)
	})
	if err != nil {
		s.log().Error("the ledger did not take a change", "task_id", row.TaskID(), "error", err)
	}
	if got.Status != was {
		s.changed(got, was)
	}
	return got
}

func (s *Service) record(ctx context.Context, row ledger.Row, do func(*ledger.Row)) (ledger.Row, error) {
	if s.spare.holds(row.ID) {
		got, err := s.spare.open().Change(ctx, row.ID, do)
		if err != nil {
			do(&row)
			return row, err
		}
		return got, nil
	}
	book, _ := s.ledger(ctx)
	got, err := book.Change(ctx, row.ID, do)
	if err == nil {
		return got, nil
	}
	do(&row)
	if errors.Is(err, ledger.ErrNotFound) {
		if begun, again := book.Begin(ctx, row, ledger.Caps{}); again == nil && !begun.Existing {
			return begun.Row, nil
		}
	}
	if held, spareErr := s.spare.begin(ctx, row, ledger.Caps{}); spareErr == nil {
		return held.Row, err
	}
	return row, err
}
