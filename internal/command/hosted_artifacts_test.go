package command_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
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
)

// fetch is what a link leads to.
func fetch(t *testing.T, link string) []byte {
	t.Helper()
	answer, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", link, answer.Status, err)
	}
	return data
}

// read is what a resource holds.
func read(t *testing.T, c caller, uri string) []byte {
	t.Helper()
	r := c.request("resources/read", object{"uri": uri}, uri)
	var got struct{ Contents []struct{ Blob, Text string } }
	if err := json.Unmarshal(r.result, &got); err != nil || len(got.Contents) != 1 {
		t.Fatalf("%s: %.300s", uri, r.raw)
	}
	if got.Contents[0].Text != "" {
		return []byte(got.Contents[0].Text)
	}
	data, err := base64.StdEncoding.DecodeString(got.Contents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func picture(t *testing.T, what string, data []byte) {
	t.Helper()
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Errorf("%s: %v (%d bytes)", what, err, len(data))
	}
}

// noPaths holds answers to naming no place on the server's disk.
func noPaths(t *testing.T, p *process, answers ...reply) {
	t.Helper()
	for _, r := range answers {
		for _, place := range []string{p.state, os.TempDir() + "/", `"path"`} {
			if strings.Contains(r.raw, place) {
				t.Errorf("a place on the server's disk (%s) is told: %.400s", place, r.raw)
			}
		}
	}
}

func TestArtifactsInABucket(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	if err := backend.CreateBucket("results"); err != nil {
		t.Fatal(err)
	}
	s3 := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(s3.Close)
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox"), env: map[string]string{"NEXCONN_ARTIFACTS": "s3://results/mcp",
		"AWS_ENDPOINT_URL": s3.URL, "AWS_ACCESS_KEY_ID": "id-of-the-bucket", "AWS_SECRET_ACCESS_KEY": "secret-of-the-bucket"}})
	c := p.as(secretOf("caller-00"))

	signed := func(what, link string) {
		t.Helper()
		if !strings.HasPrefix(link, s3.URL+"/results/mcp/") || !strings.Contains(link, "X-Amz-Signature=") {
			t.Errorf("%s is at %q, not at a signed link", what, link)
			return
		}
		picture(t, what, fetch(t, link))
	}
	made := c.must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 30, "save": true})
	signed("an image saved as it came", made.output(0, "url"))
	later := c.must("generate_image", object{"model": "kling-v1", "prompt": "an apple", "wait_seconds": 30})
	if link := later.output(0, "url"); strings.HasPrefix(link, s3.URL) {
		t.Errorf("over HTTP save is on by default: %s", link)
	}
	saved := c.must("save_outputs", object{"task_id": later.str("task_id")})
	signed("an image saved later", saved.output(0, "url"))
	again := c.must("query_task", object{"task_id": later.str("task_id"), "save": true})
	signed("an image saved before", again.output(0, "url"))
	bytes := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a plum"})
	signed("an image that came as bytes", bytes.output(0, "url"))
	picture(t, "its resource", read(t, c, "nexconn://outputs/"+bytes.str("task_id")+"/0"))
	place := c.must("upload_file", object{"local": true})
	if status, doc := put(t, place.str("upload_url"), "image/png", fetch(t, bytes.output(0, "url"))); status != http.StatusCreated {
		t.Errorf("an upload into the bucket: %d %v", status, doc)
	}
	film := c.must("generate_video", object{"model": "kling-v2-6", "prompt": "it turns", "first_frame": place.str("media"), "seconds": 5, "wait_seconds": 30})
	if film.str("status") != "succeeded" {
		t.Errorf("an upload of the bucket as first frame: %.400s", film.raw)
	}
	dir := c.call("save_outputs", object{"task_id": later.str("task_id"), "directory": "sub"})
	if dir.code != "forbidden" {
		t.Errorf("directory: %.300s", dir.raw)
	}
	noPaths(t, p, made, later, saved, again, bytes, dir)
	if strings.Contains(p.log.String(), "secret-of-the-bucket") {
		t.Error("the bucket's secret is in the log")
	}
}

