package ledger

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// pgDB is the pool of an open ledger.
func pgDB(t testing.TB, l Ledger) *sql.DB {
	t.Helper()
	db := stdlib.OpenDBFromPool(l.(*store).engine.(*postgres).pool)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestLeaseOfAKilledReplicaRunsOut(t *testing.T) {
	address := newSchema(t)
	l := openAt(t, address)
	db := pgDB(t, l)
	id := killed(t, address, func(string) { abandons(t, l, 0) })
	writer := find(t, l, "", id).Writer
	age := func(d string) {
		t.Helper()
		run(t, db, `UPDATE leases SET seen_at = clock_timestamp() - $2::interval WHERE writer = $1`, writer, d)
	}
	age("14 seconds")
	abandons(t, l, 0)
	age("16 seconds")
	abandons(t, l, 1)
	same(t, "status", find(t, l, "", id).Status, nexconn.Unknown)
}

func TestClosedReplicaGivesItsLeaseBack(t *testing.T) {
	address := newSchema(t)
	first, err := OpenPostgres(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := begin(t, first, video()).ID
	closed(t, first)
	same(t, "status", find(t, openAt(t, address), "", id).Status, nexconn.Unknown)
}

func TestLeaseIsRenewed(t *testing.T) {
	l := openAt(t, newSchema(t))
	e := l.(*store).engine.(*postgres)
	run(t, pgDB(t, l), `UPDATE leases SET seen_at = clock_timestamp() - interval '1 minute'`)
	if err := e.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	var fresh bool
	if err := pgDB(t, l).QueryRowContext(t.Context(), `SELECT seen_at > clock_timestamp() - interval '5 seconds' FROM leases WHERE writer = $1`, e.id).Scan(&fresh); err != nil || !fresh {
		t.Errorf("fresh %v, %v", fresh, err)
	}
}

func TestNewerSchemaOfReplicas(t *testing.T) {
	address := newSchema(t)
	old := openAt(t, address)
	db := pgDB(t, old)
	run(t, db, `ALTER TABLE calls ADD COLUMN later TEXT NOT NULL DEFAULT 'x'`)
	run(t, db, `INSERT INTO ledger_version (version_id, is_applied) VALUES (3, TRUE)`)
	begin(t, old, video())                // it runs on,
	begin(t, openAt(t, address), video()) // and can be started again
	run(t, db, `UPDATE ledger_compat SET min_version = 3`)
	if l, err := OpenPostgres(t.Context(), address, nil); err == nil {
		_ = l.Close()
		t.Error("it opened a schema that needs a newer program")
	} else if !strings.Contains(err.Error(), "made by a newer version of nexconn-mcp") {
		t.Error(err)
	}
}

func TestPasswordIsToldToNobody(t *testing.T) {
	const password = "s3cret-word"
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for name, address := range map[string]string{
		"no address":  "postgres://u:" + password + "@[::1:5432/db",
		"bad option":  "postgres://u:" + password + "@127.0.0.1:5432/db?sslmode=" + password,
		"nobody home": "postgres://u:" + password + "@127.0.0.1:1/db?sslmode=disable",
	} {
		l, err := OpenPostgres(ctx, address, nil)
		if err == nil {
			_ = l.Close()
			t.Fatalf("%s: it opened", name)
		}
		if strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "NEXCONN_DATABASE_URL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPostgresSaysWhatIsWrong(t *testing.T) {
	address := newSchema(t)
	openAt(t, address)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(*url.URL, url.Values)) string {
		v, q := *u, u.Query()
		change(&v, q)
		v.RawQuery = q.Encode()
		return v.String()
	}
	for want, address := range map[string]string{
		"isn't there: create the database":   other(func(u *url.URL, _ url.Values) { u.Path = "/no_such_database" }),
		"doesn't let us in: check user":      other(func(u *url.URL, _ url.Values) { u.User = url.UserPassword("nosuchuser", "pw") }),
		"can't be written: NEXCONN_DATABASE": other(func(_ *url.URL, q url.Values) { q.Set("default_transaction_read_only", "on") }),
	} {
		l, err := OpenPostgres(t.Context(), address, nil)
		if err == nil {
			_ = l.Close()
			t.Errorf("it opened, want %q", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("got  %q\nwant %q", err, want)
		}
	}
}

func TestPostgresName(t *testing.T) {
	l := openAt(t, newSchema(t))
	if name := l.Name(); !strings.HasPrefix(name, "PostgreSQL ") || strings.Contains(name, "@") {
		t.Errorf("name %q", name)
	}
	e := l.(*store).engine.(*postgres)
	e.password = "hidden"
	err := pgDB(t, l).QueryRowContext(t.Context(), `SELECT 'hidden'::int`).Scan(new(sql.NullInt64))
	if text := e.explain(err).Error(); strings.Contains(text, "hidden") {
		t.Errorf("the password is in %q", text)
	}
}
