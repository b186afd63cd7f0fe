package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSteer(t *testing.T) {
	for text, want := range map[string]steering{
		"a fox":                                {text: "a fox"},
		"a [[fail:content]] fox":               {text: "a  fox", fate: failContent},
		"[[FAIL:other]]":                       {fate: failOther},
		"[[fail:luck]]":                        {text: "[[fail:luck]]"},
		"[[status:429]][[slow:1m]] x":          {text: "x", status: 429, slow: time.Minute},
		"[[status:99]] [[slow:x]] [[unknown]]": {text: "[[status:99]] [[slow:x]] [[unknown]]"},
		"[[quota]]":                            {quota: true, status: 402},
		"[[quota:403]]":                        {quota: true, status: 403},
		"[[filtered]] [[filtered:all]]":        {filtered: "all"},
		"[[drop]]":                             {cut: cutDrop},
		"[[drop:before]]":                      {cut: cutDrop, before: true},
		"[[truncate]] [[poll:500]]":            {cut: cutTruncate, poll: 500},
		"[[html:502]] [[words:9]]":             {html: 502, words: 9},
		"a list [[1, 2], [3]] and an open [[":  {text: "a list [[1, 2], [3]] and an open [["},
	} {
		if diff := cmp.Diff(want, steer(text), cmp.AllowUnexported(steering{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestSteeredCreates(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, k := range tasks() {
			s := New(Options{})
			create := func(phrase string) said {
				return send(t, s, "POST", k.create, strings.ReplaceAll(k.body, "%P", "a fox "+phrase))
			}
			kept := func() int { // jobs on record
				jobs, err := s.store.all("")
				if err != nil {
					t.Fatal(err)
				}
				return len(jobs)
			}
			if a := create("[[status:500]]"); a.status != 500 || !strings.Contains(a.body, "internal server error") {
				t.Errorf("%s: status: %d %s", k.name, a.status, a.body)
			}
			if a := create("[[quota:403]]"); a.status != 403 || !strings.Contains(a.body, "quota") {
				t.Errorf("%s: quota: %d %s", k.name, a.status, a.body)
			}
			if a := create("[[html:502]]"); a.status != 502 || a.header.Get("Content-Type") != "text/html" || !strings.Contains(a.body, "502 Bad Gateway") {
				t.Errorf("%s: html: %d %s", k.name, a.status, a.body)
			}
			if a := create("[[drop:before]]"); !a.cut || a.body != "" {
				t.Errorf("%s: drop:before: %+v", k.name, a)
			}
			if n := kept(); n != 0 {
				t.Errorf("%s: %d jobs were taken that should not", k.name, n)
			}
			if a := create("[[drop]]"); !a.cut || a.body != "" {
				t.Errorf("%s: drop: %+v", k.name, a)
			}
			if a := create("[[truncate]]"); !a.cut || a.status != 200 || !strings.HasPrefix(a.body, "{") || strings.Contains(a.body, "}") {
				t.Errorf("%s: truncate: %+v", k.name, a)
			}
			if n := kept(); n != 2 {
				t.Errorf("%s: %d jobs were taken, want 2", k.name, n)
			}
		}
	})
}

func TestSlowAndPoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := New(Options{TimeScale: 0.1})
		k := tasks()[0]
		id := k.begin(t, s, "a fox [[slow:20s]]")
		later(19 * time.Second)
		if _, _, word := k.ask(t, s, id); word == k.done {
			t.Error("done before its 20 s")
		}
		later(2 * time.Second)
		if _, _, word := k.ask(t, s, id); word != k.done {
			t.Errorf("%s after its 20 s", word)
		}
		id = k.begin(t, s, "a fox [[poll:503]]")
		if a := send(t, s, "GET", "/v1/videos/"+id, ""); a.status != 503 || a.header.Get("Retry-After") != "2" {
			t.Errorf("first poll: %d", a.status)
		}
		later(3 * time.Second)
		if a := send(t, s, "GET", "/v1/videos/"+id, ""); a.status != 200 {
			t.Errorf("last poll: %d", a.status)
		}
		began := time.Now()
		send(t, s, "POST", "/v1/images/generations", `{"model":"gemini-2.5-flash-image","prompt":"a fox [[slow:20s]]"}`)
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("a slow picture took %v", took)
		}
	})
}

// TestCutsOnTheWire sees what a client sees of an answer that breaks off.
func TestCutsOnTheWire(t *testing.T) {
	h := httptest.NewServer(New(Options{TimeScale: 0.01}))
	defer h.Close()
	read := func(path, body string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", h.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "x")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", err
		}
		defer func() { _ = answer.Body.Close() }()
		b, err := io.ReadAll(answer.Body)
		return string(b), err
	}
	if _, err := read("/v1/videos", `{"model":"kling-v3","prompt":"x [[drop]]"}`); !errors.Is(err, io.EOF) {
		t.Errorf("drop: %v", err)
	}
	if got, err := read("/v1/videos", `{"model":"kling-v3","prompt":"x [[truncate]]"}`); !errors.Is(err, io.ErrUnexpectedEOF) || got == "" {
		t.Errorf("truncate: %q %v", got, err)
	}
	stream := func(phrase string) string {
		return `{"model":"deepseek-v3","stream":true,"messages":[{"role":"user","content":"x ` + phrase + `"}]}`
	}
	if got, err := read("/v1/chat/completions", stream("[[drop]]")); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(got, "sandbox") && !strings.Contains(got, "You ") {
		t.Errorf("drop in a stream: %v after %q", err, got)
	}
	if got, err := read("/v1/chat/completions", stream("[[truncate]]")); err != nil || strings.Contains(got, "[DONE]") || strings.Contains(got, `"stop"`) || !strings.Contains(got, "You ") {
		t.Errorf("truncate in a stream: %v after %q", err, got)
	}
}

func TestStreamsStall(t *testing.T) {
	for path, body := range map[string]string{
		"/v1/chat/completions":        `{"model":"deepseek-v3","stream":true,"messages":[{"role":"user","content":"x [[stall]]"}]}`,
		"/v1/messages":                `{"model":"deepseek-v3","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"x [[stall]]"}]}`,
		"/bypass/openai/v1/responses": `{"model":"openai/gpt-5","stream":true,"input":"x [[stall]]"}`,
		"/bypass/vertex/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse": `{"contents":[{"parts":[{"text":"x [[stall]]"}]}]}`,
	} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Options{})
				w := httptest.NewRecorder()
				r := httptest.NewRequest("POST", path, strings.NewReader(body)).WithContext(t.Context())
				r.Header.Set("Authorization", "x")
				done := make(chan struct{})
				go func() {
					defer close(done)
					s.ServeHTTP(w, r)
				}()
				time.Sleep(time.Hour)
				select {
				case <-done:
					t.Error("the stream ended by itself")
				default:
				}
				synctest.Wait()
				if got := w.Body.String(); !strings.Contains(got, "You ") || strings.Contains(got, "billed") {
					t.Errorf("before it fell silent: %q", got)
				}
			})
		})
	}
}
