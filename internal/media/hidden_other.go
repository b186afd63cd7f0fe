//go:build !windows && !darwin

package media

import (
	"os"
	"syscall"
)

// nonblock keeps the opening of a pipe from waiting for its writer.
const nonblock = syscall.O_NONBLOCK

// marked says that the system marks the file as hidden: here only names do.
func marked(os.FileInfo) bool { return false }