func TestArtifactsInAFolder(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox"), env: map[string]string{"NEXCONN_ARTIFACTS": "file://" + store}})
	c := p.as(secretOf("caller-00"))
	made := c.must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 30, "save": true})
	uri := "nexconn://outputs/" + made.str("task_id") + "/0"
	if made.output(0, "uri") != uri {
		t.Fatalf("saved in a folder: %.400s", made.raw)
	}
	picture(t, uri, read(t, c, uri))
	picture(t, "its link", fetch(t, made.output(0, "url")))
	long := c.must("chat", object{"model": "gemini-2.5-pro", "prompt": "[[words:6000]]"})
	if long.out["truncated"] != true || !strings.HasPrefix(long.str("uri"), "nexconn://outputs/") {
		t.Errorf("a long answer: %.400s", long.raw)
	} else if whole := read(t, c, long.str("uri")); len(whole) < 20<<10 || !bytes.Equal(whole, fetch(t, long.str("url"))) || !strings.Contains(long.text, long.str("url")) {
		t.Errorf("the whole of a long answer has %d bytes, its link is %s", len(whole), long.str("url"))
	}
	saved := c.must("save_outputs", object{"task_id": made.str("task_id")})
	picture(t, "the link of save_outputs", fetch(t, saved.output(0, "url")))
	list := c.must("list_tasks", object{})
	noPaths(t, p, made, long, saved, list, c.request("resources/read", object{"uri": "nexconn://tasks"}, "nexconn://tasks"))
	for _, r := range []reply{made, long, saved, list} {
		if strings.Contains(r.raw, store) {
			t.Errorf("the store's folder is told: %.300s", r.raw)
		}
	}
}

// Without a store results stay in the state folder for a day.
func TestArtifactsStayADay(t *testing.T) {
	t.Parallel()
	args := append(withTokens(t, people(1)...), "--sandbox")
	p := start(t, host{args: args})
	c := p.as(secretOf("caller-00"))
	old := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "a pear"}).str("task_id")
	kept := c.must("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": "an apple"}).str("task_id")
	p.stop()
	var files []string
	err := filepath.WalkDir(filepath.Join(p.state, "sandbox", "outputs"), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 2 {
		t.Fatalf("kept: %v %v", files, err)
	}
	for _, file := range files {
		if strings.Contains(file, old[strings.LastIndex(old, "-")+1:]) {
			yesterday := time.Now().Add(-25 * time.Hour)
			if err := os.Chtimes(file, yesterday, yesterday); err != nil {
				t.Fatal(err)
			}
		}
	}
	p = start(t, host{args: args, state: p.state})
	c = p.as(secretOf("caller-00"))
	waitFor(t, 5*time.Second, "the old file to go", func() bool {
		r := c.request("resources/read", object{"uri": "nexconn://outputs/" + old + "/0"}, "nexconn://outputs/"+old+"/0")
		return r.rpcError != 0
	})
	picture(t, "a result of today after a restart", read(t, c, "nexconn://outputs/"+kept+"/0"))
	noPaths(t, p, c.must("query_task", object{"task_id": old}))
}

// With a shared database and no store there is no place every replica can
// read: what comes as bytes is refused before it costs anything.
func TestArtifactsNeedAPlace(t *testing.T) {
	t.Parallel()
	address := database(t)
	s := newService(t)
	p := start(t, host{args: withTokens(t, people(1)...), env: map[string]string{"NEXCONN_DATABASE_URL": address, "NEXCONN_BASE_URL": s.URL, "NEXCONN_API_KEY": "sk-of-the-server"}})
	c := p.as(secretOf("caller-00"))
	for tool, args := range map[string]object{
		"generate_image": {"model": "gemini-2.5-flash-image", "prompt": "a pear"},
		"edit_image":     {"model": "gemini-2.5-flash-image", "prompt": "a pear", "images": []string{"https://example.com/a.png"}},
		"chat":           {"model": "gemini-2.5-flash-image", "prompt": "draw a pear"},
	} {
		if r := c.call(tool, args); r.code != "not_configured" {
			t.Errorf("%s: %.400s", tool, r.raw)
		}
	}
	if sent := s.since(0); len(sent) > 0 {
		t.Errorf("sent: %+v", sent[0])
	}
	linked := c.must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 0})
	if r := c.call("save_outputs", object{"task_id": linked.str("task_id")}); r.code != "not_configured" {
		t.Errorf("save_outputs: %.300s", r.raw)
	}
	asked := c.must("query_task", object{"task_id": linked.str("task_id"), "save": true, "wait_seconds": 10})
	noPaths(t, p, asked)
	if asked.output(0, "uri") != "" {
		t.Errorf("kept where no other replica can read it: %.400s", asked.raw)
	}
}
