package outputs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Link is where a person can open an output, and when that ends: a link to the
// copy that is kept, else the service's own; empty where there is neither.
func (o *Outputs) Link(ctx context.Context, row ledger.Row, n int) (string, time.Time) {
	out := row.Outputs[n]
	if out.URI != "" && o.Links != nil {
		if link, ends := o.Links.To(ctx, out.URI); link != "" {
			return link, ends
		}
	}
	return out.URL, out.ExpiresAt
}

// URI is the address of an output as an MCP resource.
func URI(row ledger.Row, n int) string {
	return fmt.Sprintf("nexconn://outputs/%s/%d", row.TaskID(), n)
}

// Open reads a kept output: its bytes, their number and type.
func (o *Outputs) Open(ctx context.Context, row ledger.Row, n int) (io.ReadCloser, int64, string, error) {
	if n < 0 || n >= len(row.Outputs) {
		return nil, 0, "", NoOutput(row, n)
	}
	out := row.Outputs[n]
	switch {
	case out.URI != "" && o.Store != nil:
		r, size, mime, err := openKept(ctx, o.Store, o.Fallback, out.URI)
		if err == nil || out.URL == "" && !Exists(out.Path) {
			return r, size, mime, err
		}
	case Exists(out.Path) && (!caller.From(ctx).HTTP || out.URL == ""):
		f, err := os.Open(out.Path)
		if err != nil {
			return nil, 0, "", err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, 0, "", errors.Join(err, f.Close())
		}
		return f, info.Size(), out.MIMEType, nil
	}
	if out.URL == "" {
		return nil, 0, "", gone(row, n)
	}
	return nil, 0, "", &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("output %d of %s is not kept here", n, row.TaskID()),
		Advice: "Use its url, or call save_outputs first."}
}

// Source is output n of a job as an input of another.
func (o *Outputs) Source(ctx context.Context, row ledger.Row, n int) (media.Output, error) {
	if n >= len(row.Outputs) {
		return media.Output{}, NoOutput(row, n)
	}
	out := row.Outputs[n]
	in := media.Output{URL: out.URL, MIME: out.MIMEType, ExpiresAt: out.ExpiresAt}
	if out.URI != "" && o.Links != nil {
		in.Public = func() string { return o.Links.Public(ctx, out.URI) }
	}
	if Exists(out.Path) || out.URI != "" {
		ctx = context.WithoutCancel(ctx) // it is read when it is sent, which the caller needn't wait for
		in.Open = func() (io.ReadCloser, int64, error) {
			r, size, _, err := o.Open(ctx, row, n)
			return r, size, err
		}
	}
	if in.Open == nil && in.URL == "" {
		return media.Output{}, gone(row, n)
	}
	return in, nil
}

// gone is what is left of an output that came without a link and whose file is
// gone.
func gone(row ledger.Row, n int) error {
	return &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("the file of output %d of %s is no longer where it was put", n, row.TaskID()),
		Advice: "It came without a link, so it can't be fetched again. Ask the user where the file is and give its path."}
}

// NoOutput says why a task has no output n.
func NoOutput(row ledger.Row, n int) error {
	e := &nexconn.Error{Code: nexconn.NotFound, Message: fmt.Sprintf("task %s has no output %d", row.TaskID(), n)}
	switch {
	case !row.Status.Done():
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("task %s is still %s and has no outputs yet", row.TaskID(), row.PublicStatus())
		e.Advice = "Wait for it with query_task and wait_seconds 45."
	case row.Status == nexconn.Unknown:
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("nobody can tell what became of task %s: no whole answer to its create came", row.TaskID())
		e.Advice = "It may have been accepted and billed; don't just call again. Tell the user; the service's console shows what was billed."
	case row.Status != nexconn.Succeeded:
		e.Code = nexconn.InvalidArgument
		e.Message = fmt.Sprintf("task %s is %s and made nothing", row.TaskID(), row.PublicStatus())
		if row.Failure != nil {
			e.Message += ": " + row.Failure.Message
		}
		e.Advice = "Only a succeeded task has outputs; query_task tells what happened to this one."
	case len(row.Outputs) > 0:
		e.Advice = fmt.Sprintf("It has %d; they are counted from 0.", len(row.Outputs))
	}
	return e
}
