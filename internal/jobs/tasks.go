package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// tasks finds the row of a handle.
type tasks struct {
	record  *record
	keys    *keys
	settle  *settler
	models  func() catalog.Set
	sandbox bool
	log     *slog.Logger
}

// find is the caller's row of a handle, from the ledger or adopted; asked says
// that the service was asked after it just now.
func (t *tasks) find(ctx context.Context, taskID string) (row ledger.Row, asked bool, err error) {
	c := caller.From(ctx)
	t.record.markAbandoned(ctx)
	row, err = t.record.book().Find(ctx, c.ID, taskID)
	if err == nil && row.Task {
		return row, false, t.checkSandboxID(row.UpstreamID)
	}
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		if ctx.Err() != nil {
			return row, false, cancelled(ledger.Row{})
		}
		// A handle says by itself whom to ask, but for one that only the record
		// knows. Where the server holds the key it is nobody's, see below.
		if !c.Hosted && strings.Contains(taskID, ":local-") {
			return row, false, noLedger("looking up a task", err)
		}
		t.log.Error("the ledger could not be read", "error", err)
	}
	m, id, err := t.handle(taskID)
	if err == nil {
		err = t.checkSandboxID(id)
	}
	if err != nil {
		return ledger.Row{}, false, err
	}
	if c.Hosted || strings.HasPrefix(id, "local-") {
		return ledger.Row{}, false, notOnRecord(taskID)
	}
	row, err = t.adopt(ctx, m, id)
	return row, true, err
}

// adopt takes a job that the service knows on record.
func (t *tasks) adopt(ctx context.Context, m catalog.Model, id string) (ledger.Row, error) {
	c, now := caller.From(ctx), time.Now().UTC()
	row := ledger.Row{Caller: c.ID, Tool: "query_task", Task: true, Kind: string(m.Kind), Model: m.ID,
		UpstreamID: id, Status: nexconn.Running, CreatedAt: now, UpdatedAt: now, SubmittedAt: now}
	client, err := t.keys.client(c)
	if err != nil {
		return row, err
	}
	job, err := client.Query(ctx, m, id)
	if err != nil {
		return row, naming(err, row)
	}
	if !job.CreatedAt.IsZero() {
		row.CreatedAt = job.CreatedAt
	}
	adopted, err := t.record.book().Adopt(ctx, row)
	if err != nil {
		return row, noLedger("a task", err)
	}
	return t.settle.answered(ctx, adopted, m, job), nil
}

// asSeen is the caller's row of a handle as it stands on record; a job that
// isn't there is taken for running.
func (t *tasks) asSeen(ctx context.Context, taskID string) (ledger.Row, error) {
	c := caller.From(ctx)
	m, id, err := t.handle(taskID)
	if err != nil {
		return ledger.Row{}, err
	}
	row, err := t.record.book().Find(ctx, c.ID, taskID)
	switch {
	case err == nil && row.Task:
		return row, t.checkSandboxID(row.UpstreamID)
	case c.Hosted || strings.HasPrefix(id, "local-"):
		return ledger.Row{}, notOnRecord(taskID)
	}
	return ledger.Row{Model: m.ID, Kind: string(m.Kind), UpstreamID: id, Status: nexconn.Running}, t.checkSandboxID(id)
}

// handle takes a task id apart: the model tells which endpoint to ask, and
// where a model makes images and videos, the id's prefix tells which.
func (t *tasks) handle(taskID string) (catalog.Model, string, error) {
	return nexconn.FindTask(t.models(), nexconn.TaskID(taskID))
}

// checkSandboxID refuses a job of the sandbox to the real service, which would not
// know it.
func (t *tasks) checkSandboxID(id string) error {
	if t.sandbox || !strings.Contains(id, sandboxUser) {
		return nil
	}
	return &nexconn.Error{Code: nexconn.NotFound, Field: "task_id",
		Message: fmt.Sprintf("%q is a job of the sandbox, and this server speaks to the real service", head(id, 120)),
		Advice:  "Start the server with --sandbox to go on with it."}
}

