package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type remixArgs struct {
	TaskID string `json:"task_id" jsonschema:"required" jsonschema_description:"A finished Sora task."`
	Prompt string `json:"prompt" jsonschema:"required"`
	waiting
	saving
	paid
}

func remixVideo(d Deps) Tool {
	return build(d, define{
		name: "remix_video", title: "Remix video", toolsets: []string{"video"},
		description: "Films a finished Sora video anew by a changed prompt; length and size stay. Costs money.",
		in:          schemas.Input[remixArgs](schemas.Options{Default: map[string]any{"wait_seconds": 0}}),
		out:         taskSchema(),
	}, func(ctx context.Context, in remixArgs, c *call) (answer, error) {
		w, err := d.Jobs.PlanRemix(ctx, in.TaskID, in.Prompt, jobs.Plan{Tool: "remix_video", Key: in.key(), Dry: in.DryRun, Args: c.canonical(), Faults: c.faults})
		if err != nil {
			return answer{}, err
		}
		return c.run(ctx, "remix_video", w, in.paid, in.saving, in.waiting, 0)
	})
}
