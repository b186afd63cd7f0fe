package command

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	gallery "github.com/nexconn-ai/nexconn-mcp/app"
)

// What the server is called, for programs and for people.
const (
	cardName  = "nexconn-mcp"
	cardTitle = "Nexconn"
)

// addCard has the server describe itself in full, with description, website and
// icon, where a client gets to know it: in initialize and server/discover. Every
// other result of a 2026-07-28 client names the server too, by name, title and
// version alone: the whole card would add 700 bytes to each.
func addCard(hooks *server.Hooks) {
	full := func(i mcp.Implementation) mcp.Implementation {
		i.Description = "Chat, images and video from the Nexconn LLM API, priced before you pay and never lost."
		i.WebsiteURL = "https://github.com/nexconn-ai/nexconn-mcp"
		i.Icons = []mcp.Icon{{Src: gallery.Icon(), MIMEType: "image/svg+xml", Sizes: []string{"any"}}}
		return i
	}
	hooks.AddAfterInitialize(func(_ context.Context, _ any, _ *mcp.InitializeRequest, r *mcp.InitializeResult) {
		r.ServerInfo = full(r.ServerInfo)
	})
	hooks.AddAfterDiscover(func(_ context.Context, _ any, _ *mcp.DiscoverRequest, r *mcp.DiscoverResult) {
		r.EnsureResultMeta().SetServerInfo(full(mcp.Implementation{Name: cardName, Title: cardTitle, Version: version()}))
	})
}
