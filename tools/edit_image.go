package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

func editImage(d Deps) Tool {
	return build(d, define{
		name: "edit_image", title: "Edit image", toolsets: []string{"image"},
		description: "Makes pictures from pictures: edit, restyle, combine, keep a character. Else as generate_image. Costs money.",
		in: schemas.Input[imageArgs](schemas.Options{
			Require:  []string{"images"},
			Describe: map[string]string{"model": modelList(d.Models.Of(catalog.Image), catalog.ImageToImage)},
			Default:  map[string]any{"wait_seconds": imageWait},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in imageArgs, c *call) (answer, error) {
		return c.generate(ctx, "edit_image", catalog.Image, in.Model, in.paid, in.saving, in.waiting, imageWait)
	})
}
