package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// A replica renews its lease every leaseInterval, and is gone once the database has not
// seen it for lease.
const (
	leaseInterval = 5 * time.Second
	lease         = 15 * time.Second
)

// OpenPostgres opens the ledger of several replicas. The password in address
// is in no error and no name.
func OpenPostgres(ctx context.Context, address string, log *slog.Logger) (Ledger, error) {
	return openPostgres(ctx, address, log, false)
}

// OpenPostgresSandbox opens the ledger of the sandbox in the same database: in a
// schema of its own, named like that of address and "_sandbox", so that nothing
// of it is ever found or counted among real calls.
func OpenPostgresSandbox(ctx context.Context, address string, log *slog.Logger) (Ledger, error) {
	return openPostgres(ctx, address, log, true)
}

func openPostgres(ctx context.Context, address string, log *slog.Logger, sandbox bool) (Ledger, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		// The parser's own words may quote the address.
		return nil, errors.New("NEXCONN_DATABASE_URL is no address of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:5432/NAME")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	config.MaxConns, config.MaxConnIdleTime = 10, 5*time.Minute
	place := fmt.Sprintf("PostgreSQL %s:%d/%s", config.ConnConfig.Host, config.ConnConfig.Port, config.ConnConfig.Database)
	if sandbox {
		schema, err := sandboxSchema(ctx, config.ConnConfig)
		if err != nil {
			return nil, (&postgres{place: place, password: config.ConnConfig.Password}).explain(err)
		}
		config.ConnConfig.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
		place += " (schema " + schema + ")"
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, err
	}
	e := &postgres{
		pool:     pool,
		id:       uuid.NewString(),
		place:    place,
		password: config.ConnConfig.Password,
		log:      orDiscard(log),
		stopped:  make(chan struct{}),
	}
	err = e.prepare(ctx)
	if err == nil {
		err = e.renew(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, e.explain(err)
	}
	var living context.Context
	living, e.stop = context.WithCancel(context.Background())
	go e.live(living)
	s := newStore(e, e.log)
	if _, err := s.MarkAbandoned(ctx); err != nil {
		s.log.WarnContext(ctx, "did not look for calls of ended replicas", slog.Any("err", err))
	}
	return s, nil
}

// maxIdentifier is the longest name of PostgreSQL's, in bytes; it cuts the rest off.
const maxIdentifier = 63

// sandboxSchema is the schema of the sandbox, which is made where it is missing.
func sandboxSchema(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var schema string
	if err := conn.QueryRow(ctx, `SELECT COALESCE(current_schema(), 'public')`).Scan(&schema); err != nil {
		return "", err
	}
	schema += "_sandbox"
	if len(schema) > maxIdentifier {
		return "", fmt.Errorf("the sandbox keeps its ledger in the schema %s of NEXCONN_DATABASE_URL, and PostgreSQL takes names of %d bytes: use a schema with a shorter name", schema, maxIdentifier)
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT to_regnamespace(quote_ident($1)) IS NOT NULL`, schema).Scan(&there)
	if err != nil || there {
		return schema, err
	}
	_, err = conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{schema}.Sanitize())
	if sqlState(err) == "23505" { // unique_violation: another replica has just made it
		err = nil
	}
	return schema, err
}

type postgres struct {
	pool     *pgxpool.Pool
	id       string
	place    string
	password string
	log      *slog.Logger

	stop    context.CancelFunc
	stopped chan struct{}
}

// prepare sees to the schema, one replica at a time.
func (e *postgres) prepare(ctx context.Context) error {
	db := stdlib.OpenDBFromPool(e.pool)
	defer func() { _ = db.Close() }()
	ready := func() (bool, error) {
		ok, err := upToDate(ctx, db)
		if sqlState(err) == "42P01" { // undefined_table
			return false, nil
		}
		return ok, err
	}
	if ok, err := ready(); ok || err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
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
	return migrate(ctx, db, goose.DialectPostgres)
}

// live renews the lease until close.
func (e *postgres) live(ctx context.Context) {
	defer close(e.stopped)
	tick := time.NewTicker(leaseInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		once, cancel := context.WithTimeout(ctx, leaseInterval)
		if err := e.renew(once); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "lease on the ledger not renewed; other replicas may take our open calls for lost", slog.Any("err", e.explain(err)))
		}
		cancel()
	}
}

func (e *postgres) renew(ctx context.Context) error {
	_, err := e.pool.Exec(ctx, `INSERT INTO leases (writer, seen_at) VALUES ($1, clock_timestamp())
		ON CONFLICT (writer) DO UPDATE SET seen_at = clock_timestamp()`, e.id)
	if err != nil {
		return err
	}
	_, err = e.pool.Exec(ctx, `DELETE FROM leases WHERE seen_at < clock_timestamp() - interval '1 hour'`)
	return err
}

func (e *postgres) dead(ctx context.Context, writers []string) ([]string, error) {
	living, err := fetch(ctx, pgReader{e.pool}, `SELECT writer FROM leases WHERE seen_at > clock_timestamp() - $1 * interval '1 second'`,
		scanText, []any{lease.Seconds()})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(writers, func(w string) bool { return slices.Contains(living, w) }), nil
}

func (e *postgres) writer() string    { return e.id }
func (e *postgres) name() string      { return e.place }
func (e *postgres) forUpdate() string { return " FOR UPDATE" }

func (e *postgres) busy(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return true
	}
	return false
}

// single: the server answered, and it is neither on its way out nor full.
func (e *postgres) single(err error) bool {
	state := sqlState(err)
	return state != "" && state[:2] != "57" && state[:2] != "53" && state[:2] != "08"
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
	_, err := e.pool.Exec(ctx, `DELETE FROM leases WHERE writer = $1`, e.id)
	e.pool.Close()
	return e.explain(err)
}
