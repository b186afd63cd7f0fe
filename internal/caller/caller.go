// Package caller says who asks: the OS user over stdio, a bearer over HTTP. It
// is the one thing that travels in a context, through With and From alone.
package caller

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Caller is who asks.
type Caller struct {
	// ID is a fingerprint: "local" over stdio and unauthenticated loopback.
	ID   string
	Name string
	// Key is the caller's own key for the service (passthrough); empty means
	// the server's.
	Key nexconn.Secret
	// Hosted says that the server holds the key and tells callers apart, so
	// that an id not on record for this caller is not found.
	Hosted bool
	// HTTP says that the call came over HTTP: no local paths.
	HTTP bool
	// Origin is how this call reached the server, for links to it:
	// https://mcp.example.com. Empty over stdio.
	Origin       string
	Toolsets     []string
	ReadOnly     bool
	MaxUSDPerDay float64
}

type contextKey struct{}

// With is ctx with c as its caller.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From is the caller of ctx: the local user where none was set.
func From(ctx context.Context) Caller {
	if c, ok := ctx.Value(contextKey{}).(Caller); ok {
		return c
	}
	return Caller{ID: "local"}
}
