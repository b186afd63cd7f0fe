package resources

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

var _ = golden.Update

// reader is a client of the resources over a ledger with one finished picture.
func reader(t *testing.T) (*client.Client, string) {
	t.Helper()
	book := ledger.OpenMemory()
	t.Cleanup(func() { book.Close() })
	path := filepath.Join(t.TempDir(), "answer.md")
	if err := os.WriteFile(path, []byte("# whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun, err := book.Begin(t.Context(), ledger.Row{Caller: "local", Tool: "generate_image", Task: true, Kind: "image", Model: "gemini-2.5-flash-image", ArgsHash: "h"}, ledger.Caps{})
	if err != nil {
		t.Fatal(err)
	}
	row, err := book.Change(t.Context(), begun.Row, func(r *ledger.Row) {
		r.Status = nexconn.Succeeded
		r.Outputs = []ledger.Output{{Path: path, MIMEType: "text/plain"}}
	}, ledger.Durable)
	if err != nil {
		t.Fatal(err)
	}
	models := catalog.Builtin()
	j := &jobs.Service{Client: &nexconn.Client{}, Models: func() catalog.Set { return models }, Ledger: ledger.Keeping(func(context.Context) (ledger.Ledger, error) { return book, nil }, nil)}
	s := server.NewMCPServer("test", "1", server.WithResourceCapabilities(true, false), server.WithCompletions(),
		server.WithResourceCompletionProvider(Completion{Jobs: j, Models: j.Models}))
	Add(s, Deps{Jobs: j, Models: j.Models, Schema: func(catalog.Model) json.RawMessage { return json.RawMessage(`{"type":"object"}`) }})
	c, err := client.NewInProcessClient(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: mcp.LATEST_LEGACY_PROTOCOL_VERSION}}); err != nil {
		t.Fatal(err)
	}
	return c, row.TaskID()
}

func TestReading(t *testing.T) {
	c, task := reader(t)
	for _, test := range []struct{ uri, want string }{
		{"nexconn://models", `"id":"kling-v3"`},
		{"nexconn://models/kling-v3", `"schema":{"type":"object"}`},
		{"nexconn://models/openai/gpt-5", `"id":"openai/gpt-5"`},
		{"nexconn://models/openai%2Fgpt-5", `"id":"openai/gpt-5"`},
		{"nexconn://models/kling-v2-1", `{"models":[{"id":"kling-v2-1","aliases":["kling-2.1"],"kind":"image"`},
		{"nexconn://tasks", task},
		{"nexconn://tasks/" + task, `"status":"succeeded"`},
		{"nexconn://outputs/" + task + "/0", "# whole"},
		{"nexconn://guide/money", "idempotency_key"},
		{"nexconn://guide/costs", "dry_run"},
	} {
		got, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: test.uri}})
		if err != nil {
			t.Errorf("%s: %v", test.uri, err)
			continue
		}
		text, ok := got.Contents[0].(mcp.TextResourceContents)
		if !ok || !strings.Contains(text.Text, test.want) {
			t.Errorf("%s is %.200s, want %s in it", test.uri, text.Text, test.want)
		}
	}
	for _, uri := range []string{"nexconn://models/nope", "nexconn://tasks/nope", "nexconn://tasks/kling-v3:local-1", "nexconn://outputs/" + task + "/7",
		"nexconn://outputs/" + task + "/x", "nexconn://guide/nope", "nexconn://guide/..%2F..%2Fgo.mod"} {
		if got, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}}); err == nil {
			t.Errorf("%s is %v, want not found", uri, got.Contents)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q has a line break", uri, err)
		}
	}
}

func TestCompletion(t *testing.T) {
	c, task := reader(t)
	for _, test := range []struct{ uri, name, typed, want string }{
		{"nexconn://models/{+id}", "id", "kling-v3", "kling-v3"},
		{"nexconn://models/{+id}", "id", "gpt", "openai/gpt-5"},
		{"nexconn://tasks/{+id}", "id", "", task},
		{"nexconn://outputs/{+task_id}/{n}", "task_id", "gemini", task},
		{"nexconn://guide/{topic}", "topic", "mo", "money"},
	} {
		req := mcp.CompleteRequest{}
		req.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: test.uri}
		req.Params.Argument = mcp.CompleteArgument{Name: test.name, Value: test.typed}
		got, err := c.Complete(t.Context(), req)
		if err != nil {
			t.Errorf("%s %q: %v", test.uri, test.typed, err)
			continue
		}
		if len(got.Completion.Values) == 0 || got.Completion.Values[0] != test.want {
			t.Errorf("%s %q completes to %v, want %s first", test.uri, test.typed, got.Completion.Values, test.want)
		}
	}
	for _, test := range []struct{ uri, name string }{
		{"nexconn://models/{+id}", "nope"}, {"nexconn://tasks/{+id}", "task_id"}, {"nexconn://outputs/{+task_id}/{n}", "n"},
		{"nexconn://models", "id"}, {"nexconn://models/kling-v3", "id"}, {"nexconn://guide/money", "topic"},
	} {
		req := mcp.CompleteRequest{}
		req.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: test.uri}
		req.Params.Argument = mcp.CompleteArgument{Name: test.name}
		if got, err := c.Complete(t.Context(), req); err == nil && len(got.Completion.Values) > 0 {
			t.Errorf("%s %s completes to %v", test.uri, test.name, got.Completion.Values)
		}
	}
}
