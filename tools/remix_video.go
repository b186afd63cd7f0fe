package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type remixArgs struct {
	order.Remix
	controls
}

func remixVideo(d Deps) Tool {
	return build(d, define{
		name: "remix_video", title: "Remix video", toolsets: []string{"video"}, tasks: true,
		description: "Generates a finished Sora video again from a changed prompt; length and size stay. Costs money.",
		in:          schemas.Input[remixArgs]("remix_video", schemas.Options{Default: map[string]any{"wait_seconds": 0}}),
		out:         taskSchema(),
	}, func(ctx context.Context, in controls, c *call) (answer, error) {
		return c.generate(ctx, c.order(ctx, catalog.Video, in, 0, decodeRequest[order.Remix]))
	})
}
