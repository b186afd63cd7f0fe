package nexconn

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// service answers one recorded request, which it checks, with the recorded
// answer.
type service struct {
	t     *testing.T
	files map[string]string
	asked int
}

func (s *service) client() *Client { return trip(s.answer).client() }

func (s *service) answer(r *http.Request) (*http.Response, error) {
	s.asked++
	if got := r.Method + " " + r.URL.RequestURI(); got != s.files["request"] {
		s.t.Errorf("request is %s, want %s", got, s.files["request"])
	}
	if name, want, ok := strings.Cut(s.files["header"], ": "); ok && r.Header.Get(name) != want {
		s.t.Errorf("header %s is %q, want %q", name, r.Header.Get(name), want)
	}
	var body any
	if r.GetBody != nil {
		open, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		defer open.Close()
		if err := json.NewDecoder(open).Decode(&body); err != nil {
			s.t.Error(err)
		}
	}
	var want any
	if s.files["request.json"] != "" {
		want = value(s.t, s.files["request.json"])
	}
	if diff := cmp.Diff(want, body); diff != "" {
		s.t.Errorf("body (-want +got):\n%s", diff)
	}
	kind, text := "application/json", s.files["response.json"]
	if stream, ok := s.files["response.sse"]; ok {
		kind, text = "text/event-stream", stream+"\n\n"
	}
	resp := says(200, kind, strings.NewReader(text))
	resp.Header.Del("X-Request-Id")
	return resp, nil
}

// Each recorded chat, native call, file and list is asked for exactly as
// recorded, and its answer is read as recorded.
func TestEvidenceOfWhatIsNoTask(t *testing.T) {
	tools := map[string]func(*testing.T, *Client, string) (any, error){
		"chat": evidenceChat, "native_chat": evidenceNative, "list_models": evidenceModels,
		"upload_file": evidenceUpload, "query_file": evidenceFile, "list_files": evidenceFiles, "delete_file": evidenceDelete,
	}
	names, err := filepath.Glob(filepath.Join(evidenceDir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	proved := map[string]int{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for section, files := range sectionsOf(archive) {
			run := tools[files["tool"]]
			if run == nil {
				continue
			}
			proved[files["tool"]]++
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar")+"/"+section, func(t *testing.T) {
				s := &service{t: t, files: files}
				got, err := run(t, s.client(), files["args.json"])
				if err != nil {
					t.Fatal(err)
				}
				doc, err := json.Marshal(got)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(thin(value(t, files["answer.json"])), thin(value(t, string(doc)))); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if s.asked != 1 {
					t.Errorf("asked %d times", s.asked)
				}
			})
		}
	}
	for tool := range tools {
		if proved[tool] == 0 {
			t.Errorf("nothing proves %s", tool)
		}
	}
}

func sectionsOf(archive *txtar.Archive) map[string]map[string]string {
	sections := map[string]map[string]string{}
	for _, f := range archive.Files {
		section, file, ok := strings.Cut(f.Name, "/")
		if !ok {
			continue
		}
		if sections[section] == nil {
			sections[section] = map[string]string{}
		}
		sections[section][file] = strings.TrimSpace(string(f.Data))
	}
	return sections
}

func evidenceChat(t *testing.T, c *Client, args string) (any, error) {
	var r ChatRequest
	if err := json.Unmarshal([]byte(args), &r); err != nil {
		return nil, err
	}
	m := chatModel(t, r.Model)
	var given map[string]any
	if err := json.Unmarshal([]byte(args), &given); err != nil {
		return nil, err
	}
	if faults, _ := m.Check(catalog.Builtin(), catalog.Turn, given); len(faults) > 0 {
		t.Errorf("the catalogue refuses the arguments: %v", faults)
	}
	call, warnings, err := builtChat(m, r)
	if err != nil {
		return nil, err
	}
	a, err := c.SendChat(t.Context(), call, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"text": a.Text, "reasoning": a.Reasoning, "finish_reason": a.FinishReason, "usage": a.Usage}
	if a.ToolCalls != nil {
		out["tool_calls"] = a.ToolCalls
	}
	if a.ThinkingBlocks != nil {
		out["thinking_blocks"] = a.ThinkingBlocks
	}
	if all := append(warnings, a.Warnings...); len(all) > 0 {
		out["warnings"] = all
	}
	var images []any
	for _, o := range a.Images {
		images = append(images, map[string]any{"url": o.URL, "mime": o.MIMEType, "bytes": len(o.Data)})
	}
	if images != nil {
		out["images"] = images
	}
	return out, nil
}

