package ledger

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
)

// OpenMemory is a ledger that ends with the process, for one that can't have
// another. It opens with its first use.
func OpenMemory() Ledger {
	return newStore(&memory{sqliteDialect: sqliteDialect{path: "in memory"}, id: uuid.NewString()}, nil)
}

// memory is a database of SQLite's that no file holds. It has one connection,
// which reads and writes: two would wait for each other's locks.
type memory struct {
	sqliteDialect
	id string

	mu     sync.Mutex
	h      *handle
	closed bool
}

func (e *memory) use(ctx context.Context) (*handle, error) {
	if e.closed {
		return nil, errClosed
	}
	if e.h == nil {
		if err := e.open(ctx); err != nil {
			return nil, fmt.Errorf("open a ledger in memory: %w", err)
		}
	}
	return e.h, nil
}

func (e *memory) open(ctx context.Context) error {
	db, err := connect("file:/"+e.id+"?vfs=memdb&_busy_timeout=5000", 2)
	if err != nil {
		return err
	}
	h, err := openHandle(ctx, db, db) // it lasts as long as the writer is connected
	if err == nil {
		err = migrate(ctx, db, goose.DialectSQLite3)
	}
	if err != nil {
		_ = db.Close()
		return err
	}
	e.h = h
	return nil
}

func (e *memory) read(ctx context.Context, do func(queryer) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, err := e.use(ctx)
	if err != nil {
		return err
	}
	return do(&h.write)
}

func (e *memory) batch(do func(batch) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, err := e.use(context.Background())
	if err != nil {
		return err
	}
	return h.batch(do)
}

func (e *memory) lanes() int { return 1 }

func (e *memory) name() string   { return "memory" }
func (e *memory) writer() string { return e.id }

// dead is never asked: nobody else can write here.
func (e *memory) dead(_ context.Context, writers []string) ([]string, error) {
	return writers, nil
}

func (e *memory) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.h == nil {
		return nil
	}
	return e.h.close()
}
