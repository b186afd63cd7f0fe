package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type queryArgs struct {
	TaskID  string   `json:"task_id,omitempty"`
	TaskIDs []string `json:"task_ids,omitempty"`
	waiting
	saving
}

func queryTask(d Deps) Tool {
	return build(d, define{
		name: "query_task", title: "Query task", toolsets: []string{"image", "video", "tasks"}, tasks: true, readOnly: true,
		description: "Status and results of a task; with wait_seconds (up to 55) returns as soon as it ends. Works after restarts and on other machines.",
		in:          schemas.Input[queryArgs]("query_task", schemas.Options{Default: map[string]any{"wait_seconds": 0}}),
		out:         taskSchema(),
	}, func(ctx context.Context, in queryArgs, c *call) (answer, error) {
		wait, clamped := c.wait(in.WaitSeconds, 0)
		save := in.save(ctx) && !d.ReadOnly && !caller.From(ctx).ReadOnly
		q := jobs.Query{TaskID: in.TaskID, Save: save, Start: c.start, Wait: wait, Progress: c.report.tell}
		ids, err := several(in)
		if err != nil {
			return answer{}, err
		}
		if ids != nil {
			return severalTasks(ctx, c, jobs.QueryAll(ctx, d.Jobs, ids, q), clamped), nil
		}
		o, err := d.Jobs.Query(ctx, q)
		if err != nil {
			return answer{}, err
		}
		o.Warnings = append(o.Warnings, clamped...)
		c.ended(o)
		return d.task(ctx, o), nil
	})
}

// mostTasks is how many tasks one call asks after.
const mostTasks = 20

// several are the tasks of a call that asks after more than one, nil where it asks
// after one by task_id.
func several(in queryArgs) ([]string, error) {
	ids := in.TaskIDs
	switch {
	case in.TaskID == "" && len(ids) == 0:
		return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "task_id", Message: "task_id is required", Advice: "Give task_id, or task_ids for several."}
	case in.TaskID != "" && len(ids) > 0:
		return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "task_ids", Message: "task_id and task_ids are both given", Advice: "Give one of them."}
	case len(ids) > mostTasks:
		return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "task_ids", Message: fmt.Sprintf("task_ids has %d items; at most %d are taken", len(ids), mostTasks), Advice: "Ask after the others in another call."}
	case len(ids) == 0:
		return nil, nil
	}
	var once []string
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once, nil
}

// TasksResult is what query_task answers to task_ids.
type TasksResult struct {
	Tasks    []jobs.Task `json:"tasks"`
	Warnings []string    `json:"warnings,omitempty"`
}

// severalTasks is how several tasks stand, in the order in which they were asked after.
// One that can't be told is among them with its error.
func severalTasks(ctx context.Context, c *call, all []jobs.Answered, warnings []string) answer {
	result := TasksResult{Warnings: warnings}
	var texts []string
	ended := ""
	for _, a := range all {
		t := jobs.Task{TaskID: a.TaskID}
		var e *nexconn.Error
		switch {
		case a.Err == nil:
			t = c.deps.taskOf(ctx, a.Result.Row, a.Result.Warnings)
			if status := a.Result.Row.PublicStatus(); status.Done() {
				ended = string(status)
			}
		case errors.As(a.Err, &e):
			t.Error = &nexconn.Failure{Code: e.Code, Message: e.Message}
			t.Next = cmp.Or(e.Advice, advice[e.Code])
		default:
			c.deps.Log.Error("a task could not be asked after", "task_id", a.TaskID, "error", a.Err)
			t.Error = &nexconn.Failure{Code: nexconn.Internal, Message: "it could not be asked after"}
		}
		result.Tasks = append(result.Tasks, t)
	}
	if ended != "" {
		c.report.end(ended)
	}
	for i := len(result.Tasks) - 1; i > 0 && weight(result) > mostStructured; i-- {
		result.Tasks[i].Outputs, result.Tasks[i].Warnings = nil, []string{"Its outputs are left out to keep this result short; ask after it alone."}
	}
	for _, t := range result.Tasks {
		texts = append(texts, taskText(t))
	}
	for _, w := range warnings {
		texts = append(texts, "Note: "+w)
	}
	return answer{structured: result, text: strings.Join(texts, "\n\n")}
}
