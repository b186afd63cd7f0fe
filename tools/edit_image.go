package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

func editImage(d Deps) Tool {
	return build(d, define{
		name: "edit_image", title: "Edit image", toolsets: []string{"image"}, tasks: true,
		description: "Generates images from images: edit, restyle, combine, keep a character. Otherwise like generate_image. Costs money.",
		in: schemas.Input[imageArgs]("edit_image", schemas.Options{
			Models:  modelList(d.Listed.Of(catalog.Image), catalog.ImageToImage),
			Default: map[string]any{"wait_seconds": imageWait},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in controls, c *call) (answer, error) {
		return c.generate(ctx, c.order(ctx, catalog.Image, in, imageWait, decodeRequest[nexconn.ImageRequest]))
	})
}
