package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// visited is what a server answered, its body apart.
type visited struct {
	StatusCode    int
	Status        string
	Header        http.Header
	ContentLength int64
}

// visit opens a link as a browser without any credential does.
func visit(t *testing.T, method, link string, header map[string]string) (visited, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return visited{answer.StatusCode, answer.Status, answer.Header, answer.ContentLength}, data
}

// put sends a file to an upload address.
func put(t *testing.T, address, kind string, data []byte) (int, object) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc object
	if answer.StatusCode != http.StatusCreated {
		return answer.StatusCode, object{"text": string(body)}
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return answer.StatusCode, doc
}

// inFolder counts the files below a folder, whole or not.
func inFolder(t *testing.T, root string) (n int) {
	t.Helper()
	err := filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLinks(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox"), env: map[string]string{"NEXCONN_ARTIFACTS": "file://" + store}})
	c := p.as(secretOf("caller-00"))
	made := c.must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 30, "save": true})
	other := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a plum"})
	link := made.output(0, "url")
	if !strings.HasPrefix(link, p.url+"/outputs/") || !strings.Contains(made.text, link) {
		t.Fatalf("the link is %q, the text %q", link, made.text)
	}
	ends, err := time.Parse(time.RFC3339, made.output(0, "expires_at"))
	if left := time.Until(ends); err != nil || left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("it ends at %s: %v", made.output(0, "expires_at"), err)
	}
	answer, whole := visit(t, "GET", link, nil)
	picture(t, "the link", whole)
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*",
		"Accept-Ranges": "bytes", "Set-Cookie": "", "Content-Disposition": "", "Referrer-Policy": "no-referrer"} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if part, data := visit(t, "GET", link, map[string]string{"Range": "bytes=1-3"}); part.StatusCode != http.StatusPartialContent || string(data) != "PNG" {
		t.Errorf("a range: %s %q", part.Status, data)
	}
	if head, data := visit(t, "HEAD", link, nil); head.StatusCode != http.StatusOK || head.ContentLength != int64(len(whole)) || len(data) > 0 {
		t.Errorf("HEAD: %s, %d bytes of %d", head.Status, head.ContentLength, len(whole))
	}
	if far, _ := visit(t, "GET", link, map[string]string{"Origin": "https://player.example"}); far.StatusCode != http.StatusOK {
		t.Errorf("from another origin: %s", far.Status)
	}
	if bent, _ := visit(t, "GET", link, map[string]string{"Host": "rebound.example"}); bent.StatusCode != http.StatusForbidden {
		t.Errorf("by another name: %s", bent.Status)
	}

	at, query, _ := strings.Cut(link, "?")
	otherAt, _, _ := strings.Cut(other.output(0, "url"), "?")
	signature := strings.LastIndex(link, "s=") + 2
	changed := link[:signature] + map[bool]string{true: "B", false: "A"}[link[signature] == 'A'] + link[signature+1:]
	for what, bad := range map[string]string{"a changed signature": changed, "another task's signature": otherAt + "?" + query, "a later end": at + "?" + strings.Replace(query, "e=1", "e=2", 1), "no signature": at} {
		if no, data := visit(t, "GET", bad, nil); no.StatusCode != http.StatusForbidden || bytes.Contains(data, []byte("PNG")) {
			t.Errorf("%s (%s): %s", what, bad, no.Status)
		}
	}

	for what, r := range map[string]reply{
		"query_task": c.must("query_task", object{"task_id": made.str("task_id")}), "save_outputs": c.must("save_outputs", object{"task_id": made.str("task_id")}),
	} {
		picture(t, "the link of "+what, fetch(t, r.output(0, "url")))
	}
	drawn := c.must("chat", object{"model": "gemini-2.5-flash-image", "prompt": "draw a pear"})
	images, _ := drawn.out["images"].([]any)
	if len(images) == 0 {
		t.Fatalf("no picture of a chat: %.400s", drawn.raw)
	}
	seen, _ := images[0].(object)["url"].(string)
	picture(t, "the picture of a chat", fetch(t, seen))
	if !strings.Contains(drawn.text, seen) {
		t.Errorf("the text of the chat has no link: %s", drawn.text)
	}
	var list struct {
		Tasks []struct{ Outputs []struct{ URL string } }
	}
	if err := json.Unmarshal(read(t, c, "nexconn://tasks"), &list); err != nil || len(list.Tasks) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	for _, task := range list.Tasks {
		picture(t, "a link of the list", fetch(t, task.Outputs[0].URL))
	}
	noPaths(t, p, made, other, drawn)

	behind := c
	behind.header = map[string]string{"X-Forwarded-Proto": "https"}
	if got := behind.must("query_task", object{"task_id": made.str("task_id")}).output(0, "url"); !strings.HasPrefix(got, strings.Replace(p.url, "http:", "https:", 1)+"/outputs/") {
		t.Errorf("behind a proxy with TLS: %s", got)
	}
}

