package outputs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Fetched is what came of a job's download.
type Fetched struct {
	Row      ledger.Row
	Warnings []string
	// Err is what kept the last output that was not saved.
	Err error
}

// Fetching is a download under way.
type Fetching struct {
	outputs *Outputs
	id      string
	done    chan struct{}
	result  Fetched
}

// Done is closed when the download has ended.
func (f *Fetching) Done() <-chan struct{} { return f.done }

// Result is what came of it, once it is done.
func (f *Fetching) Result() Fetched { return f.result }

// Progress is how far the output is that is being fetched, from 0 to 1.
func (f *Fetching) Progress() float64 {
	far, _ := f.outputs.progress.Load(f.id)
	part, _ := far.(float64)
	return part
}

// Missing are the outputs of a row that have a link and no copy.
func (o *Outputs) Missing(ctx context.Context, row ledger.Row) []int {
	var list []int
	for i, out := range row.Outputs {
		if out.URL != "" && !Kept(ctx, out) {
			list = append(list, i)
		}
	}
	return list
}

// Kept says that there is a copy of an output that the caller can have.
func Kept(ctx context.Context, out ledger.Output) bool {
	if caller.From(ctx).HTTP && out.URI != "" {
		return true
	}
	return Exists(out.Path)
}

// Fetch downloads what is missing of a job. Whoever asks while that goes on
// gets what comes of it; who goes away does not stop it. Place is where the
// files go, the zero Place where outputs usually do.
func (o *Outputs) Fetch(ctx context.Context, row ledger.Row, at Place) *Fetching {
	f := &Fetching{outputs: o, id: row.ID, done: make(chan struct{})}
	coming := o.saves.DoChan(row.ID, func() (any, error) {
		ended := make(chan Fetched, 1)
		o.Background(func() {
			defer o.progress.Delete(row.ID)
			ended <- o.download(context.WithoutCancel(ctx), row, at)
		})
		return <-ended, nil
	})
	go func() {
		f.result = (<-coming).Val.(Fetched)
		close(f.done)
	}()
	return f
}

// download saves what is missing of a job, output by output. A link that has
// died is asked for again, once.
func (o *Outputs) download(ctx context.Context, row ledger.Row, at Place) (got Fetched) {
	o.sweepParts()
	row = o.Record.Current(ctx, row)
	renewed := false
	for _, i := range o.Missing(ctx, row) {
		saved, err := o.fetchOne(ctx, row, i, at)
		if nexconn.CodeOf(err) == nexconn.NotFound && err != nil && row.UpstreamID != "" && !renewed {
			renewed = true
			if fresh, failed := o.Record.Renew(ctx, row); failed == nil && i < len(fresh.Outputs) {
				again := fresh.Outputs[i].URL != row.Outputs[i].URL
				row = fresh
				switch {
				case Kept(ctx, row.Outputs[i]): // it came as bytes this time
					continue
				case again:
					saved, err = o.fetchOne(ctx, row, i, at)
				}
			}
		}
		if err != nil {
			o.log().Warn("an output could not be saved", "task_id", row.TaskID(), "output", i, "error", err)
			got.Warnings = append(got.Warnings, fmt.Sprintf("Output %d could not be saved: %s The link is left.", i, sentence(err)))
			got.Err = err
			continue
		}
		row = o.Record.Change(ctx, row, func(r *ledger.Row) {
			if i < len(r.Outputs) {
				r.Outputs[i] = placed(ctx, r.Outputs[i], saved)
			}
		})
	}
	got.Row = row
	return got
}

func (o *Outputs) fetchOne(ctx context.Context, row ledger.Row, i int, at Place) (media.Saved, error) {
	out := row.Outputs[i]
	if o.Store == nil || o.Down == nil {
		return media.Saved{}, nexconn.Errorf(nexconn.NotConfigured, "there is no place to save to")
	}
	return o.Store.Fetch(ctx, o.Down, out.URL, at.name(ctx, row, i), out.MIMEType, func(done, total int64) {
		if total > 0 {
			o.progress.Store(row.ID, float64(done)/float64(total))
		}
	})
}

// CanFetch says whether a result's link is of a kind that is ever fetched.
func (o *Outputs) CanFetch(link string) bool { return o.Down != nil && o.Down.Fetches(link) }

// partAge is how long a file that did not become whole is left alone: another
// process may still be filling it.
const partAge = time.Hour

// sweepParts drops what crashes left where outputs go, once a process.
func (o *Outputs) sweepParts() {
	folder, ok := o.Store.(media.Folder)
	if !ok {
		return
	}
	o.swept.Do(func() {
		o.Background(func() {
			ctx, stop := context.WithTimeout(context.Background(), time.Minute)
			defer stop()
			if _, err := folder.SweepParts(ctx, partAge); err != nil && !errors.Is(err, os.ErrNotExist) {
				o.log().Warn("what an earlier crash left could not be cleared away", "error", err)
			}
		})
	})
}

// Place is where a caller wants outputs: a directory inside the output folder,
// and a file name without its ending, which follows from the content. Empty is
// the usual place and name.
type Place struct{ Directory, FileName string }

func (p Place) isZero() bool { return p == Place{} }

// name is the name in the store of output n.
func (p Place) name(ctx context.Context, row ledger.Row, n int) string {
	usual := name(ctx, row, n)
	if p.FileName != "" {
		usual = path.Join(path.Dir(usual), numbered(withoutExtension(p.FileName), n))
	}
	return path.Join(p.Directory, usual)
}
