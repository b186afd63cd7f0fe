package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// web is a running server and how to talk to it.
type web struct {
	t   *testing.T
	app *app
	*httptest.Server
}

func startHTTP(t *testing.T, h HTTP, tweaks ...func(*app)) *web {
	t.Helper()
	if h.Listen == "" {
		h.Listen = "127.0.0.1:0"
	}
	a, err := h.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tweak := range tweaks {
		tweak(a)
	}
	s := httptest.NewUnstartedServer(a)
	s.Config = a.httpServer(context.WithoutCancel(t.Context()), a)
	s.Start()
	t.Cleanup(s.Close)
	return &web{t: t, app: a, Server: s}
}

// answer is what came back for one request.
type answer struct {
	status int
	header http.Header
	body   []byte
	events []message // of an event stream, else the one document
}

func (a answer) last() message {
	if len(a.events) == 0 {
		return message{}
	}
	return a.events[len(a.events)-1]
}

func (w *web) request(ctx context.Context, method, path, body string, header ...string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(header); i += 2 {
		switch header[i] {
		case "Host":
			r.Host = header[i+1]
		default:
			r.Header.Set(header[i], header[i+1])
		}
	}
	return r
}

func (w *web) do(r *http.Request) answer {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	got := answer{status: resp.StatusCode, header: resp.Header, body: body}
	documents := [][]byte{body}
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		documents = nil
		for line := range bytes.Lines(body) {
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				documents = append(documents, data)
			}
		}
	}
	for _, d := range documents {
		var m message
		if json.Unmarshal(d, &m) == nil {
			got.events = append(got.events, m)
		}
	}
	return got
}

func (w *web) post(body string, header ...string) answer {
	w.t.Helper()
	return w.do(w.request(w.t.Context(), "POST", "/mcp", body, header...))
}

