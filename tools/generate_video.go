package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type videoArgs struct {
	nexconn.VideoRequest
	waiting
	saving
	paid
}

func generateVideo(d Deps) Tool {
	return build(d, define{
		name: "generate_video", title: "Generate video", toolsets: []string{"video"},
		description: "Films a clip from text, frames, references, subjects or a video; the inputs given choose the operation. " +
			"Takes minutes: answers with a task_id, then ask query_task. Limits of a model: list_models. Costs money.",
		in: schemas.Input[videoArgs](schemas.Options{
			Describe: map[string]string{"model": modelList(d.Models.Of(catalog.Video), "")},
			Default:  map[string]any{"wait_seconds": 0},
		}),
		out: taskSchema(),
	}, func(ctx context.Context, in videoArgs, c *call) (answer, error) {
		return c.generate(ctx, "generate_video", catalog.Video, in.Model, in.paid, in.saving, in.waiting, 0)
	})
}
