// Package outputs keeps what jobs made: it downloads links, stores bytes that
// came inside an answer, and gives both again. There is one store, a folder or a
// bucket; over stdio it is the user's output folder, over HTTP the artifact
// store.
package outputs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Outputs keeps what jobs made. Fill the fields before the first call.
type Outputs struct {
	// Store is where outputs go.
	Store media.Store
	// Fallback is where bytes that were paid for go if Store can't be written; a
	// Root of nothing means nowhere.
	Fallback media.Folder
	// NoStore says why results without a link can't be kept over HTTP, empty
	// where they can.
	NoStore string
	Down    *media.Downloader
	// Links are the links to what the store keeps; nil over stdio.
	Links *Links
	// Record is where outputs are on record.
	Record Record
	// Background runs work that goes on although its caller went away.
	Background func(func())
	Log        *slog.Logger

	saves    singleflight.Group // by row id: one download of a job at a time
	progress sync.Map           // how far each download is, from 0 to 1, by row id
	swept    sync.Once
}

// Record is the ledger as this room needs it.
type Record interface {
	// Change applies do to a row and gives the row as it is then.
	Change(ctx context.Context, row ledger.Row, do func(*ledger.Row)) ledger.Row
	// Current is a row as it stands on record.
	Current(ctx context.Context, row ledger.Row) ledger.Row
	// Renew asks the service for fresh links of a finished job.
	Renew(ctx context.Context, row ledger.Row) (ledger.Row, error)
}

// Check says why a result that comes as bytes would be lost, before it is paid
// for.
func (o *Outputs) Check(ctx context.Context, m catalog.Model) error {
	if caller.From(ctx).HTTP && o.NoStore != "" {
		return &nexconn.Error{Code: nexconn.NotConfigured, Message: m.ID + " answers with bytes instead of a link, and " + o.NoStore,
			Advice: "Ask the operator to set NEXCONN_ARTIFACTS, or use a model that answers with links."}
	}
	folder, ok := o.Store.(media.Folder)
	if !ok {
		return nil
	}
	if err := writable(folder.Root); err != nil {
		return &nexconn.Error{Code: nexconn.NotConfigured, Cause: err,
			Message: fmt.Sprintf("%s answers with bytes instead of a link, and the output folder can't be written: %v", m.ID, err),
			Advice:  "Let this user write there or set NEXCONN_OUTPUT_DIR to another folder, or use a model that answers with links. Nothing was sent."}
	}
	return nil
}

// writable makes a file in a folder and takes it away again.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".nexconn-*.part")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Keep takes what a job made as the record has it: links with their expiry,
// and bytes as files. from is the index of the first of them in the row. What
// can't be kept is told.
func (o *Outputs) Keep(ctx context.Context, row ledger.Row, from int, made []nexconn.Output) (kept []ledger.Output, warnings []string) {
	for i, out := range made {
		n := from + i
		kind := ledger.Output{MIMEType: out.MIMEType, Role: out.Role, Seconds: out.Seconds, Width: out.Width, Height: out.Height}
		data := out.Data
		if len(data) == 0 && media.IsDataURL(out.URL) {
			decoded, err := media.DecodeDataURL(out.URL)
			if err != nil {
				warnings = append(warnings, fmt.Sprintf("Output %d came as a data: link that can't be read (%v) and is left out.", n, err))
				continue
			}
			data = decoded.Bytes
			kind.MIMEType = decoded.MIME
		}
		if len(data) > 0 && n < len(row.Outputs) && Kept(ctx, row.Outputs[n]) {
			kept = append(kept, row.Outputs[n]) // the same answer again
			continue
		}
		if len(data) == 0 && out.URL == "" {
			warnings = append(warnings, fmt.Sprintf("Output %d came empty and is left out.", n))
			continue
		}
		if len(data) == 0 {
			kind.URL, kind.ExpiresAt = out.URL, out.ExpiresAt
			if kind.ExpiresAt.IsZero() {
				kind.ExpiresAt = time.Now().UTC().Add(nexconn.LinkLife)
			}
			kept = append(kept, kind)
			continue
		}
		saved, note, err := o.put(ctx, name(ctx, row, n), data, kind.MIMEType)
		if err != nil {
			o.log().Error("an output could not be kept", "task_id", row.TaskID(), "error", err)
			warnings = append(warnings, fmt.Sprintf("Output %d was made but could not be kept: %v", n, err))
			continue
		}
		if note != "" {
			warnings = append(warnings, note)
		}
		kept = append(kept, placed(ctx, kind, saved))
	}
	return kept, warnings
}

// put keeps bytes in the store, or in the fallback folder: what came for money
// is not lost because a folder can't be written. A note says that it was so.
func (o *Outputs) put(ctx context.Context, name string, data []byte, mime string) (saved media.Saved, note string, err error) {
	if caller.From(ctx).HTTP && o.NoStore != "" {
		return saved, "", errors.New(o.NoStore)
	}
	if o.Store == nil {
		err = errors.New("there is no output folder")
	} else if saved, err = o.Store.Put(ctx, name, bytes.NewReader(data), mime); err == nil {
		return saved, "", nil
	}
	if o.Fallback.Root == "" || nexconn.CodeOf(err) == nexconn.UpstreamError {
		return saved, "", err
	}
	kept, failed := o.Fallback.Put(ctx, name, bytes.NewReader(data), mime)
	if failed != nil {
		return saved, "", err
	}
	return kept, fmt.Sprintf("The output folder can't be written (%s), so the output was kept in the state folder.", strings.TrimSuffix(sentence(err), ".")), nil
}

// placed is an output with where it lies.
func placed(ctx context.Context, out ledger.Output, saved media.Saved) ledger.Output {
	out.Bytes = saved.Bytes
	if saved.MIME != "" {
		out.MIMEType = saved.MIME
	}
	if saved.Width > 0 {
		out.Width, out.Height = saved.Width, saved.Height
	}
	if saved.Seconds > 0 {
		out.Seconds = saved.Seconds
	}
	if caller.From(ctx).HTTP && saved.Name != "" {
		out.URI = saved.Name
	} else {
		out.Path = saved.Path
	}
	return out
}

// name is what output n of a row is called: model, time and prompt; over HTTP in
// the caller's own corner of the store.
func name(ctx context.Context, row ledger.Row, n int) string {
	c := caller.From(ctx)
	prompt := row.PromptHead
	if c.HTTP {
		prompt = ""
	}
	named := numbered(media.Name(row.Model, row.CreatedAt.Local(), prompt), n)
	if c.HTTP {
		return path.Join(c.ID, row.ID, named)
	}
	return named
}

func numbered(name string, n int) string {
	if n > 0 {
		return fmt.Sprintf("%s-%d", name, n+1)
	}
	return name
}

func sentence(err error) string {
	text := err.Error()
	var e *nexconn.Error
	if errors.As(err, &e) {
		text = e.Message
	}
	return strings.TrimSuffix(text, ".") + "."
}

func (o *Outputs) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Exists says that a file is there.
func Exists(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
