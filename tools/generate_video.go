package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type videoArgs struct {
	nexconn.VideoRequest
	controls
}

func generateVideo(d Deps) Tool {
	return build(d, define{
		name: "generate_video", title: "Generate video", toolsets: []string{"video"}, tasks: true,
		description: "Generates a video from text, frames, reference images, subjects or a video; the inputs decide the operation. " +
			"Takes minutes: returns a task_id for query_task. Limits of a model: list_models. Costs money.",
		in: schemas.Input[videoArgs]("generate_video", schemas.Options{
			Models:  modelList(d.Listed.Of(catalog.Video), ""),
			Default: map[string]any{"wait_seconds": 0},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in controls, c *call) (answer, error) {
		return c.generate(ctx, c.order(ctx, catalog.Video, in, 0, decodeRequest[nexconn.VideoRequest]))
	})
}
