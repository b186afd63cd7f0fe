package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type imageArgs struct {
	nexconn.ImageRequest
	waiting
	saving
	paid
}

// imageWait is how long an image tool waits unless told otherwise.
const imageWait = 40

func generateImage(d Deps) Tool {
	return build(d, define{
		name: "generate_image", title: "Generate image", toolsets: []string{"image"},
		description: "Draws pictures from text. Waits up to wait_seconds, then answers with the pictures or a task_id for query_task. Costs money.",
		in: schemas.Input[imageArgs](schemas.Options{
			Omit:     []string{"images", "mask", "scene_image", "style_image", "image_reference", "image_fidelity", "human_fidelity"},
			Describe: map[string]string{"model": modelList(d.Models.Of(catalog.Image), catalog.TextToImage)},
			Default:  map[string]any{"wait_seconds": imageWait},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in imageArgs, c *call) (answer, error) {
		return c.generate(ctx, "generate_image", catalog.Image, in.Model, in.paid, in.saving, in.waiting, imageWait)
	})
}
