package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// A replica renews its lease every beat, and is gone once the database has not
// seen it for lease.
const (
	beat  = 5 * time.Second
	lease = 15 * time.Second
)

// OpenPostgres opens the ledger of several replicas. The password in address
// is in no error and no name.
func OpenPostgres(ctx context.Context, address string, log *slog.Logger) (Ledger, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// The parser's own words may quote the address.
		return nil, errors.New("NEXCONN_DATABASE_URL is no address of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:5432/NAME")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	e := &postgres{
		db:       stdlib.OpenDB(*config),
		id:       uuid.NewString(),
		place:    fmt.Sprintf("PostgreSQL %s:%d/%s", config.Host, config.Port, config.Database),
		password: config.Password,
		log:      orDiscard(log),
		stopped:  make(chan struct{}),
	}
	e.db.SetMaxOpenConns(10)
	e.db.SetMaxIdleConns(4)
	e.db.SetConnMaxIdleTime(5 * time.Minute)
	err = e.prepare(ctx)
	if err == nil {
		err = e.renew(ctx)
	}
	if err != nil {
		_ = e.db.Close()
		return nil, e.explain(err)
	}
	var living context.Context
	living, e.stop = context.WithCancel(context.Background())
	go e.live(living)
	s := &store{engine: e, log: e.log, now: time.Now}
	if _, err := s.Reap(ctx); err != nil {
		s.log.WarnContext(ctx, "did not look for calls of ended replicas", slog.Any("err", err))
	}
	return s, nil
}

type postgres struct {
	db       *sql.DB
	id       string
	place    string
	password string
	log      *slog.Logger

	stop    context.CancelFunc
	stopped chan struct{}
}

// prepare sees to the schema, one replica at a time.
func (e *postgres) prepare(ctx context.Context) error {
	ready := func() (bool, error) {
		ok, err := upToDate(ctx, e.db)
		if sqlState(err) == "42P01" { // undefined_table
			return false, nil
		}
		return ok, err
	}
	if ok, err := ready(); ok || err != nil {
		return err
	}
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	const key = `hashtextextended('nexconn-mcp schema ' || COALESCE(current_schema(), ''), 0)`
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(`+key+`)`); err != nil {
		return err
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+key+`)`)
	}()
	if ok, err := ready(); ok || err != nil {
		return err
	}
	return migrate(ctx, e.db, goose.DialectPostgres)
}

// live renews the lease until close.
func (e *postgres) live(ctx context.Context) {
	defer close(e.stopped)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		once, cancel := context.WithTimeout(ctx, beat)
		if err := e.renew(once); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "lease on the ledger not renewed; other replicas may take our open calls for lost", slog.Any("err", e.explain(err)))
		}
		cancel()
	}
}

func (e *postgres) renew(ctx context.Context) error {
	_, err := e.db.ExecContext(ctx, `INSERT INTO leases (writer, seen_at) VALUES ($1, clock_timestamp())
		ON CONFLICT (writer) DO UPDATE SET seen_at = clock_timestamp()`, e.id)
	if err != nil {
		return err
	}
	_, err = e.db.ExecContext(ctx, `DELETE FROM leases WHERE seen_at < clock_timestamp() - interval '1 hour'`)
	return err
}

func (e *postgres) dead(ctx context.Context, db *sql.DB, writers []string) ([]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT writer FROM leases WHERE seen_at > clock_timestamp() - $1 * interval '1 second'`, lease.Seconds())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var living string
		if err := rows.Scan(&living); err != nil {
			return nil, err
		}
		writers = slices.DeleteFunc(writers, func(w string) bool { return w == living })
	}
	return writers, rows.Err()
}

func (e *postgres) use(context.Context) (*sql.DB, func(), error) { return e.db, func() {}, nil }
func (e *postgres) writer() string                               { return e.id }
func (e *postgres) name() string                                 { return e.place }
func (e *postgres) forUpdate() string                            { return " FOR UPDATE" }

func (e *postgres) lock(ctx context.Context, tx *sql.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1 || COALESCE(current_schema(), ''), 0))`,
		"nexconn-mcp "+key+" ")
	return err
}

func (e *postgres) busy(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return true
	}
	return false
}

func (e *postgres) explain(err error) error {
	if err == nil {
		return nil
	}
	say := func(format string, args ...any) error {
		text := e.place + " " + fmt.Sprintf(format, args...)
		if e.password != "" {
			text = strings.ReplaceAll(text, e.password, "…")
		}
		return &fault{"the ledger in " + strings.Join(strings.Fields(text), " "), err}
	}
	var refused *pgconn.PgError
	var unreached *pgconn.ConnectError
	switch state := sqlState(err); {
	case errors.Is(err, errNewer):
		return say("was %v", err)
	case strings.HasPrefix(state, "28"):
		return say("doesn't let us in: check user and password in NEXCONN_DATABASE_URL")
	case state == "3D000":
		return say("isn't there: create the database or mend NEXCONN_DATABASE_URL")
	case state == "25006":
		return say("can't be written: NEXCONN_DATABASE_URL names a read-only server")
	case state == "42501":
		return say("can't be written: give the user of NEXCONN_DATABASE_URL the right to create and change tables")
	case state == "53100":
		return say("can't grow: the disk of the server is full")
	case e.busy(err):
		return say("stays locked by another program")
	case errors.As(err, &refused):
		return say("can't be used: %s (%s)", refused.Message, refused.Code)
	case errors.As(err, &unreached):
		return say("can't be reached: check NEXCONN_DATABASE_URL and that the server runs (%v)", unreached.Unwrap())
	}
	return err
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (e *postgres) close() error {
	e.stop()
	<-e.stopped
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	// Our open calls are lost now, not when the lease runs out.
	_, left := e.db.ExecContext(ctx, `DELETE FROM leases WHERE writer = $1`, e.id)
	return errors.Join(e.explain(left), e.db.Close())
}
