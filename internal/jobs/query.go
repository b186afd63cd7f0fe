package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Query is what a caller wants to know of a job.
type Query struct {
	TaskID string
	// Save says that the outputs of a finished job are to be downloaded.
	Save bool
	// Wait is how long the caller waits for the end, counted from Start.
	Start time.Time
	Wait  time.Duration
	// Progress, which may be nil, hears how the job gets on.
	Progress Progress
}

// Query asks the service how a job stands, waits for its end if asked to, and
// saves what came. A handle says by itself which endpoint to ask, so a job that
// isn't on record is asked after and adopted.
func (s *Service) Query(ctx context.Context, q Query) (Result, error) {
	return noted(s.in().queries.query(ctx, q))
}

// queries answer how a job stands.
type queries struct {
	tasks   *tasks
	keys    *keys
	pollers *pollers
	waiter  *waiter
	saver   *saver
}

func (q *queries) query(ctx context.Context, a Query) (Result, error) {
	if a.Start.IsZero() {
		a.Start = time.Now()
	}
	w := work{Order: order.Order{Options: order.Options{Save: a.Save, Start: a.Start, Wait: a.Wait, Progress: a.Progress}}}
	row, asked, err := q.tasks.find(ctx, a.TaskID)
	if err != nil {
		return Result{}, err
	}
	if asked || row.Status.Done() || row.UpstreamID == "" {
		return q.finish(ctx, row, w)
	}
	client, err := q.keys.client(caller.From(ctx))
	if err != nil {
		return Result{Row: row}, err
	}
	m, err := q.tasks.model(row)
	if err != nil {
		return Result{Row: row}, err
	}
	// Somebody's poller has the news, and whoever waits hears them.
	waits := time.Now().Before(w.Until())
	if waits && q.pollers.has(row) {
		return q.finish(ctx, row, w)
	}
	got, err := q.pollers.askOnce(ctx, client, m, row)
	var e *nexconn.Error
	switch {
	case err == nil:
		return q.finish(ctx, got, w)
	case !waits || !errors.As(err, &e) || !passing(e):
		return Result{Row: row}, naming(err, row)
	}
	// The poller asks again while the caller waits; if it has no better luck,
	// the error stands.
	out, laterErr := q.finish(ctx, row, w)
	if laterErr == nil && out.Row.UpdatedAt.Equal(row.UpdatedAt) {
		return Result{Row: row}, naming(err, row)
	}
	return out, laterErr
}

// finish waits for a row's end as long as the caller does, then saves.
func (q *queries) finish(ctx context.Context, row ledger.Row, w work) (Result, error) {
	out := Result{Row: row, Warnings: w.Warnings}
	m, err := q.tasks.model(row)
	if err != nil {
		return out, err
	}
	w.Model = m
	switch {
	case row.Status.Done():
	case row.UpstreamID == "":
		row, err = q.waiter.local(ctx, row, w)
	case time.Now().Before(w.Until()):
		client, clientErr := q.keys.client(caller.From(ctx))
		if clientErr != nil {
			return out, clientErr
		}
		row, err = q.pollers.follow(ctx, client, m, row, w.Until(), w.Progress)
	}
	if err != nil {
		return Result{Row: row}, naming(err, row)
	}
	if row.Status == nexconn.Succeeded && w.Save {
		var warnings []string
		row, warnings = q.saver.saveFor(ctx, row, w)
		out.Warnings = append(out.Warnings, warnings...)
	}
	out.Row = row
	return out, nil
}

// source is the job that a remix starts from: as the ledger has it, else as
// the service tells. Without a key a handle alone is all there is to go by.
func (q *queries) source(ctx context.Context, taskID string, dry bool) (ledger.Row, error) {
	if dry {
		return q.tasks.asSeen(ctx, taskID)
	}
	o, err := q.query(ctx, Query{TaskID: taskID})
	var e *nexconn.Error
	if errors.As(err, &e) && e.Code == nexconn.NotConfigured && !caller.From(ctx).Hosted {
		if m, id, bad := q.tasks.handle(taskID); bad == nil && !strings.HasPrefix(id, "local-") {
			return ledger.Row{Model: m.ID, Kind: string(m.Kind), UpstreamID: id, Status: nexconn.Succeeded}, nil
		}
	}
	return o.Row, err
}

// input is output n of a task as an input of the next: how jobs chain.
func (q *queries) input(ctx context.Context, taskID string, n int) (media.Output, error) {
	o, err := q.query(ctx, Query{TaskID: taskID})
	if err != nil {
		return media.Output{}, err
	}
	return q.saver.outputs.Source(ctx, o.Row, n)
}

// inputAsSeen is input without asking the service: where the job may still be
// running, or isn't on record, its name stands for the output.
func (q *queries) inputAsSeen(ctx context.Context, taskID string, n int) (media.Output, error) {
	row, err := q.tasks.asSeen(ctx, taskID)
	if err != nil {
		return media.Output{}, err
	}
	if row.Status.Done() {
		return q.saver.outputs.Source(ctx, row, n)
	}
	out := media.Output{URL: fmt.Sprintf("%s#%d", taskID, n), ExpiresAt: time.Now().Add(time.Hour),
		Note: fmt.Sprintf("Whether %s#%d can be used is seen when the call is made; a dry run asks nobody.", taskID, n)}
	switch catalog.Kind(row.Kind) {
	case catalog.Image:
		out.MIME = "image/png"
	case catalog.Video:
		out.MIME = "video/mp4"
	}
	return out, nil
}

// follow asks after a job until it ends or ctx does, and calls changed when its
// state is another.
func (q *queries) follow(ctx context.Context, taskID string, changed func()) {
	row, _, err := q.tasks.find(ctx, taskID)
	if err != nil || row.Status.Done() {
		return
	}
	if row.UpstreamID == "" {
		if row, err = q.waiter.local(ctx, row, work{Order: order.Order{Options: order.Options{Start: time.Now(), Wait: followFor}}}); err != nil {
			return
		}
		if changed(); row.Status.Done() || row.UpstreamID == "" {
			return
		}
	}
	client, err := q.keys.client(caller.From(ctx))
	if err != nil {
		return
	}
	m, err := q.tasks.model(row)
	if err != nil {
		return
	}
	status := string(row.PublicStatus())
	_, err = q.pollers.follow(ctx, client, m, row, time.Now().Add(followFor), func(_ float64, now string) {
		if now != status {
			status = now
			changed()
		}
	})
	if err == nil {
		changed()
	}
}

// followFor is how long a subscription keeps asking.
const followFor = 2 * time.Hour

// Follow asks after a job until it ends or ctx does, and calls changed when its
// state is another, whoever found that out: this process, or another of the same
// record. What goes wrong in asking is for those who ask.
func (s *Service) Follow(ctx context.Context, taskID string, changed func()) {
	s.in().queries.follow(ctx, taskID, changed)
}
