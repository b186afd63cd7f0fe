package serve

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

// nowhere is a response writer that keeps nothing.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Flush()                      {}

// BenchmarkHTTP measures what the guards add to mcp-go's own handler: compare
// guarded with bare.
func BenchmarkHTTP(b *testing.B) {
	t := &testing.T{}
	guarded, err := HTTP{Server: newFixture(t).server, Listen: "127.0.0.1:0"}.Handler()
	if err != nil {
		b.Fatal(err)
	}
	bare := server.NewStreamableHTTPServer(newFixture(t).server, server.WithStateLess(true))
	for _, request := range []struct {
		name, body string
		header     map[string]string
	}{
		{"call", call("1", "echo", `{"text":"hi"}`), nil},
		{"call-modern", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"},` + modernMeta + `}}`,
			map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "echo"}},
		{"list", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, nil},
	} {
		for name, handler := range map[string]http.Handler{"guarded": guarded, "bare": bare} {
			b.Run(request.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r, _ := http.NewRequestWithContext(b.Context(), "POST", "http://127.0.0.1/mcp", strings.NewReader(request.body))
					r.Header.Set("Content-Type", "application/json")
					for key, value := range request.header {
						r.Header.Set(key, value)
					}
					handler.ServeHTTP(nowhere{http.Header{}}, r)
				}
			})
		}
	}
}
