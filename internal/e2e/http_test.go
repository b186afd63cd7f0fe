package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// startHTTP starts the program over HTTP on a free port and waits until it
// takes connections.
func startHTTP(t testing.TB, s setup) *process {
	t.Helper()
	s.args = append([]string{"http", "--listen", "127.0.0.1:0", "--log-format", "json"}, s.args...)
	cmd := s.command(t)
	p := &process{t: t, cmd: cmd, home: s.home, log: &output{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its exit is told by ended and cmd.ProcessState
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	for deadline := time.Now().Add(patience); p.url == ""; <-time.After(5 * time.Millisecond) {
		for line := range strings.Lines(p.log.String()) {
			var said struct{ Msg, URL string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "speaking MCP over HTTP" {
				p.url = strings.TrimSuffix(said.URL, "/mcp")
			}
		}
		select {
		case <-p.ended:
			t.Fatalf("%v\n%s", errGone, p.log)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it doesn't listen after %v\n%s", patience, p.log)
		}
	}
	return p
}

// noRedirects is a client that sees a redirect as what it is.
var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post sends a message as it is and reads the whole answer.
func (p *process) post(path string, header map[string]string, body string) (reply, error) {
	req, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	answer, err := noRedirects.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	whole, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply{}, err
	}
	text := string(whole)
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		for line := range strings.Lines(string(whole)) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				text = data // the last is the result
			}
		}
	}
	m := message{raw: text}
	if err := json.Unmarshal([]byte(text), &m); err != nil && answer.StatusCode == http.StatusOK {
		return reply{}, fmt.Errorf("not JSON: %w: %.300s", err, text)
	}
	r, err := m.reply()
	r.status, r.location = answer.StatusCode, answer.Header.Get("Location")
	return r, err
}
