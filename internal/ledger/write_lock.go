package ledger

import (
	"os"
	"time"
)

// lockPatience is how long a batch waits for its turn among the processes: one
// that is stopped must not stop all the others.
const lockPatience = 5 * time.Second

// writeLock is the queue of the processes that write to one file. SQLite's own
// waiting is by chance: of ten processes, some would get nothing for seconds.
// Where the file system has no locks, or the holder does not move, batches go on
// without it, slower and unfair, never wrong.
type writeLock struct {
	path     string
	file     *os.File
	waiting  chan error // the answer of a lock call that outlived its batch
	timedOut bool
}

// take waits for the turn and tells whether it came.
func (l *writeLock) take() bool {
	if l.file == nil {
		f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return false
		}
		l.file = f
	}
	if l.waiting == nil {
		locked, err := tryLock(l.file)
		if locked || err != nil {
			return locked
		}
		l.waiting = make(chan error, 1)
		go func(f *os.File, got chan<- error) { got <- lock(f) }(l.file, l.waiting)
	}
	wait := lockPatience
	if l.timedOut {
		wait = 0
	}
	select {
	case err := <-l.waiting:
		l.waiting, l.timedOut = nil, false
		return err == nil
	default:
	}
	select {
	case err := <-l.waiting:
		l.waiting, l.timedOut = nil, false
		return err == nil
	case <-time.After(wait):
		l.timedOut = true
		return false
	}
}

func (l *writeLock) give() { _ = unlock(l.file) }

func (l *writeLock) close() {
	if l.file != nil && l.waiting == nil { // else the file closes with the process
		l.file.Close()
	}
	l.file = nil
}
