package tools

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const evidence = "../testdata/upstream"

// proof is one call of the documents: testdata/upstream/README.md.
type proof struct {
	archive, section string
	files            map[string]string
}

func (p proof) name() string { return p.archive + "/" + p.section }

func (p proof) status() int {
	if n, err := strconv.Atoi(p.files["status"]); err == nil {
		return n
	}
	return http.StatusOK
}

func (p proof) json(t *testing.T, file string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(p.files[file]), &v); err != nil {
		t.Fatalf("%s/%s: %v", p.name(), file, err)
	}
	return v
}

func proofs(t *testing.T) []proof {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(evidence, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no evidence: %v", err)
	}
	var all []proof
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string]map[string]string{}
		for _, f := range archive.Files {
			section, file, _ := strings.Cut(f.Name, "/")
			if sections[section] == nil {
				sections[section] = map[string]string{}
			}
			sections[section][file] = strings.TrimSpace(string(f.Data))
		}
		for _, section := range slices.Sorted(maps.Keys(sections)) {
			all = append(all, proof{strings.TrimSuffix(filepath.Base(name), ".txtar"), section, sections[section]})
		}
	}
	return all
}

// enabled is the catalogue with what waits for the models file switched on.
func enabled() catalog.Set {
	set := slices.Clone(catalog.Builtin())
	for i := range set {
		set[i].Off = false
	}
	return set
}

// Every recorded call, made through the tools, sends exactly the recorded
// request and answers what the recorded response means.
func TestEvidenceThroughTheTools(t *testing.T) {
	all := proofs(t)
	for _, p := range all {
		t.Run(p.name(), func(t *testing.T) {
			t.Parallel()
			p.prove(t, all)
		})
	}
}

func (p proof) prove(t *testing.T, all []proof) {
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, all) })
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Models = enabled })
	args := p.json(t, "args.json")
	tool := p.files["tool"]
	switch tool {
	case "generate_image", "edit_image", "generate_video", "remix_video":
		args["wait_seconds"], args["save"] = 0, false
	case "query_task":
		args["save"] = false
	case "upload_file":
		args["wait_seconds"] = 0
	}
	ctx := context.Background()
	got := h.call(t, ctx, tool, args)
	if id, _ := got.Structured["task_id"].(string); strings.Contains(id, ":local-") && got.Structured["status"] == "running" {
		got = h.call(t, ctx, "query_task", map[string]any{"task_id": id, "wait_seconds": 20})
	}
	p.checkRequest(t, up, got)
	p.checkAnswer(t, got)
}

