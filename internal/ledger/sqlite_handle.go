package ledger

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// handle is an open database of SQLite's: one connection that writes and a few
// that read, so that a page never waits for a commit.
type handle struct {
	db      *sql.DB
	writer  *sql.Conn
	write   prepared
	readers *sql.DB
	read    prepared
}

// openHandle takes the writer's connection of db. readers may be db itself.
func openHandle(ctx context.Context, db, readers *sql.DB) (*handle, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &handle{db: db, writer: conn, write: prepared{by: conn}, readers: readers, read: prepared{by: readers}}, nil
}

func (h *handle) close() error {
	h.write.close()
	h.read.close()
	return errors.Join(h.writer.Close(), h.readers.Close(), h.db.Close())
}

// prepared holds the statements of a connection or of a pool.
type prepared struct {
	by interface {
		PrepareContext(context.Context, string) (*sql.Stmt, error)
	}
	statements sync.Map // text → *sql.Stmt
}

func (p *prepared) get(text string) (*sql.Stmt, error) {
	if s, ok := p.statements.Load(text); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.by.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if other, had := p.statements.LoadOrStore(text, s); had {
		_ = s.Close()
		s = other.(*sql.Stmt)
	}
	return s, nil
}

func (p *prepared) close() {
	p.statements.Range(func(_, s any) bool {
		_ = s.(*sql.Stmt).Close()
		return true
	})
}

// query runs no statement under the caller's context: the driver would start a
// goroutine for each to interrupt what takes microseconds.
func (p *prepared) query(_ context.Context, text string, args []any, each func(scanner) error) error {
	s, err := p.get(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (p *prepared) exec(text string, args ...any) error {
	s, err := p.get(text)
	if err == nil {
		_, err = s.ExecContext(context.Background(), args...)
	}
	return err
}

// lock has nothing to do: there is one writer, and every batch is it.
func (p *prepared) lock(string) error { return nil }

// batch takes the writer's place at once: a transaction that turns into a writer
// later can lose to another without being able to wait.
func (h *handle) batch(do func(batch) error) error {
	if err := h.write.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	err := do(&h.write)
	if err == nil {
		err = h.write.exec(`COMMIT`)
	}
	if err != nil {
		_ = h.write.exec(`ROLLBACK`) // where SQLite has not done so itself
	}
	return err
}
