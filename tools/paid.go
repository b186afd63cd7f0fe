package tools

import (
	"context"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// paid are the arguments of every tool that spends.
type paid struct {
	IdempotencyKey string `json:"idempotency_key,omitempty" jsonschema_description:"A repeat with the same key is not sent again."`
	DryRun         bool   `json:"dry_run,omitempty" jsonschema_description:"Check and price; send nothing."`
	Confirm        string `json:"confirm,omitempty"`
}

// saving is the argument of tools that can end in files.
type saving struct {
	Save *bool `json:"save,omitempty"`
}

// waiting is the argument of tools that can wait for a job.
type waiting struct {
	WaitSeconds *float64 `json:"wait_seconds,omitempty" jsonschema:"minimum=0"`
}

func (paid) gathers() {}

// key is the call's idempotency key, which a dry run doesn't read.
func (p paid) key() string {
	if p.DryRun {
		return ""
	}
	return p.IdempotencyKey
}

// unhashed are arguments that do not make a call another call.
var unhashed = []string{"wait_seconds", "save", "confirm", "idempotency_key", "dry_run"}

// canonical are the arguments that make the call what it is.
func (c *call) canonical() map[string]any {
	out := make(map[string]any, len(c.args))
	for name, v := range c.args {
		out[name] = v
	}
	for _, name := range unhashed {
		delete(out, name)
	}
	return out
}

func (s saving) save(ctx context.Context) bool {
	if s.Save != nil {
		return *s.Save
	}
	return !jobs.CallerFrom(ctx).HTTP
}

// wait is how long a call waits, clamped to what the operator allows.
func (c *call) wait(asked *float64, fallback float64) (time.Duration, []string) {
	seconds := fallback
	if asked != nil {
		seconds = *asked
	}
	most := c.deps.Jobs.WaitCap()
	if seconds > most.Seconds() {
		return most, []string{fmt.Sprintf("wait_seconds is at most %v here; %v was taken as that.", most.Seconds(), seconds)}
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// fill gives work what the tool knows of the call.
func (c *call) fill(ctx context.Context, w *jobs.Work, tool string, p paid) {
	w.Tool, w.Start, w.Key, w.Confirm = tool, c.start, p.IdempotencyKey, p.Confirm
	w.Seen = c.report.tell
	w.CanAsk = CanAsk(ctx)
	if answer := server.ElicitationResponse(c.req.Params.InputResponses, confirmID); answer != nil {
		if answer.Action == mcp.ElicitationResponseActionAccept {
			w.Confirm = c.req.Params.RequestState
		} else {
			w.Declined = true
		}
	}
}

// confirmID names the question in an elicitation.
const confirmID = "price"

// generate is the way of every image and video tool: plan, then a dry run or
// the work itself.
func (c *call) generate(ctx context.Context, tool string, kind catalog.Kind, model string, p paid, s saving, wait waiting, fallback float64) (answer, error) {
	args := c.canonical()
	delete(args, "model")
	w, err := c.deps.Jobs.Plan(ctx, jobs.Plan{Tool: tool, Kind: kind, Model: model, Key: p.key(), Dry: p.DryRun, Args: args, Unfit: c.unfit, Faults: c.faults})
	if err != nil {
		return answer{}, err
	}
	return c.run(ctx, tool, w, p, s, wait, fallback)
}

func (c *call) run(ctx context.Context, tool string, w jobs.Work, p paid, s saving, wait waiting, fallback float64) (answer, error) {
	c.fill(ctx, &w, tool, p)
	if p.DryRun {
		return c.deps.dryRun(w), nil
	}
	var clamped []string
	w.Wait, clamped = c.wait(wait.WaitSeconds, fallback)
	w.Warnings = append(w.Warnings, clamped...)
	w.Save = s.save(ctx)
	o, err := c.deps.Jobs.Begin(ctx, w)
	if err != nil {
		return answer{}, err
	}
	c.ended(o)
	return c.deps.task(ctx, o), nil
}

func (c *call) ended(o jobs.Outcome) {
	if status := jobs.Status(o.Row); status.Done() {
		c.report.end(string(status))
	}
}

func (d Deps) dryRun(w jobs.Work) answer {
	dry := DryRunResult{Dry: true, DryRun: d.Jobs.DryRun(w)}
	return answer{structured: dry}
}
