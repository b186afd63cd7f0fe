package tools

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// DryRunResult is what a paid tool answers to dry_run.
type DryRunResult struct {
	Dry bool `json:"dry_run"`
	jobs.Preview
}

// taskSchema and fileSchema are the outputs that several tools share.
var (
	taskSchema = sync.OnceValue(func() *schemas.Schema {
		return schemas.Output[jobs.Task]("kind", "operation", "created_at", "updated_at", "request_id")
	})
	fileSchema = sync.OnceValue(func() *schemas.Schema { return schemas.Output[FileResult]("created_at") })
)

// sandboxNote stands in every result of the sandbox.
const sandboxNote = "Sandbox: nothing was really generated and nothing is billed."

// task is an outcome as a task tool tells it.
func (d Deps) task(ctx context.Context, o jobs.Result) answer {
	t := d.taskOf(ctx, o.Row, o.Warnings)
	return answer{structured: t, text: taskText(t), previews: d.Previews.of(ctx, o.Row)}
}

func (d Deps) taskOf(ctx context.Context, row jobs.Row, warnings []string) jobs.Task {
	created, updated := row.CreatedAt, row.UpdatedAt
	t := jobs.Task{
		TaskID: row.TaskID(), Status: string(row.PublicStatus()), Model: row.Model, Kind: row.Kind, Operation: row.Operation,
		CreatedAt: &created, UpdatedAt: &updated, Progress: row.Progress, Error: row.Failure,
		EstimateUSD: row.EstimateUSD(), RequestID: row.RequestID, Warnings: slices.Concat(row.Warnings, warnings, costNotes(row)),
	}
	if row.PublicStatus().Done() {
		t.Progress = nil
	}
	for i, out := range row.Outputs {
		o := jobs.Told(ctx, d.Jobs.Outputs(), row, i)
		t.Outputs = append(t.Outputs, o)
		if gone(o) {
			t.Warnings = append(t.Warnings, fmt.Sprintf("The file of output %d is no longer where it was put, and it came without a link.", i))
		}
		if !out.ExpiresAt.IsZero() && out.Path == "" && out.URI == "" {
			t.Warnings = append(t.Warnings, expiryNote(i, out.ExpiresAt, d.Jobs.Outputs().CanFetch(out.URL))...)
		}
	}
	if d.Sandbox {
		t.Warnings = append(t.Warnings, sandboxNote)
	}
	t.Outputs, t.Warnings = fitOutputs(t.Outputs, t.Warnings)
	d.next(&t, row)
	return t
}

// gone says that nothing is left of an output but its record.
func gone(o jobs.TaskOutput) bool { return o.URL == "" && o.Path == "" && o.URI == "" }

func expiryNote(i int, at time.Time, fetched bool) []string {
	left := time.Until(at)
	switch {
	case left > 0 && !fetched:
		return []string{fmt.Sprintf("The link of output %d is not a public https link, which this server never fetches; it expires at %s.", i, at.Format(time.RFC3339))}
	case left <= 0:
		return []string{fmt.Sprintf("The link of output %d expired at %s and nothing was saved.", i, at.Format(time.RFC3339))}
	case left < 48*time.Hour:
		return []string{fmt.Sprintf("The link of output %d expires at %s; save_outputs keeps it.", i, at.Format(time.RFC3339))}
	}
	return nil
}

// next says what to do with a task that is not done, or came out badly.
func (d Deps) next(t *jobs.Task, row jobs.Row) {
	switch nexconn.Status(t.Status) {
	case nexconn.Queued, nexconn.Running:
		t.PollAfter = 15
		if row.Kind == string(catalog.Image) {
			t.PollAfter = 3
		}
		if d.Sandbox {
			t.PollAfter = 1
		}
		t.Next = "Call query_task with this task_id and wait_seconds 45."
	case nexconn.Unknown:
		t.Next = "No whole answer to the create came. It may have been accepted and billed; don't just call again. Tell the user; the service's console shows what was billed."
	case nexconn.Failed, nexconn.Canceled, nexconn.Expired:
		t.Next = failedNext(row.Failure)
	case nexconn.Succeeded:
		switch {
		case len(t.Outputs) == 0, gone(t.Outputs[0]):
		case row.Kind == string(catalog.Image):
			t.Next = fmt.Sprintf("To go on with it, give \"%s#0\" as an image or a first frame.", t.TaskID)
		case row.Kind == string(catalog.Video):
			t.Next = fmt.Sprintf("To go on with it, give \"%s#0\" as source_video or a reference video.", t.TaskID)
		}
	}
}

// taskText is a task in a few lines for clients that show only text.
func taskText(t jobs.Task) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", t.Status, t.TaskID)
	if t.Progress != nil && t.Status == string(nexconn.Running) {
		fmt.Fprintf(&b, " (%d%%)", int(math.Round(*t.Progress*100)))
	}
	for _, o := range t.Outputs {
		place := o.Path
		if place == "" {
			place = o.URL
		}
		if place == "" {
			place = o.URI
		}
		fmt.Fprintf(&b, "\n%s", place)
		if facts := outputFacts(o); facts != "" {
			fmt.Fprintf(&b, " (%s)", facts)
		}
	}
	if t.Error != nil {
		fmt.Fprintf(&b, "\n%s: %s", t.Error.Code, t.Error.Message)
	}
	if t.EstimateUSD != nil {
		b.WriteString("\n" + costPhrase(t.EstimateUSD))
	}
	for _, w := range t.Warnings {
		fmt.Fprintf(&b, "\nNote: %s", w)
	}
	if t.Next != "" {
		fmt.Fprintf(&b, "\n%s", t.Next)
	}
	return b.String()
}

func outputFacts(o jobs.TaskOutput) string {
	var facts []string
	if o.Role != "" {
		facts = append(facts, strings.ReplaceAll(o.Role, "_", " "))
	}
	if o.Seconds > 0 {
		facts = append(facts, trimmed(o.Seconds)+" s")
	}
	if o.Width > 0 {
		facts = append(facts, fmt.Sprintf("%dx%d", o.Width, o.Height))
	}
	return strings.Join(facts, ", ")
}

func trimmed(f float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", f), "0"), ".")
}
