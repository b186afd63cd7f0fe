package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// quick is a downloader of links on this machine that doesn't wait long.
func quick(max int64) *Downloader {
	d := NewDownloader(max, true, nil)
	d.pause, d.Idle = time.Millisecond, 5*time.Second
	return d
}

// cutter serves data and breaks off after so many bytes, some times. It has one
// client, which asks once at a time.
type cutter struct {
	data   []byte
	after  int
	cuts   int
	etag   func(try int) string
	ranges bool
	starts []string
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.starts = append(c.starts, r.Header.Get("Range"))
	etag := c.etag(len(c.starts))
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	data, status := c.data, http.StatusOK
	var from int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && c.ranges && (etag == "" || r.Header.Get("If-Range") == etag) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		data, status = data[from:], http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	if c.cuts--; c.cuts >= 0 && c.after < len(data) {
		w.Write(data[:c.after])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(data)
}

func TestCutTransfersEndWhole(t *testing.T) {
	data := append(clip(t), bytes.Repeat([]byte("moving pictures "), 20_000)...)
	same := func(int) string { return `"v1"` }
	for name, c := range map[string]struct {
		*cutter
		want []string
	}{
		"with a tag":    {&cutter{cuts: 3, after: 100_000, etag: same, ranges: true}, []string{"", "bytes=100000-", "bytes=200000-", "bytes=300000-"}},
		"without a tag": {&cutter{cuts: 3, after: 100_000, etag: func(int) string { return "" }, ranges: true}, []string{"", "bytes=100000-", "bytes=200000-", "bytes=300000-"}},
		"no ranges":     {&cutter{cuts: 3, after: 100_000, etag: same}, []string{"", "bytes=100000-", "bytes=100000-", "bytes=100000-"}},
		"other file in between": {&cutter{cuts: 3, after: 100_000, etag: func(try int) string { return fmt.Sprintf(`"v%d"`, try/3) }, ranges: true},
			[]string{"", "bytes=100000-", "bytes=200000-", "bytes=100000-"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.data = data
			srv := httptest.NewServer(c.cutter)
			defer srv.Close()
			dir := t.TempDir()
			var last int64
			saved, err := quick(0).Save(t.Context(), srv.URL+"/1.mp4?token=t", Target{Dir: dir, Name: "film", MIME: "video/mp4"}, func(done, total int64) {
				if total != int64(len(data)) {
					t.Errorf("the total is told as %d", total)
				}
				last = done
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(saved.Path)
			if err != nil || !bytes.Equal(got, data) || last != int64(len(data)) {
				t.Fatalf("%d bytes that differ, progress %d, %v", len(got), last, err)
			}
			want := Saved{Name: "film.mp4", Path: filepath.Join(dir, "film.mp4"), Bytes: int64(len(data)), MIME: "video/mp4",
				SHA256: saved.SHA256, Facts: Facts{Width: 640, Height: 360, Seconds: saved.Seconds}}
			if diff := cmp.Diff(want, saved); diff != "" || saved.Seconds <= 0 || len(saved.SHA256) != 64 {
				t.Errorf("%s", diff)
			}
			srv.Close()
			if diff := cmp.Diff(c.want, c.starts); diff != "" {
				t.Error(diff)
			}
			onlyFiles(t, dir, "film.mp4")
		})
	}
}

func onlyFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in the folder: %s", diff)
	}
}

func TestDownloadsThatFail(t *testing.T) {
	data := clip(t)
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret words of the server", code) }
	}
	to := func(link string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, link, http.StatusFound) }
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		code  nexconn.Code
		says  string
		tries int32
	}{
		"expired":      {status(403), nexconn.NotFound, "expired", 1},
		"gone":         {status(404), nexconn.NotFound, "expired", 1},
		"bad request":  {status(400), nexconn.UpstreamError, "400", 1},
		"broken":       {status(502), nexconn.UpstreamUnavailable, "502", stuckTries},
		"page":         {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<!doctype html><title>Sorry</title>") }, nexconn.UpstreamError, "text/html", 1},
		"JSON":         {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"error":"expired"}`) }, nexconn.UpstreamError, "application/json", 1},
		"picture":      {func(w http.ResponseWriter, _ *http.Request) { w.Write(pngOf(t, 9, 9)) }, nexconn.UpstreamError, "image/png", 1},
		"nothing":      {func(http.ResponseWriter, *http.Request) {}, nexconn.UpstreamError, "empty", 1},
		"wrong length": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99999"); w.Write(data) }, nexconn.UpstreamUnavailable, "", stuckTries + 1},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2000000")
			w.Write(data)
		}, nexconn.Forbidden, "larger than", 1},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write(data)
			for range 1000 {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		}, nexconn.Forbidden, "larger than", 1},
		"to a private address":     {to("https://10.1.2.3/1.mp4"), nexconn.Forbidden, "private", 1},
		"to the metadata service":  {to("http://169.254.169.254/latest/meta-data/"), nexconn.Forbidden, "not an https", 1},
		"to the same over https":   {to("https://169.254.169.254/latest/meta-data/"), nexconn.Forbidden, "private", 1},
		"to private IPv6":          {to("https://[fd00::1]/"), nexconn.Forbidden, "private", 1},
		"to carrier-grade NAT":     {to("https://100.64.1.1/"), nexconn.Forbidden, "private", 1},
		"to multicast":             {to("https://224.0.0.1/"), nexconn.Forbidden, "private", 1},
		"to a mapped address":      {to("https://[::ffff:10.0.0.1]/"), nexconn.Forbidden, "private", 1},
		"to a translated address":  {to("https://[64:ff9b::a00:1]/"), nexconn.Forbidden, "private", 1},
		"to plain http":            {to("http://example.com/1.mp4"), nexconn.Forbidden, "not an https", 1},
		"to a file":                {to("file:///etc/passwd"), nexconn.Forbidden, "not an https", 1},
		"round and round":          {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, nexconn.Forbidden, "five times", 6},
		"nowhere":                  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nexconn.UpstreamError, "204", 1},
		"a range nobody asked for": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, nexconn.UpstreamError, "206", 1},
		"a page that calls itself so": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "video/mp4")
			io.WriteString(w, "<html><body>An error occurred</body></html>")
		}, nexconn.UpstreamError, "text/html", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tries.Add(1)
				c.serve(w, r)
			}))
			defer srv.Close()
			dir := t.TempDir()
			_, err := quick(1_000_000).Save(t.Context(), srv.URL+"/1.mp4?token=SECRET", Target{Dir: dir, Name: "film", MIME: "video/mp4"}, nil)
			var e *nexconn.Error
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Fatalf("got %v, want %s with %q", err, c.code, c.says)
			}
			if strings.Contains(e.Message, "SECRET") || strings.Contains(e.Message, "secret") {
				t.Errorf("the message tells too much: %s", e.Message)
			}
			if tries.Load() != c.tries {
				t.Errorf("asked %d times, want %d", tries.Load(), c.tries)
			}
			onlyFiles(t, dir)
		})
	}
}

func TestDownloadStandsStill(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(clip(t))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	d := quick(0)
	d.Idle = 30 * time.Millisecond
	dir := t.TempDir()
	_, err := d.Save(t.Context(), srv.URL, Target{Dir: dir, Name: "film"}, nil)
	if nexconn.CodeOf(err) != nexconn.UpstreamUnavailable || !strings.Contains(err.Error(), "nothing came") {
		t.Errorf("got %v", err)
	}
	onlyFiles(t, dir)
}

func TestDownloadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(clip(t))
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	dir := t.TempDir()
	if _, err := quick(0).Save(ctx, srv.URL, Target{Dir: dir, Name: "film"}, nil); nexconn.CodeOf(err) != nexconn.Cancelled {
		t.Errorf("got %v", err)
	}
	onlyFiles(t, dir)
}

func TestDownloadTellsNothingOfUs(t *testing.T) {
	seen := make(chan http.Header, 2)
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		w.Write(clip(t))
	}))
	defer far.Close()
	near := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, strings.Replace(far.URL, "http://", "http://user:word@", 1), http.StatusFound)
	}))
	defer near.Close()
	link := strings.Replace(near.URL, "http://", "http://user:word@", 1) + "/1.mp4?token=SECRET"
	if _, err := quick(0).Save(t.Context(), link, Target{Dir: t.TempDir(), Name: "film"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := <-seen
		want := http.Header{"User-Agent": {"nexconn-mcp"}, "Accept-Encoding": {"identity"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLoopbackOnlyWhereAllowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(clip(t)) }))
	defer srv.Close()
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	for _, host := range []string{"http://127.0.0.1", "http://localhost", "https://127.0.0.1", "https://localhost.", "http://[::1]", "http://127.9.9.9"} {
		_, err := NewDownloader(0, false, nil).Save(t.Context(), host+port+"/1.mp4", Target{Dir: t.TempDir(), Name: "film"}, nil)
		if nexconn.CodeOf(err) != nexconn.Forbidden {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := quick(0).Save(t.Context(), "http://localhost"+port, Target{Dir: t.TempDir(), Name: "film"}, nil); err != nil {
		t.Errorf("loopback is refused where it is allowed: %v", err)
	}
	// A public host must not send us back to this machine.
	req := &http.Request{URL: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Header: http.Header{}}
	if err := redirect(req, []*http.Request{{URL: &url.URL{Scheme: "https", Host: "cdn.example"}}}); !errors.Is(err, errRefused) {
		t.Errorf("a redirect from afar to this machine: %v", err)
	}
}

func TestDownloadNeedsLittleMemory(t *testing.T) {
	const large = 64 << 20
	head := clip(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(large))
		w.Write(head)
		io.CopyN(w, zeros{}, large-int64(len(head)))
	}))
	defer srv.Close()
	used := allocated(func() {
		if _, err := quick(0).Save(t.Context(), srv.URL, Target{Dir: t.TempDir(), Name: "film"}, nil); err != nil {
			t.Error(err)
		}
	})
	if used > 2<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", used, large)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
