package tools

import (
	"context"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// progressTotal is what progress is told against.
const progressTotal = 100.0

// reporter tells a caller how its call gets on, if it gave a token: strictly
// rising, not too often, and once more with progress equal to total when the
// work has ended.
type reporter struct {
	ctx    context.Context
	server *server.MCPServer
	token  any

	mu     sync.Mutex
	last   float64
	sent   time.Time
	ended  bool
	closed bool
}

func newReporter(ctx context.Context, req mcp.CallToolRequest) *reporter {
	r := &reporter{ctx: ctx, server: server.ServerFromContext(ctx)}
	if req.Params.Meta != nil {
		r.token = req.Params.Meta.ProgressToken
	}
	return r
}

// quiet is the least time between two notifications.
const quiet = 200 * time.Millisecond

// tell reports a fraction of the work and words about it.
func (r *reporter) tell(fraction float64, note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token == nil || r.server == nil || r.closed || time.Since(r.sent) < quiet {
		return
	}
	at := min(max(fraction*progressTotal, r.last+0.01), progressTotal-0.01)
	if at <= r.last {
		return
	}
	r.send(at, note)
}

// end marks that the work itself has ended, so that done may say so.
func (r *reporter) end(note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token == nil || r.server == nil || r.closed || r.ended {
		return
	}
	r.ended = true
	r.send(progressTotal, note)
}

// done closes the report: nothing comes after the result.
func (r *reporter) done() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *reporter) send(at float64, note string) {
	r.last, r.sent = at, time.Now()
	params := map[string]any{"progressToken": r.token, "progress": at, "total": progressTotal}
	if note != "" {
		params["message"] = note
	}
	// A client that is gone needs no progress.
	_ = r.server.SendNotificationToClient(r.ctx, "notifications/progress", params)
}
