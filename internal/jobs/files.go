package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// filePoll is how often a file that is being copied is asked after.
const filePoll = 3 * time.Second

// Upload asks the service to fetch a file and waits until it is ready, at most
// until a time. The same key and arguments give the same file. Once the service
// took it, it is answered as it is last known, with a warning where asking after
// it fails.
func (s *Service) Upload(ctx context.Context, r nexconn.FileRequest, args map[string]any, key string, until time.Time, seen Seen) (*nexconn.File, []string, error) {
	c := CallerFrom(ctx)
	client, err := s.client(c)
	if err != nil {
		return nil, nil, err
	}
	book, bookErr := s.ledger(ctx)
	switch {
	case bookErr != nil && key != "":
		return nil, nil, noLedger("upload_file with idempotency_key", bookErr)
	case bookErr != nil && c.Hosted:
		return nil, nil, noLedger("upload_file", bookErr)
	}
	encoded, _ := json.Marshal(args)
	place := ledger.FileRow{Caller: c.ID, Key: key, ArgsHash: sum("upload_file", string(encoded)), CreatedAt: time.Now().UTC()}
	if key != "" {
		have, existing, err := s.reserveFile(ctx, book, place)
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
			file, err := s.awaitFile(ctx, client, recordedFile(have), until, seen)
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
	s.detach(ctx, func(ctx context.Context) {
		file, err := client.CreateFile(ctx, r)
		switch {
		case err == nil:
			place.ID = file.ID
			place.Doc, _ = json.Marshal(file)
			if _, _, err := book.PutFile(ctx, place); err != nil {
				s.log().Error("a file could not be put on record", "file_id", file.ID, "error", err)
			}
		case key != "":
			var e *nexconn.Error
			if !errors.As(err, &e) || e.Unsure {
				s.lostUploads.Store(uploadKey(place), true)
			} else {
				if err := book.FreeFileKey(ctx, c.ID, key); err != nil {
					s.log().Error("a key could not be freed", "error", err)
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
		return lastKnown(s.awaitFile(ctx, client, a.file, until, seen))
	}
}

// uploadAnswer is how long an upload may be under way that somebody else sent:
// the service's time to answer and a little more.
const uploadAnswer = 65 * time.Second

// reserveFile reserves the key of an upload. One that is being answered just
// now is waited for, so that both calls answer the same file.
func (s *Service) reserveFile(ctx context.Context, book ledger.Ledger, place ledger.FileRow) (have ledger.FileRow, existing bool, err error) {
	until := time.Now().Add(s.WaitCap())
	tick := time.NewTicker(joinEvery)
	defer tick.Stop()
	for {
		have, existing, err = book.PutFile(ctx, place)
		_, lost := s.lostUploads.Load(uploadKey(place))
		under := !lost && existing && have.ID == "" && have.ArgsHash == place.ArgsHash && time.Since(have.CreatedAt) < uploadAnswer
		if err != nil || !under || time.Now().After(until) {
			return have, existing, err
		}
		select {
		case <-ctx.Done():
			return have, existing, ctx.Err()
		case <-s.stop():
			return have, existing, nil
		case <-tick.C:
		}
	}
}

func uploadKey(f ledger.FileRow) string { return sum(f.Caller, f.Key) }

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

// awaitFile asks after a file until it is done or the time is up; with an error
// it gives the file as last known.
func (s *Service) awaitFile(ctx context.Context, client *nexconn.Client, file *nexconn.File, until time.Time, seen Seen) (*nexconn.File, error) {
	started := time.Now()
	cancelled := &nexconn.Error{Code: nexconn.Cancelled, Message: fmt.Sprintf("the call was cancelled; the file is %s", file.ID)}
	for {
		now, err := client.File(ctx, file.ID)
		if ctx.Err() != nil {
			return file, cancelled
		}
		if err != nil {
			return file, err
		}
		file = now
		left := time.Until(until)
		if fileDone(file) || left <= 0 {
			return file, nil
		}
		if seen != nil {
			seen(fraction(ledger.Row{CreatedAt: started}, 10*s.scale()), file.Status)
		}
		select {
		case <-ctx.Done():
			return file, cancelled
		case <-s.stop():
			return file, nil
		case <-time.After(min(left, time.Duration(float64(filePoll)*s.scale()))):
		}
	}
}

// File asks after one file of the caller.
func (s *Service) File(ctx context.Context, id string) (*nexconn.File, error) {
	client, err := s.fileClient(ctx, id)
	if err != nil {
		return nil, err
	}
	return client.File(ctx, id)
}

// DropFile deletes one file of the caller.
func (s *Service) DropFile(ctx context.Context, id string) (bool, error) {
	client, err := s.fileClient(ctx, id)
	if err != nil {
		return false, err
	}
	deleted, err := client.DeleteFile(ctx, id)
	if err != nil {
		return false, err
	}
	book, _ := s.ledger(ctx)
	if err := book.DropFile(ctx, CallerFrom(ctx).ID, id); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		s.log().Warn("a deleted file stays on record", "file_id", id, "error", err)
	}
	return deleted, nil
}

// fileClient is the client for a file, once it is sure that the file is the
// caller's: where the server holds the key, only the record can tell.
func (s *Service) fileClient(ctx context.Context, id string) (*nexconn.Client, error) {
	c := CallerFrom(ctx)
	if c.Hosted {
		book, bookErr := s.ledger(ctx)
		if bookErr != nil {
			return nil, noLedger("a file", bookErr)
		}
		if _, err := book.File(ctx, c.ID, id); err != nil {
			return nil, &nexconn.Error{Code: nexconn.NotFound, Field: "file_id", Message: fmt.Sprintf("no file %q is on record", head(id, 80)),
				Advice: "list_files shows the files on record."}
		}
	}
	return s.client(c)
}

// Files lists files: the service's list, or where the server holds the key,
// the caller's own from the record.
func (s *Service) Files(ctx context.Context, limit int, after, status string) ([]nexconn.File, string, error) {
	c := CallerFrom(ctx)
	client, err := s.client(c)
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
	book, bookErr := s.ledger(ctx)
	if bookErr != nil {
		return nil, "", noLedger("list_files", bookErr)
	}
	rows, err := book.Files(ctx, c.ID)
	if err != nil {
		return nil, "", noLedger("list_files", err)
	}
	return s.recorded(ctx, client, rows, limit, after, status)
}

// recorded asks the service after the files on record, newest first.
func (s *Service) recorded(ctx context.Context, client *nexconn.Client, rows []ledger.FileRow, limit int, after, status string) ([]nexconn.File, string, error) {
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
