package serve

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

func TestHTTPHealthAndReadiness(t *testing.T) {
	var down error
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Ready: func(context.Context) error { return down }})
	get := func(path string) int { return w.do(w.request(t.Context(), "GET", path, "")).status }
	if get("/healthz") != 200 || get("/readyz") != 200 {
		t.Error("not healthy or not ready")
	}
	down = io.ErrUnexpectedEOF
	if get("/healthz") != 200 || get("/readyz") != 503 {
		t.Error("ready although Ready says no")
	}
	w.post(call("1", "fail", "{}"))
	got := w.do(w.request(t.Context(), "GET", "/metrics", ""))
	if want := `nexconn_mcp_calls_total{outcome="internal",tool="fail"} 1`; !bytes.Contains(got.body, []byte(want)) {
		t.Errorf("metrics lack %s", want)
	}
}

func TestHTTPMetricsHaveAListenerOfTheirOwnOffLoopback(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	h := HTTP{Server: newFixture(t).server, Listen: "0.0.0.0:0", Auth: "passthrough", MetricsListen: freeAddress(t)}
	addr := make(chan string, 1)
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, func(a string) { addr <- a }) }()
	_, port, _ := net.SplitHostPort(<-addr)
	if status := get(t, "http://127.0.0.1:"+port+"/metrics"); status != 404 {
		t.Errorf("/metrics on the public listener: %d", status)
	}
	if status := get(t, "http://"+h.MetricsListen+"/metrics"); status != 200 {
		t.Errorf("/metrics on its own: %d", status)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHTTPStopLetsCallsFinish(t *testing.T) {
	f := newFixture(t)
	ctx, stop := context.WithCancel(t.Context())
	h := HTTP{Server: f.server, Listen: "127.0.0.1:0", OnStop: func() { close(f.release) }}
	addr := make(chan string, 1)
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, func(a string) { addr <- a }) }()
	url := "http://" + <-addr + "/mcp"
	result := make(chan string, 1)
	go func() {
		resp, err := http.Post(url, "application/json", strings.NewReader(call("1", "hold", `{"n":"a"}`)))
		if err != nil {
			result <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		result <- string(body)
	}()
	listening, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["test://gone"]},`+modernMeta+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
		listening.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(listening)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	start := time.Now()
	stop()
	if got := <-result; !strings.Contains(got, "released") {
		t.Errorf("the running call got %s", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// A call that the end of the server cuts off has its tool's answer, which may
// name a job that goes on.
func TestHTTPStopAnswersCallsItCutsOff(t *testing.T) {
	f := newFixture(t)
	f.server.AddTool(mcp.NewTool("job"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		f.mu.Lock()
		f.ran = append(f.ran, "job")
		f.mu.Unlock()
		<-ctx.Done()
		return mcp.NewToolResultError("the job goes on as x:1"), nil
	})
	ctx, stop := context.WithCancel(t.Context())
	h := HTTP{Server: f.server, Listen: "127.0.0.1:0", Drain: 50 * time.Millisecond}
	addr := make(chan string, 1)
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, func(a string) { addr <- a }) }()
	url := "http://" + <-addr + "/mcp"
	result := make(chan string, 1)
	go func() {
		resp, err := http.Post(url, "application/json", strings.NewReader(call("7", "job", `{}`)))
		if err != nil {
			result <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		result <- string(body)
	}()
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	stop()
	if got := <-result; !strings.Contains(got, `"id":7`) || !strings.Contains(got, "goes on as x:1") {
		t.Errorf("the call that was cut off got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	var got []string
	for _, err := range (HTTP{
		Listen: "0.0.0.0:80800", MetricsListen: "x", Auth: "basic", TokensFile: "t", OIDCIssuer: "i",
		AllowedOrigins: []string{"app.example.com", "https://app.example.com/"}, AllowedHosts: []string{"https://x"},
		RatePerCaller: -1, ConcurrencyPerCaller: -1, MaxBody: -1,
	}).Check() {
		setting, _, _ := strings.Cut(err.Error(), ": ")
		got = append(got, setting)
	}
	want := []string{"--listen", "--metrics-listen", "--auth", "--tokens-file", "NEXCONN_OIDC_ISSUER, NEXCONN_OIDC_AUDIENCE",
		"NEXCONN_ALLOWED_ORIGINS", "NEXCONN_ALLOWED_ORIGINS", "NEXCONN_ALLOWED_HOSTS", "NEXCONN_RATE_PER_CALLER", "NEXCONN_CONCURRENCY_PER_CALLER", "NEXCONN_MAX_BODY"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, listen := range []string{":8080", "0.0.0.0:8080", "192.0.2.1:8080", "mcp.example.com:8080"} {
		if faults := (HTTP{Listen: listen}).Check(); len(faults) != 1 || !strings.Contains(faults[0].Error(), "--auth") {
			t.Errorf("%s without auth: %v", listen, faults)
		}
	}
	for _, listen := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"} {
		if faults := (HTTP{Listen: listen}).Check(); len(faults) != 0 {
			t.Errorf("%s: %v", listen, faults)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func get(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestHTTPDoesNotWaitForSlowCallers(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "passthrough"}, func(a *app) { a.sendLimit = 50 * time.Millisecond })
	for name, key := range map[string]string{"refused": "", "allowed": "Authorization: Bearer k\r\n"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\n"+key+"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%s: the server still waits: %v", name, err)
		}
	}
	// A call that runs longer than a request may take to arrive is not cut off.
	f := newFixture(t)
	w = startHTTP(t, HTTP{Server: f.server}, func(a *app) { a.sendLimit = 20 * time.Millisecond })
	time.AfterFunc(200*time.Millisecond, func() { close(f.release) })
	if got := w.post(call("1", "hold", "{}")); got.last().text() != "released" {
		t.Errorf("a long call got %s", got.body)
	}
}

func TestHTTPKeepsNothingOfItsCallers(t *testing.T) {
	h, err := HTTP{Server: newFixture(t).server, Listen: "127.0.0.1:0"}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	greet := func(n int) {
		for range n {
			r := httptest.NewRequest("POST", "http://127.0.0.1/mcp", strings.NewReader(initialize))
			r.Header.Set("Content-Type", "application/json")
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	greet(100)
	before, goroutines := inUse(), runtime.NumGoroutine()
	greet(2000)
	if grown := int64(inUse()) - int64(before); grown > 2000*1000 {
		t.Errorf("2000 clients left %d bytes behind", grown)
	}
	if left := runtime.NumGoroutine() - goroutines; left > 10 {
		t.Errorf("2000 clients left %d goroutines behind", left)
	}
}
