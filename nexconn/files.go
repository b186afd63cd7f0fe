package nexconn

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
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
	// Warnings tell of what could not be read.
	Warnings []string
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
	doc, err := newEncoder().body(body)
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
	if err := sendOnce(ctx, func() *Error {
		a, err := (sender{c}).ask(ctx, call, limitsOf(c).answer, plainLimit)
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
	if err := retryQuery(ctx, c, func(ctx context.Context) *Error {
		a, err := (sender{c}).ask(ctx, Call{Op: "query file", Method: "GET", Path: filesPath + "/" + segment}, limitsOf(c).answer, plainLimit)
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
	n, err := parse(a.body)
	file := readFileNode(n.one())
	for _, w := range wrappers {
		if in := n.one().at(w).one(); file.ID == "" && in.isObject() {
			file = readFileNode(in)
		}
	}
	if file.ID == "" {
		return nil, a.unread(cmp.Or(err, errors.New("no id")))
	}
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
	n, err := list(ctx, c, call, "data", "files")
	if err != nil {
		return nil, err
	}
	// FileListResponse, newest first.
	more, _ := n.at("has_more").v.(bool)
	list := &FileList{HasMore: more || strings.EqualFold(n.at("has_more").text(), "true"), LastID: n.at("last_id").text()}
	for _, item := range n.at("data", "files").items() {
		if f := readFileNode(item); f.ID != "" {
			list.Files = append(list.Files, f)
		} else if !item.empty() {
			list.Warnings = append(list.Warnings, "A file in the service's list can't be read and is left out.")
		}
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
	failed := sendOnce(ctx, func() *Error {
		a, failed := (sender{c}).ask(ctx, Call{Op: "delete file", Method: "DELETE", Path: filesPath + "/" + segment}, limitsOf(c).answer, plainLimit)
		if failed != nil {
			return failed
		}
		if !a.ok() {
			return a.refusal()
		}
		// A plain 204 says as much as the schema's answer.
		if len(trimMark(a.body)) == 0 {
			deleted = true
			return nil
		}
		n, err := parse(a.body) // FileDeleteResponse
		if n = n.one(); !n.isObject() {
			return a.unread(err)
		}
		deleted = strings.EqualFold(n.at("deleted").text(), "true") || n.at("deleted").v == true || n.at("data").at("deleted").v == true
		return nil
	})
	if failed != nil {
		return false, failed
	}
	return deleted, nil
}

const modelsPath = "/v1/models"

// ModelIDs are the ids of the models that the service has today. It needs no key.
func (c *Client) ModelIDs(ctx context.Context) ([]string, error) {
	n, err := list(ctx, c, Call{Op: "list models", Method: "GET", Path: modelsPath}, "data", "models")
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, m := range n.at("data", "models").items() {
		if id := cmp.Or(m.at("id", "model", "name").text(), m.text()); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// list asks for a list that is there, again if need be. A list that comes alone
// is put under the first of its names.
func list(ctx context.Context, c *Client, call Call, names ...string) (n node, err error) {
	failed := retryQuery(ctx, c, func(ctx context.Context) *Error {
		a, err := (sender{c}).ask(ctx, call, limitsOf(c).answer, plainLimit)
		if err != nil {
			return err
		}
		if !a.ok() {
			return a.refusal()
		}
		var broken error
		if n, broken = parse(a.body); n.isList() {
			n = node{map[string]any{names[0]: n.v}}
		}
		if inner := n.at("data"); inner.isObject() && !inner.at(names...).empty() {
			n = inner
		}
		if !n.isObject() || !slices.ContainsFunc(names, n.given) {
			return a.unread(cmp.Or(broken, errNoList))
		}
		return nil
	})
	if failed != nil {
		return n, failed
	}
	return n, nil
}

var errNoList = errors.New("the answer holds no list")
