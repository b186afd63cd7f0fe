package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Asked is what a caller wants of a query.
type Asked struct {
	TaskID string
	Save   bool
	Start  time.Time
	Wait   time.Duration
	Seen   Seen
}

// Query asks the service how a job stands, waits for its end if asked to, and
// saves what came. A handle says by itself which endpoint to ask, so a job that
// isn't on record is asked after and adopted.
func (s *Service) Query(ctx context.Context, a Asked) (Outcome, error) {
	w := Work{Save: a.Save, Start: a.Start, Wait: a.Wait, Seen: a.Seen}
	row, asked, err := s.find(ctx, a.TaskID)
	if err != nil {
		return Outcome{}, err
	}
	if asked || row.Status.Done() || row.UpstreamID == "" {
		return s.finish(ctx, row, w)
	}
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		return Outcome{Row: row}, err
	}
	m, err := s.modelOf(row)
	if err != nil {
		return Outcome{Row: row}, err
	}
	// Somebody's poller has the news, and whoever waits hears them.
	waits := time.Now().Before(w.until())
	if waits && s.watched(row) {
		return s.finish(ctx, row, w)
	}
	got, err := s.askOnce(ctx, client, m, row)
	var e *nexconn.Error
	switch {
	case err == nil:
		return s.finish(ctx, got, w)
	case !waits || !errors.As(err, &e) || !passing(e):
		return Outcome{Row: row}, naming(err, row)
	}
	// The poller asks again while the caller waits; if it has no better luck,
	// the error stands.
	out, laterErr := s.finish(ctx, row, w)
	if laterErr == nil && out.Row.UpdatedAt.Equal(row.UpdatedAt) {
		return Outcome{Row: row}, naming(err, row)
	}
	return out, laterErr
}

// finish waits for a row's end as long as the caller does, then saves.
func (s *Service) finish(ctx context.Context, row ledger.Row, w Work) (Outcome, error) {
	out := Outcome{Row: row, Warnings: w.Warnings}
	m, err := s.modelOf(row)
	if err != nil {
		return out, err
	}
	w.Model = m
	switch {
	case row.Status.Done():
	case row.UpstreamID == "":
		row, err = s.awaitLocal(ctx, row, w)
	case time.Now().Before(w.until()):
		client, clientErr := s.client(CallerFrom(ctx))
		if clientErr != nil {
			return out, clientErr
		}
		row, err = s.follow(ctx, client, m, row, w.until(), w.Seen)
	}
	if err != nil {
		return Outcome{Row: row}, naming(err, row)
	}
	if row.Status == nexconn.Succeeded && w.Save {
		var warnings []string
		row, warnings = s.saveFor(ctx, row, w)
		out.Warnings = append(out.Warnings, warnings...)
	}
	out.Row = row
	return out, nil
}

// awaitLocal waits for work that has no upstream id: it is answered in this
// process, or another process of the same ledger answers it.
func (s *Service) awaitLocal(ctx context.Context, row ledger.Row, w Work) (ledger.Row, error) {
	if run := s.running.get(row.ID); run != nil {
		return s.joinAgain(ctx, run, row, w)
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		s.reap(ctx)
		got, err := s.look(ctx, row.Caller, row.ID)
		if err != nil {
			return row, err
		}
		if got.Status.Done() || got.UpstreamID != "" || !time.Now().Before(w.until()) {
			return got, nil
		}
		w.tell(got)
		select {
		case <-ctx.Done():
			return got, cancelled(got)
		case <-s.stop():
			return got, nil
		case <-tick.C:
		}
	}
}

func (s *Service) joinAgain(ctx context.Context, run *run, row ledger.Row, w Work) (ledger.Row, error) {
	end := time.NewTimer(time.Until(w.until()))
	defer end.Stop()
	tick := time.NewTicker(s.tick())
	defer tick.Stop()
	for {
		select {
		case <-run.done:
			// A refused create is this row's end, told as a failed job.
			return run.row, nil
		case <-ctx.Done():
			return row, cancelled(row)
		case <-end.C:
			return row, nil
		case <-s.stop():
			return row, nil
		case <-tick.C:
			w.tell(row)
		}
	}
}

func (s *Service) reap(ctx context.Context) {
	book, _ := s.ledger(ctx)
	if n, err := book.Reap(ctx); err != nil {
		s.log().Warn("the ledger could not look for jobs of processes that are gone", "error", err)
	} else if n > 0 {
		s.log().Warn("jobs of a process that is gone are unknown now", "jobs", n)
	}
}

// find is the caller's row of a handle, from the ledger or adopted; asked says
// that the service was asked after it just now.
func (s *Service) find(ctx context.Context, taskID string) (row ledger.Row, asked bool, err error) {
	c := CallerFrom(ctx)
	book, bookErr := s.ledger(ctx)
	if bookErr == nil {
		s.reap(ctx)
	}
	row, err = s.look(ctx, c.ID, taskID)
	if err == nil && row.Task {
		return row, false, s.foreign(row.UpstreamID)
	}
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		if ctx.Err() != nil {
			return row, false, cancelled(ledger.Row{})
		}
		// A handle says by itself whom to ask, except where only the record
		// tells whose it is.
		if c.Hosted || strings.Contains(taskID, ":local-") {
			return row, false, noLedger("looking up a task", err)
		}
		s.log().Error("the ledger could not be read", "error", err)
	}
	m, id, err := s.handle(taskID)
	if err == nil {
		err = s.foreign(id)
	}
	if err != nil {
		return row, false, err
	}
	if c.Hosted || strings.HasPrefix(id, "local-") {
		return row, false, notOnRecord(taskID)
	}
	now := time.Now().UTC()
	row = ledger.Row{Caller: c.ID, Tool: "query_task", Task: true, Kind: string(m.Kind), Model: m.ID,
		UpstreamID: id, Status: nexconn.Running, CreatedAt: now, UpdatedAt: now, SubmittedAt: now}
	client, err := s.client(c)
	if err != nil {
		return row, false, err
	}
	// Only a job the service knows is taken on record.
	job, err := client.Query(ctx, m, id)
	if err != nil {
		return row, false, naming(err, row)
	}
	if !job.CreatedAt.IsZero() {
		row.CreatedAt = job.CreatedAt
	}
	apply(&row, job)
	s.settle(&row, m)
	if bookErr != nil {
		adopted, err := s.spare.adopt(ctx, row)
		return adopted, true, err
	}
	adopted, err := book.Adopt(ctx, row)
	if err != nil {
		s.log().Error("a job made elsewhere could not be put on record", "task_id", taskID, "error", err)
		adopted, err = s.spare.adopt(ctx, row)
	}
	if err != nil {
		return row, false, noLedger("a task", err)
	}
	return adopted, true, nil
}

