package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// store is the Ledger over one engine. Its queries run on both databases.
type store struct {
	engine engine
	log    *slog.Logger
	now    func() time.Time

	reaping   sync.Mutex
	reaped    time.Time
	strangers bool // the last Reap saw open intents of living others
}

// engine is where the two databases differ.
type engine interface {
	name() string
	// use lends the database to one piece of work, until done is called.
	use(ctx context.Context) (db *sql.DB, done func(), err error)
	// writer is the id of this process, which lives until close.
	writer() string
	// dead tells which of these other writers are gone.
	dead(ctx context.Context, db *sql.DB, writers []string) ([]string, error)
	// lock makes transactions that name the same key wait for each other.
	lock(ctx context.Context, tx *sql.Tx, key string) error
	// forUpdate ends a SELECT whose row the transaction will change.
	forUpdate() string
	// busy says that the work lost to another's and may be done again.
	busy(err error) bool
	// explain puts an error of the driver into words for an operator.
	explain(err error) error
	close() error
}

// patience is how long work is done again while others hold the database.
const patience = 20 * time.Second

// with runs do on the database, again while the engine is busy.
func (s *store) with(ctx context.Context, do func(*sql.DB) error) error {
	once := func() error {
		db, done, err := s.engine.use(ctx)
		if err != nil {
			return err
		}
		defer done()
		return do(db)
	}
	until := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := once()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !s.engine.busy(err) || time.Now().After(until) {
			return s.engine.explain(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause + rand.N(pause)):
		}
	}
}

// write is with in one transaction. A caller who leaves ends do, but not a
// commit under way: nobody would know whether it held.
func (s *store) write(ctx context.Context, do func(*sql.Tx) error) error {
	return s.with(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		tx, err := conn.BeginTx(whole, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after a commit it does nothing
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

func (s *store) Change(ctx context.Context, id string, do func(*Row)) (Row, error) {
	var is Row
	err := s.write(ctx, func(tx *sql.Tx) error {
		was, err := scan(tx.QueryRowContext(ctx, selectCall+`WHERE id = $1`+s.engine.forUpdate(), id))
		if err != nil {
			return err
		}
		is = was
		is.Outputs = slices.Clone(was.Outputs)
		do(&is)
		is = settle(was, is)
		is.UpdatedAt = s.now()
		is = stored(is)
		set, err := is.variables()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, updateCall, append(append([]any{id}, set...), is.Key)...)
		return err
	})
	if err != nil {
		return Row{}, err
	}
	return is, nil
}

func (s *store) Adopt(ctx context.Context, row Row) (Row, error) {
	if row.UpstreamID == "" {
		return Row{}, errors.New("adopt a job: it has no id of the service")
	}
	row.Key, row.Writer, row.Status = "", "", cmp.Or(row.Status, nexconn.Unknown)
	row, err := s.fresh(row)
	if err != nil {
		return Row{}, err
	}
	var have Row
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := s.engine.lock(ctx, tx, "adopt "+row.TaskID()); err != nil {
			return err
		}
		have, err = scan(tx.QueryRowContext(ctx, selectCall+`WHERE upstream_id = $1 AND model = $2 AND caller = $3
			ORDER BY created_at DESC, id DESC LIMIT 1`, row.UpstreamID, row.Model, row.Caller))
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		have = row
		_, err = insert(ctx, tx, row)
		return err
	})
	if err != nil {
		return Row{}, err
	}
	return have, nil
}

func (s *store) Ping(ctx context.Context) error {
	return s.with(ctx, func(db *sql.DB) error {
		var n int64
		return db.QueryRowContext(ctx, `SELECT min_version FROM ledger_compat`).Scan(&n)
	})
}

func (s *store) Name() string { return s.engine.name() }

func (s *store) Close() error { return s.engine.close() }