// answer plays the recorded response for the recorded request, and for any
// other GET the section that records it.
func (p proof) answer(w http.ResponseWriter, r *http.Request, all []proof) {
	at := r.Method + " " + r.URL.RequestURI()
	say := p
	if at != p.files["request"] {
		found := false
		if early, ok := strings.CutSuffix(at, "/status"); ok && early == p.files["request"] {
			// The first question of the queue, so that the second is asked.
			w.Write([]byte(`{"status":"COMPLETED"}`))
			return
		}
		for _, other := range all {
			if other.archive == p.archive && other.files["request"] == at {
				say, found = other, true
				break
			}
		}
		if !found && r.Method == http.MethodGet {
			// The source of a remix: any finished video of the model will do.
			for _, other := range all {
				if other.archive == p.archive && other.section == "query" {
					say, found = other, true
				}
			}
		}
		if !found {
			http.Error(w, `{"error":{"message":"no such route","type":"invalid_request_error"}}`, http.StatusNotFound)
			return
		}
	}
	if sse, ok := say.files["response.sse"]; ok {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Write([]byte(sse + "\n\n"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(say.status())
	w.Write([]byte(say.files["response.json"]))
}

func (p proof) checkRequest(t *testing.T, up *standIn, got result) {
	t.Helper()
	seen := up.requests()
	i := slices.IndexFunc(seen, func(r request) bool { return r.method+" "+r.path == p.files["request"] })
	if i < 0 {
		t.Fatalf("%s was not sent; sent was %v; the answer is %s", p.files["request"], paths(seen), got.Text)
	}
	if strings.HasPrefix(p.files["request"], "POST ") && len(up.sent()) != 1 {
		t.Errorf("sent %d times: %v", len(up.sent()), paths(seen))
	}
	if auth := seen[i].header.Get("Authorization"); auth != "Bearer sk-test" {
		t.Errorf("Authorization is %q", auth)
	}
	for line := range strings.Lines(p.files["header"]) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if got := seen[i].header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if p.files["request.json"] == "" {
		return
	}
	var sent any
	if err := json.Unmarshal(seen[i].body, &sent); err != nil {
		t.Fatalf("the body is no JSON: %v", err)
	}
	if diff := cmp.Diff(any(p.json(t, "request.json")), sent); diff != "" {
		t.Errorf("body (-documented +sent):\n%s", diff)
	}
}

func paths(seen []request) []string {
	list := make([]string, len(seen))
	for i, r := range seen {
		list[i] = r.method + " " + r.path
	}
	return list
}

func (p proof) checkAnswer(t *testing.T, got result) {
	t.Helper()
	switch {
	case p.files["job.json"] != "":
		p.checkJob(t, got)
	case strings.HasPrefix(p.files["answer.json"], "{") && got.Error == nil:
		p.checkSaid(t, got)
	case got.Error != nil && p.status() < 400:
		t.Errorf("answered with an error: %s", got.Text)
	}
}

func (p proof) checkJob(t *testing.T, got result) {
	t.Helper()
	job := p.json(t, "job.json")
	if code, ok := job["error"].(string); ok {
		if got.code() != code {
			t.Errorf("error is %q, want %q (%s)", got.code(), code, got.Text)
		}
		return
	}
	if got.Error != nil {
		t.Fatalf("answered with an error: %s", got.Text)
	}
	if got.Structured["status"] != job["status"] {
		t.Errorf("status is %v, want %v", got.Structured["status"], job["status"])
	}
	if failure, ok := job["failure"].(map[string]any); ok {
		if diff := cmp.Diff(failure, got.Structured["error"]); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
	wanted, _ := job["outputs"].([]any)
	outputs, _ := got.Structured["outputs"].([]any)
	if len(wanted) != len(outputs) {
		t.Fatalf("%d outputs, want %d: %v", len(outputs), len(wanted), got.Structured)
	}
	for i := range wanted {
		want, have := wanted[i].(map[string]any), outputs[i].(map[string]any)
		for _, field := range []string{"url", "seconds", "expires_at", "role"} {
			if v, ok := want[field]; ok && !cmp.Equal(v, have[field]) {
				t.Errorf("outputs[%d].%s is %v, want %v", i, field, have[field], v)
			}
		}
	}
}

func (p proof) checkSaid(t *testing.T, got result) {
	t.Helper()
	want := p.json(t, "answer.json")
	for field, v := range want {
		switch field {
		case "reasoning", "images", "id", "request_id", "created_at", "synced_at", "thinking_blocks":
			continue
		}
		have, ok := got.Structured[field]
		if !ok && (v == "" || v == nil) {
			continue
		}
		if p.files["tool"] == "chat" || field == "status" {
			if diff := cmp.Diff(v, have); diff != "" {
				t.Errorf("%s (-want +got):\n%s", field, diff)
			}
		}
	}
}

// Every operation of the documents is proved in a section about its model.
func TestEveryOperationHasEvidence(t *testing.T) {
	sections := map[string]proof{}
	for _, p := range proofs(t) {
		sections[p.name()] = p
	}
	where := map[string]string{}
	for _, row := range table(t, "rows.tsv") {
		where[row[0]] = row[1] + "/" + row[2]
	}
	proved := 0
	rows := table(t, "operations.tsv")
	for _, row := range rows {
		p, ok := sections[where[row[0]]]
		if !ok {
			t.Errorf("row %s (%s %s) has no evidence", row[0], row[2], row[3])
			continue
		}
		if p.files["source"] == "" || p.files["args.json"] == "" || p.files["request"] == "" ||
			p.files["response.json"]+p.files["response.sse"] == "" {
			t.Errorf("row %s: %s lacks source, arguments, request or response", row[0], p.name())
			continue
		}
		proved++
	}
	t.Logf("%d of %d operations have evidence", proved, len(rows))
	if len(rows) != 99 {
		t.Errorf("operations.tsv has %d rows, the documents list 99", len(rows))
	}
}

func table(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(evidence, name))
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