// OnRecord is the caller's row of a handle as last seen; a job that isn't on
// record is asked after once.
func (s *Service) OnRecord(ctx context.Context, taskID string) (ledger.Row, error) {
	row, _, err := s.find(ctx, taskID)
	return row, err
}

// handle takes a task id apart: the model tells which endpoint to ask, and
// where a model makes pictures and clips, the id's prefix tells which.
func (s *Service) handle(taskID string) (catalog.Model, string, error) {
	at := strings.LastIndex(taskID, ":")
	if at <= 0 || at == len(taskID)-1 {
		return catalog.Model{}, "", &nexconn.Error{Code: nexconn.InvalidArgument, Field: "task_id",
			Message: fmt.Sprintf("%q is not a task_id; one looks like kling-v3:qvideo-u42-1766000000000000009", head(taskID, 80)),
			Advice:  "Take it from the answer of the call that made the job, or from list_tasks."}
	}
	model, id := taskID[:at], taskID[at+1:]
	video, films := s.Models.Find(catalog.Video, model)
	image, draws := s.Models.Find(catalog.Image, model)
	switch {
	case films && draws && strings.HasPrefix(id, "image-"):
		return image, id, nil
	case films && draws && !strings.HasPrefix(id, "local-"):
		return video, id, nil
	case films:
		return video, id, nil
	case draws:
		return image, id, nil
	}
	if chat, ok := s.Models.ForChat(model); ok || strings.HasPrefix(id, "local-") {
		return chat, id, nil
	}
	return catalog.Model{}, "", &nexconn.Error{Code: nexconn.UnknownModel, Field: "task_id",
		Message: fmt.Sprintf("%q names no image or video model that makes tasks", head(model, 80)),
		Advice:  "A task_id is MODEL:UPSTREAM_ID; list_tasks shows the ones on record."}
}

// foreign refuses a job of the sandbox to the real service, which would not
// know it.
func (s *Service) foreign(id string) error {
	if s.Sandbox || !strings.Contains(id, sandboxUser) {
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

func (s *Service) modelOf(row ledger.Row) (catalog.Model, error) {
	kind := catalog.Kind(row.Kind)
	if m, ok := s.Models.Find(kind, row.Model); ok {
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

// List is a page of the caller's tasks, newest first.
func (s *Service) List(ctx context.Context, f ledger.Filter) (rows []ledger.Row, next string, warning string, err error) {
	book, bookErr := s.ledger(ctx)
	c := CallerFrom(ctx)
	if bookErr != nil {
		if c.Hosted {
			return nil, "", "", noLedger("list_tasks", bookErr)
		}
		warning = "The ledger can't be opened: only this process's jobs are listed. Run `nexconn-mcp doctor`."
	} else {
		s.reap(ctx)
	}
	f.Caller = c.ID
	rows, next, err = book.List(ctx, f)
	if err == nil && bookErr == nil && !s.spare.empty() {
		var held []ledger.Row
		var more string
		if held, more, err = s.spare.open().List(ctx, f); err == nil {
			rows, next = ledger.Merge(f, rows, held, next+more != "")
		}
	}
	switch {
	case errors.Is(err, ledger.ErrCursor):
		err = &nexconn.Error{Code: nexconn.InvalidArgument, Field: "cursor", Message: "cursor is not one that list_tasks gave",
			Advice: "Take it from next_cursor, or leave it out to begin with the newest."}
	case err != nil:
		err = noLedger("list_tasks", err)
	}
	return rows, next, warning, err
}

// Usage sums what the caller spent in a period.
func (s *Service) Usage(ctx context.Context, since time.Time, by string) (rows []ledger.Sum, total ledger.Sum, warning string, err error) {
	book, bookErr := s.ledger(ctx)
	c := CallerFrom(ctx)
	if bookErr != nil {
		if c.Hosted {
			return nil, total, "", noLedger("get_usage", bookErr)
		}
		warning = "The ledger can't be opened: only this process's calls are counted. Run `nexconn-mcp doctor`."
	}
	if rows, total, err = book.Usage(ctx, c.ID, since, by); err != nil {
		return rows, total, warning, noLedger("get_usage", err)
	}
	if bookErr == nil {
		held, all := s.spare.usage(ctx, c.ID, since, by)
		total = total.Plus(all)
		for _, sum := range held {
			i := slices.IndexFunc(rows, func(r ledger.Sum) bool { return r.Key == sum.Key })
			if i < 0 {
				rows = append(rows, sum)
			} else {
				rows[i] = rows[i].Plus(sum)
			}
		}
	}
	return rows, total, warning, nil
}
