package tools

import (
	"cmp"
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
	// late sends the news that came too soon after the last; nil if there is none.
	late *news
}

// news is what is to be told.
type news struct {
	fraction float64
	note     string
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
	if r.over() {
		return
	}
	waiting := r.late != nil
	r.late = &news{fraction, note}
	switch left := quiet - time.Since(r.sent); {
	case left <= 0:
		r.tellLate()
	case !waiting:
		time.AfterFunc(left, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.tellLate()
		})
	}
}

// tellLate tells the news there are. Progress rises however often it is told:
// by a part of what is left where the work itself has not come further.
func (r *reporter) tellLate() {
	if r.late == nil || r.over() {
		return
	}
	at, note := r.late.fraction*progressTotal, r.late.note
	r.late = nil
	if at <= r.last || at >= progressTotal {
		at = r.last + (progressTotal-r.last)/1000
	}
	if at > r.last && at < progressTotal {
		r.send(at, note)
	}
}

// over says that there is nobody to tell, or nothing any more.
func (r *reporter) over() bool {
	return r.token == nil || r.server == nil || r.closed || r.ended
}

// end marks that the work itself has ended, so that done may say so.
func (r *reporter) end(note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over() {
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

// chatProgress tells the newest text of a chat as it comes, and while nothing comes
// that the call still waits.
type chatProgress struct {
	report *reporter

	mu       sync.Mutex
	text     string // its end
	heard    int
	thinking bool
}

// newestText is how much of the newest text a progress message carries.
const newestText = 200

// piece hears a piece of the answer.
func (h *chatProgress) piece(text string, reasoning bool) {
	h.mu.Lock()
	if reasoning {
		h.thinking = true
	} else {
		h.text, h.heard = newest(h.text+text), h.heard+len(text)
	}
	h.mu.Unlock()
	h.tick(0, "")
}

// tick tells how far the answer is; note is for as long as there is none.
func (h *chatProgress) tick(_ float64, note string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.thinking {
		note = "thinking"
	}
	h.report.tell(1-1/(1+float64(h.heard)/2000), cmp.Or(h.text, note))
}

// end tells that the answer is whole.
func (h *chatProgress) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.report.end(h.text)
}

func newest(text string) string {
	r := []rune(text[max(0, len(text)-4*newestText):])
	return string(r[max(0, len(r)-newestText):])
}
