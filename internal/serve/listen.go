package serve

import (
	"context"
	"net/http"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// listen answers a subscription, with a stream that stays until its caller or
// the server ends it.
func (a *app) listen(w http.ResponseWriter, r *http.Request, x *mcpfix.Exchange, m mcpfix.Envelope, body []byte, events bool) {
	if !events {
		a.refuse(w, "accept", http.StatusNotAcceptable, "A subscription is a stream: Accept has to allow text/event-stream.")
		return
	}
	leave, refusal := a.limits.listen(caller.From(r.Context()).ID)
	if refusal != nil {
		refusal.write(a, w)
		return
	}
	defer leave()
	x.Acknowledged = make(chan struct{})
	ctx, end := context.WithCancel(r.Context())
	defer end()
	go func() {
		select {
		case <-a.stopping:
			end()
		case <-ctx.Done():
		}
	}()
	a.answer(w, r.WithContext(ctx), x, m, body, events)
}
