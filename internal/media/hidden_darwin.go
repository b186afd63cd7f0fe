package media

import (
	"os"
	"syscall"
)

// nonblock keeps the opening of a pipe from waiting for its writer.
const nonblock = syscall.O_NONBLOCK

// marked says that the system marks the file as hidden, as it does ~/Library.
func marked(info os.FileInfo) bool {
	const hidden = 0x8000 // UF_HIDDEN of sys/stat.h
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Flags&hidden != 0
}