// modern sends a request of the 2026 era with the headers it needs.
func (w *web) modern(method, name, params string, header ...string) answer {
	w.t.Helper()
	if params != "" {
		params += ","
	}
	h := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method}
	if name != "" {
		h = append(h, "Mcp-Name", name)
	}
	return w.post(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{`+params+modernMeta+`}}`, append(h, header...)...)
}

func TestHTTPSpeaksBothEras(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	if got := w.post(initialize); got.last().Result["protocolVersion"] != "2025-11-25" || got.header.Get("Mcp-Session-Id") != "" {
		t.Errorf("initialize: %s, session %q", got.body, got.header.Get("Mcp-Session-Id"))
	}
	if got := w.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); got.status != 202 || len(got.body) != 0 {
		t.Errorf("notification: %d %q", got.status, got.body)
	}
	if got := w.post(call("1", "echo", `{"text":"hi"}`), "Mcp-Protocol-Version", "2025-11-25"); got.last().text() != "hi" {
		t.Errorf("legacy call: %s", got.body)
	}
	got := w.modern("server/discover", "", "")
	if versions, _ := got.last().Result["supportedVersions"].([]any); !slices.Contains(versions, any("2026-07-28")) {
		t.Errorf("discover: %s", got.body)
	}
	got = w.modern("tools/call", "echo", `"name":"echo","arguments":{"text":"hi"}`)
	if got.last().text() != "hi" || got.last().Result["resultType"] != "complete" {
		t.Errorf("modern call: %s", got.body)
	}
}

func TestHTTPProtocolFaults(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + modernMeta + `}}`
	future := strings.Replace(list, "2026-07-28", "2027-01-01", 1)
	for _, tt := range []struct {
		name   string
		body   string
		header []string
		status int
		code   int
	}{
		{"header and body differ", list, []string{"Mcp-Protocol-Version", "2025-11-25", "Mcp-Method", "tools/list"}, 400, -32020},
		{"no version header", list, []string{"Mcp-Method", "tools/list"}, 400, -32020},
		{"method header differs", list, []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call"}, 400, -32020},
		{"no method header", list, []string{"Mcp-Protocol-Version", "2026-07-28"}, 400, -32020},
		{"unsupported version", future, []string{"Mcp-Protocol-Version", "2027-01-01", "Mcp-Method", "tools/list"}, 400, -32022},
		{"removed method", strings.Replace(list, "tools/list", "ping", 1), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "ping"}, 404, -32601},
		{"unknown method", strings.Replace(list, "tools/list", "no/such", 1), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "no/such"}, 404, -32601},
		{"no capabilities", strings.Replace(list, `,"io.modelcontextprotocol/clientCapabilities":{}`, "", 1), []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/list"}, 400, -32602},
		{"not JSON", `{"jsonrpc"`, nil, 400, -32700},
	} {
		got := w.post(tt.body, tt.header...)
		if got.status != tt.status || got.last().Error == nil || got.last().Error.Code != tt.code {
			t.Errorf("%s: %d %s, want %d and %d", tt.name, got.status, got.body, tt.status, tt.code)
		}
	}
	if got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, "Mcp-Protocol-Version", "1999-01-01"); got.status != 400 {
		t.Errorf("legacy, unknown version: %d", got.status)
	}
	if got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, "Accept", "text/html"); got.status != 406 {
		t.Errorf("Accept: text/html: %d", got.status)
	}
}

func TestHTTPTakesPostOnly(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, method := range []string{"GET", "HEAD", "DELETE", "PUT"} {
		for _, version := range []string{"2025-11-25", "2026-07-28"} {
			got := w.do(w.request(t.Context(), method, "/mcp", "", "Mcp-Protocol-Version", version, "Mcp-Session-Id", "mcp-session-1"))
			if got.status != 405 || got.header.Get("Allow") != "POST" {
				t.Errorf("%s %s: %d, Allow %q", method, version, got.status, got.header.Get("Allow"))
			}
		}
	}
}

func TestHTTPOriginAndHost(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, AllowedOrigins: []string{"https://app.example.com"}, AllowedHosts: []string{"mcp.example.com"}})
	for _, tt := range []struct {
		host, origin string
		status       int
	}{
		{"", "", 200},
		{"", "https://evil.example", 403},
		{"", "null", 403},
		{"", "https://app.example.com.evil.example", 403},
		{"", "https://app.example.com", 200},
		{"", "http://localhost:6274", 200},
		{"localhost:1234", "", 200},
		{"evil.example", "", 403},
		{"evil.example", "http://evil.example", 403},
		{"mcp.example.com", "", 200},
		{"mcp.example.com:8443", "", 200},
		{"mcp.example.com", "http://localhost:6274", 403},
	} {
		header := []string{}
		if tt.host != "" {
			header = append(header, "Host", tt.host)
		}
		if tt.origin != "" {
			header = append(header, "Origin", tt.origin)
		}
		got := w.post(call("1", "echo", "{}"), header...)
		if got.status != tt.status {
			t.Errorf("host %q, origin %q: %d %s, want %d", tt.host, tt.origin, got.status, got.body, tt.status)
		}
	}
	got := w.do(w.request(t.Context(), "OPTIONS", "/mcp", "", "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST"))
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	if got := w.do(w.request(t.Context(), "GET", "/metrics", "", "Host", "evil.example")); got.status != 403 {
		t.Errorf("metrics for a rebound host: %d", got.status)
	}
}

func TestHTTPBodyCap(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, MaxBody: 1000})
	big := call("1", "echo", `{"text":"`+strings.Repeat("x", 1000)+`"}`)
	if got := w.post(big); got.status != 413 {
		t.Errorf("with a length: %d", got.status)
	}
	r := w.request(t.Context(), "POST", "/mcp", "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(big)), -1
	if got := w.do(r); got.status != 413 {
		t.Errorf("chunked: %d", got.status)
	}
	if got := w.post(call("1", "echo", `{"text":"fits"}`)); got.last().text() != "fits" {
		t.Errorf("within: %d %s", got.status, got.body)
	}
}

// A client that sends all before it reads gets the answer too.
func TestHTTPBodyCapForClientsThatSendFirst(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, MaxBody: 1000})
	conn, err := net.Dial("tcp", w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const size = 17 << 20
	head := fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", w.Listener.Addr(), size)
	if _, err := io.Copy(conn, io.MultiReader(strings.NewReader(head), strings.NewReader(strings.Repeat("x", size)))); err != nil {
		t.Fatalf("sending: %v", err)
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", got.Status)
	}
}

func TestHTTPFaultsStayInside(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, body := range []string{
		call("1", "fail", "{}"), call("2", "panic", "{}"),
		`{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"test://broken"}}`,
		`{"jsonrpc":"2.0","id":4,"method":"prompts/get","params":{"name":"broken"}}`,
	} {
		got := w.post(body)
		if bytes.Contains(got.body, []byte("hunter2")) || !bytes.Contains(got.body, []byte("under the id ")) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := w.post(`{"jsonrpc":"2.0","id":5,"method":"resources/read","params":{"uri":"test://gone"}}`); got.last().Error == nil || got.last().Error.Code != -32002 || got.status != 200 {
		t.Errorf("not found, legacy: %d %s", got.status, got.body)
	}
	if got := w.modern("resources/read", "test://gone", `"uri":"test://gone"`); got.last().Error == nil || got.last().Error.Code != -32602 || got.status != 400 {
		t.Errorf("not found, modern: %d %s", got.status, got.body)
	}
	if got := w.modern("resources/read", "test://none", `"uri":"test://none"`); got.status != 400 || !bytes.Contains(got.body, []byte(`"data":{"uri":"test://none"}`)) {
		t.Errorf("unknown resource: %d %s", got.status, got.body)
	}
}

func TestHTTPPanicsOutsideAnyToolStayInside(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Toolset: func(string) string { panic(secretText) }})
	for _, body := range []string{`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, call("1", "echo", "{}")} {
		got := w.post(body, "X-MCP-Toolsets", "talk")
		if got.status != 500 || bytes.Contains(got.body, []byte("hunter2")) || !bytes.Contains(got.body, []byte("under the id ")) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

func TestHTTPAsksOnlyCallersThatSaidTheyCanAnswer(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	able := strings.Replace(modernMeta, `clientCapabilities":{}`, `clientCapabilities":{"elicitation":{"form":{}}}`, 1)
	header := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "ask"}
	got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask",`+able+`}}`, header...)
	if got.last().Result["resultType"] != "input_required" {
		t.Errorf("able: %s", got.body)
	}
	got = w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask",`+modernMeta+`}}`, header...)
	if got.status != 400 || got.last().Error == nil || got.last().Error.Code != -32021 {
		t.Errorf("unable: %s", got.body)
	}
	if got := w.post(call("1", "ask", "{}")); got.last().Result["isError"] != true {
		t.Errorf("legacy: %s", got.body)
	}
}

