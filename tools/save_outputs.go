package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type saveArgs struct {
	TaskID    string `json:"task_id"`
	Directory string `json:"directory,omitempty"`
	FileName  string `json:"file_name,omitempty"`
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
		description: "Downloads the results of a finished task before its links expire: to disk, or over HTTP to the server's store.",
		in:          schemas.Input[saveArgs]("save_outputs", schemas.Options{}),
		out:         schemas.Output[SavedList](),
	}, func(ctx context.Context, in saveArgs, c *call) (answer, error) {
		o, err := d.Jobs.Save(ctx, in.TaskID, outputs.Place{Directory: in.Directory, FileName: in.FileName}, c.report.tell)
		if err != nil {
			return answer{}, err
		}
		c.report.end("saved")
		list := SavedList{TaskID: o.Row.TaskID(), Outputs: []jobs.TaskOutput{}, Warnings: o.Warnings}
		local := !caller.From(ctx).HTTP
		for i, out := range o.Row.Outputs {
			told := jobs.Told(ctx, d.Jobs.Outputs(), o.Row, i)
			if local && out.Path == "" || !local && out.URI == "" {
				continue
			}
			if local {
				told.URL, told.ExpiresAt = "", nil
			}
			list.Outputs = append(list.Outputs, told)
		}
		if d.Sandbox {
			list.Warnings = append(list.Warnings, sandboxNote)
		}
		list.Outputs, list.Warnings = fitOutputs(list.Outputs, list.Warnings)
		return answer{structured: list}, nil
	})
}
