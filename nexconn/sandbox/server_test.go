package sandbox

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKeys(t *testing.T) {
	s := New(Options{})
	for _, c := range []struct {
		path, header, value string
		status              int
		body                string
	}{
		{"/v1/files", "", "", 401, `{"error":"authorization header missing","status":false}`},
		{"/v1/files", "Authorization", "Bearer ", 401, `{"error":"authorization header missing","status":false}`},
		{"/v1/files", "X-Api-Key", "x", 401, `{"error":"authorization header missing","status":false}`},
		{"/queue/fal-ai/vidu/requests/x", "", "", 401, `{"error":"authorization header missing","status":false}`},
		{"/bypass/vertex/v1/models/x", "X-Goog-Api-Key", "x", 401, ``},
		{"/v1/files", "Authorization", "Bearer x", 200, ``},
		{"/v1/files", "Authorization", "Key x", 200, ``},
		{"/v1/files", "Authorization", "sk-x", 200, ``},
		{"/v1/models", "", "", 200, ``},
	} {
		method := "GET"
		if strings.HasPrefix(c.path, "/bypass") {
			method = "POST"
		}
		r := httptest.NewRequest(method, c.path, nil)
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		a := serve(t, s, r)
		if a.status != c.status || c.body != "" && strings.TrimSpace(a.body) != c.body {
			t.Errorf("%s %s %q: %d %s", c.path, c.header, c.value, a.status, a.body)
		}
		if a.header.Get("X-Nexconn-Sandbox") != "1" || a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers %v", c.path, a.header)
		}
	}
	r := httptest.NewRequest("POST", "/v1/messages", strings.NewReader(`{"model":"claude-4.5-sonnet","max_tokens":50,"messages":[{"role":"user","content":"x"}]}`))
	r.Header.Set("X-Api-Key", "x")
	if a := serve(t, s, r); a.status != 200 {
		t.Errorf("/v1/messages with x-api-key: %d %s", a.status, a.body)
	}
	r = httptest.NewRequest("POST", "/bypass/anthropic/v1/messages", strings.NewReader(`{}`))
	if a := serve(t, s, r); a.status != 401 || !strings.Contains(a.body, `"authentication_error"`) {
		t.Errorf("/bypass/anthropic without a key: %d %s", a.status, a.body)
	}
}

func TestModels(t *testing.T) {
	list := into[struct {
		Object string
		Data   []modelItem
	}](t, send(t, New(Options{}), "GET", "/v1/models", ""), 200)
	seen := map[string]bool{}
	for _, m := range list.Data {
		if seen[m.ID] || m.Object != "model" || m.OwnedBy == "" || m.OwnedBy == "unknown" {
			t.Errorf("item %+v", m)
		}
		seen[m.ID] = true
	}
	if len(offered("chat")) != 14 {
		t.Errorf("%d chat models, want 14", len(offered("chat")))
	}
	for _, id := range []string{"openai/gpt-5.2-codex", "kling-v2-1", "sora-2-pro", "bytedance/doubao-seedance-2-0-260128", "viduq3-turbo", "kling-image-o1"} {
		if !seen[id] {
			t.Errorf("%s is not listed", id)
		}
	}
}

func TestNoRoute(t *testing.T) {
	s := New(Options{})
	for _, call := range []string{"GET /v1/nothing", "POST /v1/responses", "POST /v1/queue/fal-ai/vidu/q2/text-to-video", "DELETE /v1/videos/x", "GET /v1/chat/completions", "PUT /queue/fal-ai/vidu/requests/x/cancel"} {
		method, path, _ := strings.Cut(call, " ")
		if a := send(t, s, method, path, "{}"); a.status != 404 || !strings.Contains(a.body, "not found or method not allowed") {
			t.Errorf("%s: %d %s", call, a.status, a.body)
		}
	}
}

func TestMultipartIsToldToSendJSON(t *testing.T) {
	var b strings.Builder
	form := multipart.NewWriter(&b)
	if err := form.WriteField("model", "sora-2"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/videos", "/v1/images/edits"} {
		r := httptest.NewRequest("POST", path, strings.NewReader(b.String()))
		r.Header.Set("Authorization", "x")
		r.Header.Set("Content-Type", form.FormDataContentType())
		if a := serve(t, New(Options{}), r); a.status != 400 || !strings.Contains(a.body, "JSON") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	s := New(Options{})
	s.maxBody = 1000
	r := httptest.NewRequest("POST", "/v1/videos", strings.NewReader(`{"model":"`+strings.Repeat("x", 1000)+`"}`))
	r.Header.Set("Authorization", "x")
	if a := serve(t, s, r); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "jobs")
	first, second := New(Options{StateDir: dir, TimeScale: 0.001}), New(Options{StateDir: dir, TimeScale: 0.001})
	second.SetMediaURL("http://other.test")
	k := tasks()[0]
	id := k.begin(t, first, "a fox")
	file := into[file](t, send(t, first, "POST", "/v1/files", `{"model":"gemini-2.5-pro","source_url":"https://example.org/a.mp4"}`), 200)
	time.Sleep(20 * time.Millisecond)
	_, body, word := k.ask(t, second, id)
	if word != k.done || !strings.HasPrefix(at(t, body, k.links...).(string), "http://other.test/") {
		t.Errorf("the second process says %v", body)
	}
	list := into[fileList](t, send(t, second, "GET", "/v1/files", ""), 200)
	if len(list.Data) != 1 || list.Data[0].ID != file.ID || list.Data[0].Status != "ready" {
		t.Errorf("files of the second process: %+v", list)
	}
	if _, ok := folder(dir).get("../" + filepath.Base(dir) + "/" + id); ok {
		t.Error("an id led out of the folder")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStart(t *testing.T) {
	run, err := Start(t.Context(), "127.0.0.1:0", Options{TimeScale: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Close() })
	if run.URL == run.MediaURL {
		t.Errorf("one origin for both: %s", run.URL)
	}
	answer, err := http.Get(run.URL + "/v1/models")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || answer.Header.Get("x-nexconn-sandbox") != "1" {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	k := tasks()[4]
	id := k.begin(t, run.Server, "a fox")
	time.Sleep(60 * time.Millisecond)
	_, body, _ := k.ask(t, run.Server, id)
	link := at(t, body, k.links...).(string)
	if !strings.HasPrefix(link, run.MediaURL+"/") {
		t.Fatalf("link %s is not under %s", link, run.MediaURL)
	}
	part, err := http.NewRequestWithContext(t.Context(), "GET", link, nil)
	if err != nil {
		t.Fatal(err)
	}
	part.Header.Set("Range", "bytes=1-3")
	answer, err = http.DefaultClient.Do(part)
	if err != nil {
		t.Fatal(err)
	}
	piece, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusPartialContent || string(piece) != "PNG" {
		t.Errorf("range: %d %q %v", answer.StatusCode, piece, err)
	}
	forged := strings.Replace(link, "?e=", "?e=9", 1)
	if answer, err = http.Get(forged); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a forged link: %d, want 403", answer.StatusCode)
	}
	if err := run.Close(); err != nil {
		t.Error(err)
	}
	if answer, err := http.Get(run.URL + "/v1/models"); err == nil {
		_ = answer.Body.Close()
		t.Error("it answers after Close")
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	run, err := Start(ctx, "127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 100 {
		answer, err := http.Get(run.URL + "/v1/models")
		if err != nil {
			return
		}
		_ = answer.Body.Close()
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it answers after its context ended")
}