// The link's end comes by the clock alone.
func TestLinksEnd(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(1)...), "--sandbox"), env: map[string]string{"NEXCONN_LINK_TTL": "2s", "NEXCONN_PUBLIC_URL": "https://mcp.example.com/nexconn"}})
	c := p.as(secretOf("caller-00"))
	made := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a plum"})
	u, err := url.Parse(made.output(0, "url"))
	if err != nil || u.Scheme != "https" || u.Host != "mcp.example.com" || !strings.HasPrefix(u.Path, "/nexconn/outputs/") {
		t.Fatalf("the link is %q", made.output(0, "url"))
	}
	// The proxy takes the prefix away.
	link := p.url + strings.TrimPrefix(u.EscapedPath(), "/nexconn") + "?" + u.RawQuery
	waitFor(t, 10*time.Second, "the link to end", func() bool {
		answer, data := visit(t, "GET", link, map[string]string{"Host": "mcp.example.com"})
		return answer.StatusCode == http.StatusForbidden && strings.Contains(string(data), "expired")
	})
	again, err := url.Parse(c.must("query_task", object{"task_id": made.str("task_id")}).output(0, "url"))
	if err != nil {
		t.Fatal(err)
	}
	answer, data := visit(t, "GET", p.url+strings.TrimPrefix(again.EscapedPath(), "/nexconn")+"?"+again.RawQuery, nil)
	if answer.StatusCode == http.StatusOK { // it lives for two seconds
		picture(t, "a fresh link", data)
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox"), env: map[string]string{"NEXCONN_ARTIFACTS": "file://" + store, "NEXCONN_MAX_DOWNLOAD": "1MiB", "NEXCONN_MAX_BODY": "64KiB"}})
	c := p.as(secretOf("caller-00"))
	frame := fetch(t, c.must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 30}).output(0, "url"))
	ask := func() (address, media string) {
		r := c.must("upload_file", object{"local": true})
		address, media = r.str("upload_url"), r.str("media")
		if !strings.HasPrefix(address, p.url+"/uploads/") || !strings.HasPrefix(media, "upload-") || r.out["max_bytes"] != float64(1<<20) || r.str("expires_at") == "" {
			t.Fatalf("upload_file: %.400s", r.raw)
		}
		return address, media
	}
	address, media := ask()
	for what, one := range map[string]struct {
		kind   string
		data   []byte
		status int
	}{
		"a larger file": {"image/png", append(bytes.Clone(frame), make([]byte, 1<<20)...), 413},
		"a wrong type":  {"video/mp4", frame, 415},
		"no media":      {"", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 300)...), 415},
	} {
		if status, doc := put(t, address, one.kind, one.data); status != one.status {
			t.Errorf("%s: %d %v", what, status, doc)
		}
	}
	if status, _ := put(t, p.url+"/uploads/AAAA", "image/png", frame); status != http.StatusNotFound {
		t.Errorf("a made-up address: %d", status)
	}
	if n := inFolder(t, store); n > 0 {
		t.Errorf("%d files are left of what was refused", n)
	}
	if status, doc := put(t, address, "image/png", frame); status != http.StatusCreated || doc["media"] != media || doc["bytes"] != float64(len(frame)) {
		t.Fatalf("the upload: %d %v", status, doc)
	}
	if status, doc := put(t, address, "image/png", frame); status != http.StatusConflict || !strings.Contains(doc["text"].(string), "used") {
		t.Errorf("a second PUT: %d %v", status, doc)
	}
	video := object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": media, "seconds": 5}
	dry := c.must("generate_video", object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": media, "seconds": 5, "dry_run": true})
	if body, _ := dry.out["body"].(map[string]any); body["input_reference"] != fmt.Sprintf("<%d bytes>", len(frame)) {
		t.Errorf("the picture is not in the request: %.600s", dry.raw)
	}
	video["wait_seconds"], video["save"] = 30, true
	film := c.must("generate_video", video)
	if film.str("status") != "succeeded" || film.str("operation") != "image_to_video" {
		t.Fatalf("the upload as first frame: %.400s", film.raw)
	}
	answer, data := visit(t, "GET", film.output(0, "url"), map[string]string{"Range": "bytes=4-7"})
	if answer.StatusCode != http.StatusPartialContent || string(data) != "ftyp" || answer.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("the film in parts: %s %s %q", answer.Status, answer.Header.Get("Content-Type"), data)
	}
	thief := p.as(secretOf("caller-01"))
	if r := thief.call("generate_video", video); r.code != "not_found" {
		t.Errorf("another caller's upload: %.400s", r.raw)
	}
	if r := c.call("edit_image", object{"model": "kling-image-o1", "prompt": "at night", "images": []string{media}}); r.code != "invalid_argument" || !strings.Contains(r.raw, "NEXCONN_PUBLIC_URL") {
		t.Errorf("where the service fetches by itself: %.400s", r.raw)
	}
	if n := inFolder(t, filepath.Join(store, "sandbox", "uploads")); n != 1 {
		t.Errorf("%d uploads are kept, want 1", n)
	}
	if r := c.call("upload_file", object{"local": true, "source_url": "https://a.example/b.mp4"}); r.code != "invalid_argument" {
		t.Errorf("two sources: %.300s", r.raw)
	}
	noPaths(t, p, film)
}

