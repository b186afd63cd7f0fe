package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// fault is a driver's error in words for an operator.
type fault struct {
	text string
	err  error
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.err }

// sqliteDialect is how to talk to SQLite, on disk and in memory.
type sqliteDialect struct{ path string }

func (sqliteDialect) forUpdate() string { return "" }

func (sqliteDialect) busy(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL,
		sqlite3.SQLITE_SCHEMA: // another process is just making the tables
		return true
	}
	return code(err) == sqlite3.SQLITE_READONLY_DBMOVED // use opens the new one
}

// single is always so: the file is here, and each op fails for itself.
func (sqliteDialect) single(error) bool { return true }

func (d sqliteDialect) explain(err error) error {
	if err == nil {
		return nil
	}
	say := func(format string, args ...any) error {
		return &fault{"the ledger " + d.path + " " + fmt.Sprintf(format, args...), err}
	}
	readOnly := func() error {
		return say("can't be written: let this user write in %s, or set NEXCONN_STATE_DIR to another folder", filepath.Dir(d.path))
	}
	full := func() error {
		return say("can't grow: the disk is full; make room, or set NEXCONN_STATE_DIR to another folder")
	}
	locked := func() error {
		return say("stays locked by another program: end that one and try again")
	}
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return locked()
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return readOnly()
	case sqlite3.SQLITE_FULL:
		return full()
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return say("is damaged: move it away, and a new one is made; task ids work without it")
	}
	var path *fs.PathError
	switch {
	case errors.Is(err, errNewer):
		return say("was %v", err)
	case errors.Is(err, errHeld):
		return locked()
	case errors.Is(err, syscall.ENOSPC):
		return full()
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return readOnly()
	case primary(err) != 0, errors.As(err, &path):
		return say("can't be used: %v", err)
	}
	return err
}

// code is SQLite's extended result code, 0 for an error that is not its.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func primary(err error) int { return code(err) & 0xff }

// noTable says that a query named a table that isn't there. SQLite has no code
// of its own for it.
func noTable(err error) bool {
	return primary(err) == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table")
}
