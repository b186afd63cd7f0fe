package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type imageArgs struct {
	nexconn.ImageRequest
	controls
}

// imageWait is how long an image tool waits unless told otherwise.
const imageWait = 40

func generateImage(d Deps) Tool {
	return build(d, define{
		name: "generate_image", title: "Generate image", toolsets: []string{"image"}, tasks: true,
		description: "Generates images from text. Waits up to wait_seconds, then returns the images, or a task_id for query_task. Costs money.",
		in: schemas.Input[imageArgs]("generate_image", schemas.Options{
			Omit:    []string{"images", "mask", "scene_image", "style_image", "image_reference", "image_fidelity", "human_fidelity"},
			Models:  modelList(d.Listed.Of(catalog.Image), catalog.TextToImage),
			Default: map[string]any{"wait_seconds": imageWait},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in controls, c *call) (answer, error) {
		return c.generate(ctx, c.order(ctx, catalog.Image, in, imageWait, decodeRequest[nexconn.ImageRequest]))
	})
}
