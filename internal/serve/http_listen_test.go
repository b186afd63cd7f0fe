package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func listening(id string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["test://gone"]},` + modernMeta + `}}`
}

var listenHeader = []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen"}

// listen opens a stream and reads its acknowledgement.
func (w *web) listen(ctx context.Context, id string, header ...string) (status int, ack string, rest io.ReadCloser) {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(w.request(ctx, "POST", "/mcp", listening(id), append(header, listenHeader...)...))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	for resp.StatusCode == http.StatusOK {
		line, err := lines.ReadString('\n')
		if err != nil {
			w.t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			return resp.StatusCode, data, io.NopCloser(lines)
		}
	}
	return resp.StatusCode, "", resp.Body
}

// The end of the server is the end of a subscription, not a break in it.
func TestHTTPListenEndsWithItsResult(t *testing.T) {
	for _, id := range []string{`"sub"`, `7`, `9007199254740993`} {
		w := startHTTP(t, HTTP{Server: newFixture(t).server})
		_, ack, rest := w.listen(t.Context(), id)
		if want := `"io.modelcontextprotocol/subscriptionId":` + id; !strings.Contains(ack, want) {
			t.Errorf("acknowledged with %s, want %s", ack, want)
		}
		close(w.app.stopping)
		all, err := io.ReadAll(rest)
		want := `event: message
data: {"jsonrpc":"2.0","id":` + id + `,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":` + id + `},"resultType":"complete"}}`
		if diff := cmp.Diff(want, strings.TrimSpace(string(all))); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}

// What can't be subscribed to is acknowledged as nothing, and then it ends.
func TestHTTPListenToNothingIsAcknowledged(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	body := strings.Replace(listening("1"), `"resourceSubscriptions":["test://gone"]`, "", 1)
	for range 300 {
		got := w.post(body, listenHeader...)
		if len(got.events) != 2 || got.events[0].Method != "notifications/subscriptions/acknowledged" || got.last().Result["resultType"] != "complete" {
			t.Fatalf("%s", got.body)
		}
	}
}

// One that ends by itself while the server stops ends once.
func TestHTTPListenEndsOnce(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	close(w.app.stopping)
	body := strings.Replace(listening("1"), `"resourceSubscriptions":["test://gone"]`, "", 1)
	for range 200 {
		got := w.post(body, listenHeader...)
		if len(got.events) != 2 || got.events[0].Method != "notifications/subscriptions/acknowledged" || got.last().Result["resultType"] != "complete" {
			t.Fatalf("%s", got.body)
		}
	}
}

func TestHTTPListenNeedsAStream(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	if got := w.post(listening("1"), append(listenHeader, "Accept", "application/json")...); got.status != 406 || got.last().Error == nil {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// Streams take no place of calls, and have a bound of their own.
func TestHTTPListenersLeaveRoomForCalls(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "passthrough", ConcurrencyPerCaller: 1, Concurrency: 20})
	ctx, hangUp := context.WithCancel(t.Context())
	for i := range maxListening {
		if status, _, _ := w.listen(ctx, fmt.Sprint(i), "Authorization", "Bearer sk-a"); status != 200 {
			t.Fatalf("stream %d: %d", i, status)
		}
	}
	if got := w.post(call("1", "echo", `{"text":"hi"}`), "Authorization", "Bearer sk-a"); got.last().text() != "hi" {
		t.Errorf("a call beside them: %d %s", got.status, got.body)
	}
	if status, _, _ := w.listen(ctx, "1", "Authorization", "Bearer sk-a"); status != 429 {
		t.Errorf("one stream more: %d", status)
	}
	for i := range 4 {
		if status, _, _ := w.listen(ctx, "1", "Authorization", "Bearer sk-b"); status != 200 {
			t.Errorf("stream %d of another caller: %d", i, status)
		}
	}
	if status, _, _ := w.listen(ctx, "1", "Authorization", "Bearer sk-b"); status != 503 {
		t.Errorf("a stream more than the server takes: %d", status)
	}
	hangUp()
	eventually(t, "the streams are gone", func() bool { return len(w.app.limits.streams) == 0 })
	if status, _, _ := w.listen(t.Context(), "1", "Authorization", "Bearer sk-a"); status != 200 {
		t.Errorf("afterwards: %d", status)
	}
}
