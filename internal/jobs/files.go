package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// filePoll is how often a file that is being copied is asked after.
const filePoll = 3 * time.Second

// Files are the files that callers uploaded.
type Files struct {
	record   *record
	keys     *keys
	clock    *clock
	detached *detached
	models   func() catalog.Set
	most     time.Duration
	// inputs gives links to what is kept here.
	inputs media.Inputs
	log    *slog.Logger
	// lost are the keys of uploads that never got an answer here.
	lost sync.Map
}

// Upload asks the service to fetch a file and waits until it is ready, at most
// until a time. The same key and arguments give the same file. Once the service
// took it, it is answered as it is last known, with a warning where asking after
// it fails.
func (f *Files) Upload(ctx context.Context, r nexconn.FileRequest, args map[string]any, key string, until time.Time, seen Progress) (*nexconn.File, []string, error) {
	c := caller.From(ctx)
	client, err := f.keys.client(c)
	if err != nil {
		return nil, nil, err
	}
	book := f.record.book()
	if c.Hosted {
		// Whose the file is stands nowhere else.
		if err := book.State(ctx); err != nil {
			return nil, nil, noLedger("upload_file", err)
		}
	}
	if err := ledger.CheckKey(key); err != nil {
		return nil, nil, keyUnfit(err)
	}
	encoded, _ := json.Marshal(args)
	place := ledger.FileRow{Caller: c.ID, Key: key, ArgsHash: order.Sum("upload_file", string(encoded)), CreatedAt: time.Now().UTC()}
	if key != "" {
		have, existing, err := f.reserve(ctx, place)
		switch {
		case errors.Is(err, ledger.ErrKeyTaken), existing && have.ArgsHash != place.ArgsHash:
			return nil, nil, keyTaken(key)
		case err != nil && ctx.Err() != nil:
			return nil, nil, &nexconn.Error{Code: nexconn.Cancelled, Message: "the call was cancelled"}
		case err != nil:
			return nil, nil, noLedger("upload_file with idempotency_key", err)
		case existing && have.ID == "":
			return nil, nil, &nexconn.Error{Code: nexconn.SubmissionUnknown,
				Message: "an upload with this idempotency_key was sent and its answer never came",
				Advice:  "list_files shows whether it arrived; use a new key to send it again."}
		case existing:
			file, err := f.await(ctx, client, recordedFile(have), until, seen)
			if nexconn.CodeOf(err) == nexconn.NotFound && err != nil {
				return nil, nil, err // it was deleted since
			}
			return lastKnown(file, err)
		}
	}
	type answer struct {
		file *nexconn.File
		err  error
	}
	answered := make(chan answer, 1)
	f.detached.run(ctx, func(ctx context.Context) {
		file, err := client.CreateFile(ctx, r)
		switch {
		case err == nil:
			place.ID = file.ID
			place.Doc, _ = json.Marshal(file)
			if _, _, err := book.Files().Put(ctx, place); err != nil {
				f.log.Error("a file could not be put on record", "file_id", file.ID, "error", err)
			}
		case key != "":
			var e *nexconn.Error
			if !errors.As(err, &e) || e.Unsure {
				f.lost.Store(uploadKey(place), true)
			} else {
				if err := book.Files().FreeKey(ctx, c.ID, key); err != nil {
					f.log.Error("a key could not be freed", "error", err)
				}
			}
		}
		answered <- answer{file, err}
	})
	select {
	case <-ctx.Done():
		return nil, nil, &nexconn.Error{Code: nexconn.Cancelled, Message: "the call was cancelled; the upload may go on, list_files shows it"}
	case a := <-answered:
		if a.err != nil {
			return nil, nil, unsureFile(a.err)
		}
		if fileDone(a.file) || !time.Now().Before(until) {
			return a.file, nil, nil
		}
		return lastKnown(f.await(ctx, client, a.file, until, seen))
	}
}

// uploadAnswer is how long an upload may be under way that somebody else sent:
// the service's time to answer and a little more.
const uploadAnswer = 65 * time.Second

// reserve reserves the key of an upload. One that is being answered just
// now is waited for, so that both calls answer the same file.
func (f *Files) reserve(ctx context.Context, place ledger.FileRow) (have ledger.FileRow, existing bool, err error) {
	why := f.clock.await(ctx, wait{Every: lookEvery, Until: time.Now().Add(f.most), Done: func() bool {
		have, existing, err = f.record.book().Files().Put(ctx, place)
		_, lost := f.lost.Load(uploadKey(place))
		under := !lost && existing && have.ID == "" && have.ArgsHash == place.ArgsHash && time.Since(have.CreatedAt) < uploadAnswer
		return err != nil || !under
	}})
	if why == callerGone {
		err = ctx.Err()
	}
	return have, existing, err
}

func uploadKey(f ledger.FileRow) string { return order.Sum(f.Caller, f.Key) }

func unsureFile(err error) error {
	var e *nexconn.Error
	if errors.As(err, &e) && e.Unsure {
		return &nexconn.Error{Code: nexconn.SubmissionUnknown, Message: "no whole answer came: " + e.Message, Status: e.Status,
			RequestID: e.RequestID, Cause: e, Advice: "The upload may have been accepted: look at list_files before sending it again."}
	}
	return err
}

func fileDone(f *nexconn.File) bool {
	return f.Status == "ready" || f.Status == "failed" || f.Status == "expired"
}

// recordedFile is a file as the record has it.
func recordedFile(row ledger.FileRow) *nexconn.File {
	file := &nexconn.File{}
	if json.Unmarshal(row.Doc, file) != nil || file.ID != row.ID {
		file = &nexconn.File{ID: row.ID, Status: "pending"}
	}
	return file
}

