package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHTTPStrangersCannotCancel(t *testing.T) {
	for _, era := range []string{"legacy", "modern"} {
		f := newFixture(t)
		w := startHTTP(t, HTTP{Server: f.server})
		result := make(chan answer, 1)
		go func() {
			if era == "legacy" {
				result <- w.post(call("1", "hold", `{"n":"victim"}`))
			} else {
				result <- w.modern("tools/call", "hold", `"name":"hold","arguments":{}`)
			}
		}()
		eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
		cancel := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,` + modernMeta + `}}`
		for _, header := range [][]string{{}, {"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "notifications/cancelled"}} {
			if got := w.post(cancel, header...); got.status != 202 {
				t.Errorf("%s: cancel answered %d", era, got.status)
			}
		}
		select {
		case got := <-result:
			t.Errorf("%s: the call ended: %s", era, got.body)
		case <-time.After(100 * time.Millisecond):
		}
		close(f.release)
		if got := <-result; got.last().text() != "released" {
			t.Errorf("%s: %s", era, got.body)
		}
	}
}

func TestHTTPDisconnectEndsTheCall(t *testing.T) {
	f := newFixture(t)
	w := startHTTP(t, HTTP{Server: f.server})
	ctx, hangUp := context.WithCancel(t.Context())
	go http.DefaultClient.Do(w.request(ctx, "POST", "/mcp", call("1", "hold", `{"n":"a"}`)))
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	hangUp()
	eventually(t, "the caller's room is free again", func() bool { return len(w.app.limits.room) == 0 })
}

func TestHTTPProgressComesBeforeTheResultAndRises(t *testing.T) {
	f := newFixture(t)
	w := startHTTP(t, HTTP{Server: f.server})
	for i := range 200 {
		var got answer
		if i%2 == 0 {
			got = w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":"t"}}}`)
		} else {
			body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":"t",` + strings.TrimPrefix(modernMeta, `"_meta":{`) + `}}`
			got = w.post(body, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "progress")
		}
		f.late()
		var rose []float64
		for _, m := range got.events[:max(0, len(got.events)-1)] {
			rose = append(rose, m.Params["progress"].(float64))
		}
		if diff := cmp.Diff([]float64{0, 10, 50, 100}, rose); diff != "" || got.last().text() != "done" {
			t.Fatalf("round %d: %s\n%s", i, diff, got.body)
		}
		if got.header.Get("X-Accel-Buffering") != "no" || got.header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("headers of a stream: %v", got.header)
		}
	}
}

func TestHTTPProgressReachesItsOwnCallerAlone(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			token := fmt.Sprint("caller-", i)
			// The same session id and the same request id for everyone.
			got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":"`+token+`"}}}`, "Mcp-Session-Id", "mcp-session-shared")
			if len(got.events) != 5 {
				t.Errorf("%d events, want 5", len(got.events))
			}
			for _, m := range got.events {
				if m.Method != "" && m.Params["progressToken"] != token {
					t.Errorf("%s heard %v", token, m.Params["progressToken"])
				}
			}
		})
	}
	wg.Wait()
}

func TestHTTPPlainJSONForACallerThatTakesNothingElse(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":"t"}}}`, "Accept", "application/json")
	if got.header.Get("Content-Type") != "application/json" || got.last().text() != "done" {
		t.Errorf("%v %s", got.header, got.body)
	}
}

func TestHTTPKeepsAWaitingCallerAlive(t *testing.T) {
	f := newFixture(t)
	w := startHTTP(t, HTTP{Server: f.server}, func(a *app) { a.every = 5 * time.Millisecond })
	resp, err := http.DefaultClient.Do(w.request(t.Context(), "POST", "/mcp", call("1", "hold", `{"n":"a"}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for signs := 0; signs < 3 && lines.Scan(); {
		if lines.Text() == ": waiting" {
			signs++
		}
	}
	close(f.release)
	rest, _ := io.ReadAll(resp.Body)
	var all []byte
	for lines.Scan() {
		all = append(all, lines.Bytes()...)
	}
	if text := string(all) + string(rest); !strings.Contains(text, "released") || !strings.Contains(text, "data: {") {
		t.Errorf("after the signs of life: %q", text)
	}
	if resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers: %v", resp.Header)
	}
}

func TestHTTPLogMessagesOnlyForCallersWhoAsk(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	header := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "log"}
	asking := strings.Replace(modernMeta, "{", `{"io.modelcontextprotocol/logLevel":"info",`, 1)
	for name, tt := range map[string]struct {
		got  answer
		want int
	}{
		"modern": {w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"log",`+modernMeta+`}}`, header...), 1},
		"asking": {w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"log",`+asking+`}}`, header...), 2},
		"legacy": {w.post(call("1", "log", "{}")), 2},
	} {
		if len(tt.got.events) != tt.want || tt.got.last().text() != "done" {
			t.Errorf("%s: %s", name, tt.got.body)
		}
	}
}
