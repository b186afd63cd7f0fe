package ledger

import (
	"errors"
	"os"
	"time"
)

// lockPatience is how long a batch waits for its turn among the processes: one
// that is stopped must not stop all the others.
const lockPatience = 5 * time.Second

// writeLock lets the processes that write to one file take turns. SQLite's own
// waiting is by chance: of ten processes, some would get nothing for seconds. So
// would a lock alone be, since whoever gives it back is running and takes it
// again before those who wait have woken. Behind a second lock, the queue, the
// next in turn waits alone, and nobody passes it.
// Where the file system has no locks, or the holder does not move, batches go on
// without it, slower and unfair, never wrong.
type writeLock struct {
	path        string
	file, queue *os.File
	waiting     chan error // the answer of a lock call that outlived its batch
	timedOut    bool
}

// open makes the two files, once.
func (l *writeLock) open() (err error) {
	if l.file == nil {
		if l.file, err = os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return err
		}
	}
	if l.queue == nil {
		l.queue, err = os.OpenFile(l.path+".queue", os.O_RDWR|os.O_CREATE, 0o600)
	}
	return err
}

// take waits for the turn and tells whether it came.
func (l *writeLock) take() bool {
	if l.open() != nil {
		return false
	}
	if l.waiting == nil {
		next, err := tryLock(l.queue)
		if err != nil {
			return false
		}
		if next {
			locked, err := tryLock(l.file)
			if locked || err != nil {
				_ = unlock(l.queue)
				return locked
			}
		}
		l.waiting = make(chan error, 1)
		go func(got chan<- error) { got <- inTurn(l.queue, l.file, next) }(l.waiting)
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

// inTurn waits in the queue, unless it is next already, and then for the lock.
func inTurn(queue, file *os.File, next bool) error {
	if !next {
		if err := lock(queue); err != nil {
			return err
		}
	}
	err := lock(file)
	return errors.Join(err, unlock(queue))
}

func (l *writeLock) give() { _ = unlock(l.file) }

func (l *writeLock) close() {
	if l.file != nil && l.waiting == nil { // else the file closes with the process
		l.file.Close()
		if l.queue != nil {
			l.queue.Close()
		}
	}
	l.file, l.queue = nil, nil
}
