package command

import (
	"os/signal"
	"syscall"
)

// outliveReaders lets a process that works for others go on when who reads its
// stdout or stderr is gone: a write there fails, and paid work is brought to its
// end. By default the next write ends the process, as fits one that only prints.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
