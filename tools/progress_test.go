package tools

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// listener is a client that hears notifications.
type listener struct{ heard chan mcp.JSONRPCNotification }

func (listener) Initialize()                                           {}
func (listener) Initialized() bool                                     { return true }
func (listener) SessionID() string                                     { return "one" }
func (l listener) NotificationChannel() chan<- mcp.JSONRPCNotification { return l.heard }

// told are the messages of the progress heard so far, which has to rise.
func (l listener) told(t *testing.T) []string {
	t.Helper()
	var words []string
	last := 0.0
	for len(l.heard) > 0 {
		fields := (<-l.heard).Params.AdditionalFields
		at, _ := fields["progress"].(float64)
		if at <= last {
			t.Errorf("progress %v after %v", at, last)
		}
		last = at
		words = append(words, fmt.Sprint(fields["message"]))
	}
	return words
}

// listening makes the way from a reporter to a listener.
func listening(ctx context.Context, s *server.MCPServer) (listener, context.Context) {
	l := listener{make(chan mcp.JSONRPCNotification, 20_000)}
	return l, s.WithContext(ctx, l)
}

func TestProgressIsNeitherLostNorTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server.NewMCPServer("test", "1")
		l, ctx := listening(t.Context(), s)
		r := &reporter{ctx: ctx, server: s, token: "t"}
		heard := chatProgress{report: r}
		heard.piece("a", false)
		heard.piece("b", false)
		heard.piece("c", false)
		time.Sleep(time.Second)
		if got := l.told(t); len(got) != 2 || got[1] != "abc" {
			t.Errorf("told %q, want the piece that came too soon as well", got)
		}
		// An hour of pieces is told to its end.
		for range 7200 {
			heard.piece(strings.Repeat("word ", 20), false)
			time.Sleep(500 * time.Millisecond)
		}
		if got := l.told(t); len(got) != 7200 {
			t.Errorf("told %d times", len(got))
		}
		heard.piece("late", false)
		heard.piece("r", false)
		heard.end()
		r.done()
		heard.tick(0, "running")
		time.Sleep(time.Second)
		if got := l.told(t); len(got) != 2 || !strings.HasSuffix(got[1], "later") {
			t.Errorf("told %q, want the last as the end", got)
		}
		r = &reporter{ctx: ctx, server: s, token: "t"}
		r.tell(0.1, "one")
		r.tell(0.2, "two")
		r.done()
		time.Sleep(time.Second)
		if got := l.told(t); len(got) != 1 {
			t.Errorf("told %q although it was over", got)
		}
	})
}

// While a stream is quiet its caller still hears of the call.
func TestProgressOfAQuietChat(t *testing.T) {
	s := server.NewMCPServer("test", "1")
	l, ctx := listening(t.Context(), s)
	all := listener{make(chan mcp.JSONRPCNotification, 1000)}
	// twice waits until a caller that hears no more has been told so two times.
	twice := func(want string) {
		late := time.After(20 * time.Second)
		for told := 0; told < 2; {
			select {
			case n := <-l.heard:
				if all.heard <- n; n.Params.AdditionalFields["message"] == want {
					told++
				}
			case <-late:
				t.Errorf("it was not told twice: %s", want)
				return
			}
		}
	}
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		say := func(chunk string) {
			io.WriteString(w, chunk+"\n\n")
			http.NewResponseController(w).Flush()
		}
		say(": quiet")
		twice("running")
		say(`data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}`)
		twice("thinking")
		say(`data: {"choices":[{"index":0,"delta":{"content":"so"}}]}`)
		twice("so")
		say(`data: {"choices":[{"index":0,"delta":{"content":" it is"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]")
	})
	h := newHouse(t, up.URL, nil)
	s.AddTools(h.tools["chat"].ServerTool)
	s.HandleMessage(ctx, []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"model":"deepseek-v3","prompt":"p"},"_meta":{"progressToken":"t"}}}`))
	for len(l.heard) > 0 {
		all.heard <- <-l.heard
	}
	if got := all.told(t); len(got) == 0 || got[len(got)-1] != "so it is" {
		t.Errorf("told %q, want the whole at the end", got)
	}
}
