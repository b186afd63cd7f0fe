package serve

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// Stdio serves one client over a pair of streams, one JSON message a line, both
// protocol eras.
type Stdio struct {
	// Server is ready but for the guards, which Serve adds. Serve it once.
	Server *server.MCPServer
	Log    *slog.Logger
	// Drain is how long calls that run when the input ends may go on.
	Drain time.Duration
	// OnStop, if set, is called once when calls should return early: at the
	// end of the context, or when Drain has passed after the end of the input.
	OnStop func()
	// Metrics, if set, counts the calls.
	Metrics *Metrics
}

// Serve answers the messages of in on out until in or ctx ends and the calls
// still running are answered or cut off. Nothing but the protocol is written.
// A read that blocks beyond the end of ctx is left behind.
func (s Stdio) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	g := guard{server: s.Server, log: logger(s.Log), metrics: s.Metrics}
	g.install()
	return mcpfix.Stdio{
		Server: s.Server, Log: g.log, Drain: s.Drain, OnStop: s.OnStop,
		Panicked: func(ctx context.Context, panicked any) string { return g.panicked(ctx, "stdio", panicked) },
	}.Serve(ctx, in, out)
}

// panicked logs a panic under an id and is the sentence that names the id. It is
// called while the panic is recovered from.
func (g guard) panicked(ctx context.Context, what string, panicked any) string {
	return g.hide(ctx, what, fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()))
}
