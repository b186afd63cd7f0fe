package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// OutputLink is a link to a kept output: the store's own, else the service's.
func (s *Service) OutputLink(ctx context.Context, row ledger.Row, n int) string {
	out := row.Outputs[n]
	if out.URI != "" {
		if link, err := s.Saver.Store.Link(ctx, out.URI, max(s.Saver.LinkFor, time.Hour)); err == nil && link != "" {
			return link
		}
		return fmt.Sprintf("nexconn://outputs/%s/%d", row.TaskID(), n)
	}
	return out.URL
}

// OpenOutput reads a kept output.
func (s *Service) OpenOutput(ctx context.Context, taskID string, n int) (io.ReadCloser, int64, string, error) {
	row, _, err := s.find(ctx, taskID)
	if err != nil {
		return nil, 0, "", err
	}
	if n < 0 || n >= len(row.Outputs) {
		return nil, 0, "", noOutput(row, n)
	}
	out := row.Outputs[n]
	switch {
	case out.URI != "" && s.Saver.Store != nil:
		return s.Saver.Store.Open(ctx, out.URI)
	case exists(out.Path) && !CallerFrom(ctx).HTTP:
		f, err := os.Open(out.Path)
		if err != nil {
			return nil, 0, "", err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, 0, "", errors.Join(err, f.Close())
		}
		return f, info.Size(), out.MIME, nil
	}
	if out.URL == "" {
		return nil, 0, "", goneOutput(row, n)
	}
	return nil, 0, "", &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("output %d of %s is not kept here", n, row.TaskID()),
		Advice: "Use its url, or call save_outputs first."}
}

// goneOutput is what is left of an output that came without a link and whose
// file is gone.
func goneOutput(row ledger.Row, n int) error {
	return &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("the file of output %d of %s is no longer where it was put", n, row.TaskID()),
		Advice: "It came without a link, so it can't be fetched again. Ask the user where the file is and give its path."}
}

func noOutput(row ledger.Row, n int) error {
	e := &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("task %s has no output %d", row.TaskID(), n)}
	switch {
	case !row.Status.Done():
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("task %s is still %s and has no outputs yet", row.TaskID(), publicStatus(row))
		e.Advice = "Wait for it with query_task and wait_seconds 45."
	case row.Status == nexconn.Unknown:
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("nobody can tell what became of task %s: no whole answer to its create came", row.TaskID())
		e.Advice = "It may have been accepted and billed; don't just call again. Tell the user; the service's console shows what was billed."
	case row.Status != nexconn.Succeeded:
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("task %s is %s and made nothing", row.TaskID(), publicStatus(row))
		if row.Failure != nil {
			e.Message += ": " + row.Failure.Message
		}
		e.Advice = "Only a succeeded task has outputs; query_task tells what happened to this one."
	case len(row.Outputs) > 0:
		e.Advice = fmt.Sprintf("It has %d; they are counted from 0.", len(row.Outputs))
	}
	return e
}

// Input is output n of a task as an input of the next: how jobs chain.
func (s *Service) Input(ctx context.Context, taskID string, n int) (media.Output, error) {
	o, err := s.Query(ctx, Asked{TaskID: taskID, Start: time.Now()})
	if err != nil {
		return media.Output{}, err
	}
	return s.asInput(ctx, o.Row, n)
}

// inputAsSeen is Input without asking the service: where the job may still be
// running, or isn't on record, its name stands for the output.
func (s *Service) inputAsSeen(ctx context.Context, taskID string, n int) (media.Output, error) {
	row, err := s.AsSeen(ctx, taskID)
	if err != nil {
		return media.Output{}, err
	}
	if !row.Status.Done() {
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
	return s.asInput(ctx, row, n)
}

// AsSeen is the caller's row of a handle as it stands on record; a job that
// isn't there is taken for running.
func (s *Service) AsSeen(ctx context.Context, taskID string) (ledger.Row, error) {
	c := CallerFrom(ctx)
	m, id, err := s.handle(taskID)
	if err != nil {
		return ledger.Row{}, err
	}
	row, err := s.look(ctx, c.ID, taskID)
	switch {
	case err == nil && row.Task:
		return row, s.foreign(row.UpstreamID)
	case c.Hosted || strings.HasPrefix(id, "local-"):
		return ledger.Row{}, notOnRecord(taskID)
	}
	return ledger.Row{Model: m.ID, Kind: string(m.Kind), UpstreamID: id, Status: nexconn.Running}, s.foreign(id)
}

// asInput is output n of a job as an input.
func (s *Service) asInput(ctx context.Context, row ledger.Row, n int) (media.Output, error) {
	if n >= len(row.Outputs) {
		return media.Output{}, noOutput(row, n)
	}
	out := row.Outputs[n]
	taskID := row.TaskID()
	in := media.Output{URL: out.URL, MIME: out.MIME, ExpiresAt: out.ExpiresAt}
	if exists(out.Path) || out.URI != "" {
		in.Open = func() (io.ReadCloser, int64, error) {
			r, size, _, err := s.OpenOutput(ctx, taskID, n)
			return r, size, err
		}
	}
	if in.Open == nil && in.URL == "" {
		return media.Output{}, goneOutput(row, n)
	}
	return in, nil
}

// KeepText keeps an answer that is too long for a result, whole.
func (s *Service) KeepText(ctx context.Context, row ledger.Row, name string, text []byte) (ledger.Output, error) {
	c := CallerFrom(ctx)
	if c.HTTP && s.Saver.NoStore != "" {
		return ledger.Output{}, errors.New(s.Saver.NoStore)
	}
	role, _, _ := strings.Cut(name, ".")
	told := func(row ledger.Row, i int) ledger.Output {
		if c.HTTP {
			return ledger.Output{URI: fmt.Sprintf("nexconn://outputs/%s/%d", row.TaskID(), i)}
		}
		return row.Outputs[i]
	}
	// An answer that is given again is kept already.
	for i, out := range row.Outputs {
		if out.Role == role && out.Bytes == int64(len(text)) && (out.URI != "" || exists(out.Path)) {
			return told(row, i), nil
		}
	}
	saved, err := s.Saver.put(ctx, c, s.name(c, row, 0, ""), text, textType(name))
	if err != nil {
		return ledger.Output{}, err
	}
	row = s.change(ctx, row, func(r *ledger.Row) {
		r.Task = true
		r.Outputs = append(r.Outputs, placed(c, ledger.Output{Role: role}, saved))
	})
	return told(row, len(row.Outputs)-1), nil
}

func textType(name string) string {
	if strings.HasSuffix(name, ".json") {
		return "application/json"
	}
	return "text/plain"
}
