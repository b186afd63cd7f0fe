package serve

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// missingCapability is a capability that the requests need and the caller did
// not declare, "" if there is none.
func missingCapability(ctx context.Context, requests mcp.InputRequests) string {
	caps := tools.Capabilities(ctx)
	for _, r := range requests {
		switch {
		case r.Method == mcp.MethodElicitationCreate && !tools.CanAsk(ctx):
			return "elicitation"
		case r.Method == mcp.MethodSamplingCreateMessage && caps.Sampling == nil:
			return "sampling"
		case r.Method == mcp.MethodListRoots && caps.Roots == nil:
			return "roots"
		}
	}
	return ""
}

// cannotAsk ends a call whose tool would ask a caller that can't answer. Tools
// look before they ask; this is for the one that forgot.
func (g guard) cannotAsk(ctx context.Context, capability string) (*mcp.CallToolResult, error) {
	const message = "This call needs an answer from the user, and this client can't ask for one. Tell the user what you were about to do."
	e := nexconn.Errorf(nexconn.ConfirmationNeeded, message)
	if !server.IsModernRequest(ctx) {
		return toolError(e), nil
	}
	exchangeFrom(ctx).fault = &mcp.JSONRPCErrorDetails{
		Code: mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, Message: message,
		Data: map[string]any{"requiredCapabilities": map[string]any{capability: map[string]any{}}},
	}
	return nil, e
}
