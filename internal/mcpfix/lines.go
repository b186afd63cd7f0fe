package mcpfix

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go reads a line of any length into memory and leaves out the last one
// without a newline. TestStdioReadsHugeLinesAndALastOneWithoutNewline in
// internal/serve, on mcp-go's own transport, tells when this file can go.

// maxLine bounds one message on stdin; a data: URL of a long video fits.
const maxLine = 128 << 20

// inputLine is a line of input, or how reading ended.
type inputLine struct {
	text    []byte
	tooLong bool
	err     error
}

// nextLine reads a line of any length up to maxLine; a longer one is skipped.
// The last line needs no newline.
func nextLine(r *bufio.Reader) inputLine {
	var l inputLine
	for {
		part, err := r.ReadSlice('\n')
		if l.tooLong = l.tooLong || len(l.text)+len(part) > maxLine; l.tooLong {
			l.text = nil
		} else {
			l.text = append(l.text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			l.err = err
			return l
		}
	}
}

// ErrWrite says that the client no longer reads.
var ErrWrite = errors.New("stdio: the client no longer reads")

// lineWriter writes whole messages, one at a time.
type lineWriter struct {
	mu     sync.Mutex
	w      io.Writer
	failed func(error)
	// since is when the write that goes on began, in Unix nanoseconds; 0 is none.
	since atomic.Int64
}

// stalled says how long the client has not read what is being written to it.
func (w *lineWriter) stalled() time.Duration {
	if since := w.since.Load(); since != 0 {
		return time.Since(time.Unix(0, since))
	}
	return 0
}

func (w *lineWriter) write(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		// Results are plain data; this is a fault of ours, and the caller
		// must still get an answer.
		if response, ok := message.(mcp.JSONRPCResponse); ok {
			w.write(mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, ID: response.ID,
				Error: mcp.JSONRPCErrorDetails{Code: mcp.INTERNAL_ERROR, Message: "The result could not be written."}})
		}
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since.Store(time.Now().UnixNano())
	defer w.since.Store(0)
	if _, err := w.w.Write(append(line, '\n')); err != nil {
		w.failed(fmt.Errorf("%w: %w", ErrWrite, err))
	}
}

func (w *lineWriter) notify(n mcp.JSONRPCNotification) { w.write(n) }
