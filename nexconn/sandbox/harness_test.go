package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// said is what the sandbox answered; cut means that it hung up instead.
type said struct {
	status int
	header http.Header
	body   string
	cut    bool
}

// send sends one request with a key to a handler, without a network.
func send(t *testing.T, h http.Handler, method, path, body string) said {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer sk-test")
	r.Header.Set("Content-Type", "application/json")
	return serve(t, h, r)
}

func serve(t *testing.T, h http.Handler, r *http.Request) (out said) {
	t.Helper()
	w := httptest.NewRecorder()
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			out = said{cut: true, status: w.Code, header: w.Header(), body: w.Body.String()}
		}
	}()
	h.ServeHTTP(w, r)
	return said{status: w.Code, header: w.Header(), body: w.Body.String()}
}

// into decodes a body that must be an answer of that status.
func into[T any](t *testing.T, a said, status int) T {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d; body: %s", a.status, status, a.body)
	}
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("body is no JSON: %v\n%s", err, a.body)
	}
	return v
}

// at walks a decoded body: field names and, for arrays, numbers.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no field %q in %v", step, v)
			}
			v = m[step]
		case int:
			l, ok := v.([]any)
			if !ok || step >= len(l) {
				t.Fatalf("no item %d in %v", step, v)
			}
			v = l[step]
		}
	}
	return v
}

// bubble runs a test on a clock of its own, which jumps when everybody waits.
func bubble(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(365 * 24 * time.Hour * 26) // 2026: ids look as they will
		body(t)
	})
}

// later lets time pass in a bubble.
func later(d time.Duration) { time.Sleep(d) }
