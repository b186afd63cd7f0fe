package nexconn

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFileCall(t *testing.T) {
	call, err := FileCall(FileRequest{SourceURL: "http://ex.am/a.mp4", ExpiresIn: 3600})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(object1(t, `{"model":"gemini-3.1-pro-preview","source_url":"http://ex.am/a.mp4","expires_in":3600}`), sent(t, call)); diff != "" {
		t.Error(diff)
	}
	call, err = FileCall(FileRequest{Model: "gemini-2.5-pro", Kodo: &Kodo{Bucket: "b", Key: "k"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(object1(t, `{"model":"gemini-2.5-pro","kodo_source":{"bucket":"b","key":"k"}}`), sent(t, call)); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]struct {
		r    FileRequest
		code Code
	}{
		"no source":      {FileRequest{}, InvalidArgument},
		"two sources":    {FileRequest{SourceURL: "https://ex.am/a", Kodo: &Kodo{Bucket: "b", Key: "k"}}, InvalidArgument},
		"half a kodo":    {FileRequest{Kodo: &Kodo{Bucket: "b"}}, InvalidArgument},
		"a path":         {FileRequest{SourceURL: "/home/me/a.mp4"}, InvalidArgument},
		"another scheme": {FileRequest{SourceURL: "ftp://ex.am/a"}, InvalidArgument},
		"too short":      {FileRequest{SourceURL: "https://ex.am/a", ExpiresIn: 3599}, InvalidArgument},
		"too long":       {FileRequest{SourceURL: "https://ex.am/a", ExpiresIn: 604801}, InvalidArgument},
	} {
		if _, err := FileCall(bad.r); CodeOf(err) != bad.code || err == nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, model := range []string{"gemini-2.5-flash-image", "gemini-9"} {
		if _, err := FileCall(FileRequest{SourceURL: "https://ex.am/a", Model: model}); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
	_, err = FileCall(FileRequest{SourceURL: "x", ExpiresIn: 5})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("two faults: got %#v", err)
	}
}

func TestFiles(t *testing.T) {
	answers := map[string]string{
		"POST /v1/files":        `{"id":"qfile-1","object":"file","status":"pending","model":"gemini-3.1-pro-preview","created_at":1770727746,"expires_at":1770900546}`,
		"GET /v1/files/qfile-1": `{"id":"qfile-1","status":"failed","file_name":"a.mp4","content_type":"video/mp4","file_size":5,"synced_at":1770727800,"error":{"code":"file_adapter_sync_failed","message":"Failed to download","type":"invalid_request_error","param":"source_url"}}`,
		"GET /v1/files?after=qfile-2&limit=2&status=ready": `{"object":"list","data":[{"id":"qfile-1","status":"ready"},{"id":"qfile-0","status":"expired","error":null}],"has_more":true,"last_id":"qfile-0"}`,
		"GET /v1/files":            `{"data":[{"id":"qfile-9"}]}`,
		"DELETE /v1/files/qfile-1": `{"id":"qfile-1","object":"file.deleted","deleted":true}`,
		"DELETE /v1/files/gone":    ``,
	}
	c := trip(func(r *http.Request) (*http.Response, error) {
		body, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			t.Errorf("unexpected %s %s", r.Method, r.URL.RequestURI())
			return nil, io.EOF
		}
		return says(200, "application/json", strings.NewReader(body)), nil
	}).client()
	ctx := t.Context()
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }

	created, err := c.CreateFile(ctx, FileRequest{SourceURL: "https://ex.am/a.mp4"})
	check(t, err, &File{ID: "qfile-1", Status: "pending", Model: "gemini-3.1-pro-preview", CreatedAt: at(1770727746), ExpiresAt: at(1770900546), RequestID: "r-1"}, created)
	one, err := c.File(ctx, "qfile-1")
	check(t, err, &File{ID: "qfile-1", Status: "failed", Name: "a.mp4", MIME: "video/mp4", Bytes: 5, SyncedAt: at(1770727800), RequestID: "r-1",
		Failure: &Failure{Code: InvalidArgument, Message: "Failed to download", UpstreamCode: "file_adapter_sync_failed"}}, one)
	page, err := c.Files(ctx, 2, "qfile-2", "ready")
	check(t, err, &FileList{Files: []File{{ID: "qfile-1", Status: "ready"}, {ID: "qfile-0", Status: "expired"}}, HasMore: true, LastID: "qfile-0"}, page)
	all, err := c.Files(ctx, 0, "", "")
	check(t, err, &FileList{Files: []File{{ID: "qfile-9"}}, LastID: "qfile-9"}, all)
	deleted, err := c.DeleteFile(ctx, "qfile-1")
	check(t, err, true, deleted)
	deleted, err = c.DeleteFile(ctx, "gone")
	check(t, err, true, deleted)
	for _, id := range []string{"", ".", "..", "a/b", "../models", "a%2Fb", "a?b", "a#0", "a b", "a\n"} {
		if _, err := c.File(ctx, id); CodeOf(err) != InvalidArgument {
			t.Errorf("%q: got %v", id, err)
		}
		if _, err := c.DeleteFile(ctx, id); CodeOf(err) != InvalidArgument {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func check[T any](t *testing.T, err error, want, got T) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestModels(t *testing.T) {
	c := trip(func(*http.Request) (*http.Response, error) {
		return says(200, "application/json", strings.NewReader(`{"object":"list","data":[{"id":"a","owned_by":"x"},{"id":"b/c"}]}`)), nil
	}).client()
	got, err := c.ModelIDs(t.Context())
	check(t, err, []string{"a", "b/c"}, got)
}
