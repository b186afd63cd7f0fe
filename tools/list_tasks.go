package tools

import (
	"context"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type listTasksArgs struct {
	Kind   string `json:"kind,omitempty"`
	Status string `json:"status,omitempty"`
	Model  string `json:"model,omitempty"`
	Limit  int    `json:"limit,omitempty"`
	Cursor string `json:"cursor,omitempty"`
}

func listTasks(d Deps) Tool {
	return build(d, define{
		name: "list_tasks", title: "List tasks", toolsets: []string{"tasks"}, tasks: true, readOnly: true,
		description: "Tasks on record, newest first. Finds a lost task_id. Statuses are as last seen; query_task refreshes them.",
		in:          schemas.Input[listTasksArgs]("list_tasks", schemas.Options{Default: map[string]any{"limit": 20}}),
		out:         schemas.Output[jobs.TaskList](),
	}, func(ctx context.Context, in listTasksArgs, c *call) (answer, error) {
		if in.Limit == 0 {
			in.Limit = 20
		}
		rows, next, warning, err := d.Jobs.List(ctx, jobs.Filter{Kind: in.Kind, Status: in.Status, Model: in.Model, Limit: in.Limit, Cursor: in.Cursor})
		if err != nil {
			return answer{}, err
		}
		tasks, shortened := told(ctx, d.Jobs.Outputs(), rows)
		list := jobs.TaskList{Tasks: tasks, NextCursor: next}
		if warning != "" {
			list.Warnings = append(list.Warnings, warning)
		}
		if shortened {
			list.Warnings = append(list.Warnings, "The outputs of older tasks are left out to keep this list short; query_task tells them, or ask with a smaller limit.")
		}
		return answer{structured: list}, nil
	})
}

// longList is how many bytes a list may have, and shortRow what a row takes
// that tells neither its outputs nor why it failed.
const (
	longList = 45 << 10
	shortRow = 360
)

// told are the rows of a list. The newest tell their outputs and causes as long
// as there is room for those of all rows; the rest is query_task's to tell.
func told(ctx context.Context, results *outputs.Outputs, rows []jobs.Row) (tasks []jobs.Task, shortened bool) {
	room := longList - shortRow*len(rows)
	tasks = make([]jobs.Task, 0, len(rows))
	for _, row := range rows {
		t := jobs.Brief(ctx, results, row)
		for _, o := range t.Outputs {
			room -= len(o.URL) + len(o.Path) + len(o.URI) + len(o.MIME) + 90
		}
		if t.Error != nil {
			room -= len(t.Error.Message) + len(t.Error.UpstreamCode) + 60
		}
		if room < 0 {
			shortened = shortened || len(t.Outputs) > 0
			t.Outputs = nil
			if t.Error != nil {
				t.Error = &nexconn.Failure{Code: t.Error.Code}
			}
		}
		tasks = append(tasks, t)
	}
	return tasks, shortened
}
