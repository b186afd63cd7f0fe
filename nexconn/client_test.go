package nexconn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoot(t *testing.T) {
	for base, want := range map[string]string{
		"":                            "https://api-xmodel.nexconn.ai",
		DefaultBaseURL:                "https://api-xmodel.nexconn.ai",
		"https://host":                "https://host",
		"https://host/":               "https://host",
		"https://host/v1/":            "https://host",
		" http://host:81/prefix/v1\n": "http://host:81/prefix",
		"http://host/prefix":          "http://host/prefix",
		"http://host/my-v1":           "http://host/my-v1",
	} {
		if got, err := (sender{&Client{BaseURL: base}}).root(); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", base, got, err, want)
		}
	}
	for _, base := range []string{"host", "ftp://host", "https://", "https://host?x=1", "::"} {
		if got, err := (sender{&Client{BaseURL: base}}).root(); err == nil || err.Code != NotConfigured {
			t.Errorf("%q: got %q, %v", base, got, err)
		}
	}
}

func TestEveryPlaneIsAskedInTheSameForm(t *testing.T) {
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+r.Header.Get("User-Agent"))
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	defer s.Close()
	c := &Client{BaseURL: s.URL + "/prefix/v1", Key: "sk-1 ", UserAgent: "test/1"}
	for _, path := range []string{"/v1/files?limit=1", "/queue/x/requests/1", "/v3/contents/generations/tasks/1", "/bypass/x"} {
		if _, err := (sender{c}).ask(t.Context(), Call{Op: "x", Method: "GET", Path: path}, time.Second, plainLimit); err != nil {
			t.Fatal(err)
		}
	}
	raw := c.WithKey("sk-2")
	raw.Auth = "raw"
	if _, err := raw.ModelIDs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WithKey("").ModelIDs(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /prefix/v1/files?limit=1 Bearer sk-1 test/1", "GET /prefix/queue/x/requests/1 Bearer sk-1 test/1",
		"GET /prefix/v3/contents/generations/tasks/1 Bearer sk-1 test/1", "GET /prefix/bypass/x Bearer sk-1 test/1",
		"GET /prefix/v1/models sk-2 test/1", "GET /prefix/v1/models  test/1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutAKeyNothingIsSent(t *testing.T) {
	c := trip(func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return nil, io.EOF
	}).client()
	for _, key := range []Secret{"", "sk-1\nX-Evil: 1"} {
		if _, err := c.WithKey(key).File(t.Context(), "qfile-1"); CodeOf(err) != NotConfigured {
			t.Errorf("got %v", err)
		}
	}
}

func TestRedirectsAreNotFollowedElsewhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/models":
			http.Redirect(w, r, other.URL+"/v1/models", http.StatusFound)
		case "/v1/files/here":
			http.Redirect(w, r, "/v1/files/there", http.StatusMovedPermanently)
		case "/v1/files/there":
			fmt.Fprintf(w, `{"id":"qfile-%s","status":"ready"}`, r.Header.Get("Authorization"))
		case "/v1/files":
			http.Redirect(w, r, "/v1/files/there", http.StatusPermanentRedirect)
		}
	}))
	defer s.Close()
	c := &Client{BaseURL: s.URL, Key: "sk-1"} // which no answer may repeat
	if _, err := c.ModelIDs(t.Context()); CodeOf(err) != UpstreamUnavailable || !strings.Contains(err.Error(), "302") {
		t.Errorf("to another host: %v", err)
	}
	if f, err := c.File(t.Context(), "here"); err != nil || f.ID != "qfile-Bearer "+dots {
		t.Errorf("on the same host: %v, %v", f, err)
	}
	var e *Error
	if _, err := c.CreateFile(t.Context(), FileRequest{SourceURL: "https://ex.am/a.mp4"}); !errors.As(err, &e) || e.Code != UpstreamUnavailable || e.Unsure {
		t.Errorf("a create: %v", err)
	}
}

// TestTheKeyIsNowhere runs everything that can go wrong with a service that
// repeats the key, and looks for it in all that comes out.
func TestTheKeyIsNowhere(t *testing.T) {
	const key = "sk-very-secret-0123"
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	answers := []struct {
		status     int
		kind, text string
	}{
		{401, "application/json", `{"error":{"message":"Incorrect API key: ` + key + `"}}`},
		{500, "text/html", `<html><title>Bearer ` + key + `</title>`},
		{200, "application/json", `{"error":"` + key + `"}`},
	}
	for i, a := range answers {
		c := trip(func(*http.Request) (*http.Response, error) {
			return says(a.status, a.kind, strings.NewReader(a.text)), nil
		}).client()
		c.Key, c.Log = key, log
		call := Call{Op: "chat", Method: "POST", Path: chatPath, Body: RawBody([]byte(`{"prompt":"a secret prompt"}`))}
		_, err := c.SendChat(t.Context(), call, nil)
		if err == nil {
			t.Errorf("answer %d gave no error", i)
		}
		fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err)
		fmt.Fprintf(&out, "%v %+v %#v %s\n", *c, *c, *c, c.Key)
	}
	c := trip(func(r *http.Request) (*http.Response, error) {
		return nil, errors.New("cannot send " + r.Header.Get("Authorization"))
	}).client()
	c.Key, c.Log = key, log
	_, err := c.SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
	fmt.Fprintf(&out, "%v\n", err)
	for _, secret := range []string{key, "secret prompt"} {
		if at := strings.Index(out.String(), secret); at >= 0 {
			t.Errorf("%q is in …%s…", secret, out.String()[max(0, at-80):at])
		}
	}
	if !strings.Contains(out.String(), "op=chat status=401") {
		t.Errorf("the log says nothing of the call: %s", out.String())
	}
}

func TestObserve(t *testing.T) {
	var seen []Observation
	for _, status := range []int{200, 429} {
		c := trip(func(*http.Request) (*http.Response, error) {
			return says(status, "application/json", strings.NewReader(`{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`)), nil
		}).client()
		c.Observe = func(o Observation) { o.Took = 0; seen = append(seen, o) }
		_, _ = c.SendChat(t.Context(), Call{Op: "chat", Method: "POST", Path: chatPath}, nil)
		_, _ = c.SendNative(t.Context(), Call{Op: "native x", Method: "POST", Path: "/x"})
	}
	want := []Observation{{Op: "chat", Status: 200}, {Op: "native x", Status: 200},
		{Op: "chat", Status: 429, Code: RateLimited}, {Op: "native x", Status: 429, Code: RateLimited}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnswerThatIsTooLarge(t *testing.T) {
	c := trip(func(*http.Request) (*http.Response, error) {
		return says(200, "application/json", io.LimitReader(zeros{}, 1<<30)), nil
	}).client()
	_, err := (sender{c}).ask(t.Context(), Call{Op: "x", Method: "POST", Path: "/x"}, time.Minute, 1<<20)
	if err == nil || err.Code != UpstreamError || !err.Unsure || !strings.Contains(err.Message, "larger than 1 MiB") {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