func evidenceNative(t *testing.T, c *Client, args string) (any, error) {
	var r struct {
		Protocol Protocol
		Model    string
		Body     json.RawMessage
	}
	if err := json.Unmarshal([]byte(args), &r); err != nil {
		return nil, err
	}
	call, warnings, err := builtNative(r.Protocol, r.Model, r.Body)
	if err != nil {
		return nil, err
	}
	a, err := c.SendNative(t.Context(), call)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"status": a.Status, "usage": a.Usage}
	if len(warnings) > 0 {
		out["warnings"] = warnings
	}
	return out, nil
}

func evidenceModels(t *testing.T, c *Client, _ string) (any, error) { return c.ModelIDs(t.Context()) }

type fileArgs struct {
	Model     string
	SourceURL string `json:"source_url"`
	Kodo      *Kodo
	ExpiresIn int    `json:"expires_in_seconds"`
	FileID    string `json:"file_id"`
	Limit     int
	After     string
	Status    string
}

func readArgs(t *testing.T, args string) (a fileArgs) {
	t.Helper()
	if err := json.Unmarshal([]byte(args), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func evidenceUpload(t *testing.T, c *Client, args string) (any, error) {
	a := readArgs(t, args)
	f, err := c.CreateFile(t.Context(), FileRequest{Model: a.Model, SourceURL: a.SourceURL, Kodo: a.Kodo, ExpiresIn: a.ExpiresIn})
	return toldFile(f), err
}

func evidenceFile(t *testing.T, c *Client, args string) (any, error) {
	f, err := c.File(t.Context(), readArgs(t, args).FileID)
	return toldFile(f), err
}

func evidenceFiles(t *testing.T, c *Client, args string) (any, error) {
	a := readArgs(t, args)
	list, err := c.Files(t.Context(), a.Limit, a.After, a.Status)
	if err != nil {
		return nil, err
	}
	var files []any
	for _, f := range list.Files {
		files = append(files, toldFile(&f))
	}
	return map[string]any{"files": files, "has_more": list.HasMore, "last_id": list.LastID}, nil
}

func evidenceDelete(t *testing.T, c *Client, args string) (any, error) {
	deleted, err := c.DeleteFile(t.Context(), readArgs(t, args).FileID)
	return map[string]any{"deleted": deleted}, err
}

func toldFile(f *File) any {
	if f == nil {
		return nil
	}
	out := map[string]any{"id": f.ID, "status": f.Status, "model": f.Model, "name": f.Name, "mime": f.MIME, "bytes": f.Bytes}
	if f.Failure != nil {
		out["failure"] = f.Failure
	}
	for key, at := range map[string]time.Time{"created_at": f.CreatedAt, "synced_at": f.SyncedAt, "expires_at": f.ExpiresAt} {
		if !at.IsZero() {
			out[key] = at.Format(time.RFC3339)
		}
	}
	return out
}

// Every operation that is no task has a section that proves it, and so has
// every chat model.
func TestEveryChatRowIsProved(t *testing.T) {
	where := map[string][]string{}
	for _, row := range table(t, "rows.tsv") {
		where[row[0]] = row
	}
	seen := 0
	for _, row := range table(t, "operations.tsv") {
		n, group, model, title := row[0], row[1], row[2], row[3]
		if group == "image" || group == "video" {
			continue
		}
		seen++
		at, ok := where[n]
		if !ok {
			t.Errorf("row %s (%s, %s) is proved nowhere", n, model, title)
			continue
		}
		if want := strings.ReplaceAll(model, "/", "--"); model != "-" && at[1] != want {
			t.Errorf("row %s is of %s, and proved by %s", n, model, at[1])
		}
		if archived(t, at[1])[at[2]+"/request"] == "" {
			t.Errorf("row %s: %s.txtar has no section %s", n, at[1], at[2])
		}
	}
	if seen != 24 {
		t.Errorf("operations.tsv has %d rows of neither images nor videos, not 24", seen)
	}
}
