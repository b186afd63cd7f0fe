package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type queryArgs struct {
	TaskID string `json:"task_id" jsonschema:"required" jsonschema_description:"MODEL:ID, as a task tool answered it."`
	waiting
	saving
}

func queryTask(d Deps) Tool {
	return build(d, define{
		name: "query_task", title: "Query task", toolsets: []string{"image", "video", "tasks"}, readOnly: true,
		description: "Asks the service how a job stands; with wait_seconds (up to 55) returns as soon as it ends. Works after restarts and on other machines.",
		in:          schemas.Input[queryArgs](schemas.Options{Default: map[string]any{"wait_seconds": 0}}),
		out:         taskSchema(),
	}, func(ctx context.Context, in queryArgs, c *call) (answer, error) {
		wait, clamped := c.wait(in.WaitSeconds, 0)
		save := in.save(ctx) && !d.ReadOnly && !jobs.CallerFrom(ctx).ReadOnly
		o, err := d.Jobs.Query(ctx, jobs.Asked{TaskID: in.TaskID, Save: save, Start: c.start, Wait: wait, Seen: c.report.tell})
		if err != nil {
			return answer{}, err
		}
		o.Warnings = append(o.Warnings, clamped...)
		c.ended(o)
		return d.task(ctx, o), nil
	})
}
