package serve

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

const (
	// listTTL is how long clients of the modern era may keep what only an
	// upgrade changes.
	listTTL int64 = 60 * 60 * 1000
	// readTTL is how long they may keep a resource, which may be a task.
	readTTL int64 = 5 * 1000
)

// cacheHints says what of the server's answers may be kept, and by whom: where
// callers are told apart, nobody keeps an answer for others.
func cacheHints(s *server.MCPServer, hooks *server.Hooks, private bool) {
	scope := mcp.CacheScopePublic
	if private {
		scope = mcp.CacheScopePrivate
	}
	for _, method := range []mcp.MCPMethod{
		mcp.MethodToolsList, mcp.MethodPromptsList, mcp.MethodResourcesList, mcp.MethodResourcesTemplatesList, mcp.MethodServerDiscover,
	} {
		server.WithMethodCacheHints(method, listTTL, scope)(s)
	}
	server.WithMethodCacheHints(mcp.MethodResourcesRead, readTTL, mcp.CacheScopePrivate)(s)

	// A list made for one caller is no one else's.
	hooks.AddAfterListTools(func(ctx context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		if c := jobs.CallerFrom(ctx); result != nil && (len(c.Toolsets) > 0 || c.ReadOnly) {
			result.SetCacheHints(listTTL, mcp.CacheScopePrivate)
		}
	})
}
