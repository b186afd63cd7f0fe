package tools

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// standIn plays the service: it records what it is sent and answers as told.
type standIn struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
}

type request struct {
	method, path string
	header       http.Header
	body         []byte
}

func newStandIn(t *testing.T, answer http.HandlerFunc) *standIn {
	t.Helper()
	s := &standIn{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, request{r.Method, r.URL.RequestURI(), r.Header.Clone(), body})
		s.mu.Unlock()
		if err == nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *standIn) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.seen...)
}

// sent are the requests that could have been billed: everything but GETs.
func (s *standIn) sent() []request {
	var list []request
	for _, r := range s.requests() {
		if r.method != http.MethodGet {
			list = append(list, r)
		}
	}
	return list
}

// house is the tools over a stand-in, with a ledger of its own.
type house struct {
	Deps
	tools map[string]Tool
	out   string // its output folder
}

func newHouse(t *testing.T, base string, change func(*jobs.Service)) *house {
	t.Helper()
	models := catalog.Builtin()
	book := ledger.OpenMemory()
	out := t.TempDir()
	s := &jobs.Service{
		Client: &nexconn.Client{BaseURL: base, Key: "sk-test"}, Models: func() catalog.Set { return models }, PollScale: 0.01,
		Ledger:  keeping(book),
		Results: outputs.Outputs{Store: media.Folder{Root: out}, Down: media.NewDownloader(0, true, nil)},
		Inputs:  media.Inputs{Local: true, Dirs: []string{out}},
	}
	if change != nil {
		change(s)
	}
	h := &house{Deps: Deps{Jobs: s, Models: s.Models, Listed: models, Log: slog.New(slog.DiscardHandler)}, tools: map[string]Tool{}, out: out}
	for _, tool := range All(h.Deps) {
		h.tools[tool.ServerTool.Tool.Name] = tool
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		s.Close(ctx)
	})
	return h
}

// keeping is a ledger as the program keeps it.
func keeping(book ledger.Ledger) *ledger.Keeper {
	return ledger.Keeping(func(context.Context) (ledger.Ledger, error) { return book, nil }, nil)
}

// inState opens the ledger of a state folder at its first use.
func inState(state string) *ledger.Keeper {
	return ledger.Keeping(func(ctx context.Context) (ledger.Ledger, error) { return ledger.OpenSQLite(ctx, state, nil) }, nil)
}

// result is a tool's answer as a client would read it.
type result struct {
	Error      map[string]any
	Text       string
	Structured map[string]any
}

func (r result) code() string {
	code, _ := r.Error["code"].(string)
	return code
}

func (r result) warnings() []any {
	list, _ := r.Structured["warnings"].([]any)
	return list
}

func (h *house) call(t *testing.T, ctx context.Context, tool string, args map[string]any) result {
	t.Helper()
	req := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: tool, Arguments: roundTrip(t, args)}}
	got, err := h.tools[tool].ServerTool.Handler(ctx, req)
	if err != nil {
		t.Fatalf("%s: a protocol error: %v", tool, err)
	}
	var r result
	for _, c := range got.Content {
		if text, ok := c.(mcp.TextContent); ok && r.Text == "" {
			r.Text = text.Text
		}
	}
	if got.IsError {
		if got.StructuredContent != nil {
			t.Errorf("%s: an error has structured content", tool)
		}
		r.Error, _ = got.Meta.AdditionalFields["nexconn/error"].(map[string]any)
		return r
	}
	r.Structured = roundTrip(t, got.StructuredContent)
	return r
}

func roundTrip(t *testing.T, v any) map[string]any {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(doc, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
