package resources

import (
	"context"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/app"
)

// gallery is the page as an MCP App, with the hosts that it may load from.
func (d Deps) gallery(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	hosts := slices.Clone(app.ResultHosts)
	if d.MediaHosts != nil {
		hosts = append(hosts, d.MediaHosts(ctx)...)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{
		URI: req.Params.URI, MIMEType: app.MIMEType, Text: string(app.Page(app.Setup{})),
		Meta: app.Meta(hosts),
	}}, nil
}
