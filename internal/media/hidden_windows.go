package media

import (
	"os"
	"syscall"
)

// nonblock keeps an open from waiting; Windows has no files that would.
const nonblock = 0

// marked says that the system marks the file as hidden.
func marked(info os.FileInfo) bool {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0
}
