package serve

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// stuck is a client that reads so many messages and then no more.
type stuck struct {
	reads   int32
	took    atomic.Int32
	blocked chan struct{} // tells that a write waits
	end     <-chan struct{}
}

func (w *stuck) Write(p []byte) (int, error) {
	if w.took.Load() < w.reads {
		w.took.Add(1)
		return len(p), nil
	}
	select {
	case w.blocked <- struct{}{}:
	default:
	}
	<-w.end
	return 0, io.ErrClosedPipe
}

// Whatever is being written to a client that doesn't read, the server ends.
func TestStdioStopsWhenNobodyReads(t *testing.T) {
	for name, tt := range map[string]struct {
		reads int32
		send  []string
		then  func(*fixture)
		eof   bool
	}{
		"an answer":              {send: []string{call("1", "echo", `{}`)}},
		"a notification":         {reads: 1, send: []string{initialize}, then: func(f *fixture) { f.server.SendNotificationToAllClients("notifications/tools/list_changed", nil) }},
		"a refusal":              {send: []string{`no message`, `nor this`}},
		"a refused id":           {send: []string{call("1", "hold", `{}`), call("1", "hold", `{}`)}},
		"a refusal, at the end":  {send: []string{`no message`}, eof: true},
		"an answer, at the end":  {send: []string{call("1", "echo", `{}`)}, eof: true},
		"many answers, together": {send: []string{call("1", "echo", `{}`), call("2", "echo", `{}`), call("3", "progress", `{}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			in, input := io.Pipe()
			defer input.Close()
			out := &stuck{reads: tt.reads, blocked: make(chan struct{}, 1), end: t.Context().Done()}
			f := newFixture(t, server.WithToolCapabilities(true))
			drain := time.Minute
			if tt.eof {
				drain = time.Millisecond
			}
			done := make(chan error, 1)
			go func() { done <- Stdio{Server: f.server, Drain: drain}.Serve(ctx, in, out) }()
			for _, line := range tt.send {
				if _, err := io.WriteString(input, line+"\n"); err != nil {
					t.Fatal(err)
				}
			}
			if tt.then != nil {
				eventually(t, "the client has read", func() bool { return out.took.Load() == tt.reads })
				tt.then(f)
			}
			<-out.blocked
			if tt.eof {
				input.Close()
			} else {
				stop()
			}
			select {
			case <-done:
			case <-time.After(5 * mcpfix.StopGrace):
				t.Error("the server goes on")
			}
		})
	}
}
