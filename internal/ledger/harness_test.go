package ledger

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// everywhere runs a promise of Ledger on each kind of it.
func everywhere(t *testing.T, promise func(t *testing.T, l Ledger)) {
	t.Run("sqlite", func(t *testing.T) { promise(t, openFile(t, t.TempDir())) })
	t.Run("memory", func(t *testing.T) {
		l := OpenMemory()
		t.Cleanup(func() { closed(t, l) })
		promise(t, l)
	})
	t.Run("keeper", func(t *testing.T) {
		l := Keeping(func(context.Context) (Ledger, error) { return OpenMemory(), nil }, nil)
		t.Cleanup(func() { closed(t, l) })
		promise(t, l)
	})
	t.Run("postgres", func(t *testing.T) { promise(t, openAt(t, newSchema(t))) })
}

// storeOf is the store of a ledger that is open.
func storeOf(t *testing.T, l Ledger) *store {
	t.Helper()
	if k, ok := l.(*Keeper); ok {
		inner, err := k.inner(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l = inner
	}
	return l.(*store)
}

func openFile(t *testing.T, dir string) Ledger {
	t.Helper()
	l, err := OpenSQLite(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, l) })
	return l
}

func openAt(t *testing.T, address string) Ledger {
	t.Helper()
	l, err := OpenPostgres(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, l) })
	return l
}

func closed(t testing.TB, l Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// newSchema is the address of an empty schema that ends with the test.
func newSchema(t testing.TB) string {
	t.Helper()
	address := os.Getenv("NEXCONN_TEST_POSTGRES")
	if address == "" {
		t.Skip("NEXCONN_TEST_POSTGRES is not set (postgres://root@127.0.0.1:5432/test?sslmode=disable)")
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal("NEXCONN_TEST_POSTGRES is no address")
	}
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { _ = db.Close() })
	schema := "ledger_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	run(t, db, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, db, "DROP SCHEMA "+schema+" CASCADE") })
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + "search_path=" + schema
}

func run(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func usd(v float64) *float64 { return &v }

// video is the intent of a job of ann's.
func video(change ...func(*Row)) Row {
	r := Row{Caller: "ann", Tool: "generate_video", Task: true, Kind: "video", Model: "kling-v3",
		Operation: "text_to_video", ArgsHash: "a1", PromptHash: "p1", PromptHead: "a cat", USD: usd(0.5)}
	for _, c := range change {
		c(&r)
	}
	return r
}

func begin(t *testing.T, l Ledger, row Row) Row {
	t.Helper()
	b, err := l.Begin(t.Context(), row, Caps{})
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return b.Row
}

func change(t *testing.T, l Ledger, id string, do func(*Row)) Row {
	t.Helper()
	r, err := l.Change(t.Context(), Row{ID: id}, do, Durable)
	if err != nil {
		t.Fatalf("Change: %v", err)
	}
	return r
}

func find(t *testing.T, l Ledger, caller, task string) Row {
	t.Helper()
	r, err := l.Find(t.Context(), caller, task)
	if err != nil {
		t.Fatalf("Find %q: %v", task, err)
	}
	return r
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
