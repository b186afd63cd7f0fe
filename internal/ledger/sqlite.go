package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// OpenSQLite opens the ledger in stateDir, or makes it there. Many processes
// may have it open. It may be deleted while they do: they then go on with a
// new one.
func OpenSQLite(ctx context.Context, stateDir string, log *slog.Logger) (Ledger, error) {
	return openSQLite(ctx, stateDir, log, 5*time.Second)
}

func openSQLite(ctx context.Context, stateDir string, log *slog.Logger, wait time.Duration) (Ledger, error) {
	dir, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "ledger.db")
	e := &sqliteFile{
		sqliteDialect: sqliteDialect{path: path},
		wait:          wait,
		process:       newProcessLock(filepath.Join(dir, "writers")),
		turn:          writeLock{path: filepath.Join(dir, "ledger.write.lock")},
	}
	if err := e.first(ctx); err != nil {
		_ = e.close()
		return nil, e.explain(err)
	}
	s := newStore(e, log)
	if err := e.process.sweep(); err != nil {
		s.log.WarnContext(ctx, "left locks of ended processes in place", slog.Any("err", err))
	}
	if _, err := s.MarkAbandoned(ctx); err != nil {
		s.log.WarnContext(ctx, "did not look for calls of ended processes", slog.Any("err", err))
	}
	return s, nil
}

// sqliteFile is a database file and the lock of this process beside it.
type sqliteFile struct {
	sqliteDialect
	wait    time.Duration // for a lock of another process, at a time
	process *processLock
	turn    writeLock // the lane's alone

	mu     sync.RWMutex // held for reading while the database is in use
	h      *handle
	file   os.FileInfo
	closed bool
}

var errClosed = errors.New("the ledger is closed")

// use opens what is not open, or no longer what lies in the folder: SQLite
// would go on with a deleted file, and nobody would ever read it.
func (e *sqliteFile) use(ctx context.Context) (*handle, func(), error) {
	for {
		e.mu.RLock()
		if e.there() {
			return e.h, e.mu.RUnlock, nil
		}
		e.mu.RUnlock()
		if err := e.open(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// first is the first use. It is tried again while others are at it: SQLite
// does not wait by itself where several connections turn a new file to WAL. Among
// processes of our own the lock goes round; of a stranger's nobody knows.
func (e *sqliteFile) first(ctx context.Context) error {
	until, among := time.Now().Add(e.wait), time.Now().Add(8*e.wait)
	for {
		_, done, err := e.use(ctx)
		if err == nil {
			done()
			return nil
		}
		now := time.Now()
		if !e.busy(err) || now.After(among) || now.After(until) && !e.process.company() {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5*time.Millisecond + rand.N(20*time.Millisecond)):
		}
	}
}

func (e *sqliteFile) there() bool {
	return e.h != nil && e.process.held() && e.unmoved()
}

// unmoved says that the path still names the file we opened.
func (e *sqliteFile) unmoved() bool {
	now, err := os.Stat(e.path)
	return err == nil && os.SameFile(now, e.file)
}

func (e *sqliteFile) open(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errClosed
	}
	if err := os.MkdirAll(filepath.Dir(e.path), 0o700); err != nil {
		return err
	}
	if err := e.process.hold(); err != nil {
		return err
	}
	if e.h != nil {
		if e.unmoved() {
			return nil
		}
		_ = e.h.close() // its file is gone
		e.h = nil
		e.turn.close()
	}
	if ready, err := e.load(ctx); ready || err != nil {
		return err
	}
	return e.build(ctx)
}

// load opens the file if it is there with our schema.
func (e *sqliteFile) load(ctx context.Context) (bool, error) {
	info, err := os.Stat(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	db, err := connect(e.dsn(false), 1)
	if err != nil {
		return false, err
	}
	ready, err := upToDate(ctx, db)
	if noTable(err) {
		ready, err = false, nil
	}
	if ready {
		err = writable(ctx, db)
	}
	if !ready || err != nil {
		_ = db.Close()
		return false, err
	}
	readers, err := connect(e.dsn(true), 2)
	if err == nil {
		e.h, err = openHandle(ctx, db, readers)
	}
	if err != nil {
		_ = db.Close()
		return false, err
	}
	e.file = info
	return true, nil
}

// build makes the file or brings its schema up to ours, one process at a time.
func (e *sqliteFile) build(ctx context.Context) error {
	lock, err := waitLock(ctx, filepath.Join(filepath.Dir(e.path), "ledger.lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if ready, err := e.load(ctx); ready || err != nil {
		return err
	}
	if _, err := os.Stat(e.path); errors.Is(err, fs.ErrNotExist) {
		// A log or an index that outlived its database would be taken for
		// the new one's: https://sqlite.org/howtocorrupt.html section 1.4.
		for _, left := range []string{"-wal", "-shm", "-journal"} {
			if err := os.Remove(e.path + left); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		f, err := os.OpenFile(e.path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		f.Close()
	}
	db, err := connect(e.dsn(false), 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := migrate(ctx, db, goose.DialectSQLite3); err != nil {
		return err
	}
	ready, err := e.load(ctx)
	if err == nil && !ready {
		err = errors.New("its schema is not the one just made")
	}
	return err
}

// dsn never makes a file, and begins every transaction as a writer: one that
// turns into a writer later can lose to another without being able to wait.
// Each commit is on the disk before it returns.
func (e *sqliteFile) dsn(reader bool) string {
	path := filepath.ToSlash(e.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	q := url.Values{
		"mode":          {"rw"},
		"_txlock":       {"immediate"},
		"_busy_timeout": {strconv.FormatInt(e.wait.Milliseconds(), 10)},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_pragma":       {"journal_size_limit(67108864)"},
	}
	if reader {
		q["_pragma"] = []string{"query_only(1)"}
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// connect opens a database with at most so many connections, which stay open.
func connect(dsn string, most int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// writable takes the writer's place and gives it back.
func writable(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func (e *sqliteFile) read(ctx context.Context, do func(queryer) error) error {
	h, done, err := e.use(ctx)
	if err != nil {
		return err
	}
	defer done()
	return do(&h.read)
}

func (e *sqliteFile) batch(do func(batch) error) error {
	h, done, err := e.use(context.Background())
	if err != nil {
		return err
	}
	defer done()
	if e.turn.take() {
		defer e.turn.give()
	}
	return h.batch(do)
}

func (e *sqliteFile) lanes() int { return 1 }

func (e *sqliteFile) name() string { return "SQLite " + e.path }

func (e *sqliteFile) writer() string { return e.process.id }

func (e *sqliteFile) dead(_ context.Context, writers []string) ([]string, error) {
	var dead []string
	for _, w := range writers {
		gone, err := e.process.gone(w)
		if err != nil {
			return nil, fmt.Errorf("look for writer %s: %w", w, err)
		}
		if gone {
			dead = append(dead, w)
		}
	}
	return dead, nil
}

func (e *sqliteFile) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.process.drop()
	e.turn.close()
	if e.h == nil {
		return nil
	}
	h := e.h
	e.h = nil
	return h.close()
}
