package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type saveArgs struct {
	TaskID    string `json:"task_id" jsonschema:"required"`
	Directory string `json:"directory,omitempty" jsonschema_description:"A folder inside the output folder."`
}

// SavedList is what save_outputs answers.
type SavedList struct {
	TaskID   string            `json:"task_id,omitempty"`
	Outputs  []jobs.TaskOutput `json:"outputs"`
	Warnings []string          `json:"warnings,omitempty"`
}

func saveOutputs(d Deps) Tool {
	return build(d, define{
		name: "save_outputs", title: "Save outputs", toolsets: []string{"tasks"}, idempotent: true,
		description: "Downloads what a finished task made, before its links expire: to disk, or over HTTP to the server's store.",
		in:          schemas.Input[saveArgs](schemas.Options{}),
		out:         schemas.Output[SavedList](),
	}, func(ctx context.Context, in saveArgs, c *call) (answer, error) {
		o, err := d.Jobs.Save(ctx, in.TaskID, in.Directory, c.report.tell)
		if err != nil {
			return answer{}, err
		}
		c.report.end("saved")
		list := SavedList{TaskID: o.Row.TaskID(), Outputs: []jobs.TaskOutput{}, Warnings: o.Warnings}
		local := !jobs.CallerFrom(ctx).HTTP
		for i, out := range o.Row.Outputs {
			told := jobs.Told(i, list.TaskID, out, local)
			if local && out.Path == "" || !local && out.URI == "" {
				continue
			}
			told.URL, told.ExpiresAt = "", nil
			if !local {
				told.URL = d.Jobs.OutputLink(ctx, o.Row, i)
			}
			list.Outputs = append(list.Outputs, told)
		}
		if d.Sandbox {
			list.Warnings = append(list.Warnings, sandboxNote)
		}
		return answer{structured: list}, nil
	})
}
