package nexconn

import (
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const evidenceDir = "../testdata/upstream"

// proof is one section of an archive; testdata/upstream/README.md says what
// its files mean.
type proof struct {
	archive, section string
	files            map[string]string
}

func (p proof) op() catalog.Op {
	op, _, _ := strings.Cut(p.section, "-")
	return catalog.Op(op)
}

func (p proof) status() int {
	if n, err := strconv.Atoi(p.files["status"]); err == nil {
		return n
	}
	return 200
}

func (p proof) args(t *testing.T) map[string]any {
	t.Helper()
	var args map[string]any
	if err := json.Unmarshal([]byte(p.files["args.json"]), &args); err != nil {
		t.Fatalf("args.json: %v", err)
	}
	return args
}

// model is the one of the archive that makes what the request's path is for.
// allModels is the catalogue with what is switched off until it is enabled.
func allModels() catalog.Set {
	set := slices.Clone(catalog.Builtin())
	for i := range set {
		set[i].Off = false
	}
	return set
}

func (p proof) model(t *testing.T) catalog.Model {
	t.Helper()
	set := allModels()
	kind := catalog.Video
	if strings.Contains(p.files["request"], "/images/") || strings.Contains(p.files["request"], "/kling-image/") {
		kind = catalog.Image
	}
	m, ok := set.Find(kind, strings.ReplaceAll(p.archive, "--", "/"))
	if !ok {
		t.Fatalf("no %s model %s", kind, p.archive)
	}
	return m
}

// proofs are the sections of every archive about images and videos.
func proofs(t *testing.T) []proof {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(evidenceDir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no evidence in %s: %v", evidenceDir, err)
	}
	var all []proof
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
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
		for _, section := range slices.Sorted(maps.Keys(sections)) {
			p := proof{strings.TrimSuffix(filepath.Base(name), ".txtar"), section, sections[section]}
			if slices.Contains([]string{"generate_image", "edit_image", "generate_video", "remix_video", "query_task"}, p.files["tool"]) {
				all = append(all, p)
			}
		}
	}
	return all
}

// Each recorded call makes exactly the recorded request, and its arguments are
// ones the catalogue lets through.
func TestEvidenceRequests(t *testing.T) {
	for _, p := range proofs(t) {
		t.Run(p.archive+"/"+p.section, func(t *testing.T) {
			call := p.call(t)
			if got := call.Method + " " + call.Path; got != p.files["request"] {
				t.Errorf("request is %s, want %s", got, p.files["request"])
			}
			if call.Body.IsZero() {
				if p.files["request.json"] != "" {
					t.Error("the call has no body")
				}
				return
			}
			body, err := io.ReadAll(call.Body.Open())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value(t, p.files["request.json"]), value(t, string(body))); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func (p proof) call(t *testing.T) Call {
	t.Helper()
	m, args := p.model(t), p.args(t)
	var call Call
	var err error
	switch tool := p.files["tool"]; tool {
	case "query_task":
		_, id, _ := strings.Cut(args["task_id"].(string), ":")
		if call, err = statusCall(m, id); strings.HasPrefix(p.section, "result") {
			call.Path = queueRequest(m, id)
		}
	case "remix_video":
		call, err = Build(m, catalog.Remix, &RemixRequest{TaskID: TaskID(args["task_id"].(string)), Prompt: args["prompt"].(string)})
	default:
		if op := catalog.OpOf(m.Kind, args); op != p.op() {
			t.Errorf("the arguments are a %s, the section says %s", op, p.op())
		}
		if faults, _ := m.Check(catalog.Builtin(), p.op(), args); len(faults) > 0 {
			t.Errorf("the catalogue refuses the arguments: %v", faults)
		}
		if m.Kind == catalog.Video {
			var r VideoRequest
			if err := json.Unmarshal([]byte(p.files["args.json"]), &r); err != nil {
				t.Fatal(err)
			}
			if derived := operation(&r); derived != p.op() {
				t.Errorf("the request is a %s, the section says %s", derived, p.op())
			}
			call, err = builtVideo(m, p.op(), r)
		} else {
			var r ImageRequest
			if err := json.Unmarshal([]byte(p.files["args.json"]), &r); err != nil {
				t.Fatal(err)
			}
			if derived := operation(&r); derived != p.op() {
				t.Errorf("the request is a %s, the section says %s", derived, p.op())
			}
			call, err = builtImage(m, p.op(), r)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// Each recorded answer becomes exactly the recorded job.
func TestEvidenceAnswers(t *testing.T) {
	for _, p := range proofs(t) {
		t.Run(p.archive+"/"+p.section, func(t *testing.T) {
			m, body := p.model(t), []byte(p.files["response.json"])
			var job *Job
			var next string
			var err error
			w, _ := wireOf(m)
			if strings.HasPrefix(p.files["request"], "GET ") {
				_, id, _ := strings.Cut(p.args(t)["task_id"].(string), ":")
				job, next, err = w.status(m, id, p.status(), body)
			} else {
				job, err = w.created(body)
			}
			if next != "" {
				next = "GET " + next
			}
			if next != p.files["next"] {
				t.Errorf("the next question is %q, want %q", next, p.files["next"])
			}
			if next != "" {
				return
			}
			if diff := cmp.Diff(value(t, p.files["job.json"]), told(t, job, err)); diff != "" {
				t.Errorf("job (-want +got):\n%s", diff)
			}
		})
	}
}

// told is a job in the form of job.json.
func told(t *testing.T, j *Job, err error) any {
	t.Helper()
	if err != nil {
		return map[string]any{"error": string(CodeOf(err))}
	}
	out := map[string]any{"id": j.ID, "status": j.Status, "usage": j.Usage}
	if j.Progress != nil {
		out["progress"] = *j.Progress
	}
	if j.Failure != nil {
		out["failure"] = j.Failure
	}
	if len(j.Warnings) > 0 {
		out["warnings"] = j.Warnings
	}
	at := func(in map[string]any, key string, moment time.Time) {
		if !moment.IsZero() {
			in[key] = moment.UTC().Format(time.RFC3339)
		}
	}
	at(out, "created_at", j.CreatedAt)
	at(out, "updated_at", j.UpdatedAt)
	var outputs []any
	for _, o := range j.Outputs {
		one := map[string]any{"url": o.URL, "bytes": len(o.Data), "mime": o.MIMEType, "role": o.Role, "seconds": o.Seconds,
			"width": o.Width, "height": o.Height}
		at(one, "expires_at", o.ExpiresAt)
		outputs = append(outputs, one)
	}
	if outputs != nil {
		out["outputs"] = outputs
	}
	doc, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return thin(value(t, string(doc)))
}

// thin leaves out what says nothing, as job.json does.
func thin(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = thin(v[k])
			switch e := v[k].(type) {
			case map[string]any:
				if len(e) == 0 {
					delete(v, k)
				}
			case string:
				if e == "" {
					delete(v, k)
				}
			case float64:
				if e == 0 {
					delete(v, k)
				}
			}
		}
	case []any:
		for i := range v {
			v[i] = thin(v[i])
		}
	}
	return v
}

func value(t *testing.T, doc string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}
