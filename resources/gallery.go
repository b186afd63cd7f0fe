package resources

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/app"
)

// gallery is the page as an MCP App, with the hosts that it may load from.
func (d Deps) gallery(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	return []mcp.ResourceContents{mcp.TextResourceContents{
		URI: req.Params.URI, MIMEType: app.MIMEType, Text: string(app.Page(app.Setup{})),
		Meta: app.Meta(append(append([]string{}, app.ResultHosts...), d.MediaHosts...)),
	}}, nil
}