// sandboxUser marks every id that the sandbox makes.
const sandboxUser = "-sandbox"

func notOnRecord(taskID string) error {
	return &nexconn.Error{Code: nexconn.NotFound, Field: "task_id",
		Message: fmt.Sprintf("no task %q is on record", head(taskID, 120)),
		Advice:  "list_tasks shows the tasks on record."}
}

// model is the model of a row.
func (t *tasks) model(row ledger.Row) (catalog.Model, error) {
	kind := catalog.Kind(row.Kind)
	if m, ok := t.models().Find(kind, row.Model); ok {
		return m, nil
	}
	if kind == catalog.Chat {
		return catalog.Model{ID: row.Model, Kind: kind, Wire: catalog.ChatWire}, nil
	}
	return catalog.Model{}, &nexconn.Error{Code: nexconn.UnknownModel, Field: "task_id",
		Message: fmt.Sprintf("this task is of %s, which the catalogue no longer has", row.Model)}
}

// naming adds the handle to an error, so that it is not lost with it.
func naming(err error, row ledger.Row) error {
	var e *nexconn.Error
	if !errors.As(err, &e) || strings.Contains(e.Message, row.TaskID()) {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("%s (task %s)", e.Message, row.TaskID())
	return &named
}

// OnRecord is the caller's row of a handle as last seen; a job that isn't on
// record is asked after once.
func (s *Service) OnRecord(ctx context.Context, taskID string) (ledger.Row, error) {
	row, _, err := s.in().tasks.find(ctx, taskID)
	return row, err
}

// AsSeen is the caller's row of a handle as it stands on record; a job that
// isn't there is taken for running.
func (s *Service) AsSeen(ctx context.Context, taskID string) (ledger.Row, error) {
	return s.in().tasks.asSeen(ctx, taskID)
}

// List is a page of the caller's tasks, newest first.
func (s *Service) List(ctx context.Context, f ledger.Filter) (rows []ledger.Row, next string, warning string, err error) {
	p, c := s.in(), caller.From(ctx)
	if away := p.record.book().State(ctx); away != nil {
		if c.Hosted {
			return nil, "", "", noLedger("list_tasks", away)
		}
		warning = "The ledger can't be reached: only jobs that this process holds are sure to be listed. Run `nexconn-mcp doctor`."
	} else {
		p.record.markAbandoned(ctx)
	}
	f.Caller = c.ID
	page, err := p.record.book().List(ctx, f)
	switch {
	case errors.Is(err, ledger.ErrCursor):
		err = &nexconn.Error{Code: nexconn.InvalidArgument, Field: "cursor", Message: "cursor is not one that list_tasks gave",
			Advice: "Take it from next_cursor, or leave it out to begin with the newest."}
	case err != nil && (c.Hosted || ctx.Err() != nil):
		err = noLedger("list_tasks", err)
	case err != nil:
		err = nil // which the warning says
	}
	return page.Rows, page.Next, warning, err
}

// Usage sums what the caller spent in a period.
func (s *Service) Usage(ctx context.Context, since time.Time, by string) (rows []ledger.Sum, total ledger.Sum, warning string, err error) {
	book, c := s.in().record.book(), caller.From(ctx)
	u, err := book.Usage(ctx, c.ID, ledger.Period{From: since}, by)
	away := book.State(ctx)
	switch {
	case err != nil && (away == nil || c.Hosted || ctx.Err() != nil):
		return nil, total, "", noLedger("get_usage", err)
	case away != nil && c.Hosted:
		return nil, total, "", noLedger("get_usage", away)
	case away != nil:
		warning = "The ledger can't be reached: only calls that this process holds are sure to be counted. Run `nexconn-mcp doctor`."
	}
	return u.Rows, u.Total, warning, nil
}
