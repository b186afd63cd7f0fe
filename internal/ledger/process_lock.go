package ledger

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// processLock is how processes on one machine know of each other's life: a file in
// a shared folder that its process holds locked. The system drops the lock
// with the process, however that ends.
type processLock struct {
	dir  string
	id   string
	file *os.File
}

const lockExt = ".lock"

func newProcessLock(dir string) *processLock {
	return &processLock{dir: dir, id: uuid.NewString()}
}

func (b *processLock) path(id string) string { return filepath.Join(b.dir, id+lockExt) }

// held says that the file we hold is still the one in the folder.
func (b *processLock) held() bool {
	return b.file != nil && sameFile(b.file, b.path(b.id))
}

// hold makes the file and locks it, again if someone took it away.
func (b *processLock) hold() error {
	if b.held() {
		return nil
	}
	b.drop()
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	for {
		f, err := os.OpenFile(b.path(b.id), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		locked, err := tryLock(f)
		if err != nil {
			f.Close()
			return err
		}
		// Between the two a sweep of another process may have had it.
		if locked && sameFile(f, b.path(b.id)) {
			b.file = f
			return nil
		}
		f.Close()
	}
}

// drop gives the lock back and takes the file away.
func (b *processLock) drop() {
	if b.file == nil {
		return
	}
	if b.held() {
		remove(b.file)
	}
	b.file.Close()
	b.file = nil
}

// gone says that the process of a processLock has ended, and clears its file away.
func (b *processLock) gone(id string) (bool, error) {
	if id == b.id {
		return false, nil
	}
	f, err := os.OpenFile(b.path(id), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	locked, err := tryLock(f)
	if locked {
		remove(f)
	}
	return locked, err
}

// company says that other processes have the ledger open, or had a moment ago.
func (b *processLock) company() bool {
	entries, err := os.ReadDir(b.dir)
	return err == nil && len(entries) > 1
}

// sweep clears away the files of processes that have ended.
func (b *processLock) sweep() error {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), lockExt); ok {
			if _, err := b.gone(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove takes the file away while its lock is held, or nobody could tell it
// from one that is just being made. Windows removes closed files only.
func remove(f *os.File) {
	if os.Remove(f.Name()) != nil {
		f.Close()
		_ = os.Remove(f.Name()) // a sweep comes by again
	}
}

// sameFile says that f is what path names now.
func sameFile(f *os.File, path string) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	here, err := f.Stat()
	return err == nil && os.SameFile(here, there)
}

// errHeld says that another process kept a lock for too long.
var errHeld = errors.New("its lock is held by another process")

// waitLock opens path and waits for its lock. Closing the file gives it back.
func waitLock(ctx context.Context, path string) (*os.File, error) {
	until := time.Now().Add(usualPatience)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	// Whoever waits lets whoever works have the processor.
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		locked, err := tryLock(f)
		if locked {
			return f, nil
		}
		if err == nil && time.Now().After(until) {
			err = errHeld
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}
