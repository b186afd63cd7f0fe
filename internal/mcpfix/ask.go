package mcpfix

import (
	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go sends a tool's questions to callers that did not declare that they can
// answer them, which the protocol forbids. TestHTTPAsksOnlyCallersThatSaidTheyCanAnswer in
// internal/serve fails without this file; once it holds without, the file goes.

// MissingCapability is a capability that the requests need and the caller did
// not declare, "" if there is none. canAsk says that the caller's client puts
// forms to its user.
func MissingCapability(caps mcp.ClientCapabilities, canAsk bool, requests mcp.InputRequests) string {
	for _, r := range requests {
		switch {
		case r.Method == mcp.MethodElicitationCreate && !canAsk:
			return "elicitation"
		case r.Method == mcp.MethodSamplingCreateMessage && caps.Sampling == nil:
			return "sampling"
		case r.Method == mcp.MethodListRoots && caps.Roots == nil:
			return "roots"
		}
	}
	return ""
}

// MissingCapabilityFault is the error that a request of the modern era gets
// where its client lacks what the answer needs.
func MissingCapabilityFault(message string, required map[string]any) *mcp.JSONRPCErrorDetails {
	return &mcp.JSONRPCErrorDetails{
		Code: mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, Message: message,
		Data: map[string]any{"requiredCapabilities": required},
	}
}
