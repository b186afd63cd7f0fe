package nexconn

import (
	"bufio"
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// table is the rows of a .tsv file, comments left out.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(evidenceDir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows [][]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// Every operation on images and videos that the documents list is proved in a
// section about its model.
func TestEveryRowIsProved(t *testing.T) {
	where := map[string][]string{}
	for _, row := range table(t, "rows.tsv") {
		where[row[0]] = row
	}
	seen := 0
	for _, row := range table(t, "operations.tsv") {
		n, group, model, title := row[0], row[1], row[2], row[3]
		if group != "image" && group != "video" {
			continue
		}
		seen++
		at, ok := where[n]
		if !ok {
			t.Errorf("row %s (%s, %s) is proved nowhere", n, model, title)
			continue
		}
		archive, section := at[1], at[2]
		if want := strings.ReplaceAll(model, "/", "--"); !strings.HasPrefix(archive, strings.ToLower(want)) {
			t.Errorf("row %s is of %s, and proved by %s", n, model, archive)
		}
		files := archived(t, archive)
		request := files[section+"/request"]
		if request == "" {
			t.Errorf("row %s: %s.txtar has no section %s", n, archive, section)
			continue
		}
		asks := strings.HasPrefix(request, "GET ")
		if query := regexp.MustCompile(`(?i)^(query|get) `).MatchString(title); query != asks {
			t.Errorf("row %s (%s) is proved by %s", n, title, request)
		}
	}
	if seen != 75 {
		t.Errorf("operations.tsv has %d rows of images and videos, not 75", seen)
	}
}

// Every operation that the catalogue offers has a section, so that a model
// can't promise what nothing shows.
func TestEveryOperationIsProved(t *testing.T) {
	proved := map[string]bool{}
	for _, p := range proofs(t) {
		proved[p.archive+"/"+string(p.op())] = true
	}
	for _, m := range catalog.Builtin() {
		if m.Kind == catalog.Chat || m.Wire == catalog.VeoVideo {
			continue
		}
		for op := range m.Ops {
			if !proved[strings.ReplaceAll(m.ID, "/", "--")+"/"+string(op)] {
				t.Errorf("%s promises %s, which no evidence shows", m.ID, op)
			}
		}
	}
	for _, op := range []catalog.Op{catalog.TextToVideo, catalog.ImageToVideo, catalog.FirstLastFrame, catalog.EditVideo} {
		if !proved["veo-3.1-generate-001/"+string(op)] {
			t.Errorf("no evidence shows %s by Veo", op)
		}
	}
}

func archived(t *testing.T, name string) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join(evidenceDir, name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = strings.TrimSpace(string(f.Data))
	}
	return files
}

// Gemini's image models are talked to as the pages show, pictures included.
func TestEvidenceImageChats(t *testing.T) {
	for _, m := range catalog.Builtin().Of(catalog.Image) {
		if m.Chat == nil {
			continue
		}
		t.Run(m.ID, func(t *testing.T) {
			files := archived(t, m.ID)
			var r ChatRequest
			if err := json.Unmarshal([]byte(files["chat/args.json"]), &r); err != nil {
				t.Fatal(err)
			}
			args, _ := value(t, files["chat/args.json"]).(map[string]any)
			if faults, _ := m.Check(catalog.Builtin(), catalog.Turn, args); len(faults) > 0 {
				t.Errorf("the catalogue refuses the arguments: %v", faults)
			}
			call, _, err := builtChat(m, r)
			if err != nil {
				t.Fatal(err)
			}
			var request, body string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent, _ := io.ReadAll(r.Body)
				request, body = r.Method+" "+r.URL.Path, string(sent)
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, files["chat/response.sse"]+"\n\n")
			}))
			defer s.Close()
			got, err := (&Client{BaseURL: s.URL, Key: "sk-1"}).SendChat(t.Context(), call, nil)
			if err != nil {
				t.Fatal(err)
			}
			if request != files["chat/request"] {
				t.Errorf("request is %s", request)
			}
			if diff := cmp.Diff(value(t, files["chat/request.json"]), value(t, body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			want := value(t, files["chat/answer.json"]).(map[string]any)
			told := map[string]any{"text": got.Text, "reasoning": got.Reasoning, "finish_reason": got.FinishReason, "usage": got.Usage}
			var images []any
			for _, o := range got.Images {
				images = append(images, map[string]any{"bytes": float64(len(o.Data)), "mime": o.MIMEType})
			}
			told["images"] = images
			doc, _ := json.Marshal(told)
			if diff := cmp.Diff(want, value(t, string(doc))); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// Every argument that a model takes is one that a request has.
func TestTakesAreArguments(t *testing.T) {
	known := map[catalog.Kind][]string{
		catalog.Chat: fieldsOf[ChatRequest](t), catalog.Image: fieldsOf[ImageRequest](t), catalog.Video: fieldsOf[VideoRequest](t),
	}
	known[catalog.Chat] = append(known[catalog.Chat], "include_reasoning")
	check := func(m catalog.Model, kind catalog.Kind, takes catalog.Takes) {
		for arg := range takes {
			if !slices.Contains(known[kind], arg) {
				t.Errorf("%s takes %q, which no %s request has", m.ID, arg, kind)
			}
		}
	}
	for _, m := range catalog.Builtin() {
		for op := range m.Ops {
			check(m, m.Kind, m.TakesFor(op))
		}
		if m.Chat != nil {
			check(m, catalog.Chat, m.Chat.Takes)
		}
	}
}

// fieldsOf are the JSON names of a request's fields.
func fieldsOf[T any](t *testing.T) []string {
	t.Helper()
	var names []string
	for f := range reflect.TypeFor[T]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// Every schema that the documents name is named in a comment of the code.
func TestEverySchemaIsNamed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var comments strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range parsed.Comments {
			comments.WriteString(group.Text() + "\n")
		}
	}
	rows := table(t, "schemas.txt")
	if len(rows) != 96 {
		t.Errorf("schemas.txt has %d names, not 96", len(rows))
	}
	for _, row := range rows {
		if !regexp.MustCompile(`\b` + row[0] + `\b`).MatchString(comments.String()) {
			t.Errorf("no comment names the schema %s", row[0])
		}
	}
}
