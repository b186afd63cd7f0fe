package ledger

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func (e *postgres) read(_ context.Context, do func(queryer) error) error {
	return do(pgReader{e.pool})
}

type pgReader struct{ pool *pgxpool.Pool }

func (r pgReader) query(ctx context.Context, statement string, args []any, each func(scanner) error) error {
	ctx, cancel := context.WithTimeout(ctx, usualPatience)
	defer cancel()
	rows, err := r.pool.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, each)
}

func eachRow(rows pgx.Rows, each func(scanner) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// lanes: the callers are spread over them, so that one that waits for a lock of
// another replica does not hold up all.
func (e *postgres) lanes() int { return 4 }

func (e *postgres) batch(do func(batch) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), usualPatience)
	defer cancel()
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	b := &pgBatch{ctx: ctx, conn: conn.Conn(), queued: &pgx.Batch{}}
	b.queued.Queue(`BEGIN`)
	if err := do(b); err != nil {
		b.rollback()
		return err
	}
	b.queued.Queue(`COMMIT`)
	if err := b.flush(); err != nil {
		b.rollback()
		return err
	}
	return nil
}

// pgBatch is a transaction that sends what it writes with its next query, and
// the last of it with the commit: one way to the server and back for each query.
type pgBatch struct {
	ctx    context.Context
	conn   *pgx.Conn
	queued *pgx.Batch
}

func (b *pgBatch) exec(statement string, args ...any) error {
	b.queued.Queue(statement, args...)
	return nil
}

func (b *pgBatch) query(_ context.Context, statement string, args []any, each func(scanner) error) error {
	before := b.queued.Len()
	b.queued.Queue(statement, args...)
	results := b.conn.SendBatch(b.ctx, b.queued)
	b.queued = &pgx.Batch{}
	for range before {
		if _, err := results.Exec(); err != nil {
			return errors.Join(err, results.Close())
		}
	}
	rows, err := results.Query()
	if err == nil {
		err = eachRow(rows, each)
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	return err
}

func (b *pgBatch) flush() error {
	results := b.conn.SendBatch(b.ctx, b.queued)
	b.queued = &pgx.Batch{}
	return results.Close() // it reads every result, and has the first error
}

func (b *pgBatch) rollback() {
	if !b.conn.IsClosed() && b.conn.PgConn().TxStatus() != 'I' {
		_, _ = b.conn.Exec(b.ctx, `ROLLBACK`) // a connection that fails here is thrown away
	}
}

func (b *pgBatch) lock(key string) error {
	return b.exec(`SELECT pg_advisory_xact_lock(hashtextextended($1 || COALESCE(current_schema(), ''), 0))`, "nexconn-mcp "+key+" ")
}
