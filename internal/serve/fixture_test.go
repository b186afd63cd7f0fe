package serve

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// fixture is a server with tools that misbehave in every way a guard is for.
type fixture struct {
	server  *server.MCPServer
	release chan struct{} // lets every "hold" return

	mu      sync.Mutex
	ran     []string // the n of every "hold" that began
	late    func()   // sends progress of a call that has returned
	callers []caller.Caller
}

const secretText = "dsn=postgres://admin:hunter2@db"

func newFixture(t *testing.T, opts ...server.ServerOption) *fixture {
	t.Helper()
	f := &fixture{
		server:  server.NewMCPServer("fixture", "1", append([]server.ServerOption{server.WithToolCapabilities(false), server.WithResourceCapabilities(true, false), server.WithPromptCapabilities(false)}, opts...)...),
		release: make(chan struct{}),
	}
	add := func(name string, readOnly bool, handle server.ToolHandlerFunc) {
		f.server.AddTool(mcp.NewTool(name, mcp.WithReadOnlyHintAnnotation(readOnly), mcp.WithDestructiveHintAnnotation(false)), handle)
	}
	add("echo", true, func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(req.GetString("text", "")), nil
	})
	add("whoami", true, func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c := caller.From(ctx)
		f.mu.Lock()
		f.callers = append(f.callers, c)
		f.mu.Unlock()
		return mcp.NewToolResultText(c.ID + " " + c.Name), nil
	})
	add("hold", false, func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		f.mu.Lock()
		f.ran = append(f.ran, req.GetString("n", ""))
		f.mu.Unlock()
		select {
		case <-f.release:
			return mcp.NewToolResultText("released"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	add("progress", false, func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		send := func(progress float64) {
			_ = f.server.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
				"progressToken": req.Params.Meta.ProgressToken, "progress": progress, "total": 100.0,
			})
		}
		for _, p := range []float64{0, 10, 10, 5, 50, 100} {
			send(p)
		}
		f.mu.Lock()
		f.late = func() { send(200) }
		f.mu.Unlock()
		return mcp.NewToolResultText("done"), nil
	})
	add("fail", false, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, errors.New(secretText)
	})
	add("leak", false, func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, errors.New("GET /?key=" + string(caller.From(ctx).Key))
	})
	add("log", true, func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := f.server.SendNotificationToClient(ctx, "notifications/message", map[string]any{"level": "info", "data": "working"})
		return mcp.NewToolResultText("done"), err
	})
	add("refuse", false, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, nexconn.Errorf(nexconn.InvalidArgument, "seconds must be 5 or 10.")
	})
	add("panic", false, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic(secretText)
	})
	add("ask", false, func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if answer := server.ElicitationResponse(req.Params.InputResponses, "ok"); answer != nil {
			return mcp.NewToolResultText("answered " + string(answer.Action)), nil
		}
		return server.NewInputRequestBuilder("state").Elicit("ok", mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: "Go on?",
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}).ToolResult(), nil
	})
	f.server.AddResource(mcp.NewResource("test://broken", "broken"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return nil, errors.New(secretText)
	})
	f.server.AddResource(mcp.NewResource("test://gone", "gone"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return nil, nexconn.Errorf(nexconn.NotFound, "No such task.")
	})
	f.server.AddPrompt(mcp.NewPrompt("broken"), func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		panic(secretText)
	})
	return f
}

func (f *fixture) started() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.ran...)
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
