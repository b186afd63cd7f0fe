package mcpfix

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// mcp-go gives an answer one cache scope for all callers, also a list that its own
// filters narrow for one of them. TestHTTPCacheHints in internal/serve
// tells when the hook here can go.

const (
	// ListTTL is how long clients of the modern era may keep what only an
	// upgrade changes.
	ListTTL int64 = 60 * 60 * 1000
	// readTTL is how long they may keep a resource, which may be a task.
	readTTL int64 = 5 * 1000
)

// CacheHints says what of the server's answers may be kept, and by whom: where
// callers are told apart (private), nobody keeps an answer for others, and nobody
// ever keeps a list that is narrowed for its caller.
func CacheHints(s *server.MCPServer, hooks *server.Hooks, private bool, narrowed func(context.Context) bool) {
	scope := mcp.CacheScopePublic
	if private {
		scope = mcp.CacheScopePrivate
	}
	for _, method := range []mcp.MCPMethod{
		mcp.MethodToolsList, mcp.MethodPromptsList, mcp.MethodResourcesList, mcp.MethodResourcesTemplatesList, mcp.MethodServerDiscover,
	} {
		server.WithMethodCacheHints(method, ListTTL, scope)(s)
	}
	server.WithMethodCacheHints(mcp.MethodResourcesRead, readTTL, mcp.CacheScopePrivate)(s)

	// A list made for one caller is no one else's.
	hooks.AddAfterListTools(func(ctx context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		if result != nil && narrowed(ctx) {
			result.SetCacheHints(ListTTL, mcp.CacheScopePrivate)
		}
	})
}