func TestHTTPCacheHints(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, ReadOnlyTool: func(tool string) bool { return tool == "echo" }})
	for _, tt := range []struct {
		method, name, params string
		header               []string
		scope                string
		ttl                  float64
	}{
		{"tools/list", "", "", nil, "public", float64(mcpfix.ListTTL)},
		{"tools/list", "", "", []string{"X-MCP-Readonly", "true"}, "private", float64(mcpfix.ListTTL)},
		{"prompts/list", "", "", nil, "public", float64(mcpfix.ListTTL)},
		{"resources/list", "", "", nil, "public", float64(mcpfix.ListTTL)},
		{"server/discover", "", "", nil, "public", float64(mcpfix.ListTTL)},
	} {
		got := w.modern(tt.method, tt.name, tt.params, tt.header...)
		if r := got.last().Result; r["cacheScope"] != tt.scope || r["ttlMs"] != tt.ttl {
			t.Errorf("%s %v: %v %v, want %s %v", tt.method, tt.header, r["cacheScope"], r["ttlMs"], tt.scope, tt.ttl)
		}
	}
}

// Where callers are told apart, nobody keeps for others what one of them got.
func TestHTTPCacheHintsBehindAuth(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "passthrough"})
	for _, method := range []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list", "server/discover"} {
		if r := w.modern(method, "", "", "Authorization", "Bearer sk").last().Result; r["cacheScope"] != "private" || r["ttlMs"] != float64(mcpfix.ListTTL) {
			t.Errorf("%s: %v %v", method, r["cacheScope"], r["ttlMs"])
		}
	}
}

func TestHTTPListIsTheSameFromTheCache(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, modern := range []bool{false, true} {
		list := func(contentType string) answer {
			if modern {
				return w.modern("tools/list", "", "", "Content-Type", contentType)
			}
			return w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, "Content-Type", contentType)
		}
		// The cache leaves every content type but the plain one to mcp-go.
		direct := list("application/json; charset=utf-8")
		for range 2 {
			cached := list("application/json")
			if diff := cmp.Diff(direct.last(), cached.last()); diff != "" || len(cached.last().Result) == 0 {
				t.Errorf("modern %v: %s", modern, diff)
			}
		}
	}
	got := w.post(`{"jsonrpc":"2.0","id":"a\"b","method":"tools/list"}`)
	if string(got.last().ID) != `"a\"b"` {
		t.Errorf("id = %s", got.last().ID)
	}
}
