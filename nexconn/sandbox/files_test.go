package sandbox

import (
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestFileLife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		create := func(source string) file {
			return into[file](t, send(t, s, "POST", "/v1/files", `{"model":"gemini-2.5-pro","source_url":"`+source+`","expires_in":3600}`), 200)
		}
		get := func(id string) file { return into[file](t, send(t, s, "GET", "/v1/files/"+id, ""), 200) }
		made := create("https://example.org/film.mp4?x=1")
		if made.Status != "pending" || made.Object != "file" || !regexp.MustCompile(`^qfile-sandbox-\d{19}-[0-9a-f]{6}$`).MatchString(made.ID) || made.ExpiresAt != made.CreatedAt+3600 || made.FileName != "" {
			t.Errorf("made: %+v", made)
		}
		var seen []string
		for range 80 {
			if f := get(made.ID); !slices.Contains(seen, f.Status) {
				seen = append(seen, f.Status)
			}
			later(50 * time.Millisecond)
		}
		if want := []string{"pending", "uploading", "ready"}; !slices.Equal(seen, want) {
			t.Errorf("went through %v, want %v", seen, want)
		}
		if f := get(made.ID); f.FileName != "film.mp4" || f.ContentType != "video/mp4" || f.FileSize == 0 || f.SyncedAt < made.CreatedAt {
			t.Errorf("ready: %+v", f)
		}
		for _, source := range []string{"https://example.org/a.mp4?%5B%5Bfail:other%5D%5D", "https://nowhere.invalid/a.mp4"} {
			failed := create(source)
			later(3 * time.Second)
			if f := get(failed.ID); f.Status != "failed" || f.Error == nil || f.Error.Code != "file_adapter_sync_failed" {
				t.Errorf("%s: %+v", source, f)
			}
		}
		later(time.Hour)
		if f := get(made.ID); f.Status != "expired" {
			t.Errorf("after its life: %+v", f)
		}
	})
}

func TestFileList(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{})
		list := func(query string) fileList { return into[fileList](t, send(t, s, "GET", "/v1/files"+query, ""), 200) }
		if empty := list(""); empty.Data == nil || empty.HasMore {
			t.Errorf("empty: %+v", empty)
		}
		var ids []string // newest first
		for range 5 {
			f := into[file](t, send(t, s, "POST", "/v1/files", `{"model":"gemini-2.5-pro","source_url":"https://example.org/a.mp4"}`), 200)
			ids = slices.Insert(ids, 0, f.ID)
			later(time.Second)
		}
		later(3 * time.Second)
		var got []string
		for query := "?limit=2"; ; {
			page := list(query)
			for _, f := range page.Data {
				got = append(got, f.ID)
			}
			if page.FirstID != page.Data[0].ID || page.LastID != page.Data[len(page.Data)-1].ID {
				t.Errorf("page %+v", page)
			}
			if !page.HasMore {
				break
			}
			query = "?limit=2&after=" + page.LastID
		}
		if !slices.Equal(got, ids) {
			t.Errorf("listed %v, want %v", got, ids)
		}
		if n := len(list("?status=ready").Data); n != 5 {
			t.Errorf("%d ready, want 5", n)
		}
		if n := len(list("?status=failed").Data); n != 0 {
			t.Errorf("%d failed, want 0", n)
		}
		into[any](t, send(t, s, "GET", "/v1/files?limit=x", ""), 400)

		gone := into[map[string]any](t, send(t, s, "DELETE", "/v1/files/"+ids[0], ""), 200)
		if gone["deleted"] != true || gone["id"] != ids[0] {
			t.Errorf("deleted: %v", gone)
		}
		into[any](t, send(t, s, "GET", "/v1/files/"+ids[0], ""), 404)
		into[any](t, send(t, s, "DELETE", "/v1/files/"+ids[0], ""), 404)
	})
}
