package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
)

// OpenMemory is a ledger that ends with the process, for one that can't have
// another. It opens with its first use.
func OpenMemory() Ledger {
	return &store{
		engine: &memory{sqliteDialect: sqliteDialect{path: "in memory"}, id: uuid.NewString()},
		log:    slog.New(slog.DiscardHandler),
		now:    time.Now,
	}
}

// memory is a database of SQLite's that no file holds.
type memory struct {
	sqliteDialect
	id string

	mu     sync.Mutex
	db     *sql.DB
	keeper *sql.Conn // the database lasts as long as somebody is connected
	closed bool
}

func (e *memory) use(ctx context.Context) (*sql.DB, func(), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, nil, errClosed
	}
	if e.db == nil {
		if err := e.open(ctx); err != nil {
			return nil, nil, fmt.Errorf("open a ledger in memory: %w", err)
		}
	}
	return e.db, func() {}, nil
}

func (e *memory) open(ctx context.Context) error {
	db, err := connect("file:/" + e.id + "?vfs=memdb&_txlock=immediate&_busy_timeout=5000")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(2)
	keeper, err := db.Conn(ctx)
	if err == nil {
		err = migrate(ctx, db, goose.DialectSQLite3)
	}
	if err != nil {
		_ = db.Close()
		return err
	}
	e.db, e.keeper = db, keeper
	return nil
}

func (e *memory) name() string   { return "memory" }
func (e *memory) writer() string { return e.id }

// dead is never asked: nobody else can write here.
func (e *memory) dead(_ context.Context, _ *sql.DB, writers []string) ([]string, error) {
	return writers, nil
}

func (e *memory) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.db == nil {
		return nil
	}
	return errors.Join(e.keeper.Close(), e.db.Close())
}
