package nexconn

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"
)

const filesPath = "/v1/files"

// FileRequest asks the service to fetch a file for Gemini (a "qfile"), from
// exactly one source. Schemas CreateFileRequest and KodoSource.
type FileRequest struct {
	// Model is one of the family that will read the file; empty means
	// gemini-3.1-pro-preview.
	Model     string
	SourceURL string
	Kodo      *Kodo
	// ExpiresIn is in seconds, LeastExpiry to MostExpiry; the service's default
	// is 172800.
	ExpiresIn int
}

// A file is kept for so many seconds. vidu-images-files.md.
const (
	LeastExpiry = 3600
	MostExpiry  = 604800
)

// Kodo names an object in Qiniu's storage. Schema KodoSource.
type Kodo struct {
	Bucket string `json:"bucket" jsonschema:"required"`
	Key    string `json:"key" jsonschema:"required"`
}

// File is a qfile as the service tells of it. Schemas File and FileResponse.
type File struct {
	ID string
	// Status is pending, uploading, ready, failed or expired.
	Status                         string
	Model, Name, MIME              string
	Bytes                          int64
	CreatedAt, SyncedAt, ExpiresAt time.Time
	Failure                        *Failure
	RequestID                      string
}

// FileList is one page of the user's files. Schema FileListResponse.
type FileList struct {
	Files   []File
	HasMore bool
	// LastID is what to give as after to get the next page.
	LastID string
}

// FileCall makes the request that has a file fetched. All faults are told at
// once; whether the model reads uploaded files is its Chat.Inputs' to say.
func FileCall(r FileRequest) (Call, error) {
	body := createFileRequest{Model: cmp.Or(r.Model, "gemini-3.1-pro-preview"), SourceURL: r.SourceURL, KodoSource: r.Kodo, ExpiresIn: r.ExpiresIn}
	var faults []error
	refuse := func(field, format string, args ...any) { faults = append(faults, argument(field, format, args...)) }
	switch u, err := url.Parse(r.SourceURL); {
	case (r.SourceURL == "") == (r.Kodo == nil):
		refuse("source_url", "give exactly one source: source_url or kodo")
	case r.Kodo != nil && (r.Kodo.Bucket == "" || r.Kodo.Key == ""):
		refuse("kodo", "kodo needs a bucket and a key")
	case r.Kodo == nil && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		refuse("source_url", "source_url is a public http:// or https:// address")
	}
	if r.ExpiresIn != 0 && (r.ExpiresIn < LeastExpiry || r.ExpiresIn > MostExpiry) {
		refuse("expires_in_seconds", "expires_in_seconds is %d (an hour) to %d (a week), not %d", LeastExpiry, MostExpiry, r.ExpiresIn)
	}
	if err := errors.Join(faults...); err != nil {
		return Call{}, err
	}
	doc, err := newInliner().body(body)
	if err != nil {
		return Call{}, err
	}
	return Call{Op: "create file", Method: "POST", Path: filesPath, Body: doc}, nil
}

// CreateFile has the service fetch a file. It is sent once; Unsure errors are
// as of Create.
func (c *Client) CreateFile(ctx context.Context, r FileRequest) (*File, error) {
	call, failed := FileCall(r)
	if failed != nil {
		return nil, failed
	}
	var file *File
	if err := once(ctx, func() *Error {
		a, err := c.ask(ctx, call, c.answerTimeout(), plainLimit)
		if err == nil {
			file, err = readFile(a)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return file, nil
}

// File asks how one file stands.
func (c *Client) File(ctx context.Context, id string) (*File, error) {
	segment, bad := idSegment("file_id", id)
	if bad != nil {
		return nil, bad
	}
	var file *File
	if err := c.freely(ctx, func(ctx context.Context) *Error {
		a, err := c.ask(ctx, Call{Op: "query file", Method: "GET", Path: filesPath + "/" + segment}, c.answerTimeout(), plainLimit)
		if err == nil {
			file, err = readFile(a)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return file, nil
}

func readFile(a *answer) (*File, *Error) {
	if !a.ok() {
		return nil, a.refusal()
	}
	var wire fileResponse
	if err := json.Unmarshal(a.body, &wire); err != nil || wire.ID == "" {
		return nil, a.unread(cmp.Or(err, errors.New("no id")))
	}
	file := wire.file()
	file.RequestID = requestID(a.header)
	return &file, nil
}

// Files lists the files of the key, newest first. A limit of 0 leaves the page
// size to the service; after is the LastID of the page before; status, where
// given, is the one to list.
func (c *Client) Files(ctx context.Context, limit int, after, status string) (*FileList, error) {
	query := url.Values{}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if after != "" {
		query.Set("after", after)
	}
	if status != "" {
		query.Set("status", status)
	}
	call := Call{Op: "list files", Method: "GET", Path: filesPath}
	if len(query) > 0 {
		call.Path += "?" + query.Encode()
	}
	var wire fileListResponse
	if err := c.read(ctx, call, &wire); err != nil {
		return nil, err
	}
	list := &FileList{HasMore: wire.HasMore, LastID: wire.LastID}
	for _, f := range wire.Data {
		list.Files = append(list.Files, f.file())
	}
	if n := len(list.Files); list.LastID == "" && n > 0 {
		list.LastID = list.Files[n-1].ID
	}
	return list, nil
}

// DeleteFile deletes a file. It is sent once.
func (c *Client) DeleteFile(ctx context.Context, id string) (deleted bool, err error) {
	segment, bad := idSegment("file_id", id)
	if bad != nil {
		return false, bad
	}
	failed := once(ctx, func() *Error {
		a, err := c.ask(ctx, Call{Op: "delete file", Method: "DELETE", Path: filesPath + "/" + segment}, c.answerTimeout(), plainLimit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusal()
		}
		// A plain 204 says as much as the schema's answer.
		wire := fileDeleteResponse{Deleted: len(a.body) == 0}
		if len(a.body) > 0 && json.Unmarshal(a.body, &wire) != nil {
			return a.unread(nil)
		}
		deleted = wire.Deleted
		return nil
	})
	if failed != nil {
		return false, failed
	}
	return deleted, nil
}

const modelsPath = "/v1/models"

// Models are the ids of the models that the service has today. It needs no key.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	var wire struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := c.read(ctx, Call{Op: "list models", Method: "GET", Path: modelsPath}, &wire); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(wire.Data))
	for _, m := range wire.Data {
		ids = append(ids, m.ID)
	}
	return ids, nil
}

// read asks for something that is there, again if need be.
func (c *Client) read(ctx context.Context, call Call, into any) error {
	err := c.freely(ctx, func(ctx context.Context) *Error {
		a, err := c.ask(ctx, call, c.answerTimeout(), plainLimit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusal()
		}
		if err := json.Unmarshal(a.body, into); err != nil {
			return a.unread(err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return nil
}