// lastKnown is a file that the service took, with a warning where it could not
// be asked after: an error would not tell its id, and would have it uploaded
// again.
func lastKnown(file *nexconn.File, err error) (*nexconn.File, []string, error) {
	var e *nexconn.Error
	switch {
	case err == nil:
		return file, nil, nil
	case !errors.As(err, &e) || e.Code == nexconn.Cancelled:
		return nil, nil, err
	}
	return file, []string{"The upload was taken, but how it stands could not be asked: " + e.Message + ". This is the file as last known; don't upload it again."}, nil
}

// await asks after a file until it is done or the time is up; with an error
// it gives the file as last known.
func (f *Files) await(ctx context.Context, client *nexconn.Client, file *nexconn.File, until time.Time, seen Progress) (*nexconn.File, error) {
	started := time.Now()
	var failed error
	why := f.clock.await(ctx, wait{Every: time.Duration(float64(filePoll) * f.clock.factor()), Until: until,
		Tick: func() {
			if seen != nil {
				seen(fraction(ledger.Row{CreatedAt: started}, 10*f.clock.factor()), file.Status)
			}
		},
		Done: func() bool {
			now, err := client.File(ctx, file.ID)
			if err != nil {
				failed = err
				return true
			}
			file = now
			return fileDone(file)
		}})
	if why == callerGone || ctx.Err() != nil {
		return file, &nexconn.Error{Code: nexconn.Cancelled, Message: fmt.Sprintf("the call was cancelled; the file is %s", file.ID)}
	}
	return file, failed
}

// Get asks after one file of the caller.
func (f *Files) Get(ctx context.Context, id string) (*nexconn.File, error) {
	client, err := f.client(ctx, id)
	if err != nil {
		return nil, err
	}
	return client.File(ctx, id)
}

// Delete deletes one file of the caller.
func (f *Files) Delete(ctx context.Context, id string) (bool, error) {
	client, err := f.client(ctx, id)
	if err != nil {
		return false, err
	}
	deleted, err := client.DeleteFile(ctx, id)
	if err != nil {
		return false, err
	}
	if err := f.record.book().Files().Drop(ctx, caller.From(ctx).ID, id); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		f.log.Warn("a deleted file stays on record", "file_id", id, "error", err)
	}
	return deleted, nil
}

// client is the client for a file, once it is sure that the file is the
// caller's: where the server holds the key, only the record can tell.
func (f *Files) client(ctx context.Context, id string) (*nexconn.Client, error) {
	c := caller.From(ctx)
	if c.Hosted {
		_, err := f.record.book().Files().Get(ctx, c.ID, id)
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return nil, noLedger("a file", err)
		}
		if err != nil {
			return nil, &nexconn.Error{Code: nexconn.NotFound, Field: "file_id", Message: fmt.Sprintf("no file %q is on record", head(id, 80)),
				Advice: "list_files shows the files on record."}
		}
	}
	return f.keys.client(c)
}

// List lists files: the service's list, or where the server holds the key,
// the caller's own from the record.
func (f *Files) List(ctx context.Context, limit int, after, status string) ([]nexconn.File, string, error) {
	c := caller.From(ctx)
	client, err := f.keys.client(c)
	if err != nil {
		return nil, "", err
	}
	if !c.Hosted {
		page, err := client.Files(ctx, limit, after, status)
		if err != nil {
			return nil, "", err
		}
		next := ""
		if page.HasMore {
			next = page.LastID
		}
		return page.Files, next, nil
	}
	rows, err := f.record.book().Files().List(ctx, c.ID, "", 10_000)
	if err != nil {
		return nil, "", noLedger("list_files", err)
	}
	return f.recorded(ctx, client, rows, limit, after, status)
}

// recorded asks the service after the files on record, newest first.
func (f *Files) recorded(ctx context.Context, client *nexconn.Client, rows []ledger.FileRow, limit int, after, status string) ([]nexconn.File, string, error) {
	if limit <= 0 {
		limit = 20
	}
	var files []nexconn.File
	skip := after != ""
	for i, row := range rows {
		if skip {
			skip = row.ID != after
			continue
		}
		if row.ID == "" {
			continue
		}
		file, err := client.File(ctx, row.ID)
		if nexconn.CodeOf(err) == nexconn.NotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if status != "" && file.Status != status {
			continue
		}
		files = append(files, *file)
		if len(files) == limit && i < len(rows)-1 {
			return files, row.ID, nil
		}
	}
	return files, "", nil
}

// Check tells all that is wrong with an upload. A source that is kept here, an
// output or an upload, becomes a link by which the service can fetch it.
func (f *Files) Check(ctx context.Context, r *nexconn.FileRequest, refused order.Faults) error {
	faults := refused
	if media.IsReference(r.SourceURL) {
		got, _, err := f.inputs.Take(ctx, "source_url", r.SourceURL, catalog.Media{Form: catalog.URLOnly})
		if err != nil {
			faults.AddErr("source_url", err)
			return faults.Err()
		}
		r.SourceURL = got.Ref
	}
	given := *r
	if r.Kodo == nil && refused.Explain("kodo") {
		given.Kodo = &nexconn.Kodo{} // which was given
	}
	_, err := nexconn.FileCall(given)
	faults.AddBuild(refused, err)
	if f.models().Lacks(r.Model, "qfile") && !refused.Has("model") {
		faults.Add(nexconn.Unsupported, "model", order.ReadsNone(f.models(), r.Model))
	}
	return faults.Err()
}
