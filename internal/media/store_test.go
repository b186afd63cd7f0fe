package media

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// bucket is a store on an S3 in this process, and its environment.
func bucket(t *testing.T) (*Bucket, map[string]string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("films"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(srv.Close)
	env := map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": srv.URL}
	store, err := OpenStore("s3://films/made/here/", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return store.(*Bucket), env
}

func TestStores(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s3, _ := bucket(t)
	folder := t.TempDir()
	film := clip(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/1.mp4" {
			io.WriteString(w, "<html>no such film</html>")
			return
		}
		w.Write(film)
	}))
	defer srv.Close()
	for name, store := range map[string]Store{"folder": Folder{Root: folder}, "bucket": s3} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			picture := pngOf(t, 40, 30)
			for _, want := range []string{"task/out.png", "task/out-2.png", "task/out-3.png"} {
				saved, err := store.Put(ctx, "task/out", bytes.NewReader(picture), "image/png")
				if err != nil || saved.Name != want || saved.Bytes != int64(len(picture)) || saved.Width != 40 || saved.MIME != "image/png" {
					t.Fatalf("got %+v, %v; want %s", saved, err, want)
				}
			}
			saved, err := store.Fetch(ctx, quick(0), srv.URL+"/1.mp4", "film", "video/mp4", nil)
			if err != nil || saved.Name != "film.mp4" || saved.Width != 640 {
				t.Fatalf("got %+v, %v", saved, err)
			}
			if (saved.Path == "") != (name == "bucket") {
				t.Errorf("the path is %q", saved.Path)
			}
			if _, err := store.Fetch(ctx, quick(0), srv.URL+"/2.mp4", "film", "video/mp4", nil); nexconn.CodeOf(err) != nexconn.UpstreamError {
				t.Errorf("a page was saved as a film: %v", err)
			}
			checkKept(t, store, "film.mp4", "video/mp4", film)
			checkKept(t, store, "task/out-2.png", "image/png", picture)
			link, err := store.Link(ctx, "film.mp4", time.Hour)
			if err != nil || (link == "") != (name == "folder") {
				t.Fatalf("the link is %q, %v", link, err)
			}
			if link != "" {
				checkLink(t, link, film)
			}
			for range 2 { // the second time it is gone
				if err := store.Remove(ctx, "task/out-3.png"); err != nil {
					t.Errorf("removing: %v", err)
				}
			}
			if _, _, _, err := store.Open(ctx, "task/out-3.png"); nexconn.CodeOf(err) != nexconn.NotFound {
				t.Errorf("a file that was removed: %v", err)
			}
			for _, age := range []time.Duration{time.Hour, -time.Hour} {
				want := map[bool]int{false: 0, true: 2}[age < 0]
				if n, err := store.Sweep(ctx, "task", age); err != nil || n != want {
					t.Errorf("swept %d files that are older than %v, want %d: %v", n, age, want, err)
				}
			}
			checkKept(t, store, "film.mp4", "video/mp4", film)
			if _, _, _, err := store.Open(ctx, "nothing.png"); nexconn.CodeOf(err) != nexconn.NotFound {
				t.Errorf("a file that isn't: %v", err)
			}
			for _, bad := range []string{"../film.mp4", "/etc/passwd", "a/../../b", ""} {
				if _, _, _, err := store.Open(ctx, bad); nexconn.CodeOf(err) != nexconn.Forbidden {
					t.Errorf("%q opens: %v", bad, err)
				}
				if bad == "" {
					continue
				}
				if _, err := store.Put(ctx, bad, bytes.NewReader(picture), "image/png"); nexconn.CodeOf(err) != nexconn.Forbidden {
					t.Errorf("%q is written: %v", bad, err)
				}
			}
		})
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("in the temporary folder is left: %v, %v", left, err)
	}
}

func checkKept(t *testing.T, store Store, name, mime string, want []byte) {
	t.Helper()
	r, size, got, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(data, want) || size != int64(len(want)) || got != mime {
		t.Errorf("%s: %d bytes of %d, %s, %v", name, len(data), size, got, err)
	}
}

func checkLink(t *testing.T, link string, want []byte) {
	t.Helper()
	if !strings.Contains(link, "X-Amz-Signature=") || !strings.Contains(link, "/made/here/film.mp4") || strings.Contains(link, "secret") {
		t.Errorf("the link is %s", link)
	}
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(data, want) || resp.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("the link gives %d bytes of %s, %v", len(data), resp.Header.Get("Content-Type"), err)
	}
}

func TestBucketCheck(t *testing.T) {
	there, env := bucket(t)
	if err := there.Check(t.Context()); err != nil {
		t.Error(err)
	}
	missing, err := NewBucket("s3://elsewhere", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if err := missing.Check(t.Context()); err == nil {
		t.Error("a bucket that isn't there passes")
	}
}

func TestStoreSettings(t *testing.T) {
	none := func(string) string { return "" }
	for setting, ok := range map[string]bool{
		"file:///var/films": true, "s3://films": true, "s3://films/made": true,
		"": false, "films": false, "/var/films": false, "s3://": false, "s3:///x": false, "s3://id:key@films": false, "gs://films": false, "file://host/x": false,
	} {
		if _, err := OpenStore(setting, none); (err == nil) != ok {
			t.Errorf("%q: %v", setting, err)
		}
	}
	bad := func(name string) string { return map[string]string{"AWS_ENDPOINT_URL_S3": "s3.example.com"}[name] }
	if _, err := OpenStore("s3://films", bad); err == nil || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL") {
		t.Errorf("an endpoint without scheme: %v", err)
	}
}

func TestFolderOpensNoLinkOut(t *testing.T) {
	root, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret.png")
	if err := os.WriteFile(outside, pngOf(t, 2, 2), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "a.png")); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := (Folder{Root: root}).Open(t.Context(), "a.png"); err == nil {
		t.Error("a symlink out of the store is followed")
	}
}

func TestSweep(t *testing.T) {
	store := Folder{Root: t.TempDir()}
	for _, name := range []string{"old/deep/a", "old/b", "new/c", "mixed/d", "mixed/e"} {
		saved, err := store.Put(t.Context(), name, strings.NewReader("x"), "text/plain")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "new") && name != "mixed/e" {
			past := time.Now().Add(-25 * time.Hour)
			if err := os.Chtimes(saved.Path, past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n, err := store.Sweep(t.Context(), "", 24*time.Hour); n != 3 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	onlyFiles(t, store.Root, "mixed", "new")
	onlyFiles(t, filepath.Join(store.Root, "mixed"), "e.txt")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Sweep(ctx, "", 0); err == nil {
		t.Error("a sweep goes on after it was stopped")
	}
	if n, err := (Folder{Root: filepath.Join(store.Root, "nowhere")}).Sweep(t.Context(), "", 0); n != 0 || err != nil {
		t.Errorf("a store that was never used: %d, %v", n, err)
	}
}
