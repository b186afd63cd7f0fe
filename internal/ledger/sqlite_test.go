package ledger

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func lockFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "writers", "*"+lockExt))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// raw opens the file of a ledger beside it.
func raw(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "a ?#%20b", "state")
	l := openFile(t, dir)
	begin(t, l, video())
	for path, want := range map[string]os.FileMode{"": 0o700, "ledger.db": 0o600, "ledger.db-wal": 0o600, "writers": 0o700} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		same(t, path, info.Mode().Perm(), want)
	}
	same(t, "name", l.Name(), "SQLite "+filepath.Join(dir, "ledger.db"))
}

func TestDeletedLedgerIsMadeAnew(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows deletes no open file")
	}
	for _, gone := range []string{"", "writers", "ledger.db", "ledger.db*"} {
		t.Run("without "+gone, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			l, other := openFile(t, dir), openFile(t, dir)
			before := begin(t, l, video())
			begin(t, other, video())
			paths, err := filepath.Glob(filepath.Join(dir, gone))
			if err != nil || len(paths) == 0 {
				t.Fatalf("nothing to delete: %v", err)
			}
			for _, p := range paths {
				if err := os.RemoveAll(p); err != nil {
					t.Fatal(err)
				}
			}
			after := begin(t, l, video())
			same(t, "as the other sees it", find(t, other, "", after.ID), after)
			_, err = l.Find(t.Context(), "", before.ID)
			if kept := err == nil; kept != (gone == "writers") {
				t.Errorf("a row from before: %v", err)
			}
			begin(t, other, video())
			same(t, "writers", len(lockFiles(t, dir)), 2)
			abandons(t, l, 0)
			var sound string
			if err := raw(t, dir).QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
				t.Errorf("the new file: %s, %v", sound, err)
			}
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		harm func(t *testing.T, dir string)
		want string
	}{
		"no database": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "ledger.db"), strings.Repeat("this is no database. ", 100))
		}, "is damaged: move it away"},
		"broken pages": {func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, "ledger.db"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(make([]byte, 3000), 100); err != nil {
				t.Fatal(err)
			}
		}, "is damaged: move it away"},
		"newer": {func(t *testing.T, dir string) {
			run(t, raw(t, dir), `UPDATE ledger_compat SET min_version = 7`)
		}, "made by a newer version of nexconn-mcp; update this one, or let it keep its ledger elsewhere (its schema needs 7, this program knows 2)"},
		"locked": {func(t *testing.T, dir string) {
			db := raw(t, dir)
			db.SetMaxOpenConns(1)
			run(t, db, `BEGIN IMMEDIATE`)
		}, "stays locked by another program"},
		"a folder in its place": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "ledger.db")
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "can't be"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l, err := OpenSQLite(t.Context(), dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			closed(t, l)
			c.harm(t, dir)
			l, err = openSQLite(t.Context(), dir, nil, 50*time.Millisecond)
			if err == nil {
				_ = l.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got  %q\nwant %q and the folder", err, c.want)
			}
		})
	}
	t.Run("a file for a folder", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		write(t, file, "")
		if _, err := OpenSQLite(t.Context(), filepath.Join(file, "state"), nil); err == nil || !strings.Contains(err.Error(), "can't be used") {
			t.Errorf("got %v", err)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskIsNamed(t *testing.T) {
	l := openFile(t, t.TempDir())
	db := l.(*store).engine.(*sqliteFile).h.writer
	var pages int
	if err := db.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), `PRAGMA max_page_count = 1`).Scan(&pages); err != nil { // it takes no less than there are
		t.Fatal(err)
	}
	_, err := l.Begin(t.Context(), video(func(r *Row) { r.PromptHead = strings.Repeat("x", 1<<20) }), Caps{})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("got %v", err)
	}
}

// An older program goes on with a ledger to which a newer one only added.
func TestAddedSchemaIsTolerated(t *testing.T) {
	dir := t.TempDir()
	closed(t, openFileOnly(t, dir))
	db := raw(t, dir)
	run(t, db, `ALTER TABLE calls ADD COLUMN later TEXT NOT NULL DEFAULT 'x'`)
	run(t, db, `INSERT INTO ledger_version (version_id, is_applied) VALUES (3, TRUE)`)
	l := openFile(t, dir)
	r := begin(t, l, video())
	run(t, db, `UPDATE calls SET later = 'y'`)
	change(t, l, r.ID, func(r *Row) { r.Status = nexconn.Running })
	var later string
	if err := db.QueryRowContext(t.Context(), `SELECT later FROM calls`).Scan(&later); err != nil || later != "y" {
		t.Errorf("the newer program's column is %q, %v", later, err)
	}
}

func openFileOnly(t *testing.T, dir string) Ledger {
	t.Helper()
	l, err := OpenSQLite(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSchemaIsTheLastMigration(t *testing.T) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "schema", schema, len(files))
}

func TestClosedLedgerSaysSo(t *testing.T) {
	for _, l := range []Ledger{openFileOnly(t, t.TempDir()), OpenMemory()} {
		closed(t, l)
		if err := l.Ping(t.Context()); !errors.Is(err, errClosed) {
			t.Errorf("%s: %v", l.Name(), err)
		}
	}
}

// A stdio server answers initialize in 10 ms: the ledger may take 3 of them.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		l, err := OpenSQLite(b.Context(), dir, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBegin(b *testing.B) {
	l, err := OpenSQLite(b.Context(), b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for b.Loop() {
		if _, err := l.Begin(b.Context(), video(), Caps{All: 1e9}); err != nil {
			b.Fatal(err)
		}
	}
}
