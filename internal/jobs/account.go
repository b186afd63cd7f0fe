package jobs

import (
	"context"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Account asks the service what concerns a key and no job.
type Account struct{ keys *keys }

// Models are the ids that the service lists today.
func (a Account) Models(ctx context.Context) ([]string, error) {
	client, err := a.keys.client(caller.From(ctx))
	if err != nil {
		client = a.keys.own
	}
	return client.ModelIDs(ctx)
}

// Billed is what the service says that the caller's key has cost from one day to
// another. A caller who doesn't hold the key is refused: the cost is that of
// every caller.
func (a Account) Billed(ctx context.Context, from, to time.Time) (*nexconn.Billed, error) {
	c := caller.From(ctx)
	if c.Hosted && c.Key == "" {
		return nil, &nexconn.Error{Code: nexconn.Forbidden, Field: "billed",
			Message: "what was billed is told only to who holds the key for the service, and here the server holds it for all callers",
			Advice:  "Leave billed out: the estimate is of your own calls."}
	}
	client, err := a.keys.client(c)
	if err != nil {
		return nil, err
	}
	return client.Billed(ctx, from, to)
}
