package tools

import (
	"context"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// paid are the arguments of every tool that spends.
type paid struct {
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	DryRun         bool   `json:"dry_run,omitempty"`
	Confirm        string `json:"confirm,omitempty"`
}

// saving is the argument of tools that can end in files.
type saving struct {
	Save *bool `json:"save,omitempty"`
}

// waiting is the argument of tools that can wait for a job.
type waiting struct {
	WaitSeconds *float64 `json:"wait_seconds,omitempty"`
}

// controls are the arguments of a paid tool that say how the call is run; what
// it asks for is decoded by order.New, once, in the model's own spelling.
type controls struct {
	waiting
	saving
	paid
}

func (controls) collectsFaults() {}

func (s saving) save(ctx context.Context) bool {
	if s.Save != nil {
		return *s.Save
	}
	return !caller.From(ctx).HTTP
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

// decodeRequest makes a request of type R of arguments.
func decodeRequest[R any](given map[string]any) (any, error) {
	r := new(R)
	if err := decodeInto(given, r); err != nil {
		return nil, err
	}
	return r, nil
}

// order is the call as an order of a kind. Its wait is wait seconds where the
// caller says nothing.
func (c *call) order(ctx context.Context, kind catalog.Kind, in controls, wait float64, decode func(map[string]any) (any, error)) order.Order {
	options := order.Options{
		Key: in.IdempotencyKey, Confirm: in.Confirm, DryRun: in.DryRun, Save: in.save(ctx),
		CanAsk: CanAsk(ctx), Start: c.start, Progress: c.report.tell,
	}
	if answer := server.ElicitationResponse(c.req.Params.InputResponses, confirmID); answer != nil {
		if answer.Action == mcp.ElicitationResponseActionAccept {
			options.Confirm = c.req.Params.RequestState
		} else {
			options.Declined = true
		}
	}
	var clamped []string
	options.Wait, clamped = c.wait(in.WaitSeconds, wait)
	o := order.New(c.deps.Models(), order.Input{Tool: c.tool, Kind: kind, Given: c.args, Unfit: c.unfit, Faults: c.faults, Decode: decode, Options: options})
	if !o.DryRun {
		o.Warnings = append(o.Warnings, clamped...)
	}
	return o
}

// confirmID names the question in an elicitation.
const confirmID = "price"

// generate is the way of every tool whose order becomes a task.
func (c *call) generate(ctx context.Context, o order.Order) (answer, error) {
	r, err := c.deps.Jobs.Do(ctx, o)
	if err != nil {
		return answer{}, err
	}
	if r.Preview != nil {
		return dryRun(r), nil
	}
	c.ended(r)
	return c.deps.task(ctx, r), nil
}

func (c *call) ended(r jobs.Result) {
	if status := r.Row.PublicStatus(); status.Done() {
		c.report.end(string(status))
	}
}

func dryRun(r jobs.Result) answer {
	return answer{structured: DryRunResult{Dry: true, Preview: *r.Preview}}
}
