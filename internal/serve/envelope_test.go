package serve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// What is no message, or none that can be served, gets the same answer over
// both transports; 0 is none.
func TestBothTransportsRefuseAlike(t *testing.T) {
	f := newFixture(t)
	p, w := startStdio(t, Stdio{Server: f.server}), startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, tt := range []struct {
		line   string
		id     string
		code   int
		status int
		says   string
	}{
		{`{"jsonrpc":`, "null", mcp.PARSE_ERROR, 400, "not valid JSON"},
		{`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "null", mcp.INVALID_REQUEST, 400, "batches"},
		{`7`, "null", mcp.INVALID_REQUEST, 400, "batches"},
		{`null`, "null", mcp.INVALID_REQUEST, 400, "batches"},
		{`{"jsonrpc":"2.0","id":true,"method":"ping"}`, "null", mcp.INVALID_REQUEST, 400, "neither a string nor a number"},
		{`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, "null", mcp.INVALID_REQUEST, 400, "neither a string nor a number"},
		{`{"jsonrpc":"2.0","id":null,"method":"ping"}`, "null", mcp.INVALID_REQUEST, 400, "neither a string nor a number"},
		{`{"jsonrpc":"2.0","id":3,"method":7}`, "3", mcp.INVALID_REQUEST, 400, "method"},
		{`{"jsonrpc":"2.0","id":3}`, "3", mcp.INVALID_REQUEST, 400, "neither a method"},
		{`{"jsonrpc":"2.0","id":3,"method":"ping","result":{}}`, "3", mcp.INVALID_REQUEST, 400, "both a method"},
		{`{"jsonrpc":"1.0","id":3,"method":"ping"}`, "3", mcp.INVALID_REQUEST, 400, "2.0"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":[]}`, "3", mcp.INVALID_PARAMS, 200, "not an object"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":7}}`, "3", mcp.INVALID_PARAMS, 200, "name is of another type"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"%%%"}}`, "3", mcp.INVALID_PARAMS, 200, "cursor"},
		{`{"jsonrpc":"2.0","id":3,"method":"notifications/cancelled","params":{"requestId":1}}`, "3", mcp.METHOD_NOT_FOUND, 200, ""},
		{`{"jsonrpc":"2.0","id":3,"method":"no/such"}`, "3", mcp.METHOD_NOT_FOUND, 200, ""},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"1999-01-01"}}}`, "3", mcp.UNSUPPORTED_PROTOCOL_VERSION, 400, "1999-01-01"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"1.0"}}}`, "3", mcp.UNSUPPORTED_PROTOCOL_VERSION, 400, "1.0"},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":5}}}`, "3", mcp.UNSUPPORTED_PROTOCOL_VERSION, 400, "5"},
		{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "", 0, 202, ""},
		{`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "", 0, 202, ""},
	} {
		check := func(over string, m message) {
			t.Helper()
			if m.Error == nil || m.Error.Code != tt.code || string(m.ID) != tt.id || !strings.Contains(m.Error.Message, tt.says) || strings.Contains(m.Error.Message, "json:") {
				t.Errorf("%s: %s is answered with %+v %+v, want %d for %s with %q", over, tt.line, m, m.Error, tt.code, tt.id, tt.says)
			}
		}
		p.send(tt.line)
		if tt.code != 0 {
			check("stdio", p.next())
		}
		got := w.post(tt.line)
		if got.status != tt.status {
			t.Errorf("HTTP: %s has status %d, want %d", tt.line, got.status, tt.status)
		}
		if tt.code != 0 {
			check("HTTP", got.last())
		}
	}
	if rest := p.rest(); len(rest) != 0 {
		t.Errorf("also written: %+v", rest)
	}
}

// What no request asked for is refused over HTTP and dropped over stdio, where
// it may come late.
func TestAnswersToNothing(t *testing.T) {
	p, w := startStdio(t, Stdio{Server: newFixture(t).server}), startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, line := range []string{`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}`, `{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"no"}}`} {
		p.send(line)
		if got := w.post(line); got.status != 400 || got.last().Error == nil || got.last().Error.Code != mcp.INVALID_REQUEST {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	if rest := p.rest(); len(rest) != 0 {
		t.Errorf("written: %+v", rest)
	}
}

func TestHTTPVersionsThereAreNot(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	old := strings.Replace(modernMeta, "2026-07-28", "1999-01-01", 1)
	for _, tt := range []struct {
		meta, header string
		status, code int
	}{
		{old, "1999-01-01", 400, mcp.UNSUPPORTED_PROTOCOL_VERSION},
		{old, "2025-11-25", 400, mcp.UNSUPPORTED_PROTOCOL_VERSION},
		{"", "1999-01-01", 400, mcp.UNSUPPORTED_PROTOCOL_VERSION},
		{"", "2027-01-01", 400, mcp.UNSUPPORTED_PROTOCOL_VERSION},
		{modernMeta, "1999-01-01", 400, mcp.HEADER_MISMATCH},
		{old, "2026-07-28", 400, mcp.HEADER_MISMATCH},
		{`"_meta":{}`, "2025-06-18", 200, 0},
	} {
		got := w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{`+tt.meta+`}}`, "Mcp-Protocol-Version", tt.header, "Mcp-Method", "tools/list")
		code := 0
		if e := got.last().Error; e != nil {
			code = e.Code
		}
		if got.status != tt.status || code != tt.code {
			t.Errorf("%s with header %s: %d %s", tt.meta, tt.header, got.status, got.body)
		}
		if code == mcp.UNSUPPORTED_PROTOCOL_VERSION && (!strings.Contains(string(got.body), `"supported":["2026-07-28"`) || !strings.Contains(string(got.body), `"requested":"`)) {
			t.Errorf("no data: %s", got.body)
		}
	}
}

func TestHTTPContentType(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	for kind, status := range map[string]int{"application/json": 200, "Application/JSON; charset=utf-8": 200, "text/plain": 415, "": 415} {
		got := w.post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`, "Content-Type", kind)
		if got.status != status || status != 200 && got.last().Error == nil {
			t.Errorf("%q: %d %s", kind, got.status, got.body)
		}
	}
}

// Numbers of any size and form come back as they were written, on every way an
// answer takes.
func TestHTTPEchoesIDsAndTokensByteForByte(t *testing.T) {
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	for _, id := range []string{`1`, `"1"`, `9007199254740993`, `1.0`, `-0`, `1e3`, `"a\"b"`} {
		for _, body := range []string{call(id, "echo", `{"text":"hi"}`), fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, id),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/list"}`, id), fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"no/such"}`, id),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":%[1]s}}}`, id)} {
			got := w.post(body)
			for _, m := range got.events {
				if m.Method == "" && string(m.ID) != id {
					t.Errorf("%s is answered with id %s", body, m.ID)
				}
			}
			if strings.Contains(body, "progressToken") && strings.Count(string(got.body), `"progressToken":`+id) != 4 {
				t.Errorf("%s is told with another token:\n%s", body, got.body)
			}
		}
	}
}

func TestStdioEchoesTokensByteForByte(t *testing.T) {
	p := startStdio(t, Stdio{Server: newFixture(t).server})
	p.send(initialize)
	p.next()
	p.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":9007199254740993}}}`)
	for range 4 {
		if m := p.next(); !strings.Contains(m.Raw, `"progressToken":9007199254740993,`) {
			t.Errorf("told %s", m.Raw)
		}
	}
	if m := p.next(); m.text() != "done" {
		t.Errorf("answered %+v", m)
	}
	p.rest()
}
