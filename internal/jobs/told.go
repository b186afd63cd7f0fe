package jobs

import (
	"context"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Task is a row as results and resources tell it.
type Task struct {
	TaskID    string `json:"task_id,omitempty"`
	Status    string `json:"status,omitempty"`
	Model     string `json:"model,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Operation string `json:"operation,omitempty"`
	// Prompt is its head as the ledger keeps it; lists alone tell it.
	Prompt      string           `json:"prompt,omitempty"`
	CreatedAt   *time.Time       `json:"created_at,omitempty"`
	UpdatedAt   *time.Time       `json:"updated_at,omitempty"`
	Progress    *float64         `json:"progress,omitempty"`
	Outputs     []TaskOutput     `json:"outputs,omitempty"`
	Error       *nexconn.Failure `json:"error,omitempty"`
	EstimateUSD *float64         `json:"estimated_usd,omitempty"`
	PollAfter   int              `json:"poll_after_seconds,omitempty"`
	Next        string           `json:"next,omitempty"`
	RequestID   string           `json:"request_id,omitempty"`
	Warnings    []string         `json:"warnings,omitempty"`
}

// TaskOutput is one thing a task made.
type TaskOutput struct {
	Index     int        `json:"index"`
	URL       string     `json:"url,omitempty"`
	URI       string     `json:"uri,omitempty"`
	Path      string     `json:"path,omitempty"`
	MIME      string     `json:"mime_type,omitempty"`
	Role      string     `json:"role,omitempty"`
	Seconds   float64    `json:"seconds,omitempty"`
	Width     int        `json:"width,omitempty"`
	Height    int        `json:"height,omitempty"`
	Bytes     int64      `json:"bytes,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// TaskList is what list_tasks answers.
type TaskList struct {
	Tasks      []Task   `json:"tasks"`
	NextCursor string   `json:"next_cursor,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Told is output i of a row as results tell it: its url is a link that a person
// can open, its path one on the caller's own disk.
func Told(ctx context.Context, kept *outputs.Outputs, row Row, i int) TaskOutput {
	out := row.Outputs[i]
	link, ends := kept.Link(ctx, row, i)
	o := TaskOutput{Index: i, URL: link, MIME: out.MIMEType, Role: out.Role, Seconds: out.Seconds,
		Width: out.Width, Height: out.Height, Bytes: out.Bytes}
	if !caller.From(ctx).HTTP && outputs.Exists(out.Path) {
		o.Path = out.Path
	}
	if out.URI != "" || out.URL == "" && o.Path != "" {
		o.URI = outputs.URI(row, i)
	}
	if !ends.IsZero() {
		o.ExpiresAt = &ends
	}
	return o
}

// Brief is a row as a list tells it: no warnings, no advice, and the place
// of each output alone.
func Brief(ctx context.Context, kept *outputs.Outputs, row Row) Task {
	created, updated := row.CreatedAt, row.UpdatedAt
	t := Task{TaskID: row.TaskID(), Status: string(row.PublicStatus()), Model: row.Model, Kind: row.Kind,
		Operation: row.Operation, Prompt: head(row.PromptHead, headChars), CreatedAt: &created, UpdatedAt: &updated, Error: row.Failure, EstimateUSD: row.EstimateUSD()}
	for i := range row.Outputs {
		o := Told(ctx, kept, row, i)
		if o.Path != "" {
			o.URL = ""
		}
		t.Outputs = append(t.Outputs, TaskOutput{Index: i, URL: o.URL, URI: o.URI, Path: o.Path, MIME: o.MIME, ExpiresAt: o.ExpiresAt})
	}
	return t
}