// With a public address the service gets a link where it takes nothing else.
func TestUploadsForTheService(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(1)...), "--sandbox"), env: map[string]string{"NEXCONN_PUBLIC_URL": "https://mcp.example.com"}})
	c := p.as(secretOf("caller-00"))
	made := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a plum"})
	here := func(link string) string { return strings.Replace(link, "https://mcp.example.com", p.url, 1) }
	frame := fetch(t, here(made.output(0, "url")))
	place := c.must("upload_file", object{"local": true})
	if status, doc := put(t, here(place.str("upload_url")), "image/png", frame); status != http.StatusCreated {
		t.Fatalf("%d %v", status, doc)
	}
	for what, media := range map[string]string{"an upload": place.str("media"), "an output": made.str("task_id") + "#0"} {
		dry := c.must("edit_image", object{"model": "kling-image-o1", "prompt": "at night <<<image_1>>>", "images": []string{media}, "dry_run": true})
		body, _ := dry.out["body"].(object)
		links, _ := body["image_urls"].([]any)
		if len(links) != 1 || !strings.HasPrefix(links[0].(string), "https://mcp.example.com/outputs/") {
			t.Fatalf("%s: %.600s", what, dry.raw)
		}
		if got := fetch(t, here(links[0].(string))); !bytes.Equal(got, frame) {
			t.Errorf("%s: the service gets %d bytes of %d", what, len(got), len(frame))
		}
	}
	file := c.must("upload_file", object{"source_url": place.str("media"), "wait_seconds": 0})
	if !strings.HasPrefix(file.str("file_id"), "qfile-") {
		t.Errorf("an upload as a qfile: %.400s", file.raw)
	}
}

// Any replica serves any link and takes any upload, without a secret that
// somebody set.
func TestLinksOfAFleet(t *testing.T) {
	t.Parallel()
	f := newFleet(t, database(t), holder{name: "ann"}, holder{name: "bob"})
	c := f.as("ann")
	made := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a plum"})
	link := made.output(0, "url")
	u, err := url.Parse(link)
	if err != nil || !strings.HasPrefix(link, f.proxy.url()+"/outputs/") {
		t.Fatalf("the link is %q: %.300s", link, made.raw)
	}
	frame := fetch(t, link)
	picture(t, "the link", frame)
	place := c.must("upload_file", object{"local": true})
	for i, p := range f.replicas {
		if got := fetch(t, p.url+u.EscapedPath()+"?"+u.RawQuery); !bytes.Equal(got, frame) {
			t.Errorf("replica %d gives %d bytes of %d", i, len(got), len(frame))
		}
		if answer, _ := visit(t, "GET", p.url+u.EscapedPath()+"?"+strings.Replace(u.RawQuery, "e=1", "e=2", 1), nil); answer.StatusCode != http.StatusForbidden {
			t.Errorf("replica %d and a changed link: %s", i, answer.Status)
		}
		at := p.url + strings.TrimPrefix(place.str("upload_url"), f.proxy.url())
		want := map[bool]int{true: http.StatusCreated, false: http.StatusConflict}[i == 0]
		if status, doc := put(t, at, "image/png", frame); status != want {
			t.Errorf("the upload at replica %d: %d %v", i, status, doc)
		}
	}
	for range f.replicas { // whichever has its turn
		c.must("generate_video", object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": place.str("media"), "seconds": 5, "dry_run": true})
		if r := f.as("bob").call("generate_video", object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": place.str("media"), "seconds": 5, "dry_run": true}); r.code != "not_found" {
			t.Errorf("another caller's upload: %.300s", r.raw)
		}
	}
	film := c.must("generate_video", object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": place.str("media"), "seconds": 5, "wait_seconds": 30})
	if film.str("status") != "succeeded" {
		t.Errorf("the upload as first frame: %.400s", film.raw)
	}
}
