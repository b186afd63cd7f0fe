package tools

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

// Capabilities are what the caller declared that it can do for the server. A
// modern request says so itself; a legacy client said so on initialize, which a
// stateless endpoint does not remember and could not act upon.
func Capabilities(ctx context.Context) mcp.ClientCapabilities {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities != nil {
			return *info.ClientCapabilities
		}
		return mcp.ClientCapabilities{}
	}
	if caller.From(ctx).HTTP {
		return mcp.ClientCapabilities{}
	}
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		return session.GetClientCapabilities()
	}
	return mcp.ClientCapabilities{}
}

// CanAsk says that the caller's client puts a form to its user: an empty
// elicitation capability means forms, and one with URLs alone does not.
func CanAsk(ctx context.Context) bool {
	e := Capabilities(ctx).Elicitation
	return e != nil && (e.Form != nil || e.URL == nil)
}
