package tools

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

// faces are an archive for each way of asking after a job, the call that makes
// one, and where the answer to the question is recorded.
var faces = []struct{ archive, create, query string }{
	{"kling-v2-1", "image_to_video", "kling-v2-1/query"},
	{"kling-v3", "text_to_video", "kling-v3/query"},
	{"sora-2", "text_to_video", "sora-2/query"},
	{"veo-3.1-generate-001", "text_to_video", "veo-3.1-generate-001/query"},
	{"bytedance--doubao-seedance-2-0-260128", "text_to_video", "bytedance--doubao-seedance-2-0-260128/query"},
	{"viduq1", "text_to_video", "viduq1/query"},
	{"fal-ai--veo3.1", "text_to_video", "viduq1/query"},
	{"kling-v2-1", "text_to_image", "kling-v2-1/query_image"},
	{"kling-image-o1", "text_to_image", "kling-image-o1/query"},
}

// A whole job on every face, through the tools: create, a word nobody knows,
// refusals of the question, the result; and a job that failed.
func TestAWholeJobOnEveryFace(t *testing.T) {
	all := map[string]proof{}
	for _, p := range proofs(t) {
		all[p.name()] = p
	}
	for _, face := range faces {
		t.Run(face.archive+"/"+face.create, func(t *testing.T) {
			t.Parallel()
			create, query := all[face.archive+"/"+face.create], all[face.query]
			failed := all[face.query+"-failed"]
			if create.files == nil || query.files == nil {
				t.Fatal("no such evidence")
			}
			var stage atomic.Pointer[func(http.ResponseWriter)]
			say := func(status int, body string, header ...string) func(http.ResponseWriter) {
				return func(w http.ResponseWriter) {
					for i := 0; i+1 < len(header); i += 2 {
						w.Header().Set(header[i], header[i+1])
					}
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(status)
					w.Write([]byte(body))
				}
			}
			next := func(f func(http.ResponseWriter)) { stage.Store(&f) }
			up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					say(create.status(), create.files["response.json"])(w)
					return
				}
				(*stage.Load())(w)
			})
			h := newHouse(t, up.URL, func(s *jobs.Service) { s.Models = enabled })
			ctx := context.Background()
			args := create.json(t, "args.json")
			args["wait_seconds"], args["save"] = 0, false
			made := h.call(t, ctx, create.files["tool"], args)
			id, _ := made.Structured["task_id"].(string)
			if id == "" || made.Structured["status"] == "succeeded" {
				t.Fatalf("the create answered %v %s", made.Structured, made.Text)
			}
			ask := func() result {
				return h.call(t, ctx, "query_task", map[string]any{"task_id": id, "save": false})
			}

			next(say(http.StatusOK, reworded(t, query.files["response.json"], "pondering")))
			if got := ask(); got.Structured["status"] != "running" {
				t.Errorf("a word nobody knows is %v %s, want running", got.Structured["status"], got.Text)
			}
			for _, refusal := range []struct {
				status int
				body   string
				code   string
				header []string
			}{
				{404, `{"error":{"message":"video task does not exist","type":"invalid_request_error"}}`, "not_found", nil},
				{402, `{"error":{"message":"the key's daily quota is used up","type":"quota_exceeded"}}`, "quota_exhausted", nil},
				{429, `{"error":{"message":"too many requests","type":"rate_limit_error"}}`, "rate_limited", []string{"Retry-After", "120"}},
			} {
				next(say(refusal.status, refusal.body, refusal.header...))
				got := ask()
				if got.code() != refusal.code {
					t.Errorf("%d is %q, want %s: %s", refusal.status, got.code(), refusal.code, got.Text)
				}
				if !strings.Contains(got.Text, id) {
					t.Errorf("%d: the answer loses the task id: %s", refusal.status, got.Text)
				}
				if refusal.status == 429 && (got.Error["retryable"] != true || got.Error["retry_after_seconds"] != 120) {
					t.Errorf("429: %v, want retryable after 120 s", got.Error)
				}
			}
			next(say(query.status(), query.files["response.json"]))
			got := ask()
			if got.Structured["status"] != "succeeded" {
				t.Errorf("the finished job is %v: %s", got.Structured["status"], got.Text)
			}
			if outputs, _ := got.Structured["outputs"].([]any); len(outputs) == 0 {
				t.Errorf("the finished job has no outputs: %v", got.Structured)
			}
			asked := len(up.requests())
			if again := ask(); again.Structured["status"] != "succeeded" || len(up.requests()) != asked {
				t.Errorf("a finished job was asked after again")
			}

			if failed.files == nil {
				return
			}
			args["prompt"] = "another one"
			next(say(failed.status(), failed.files["response.json"]))
			fails := newHouse(t, up.URL, func(s *jobs.Service) { s.Models = enabled })
			id = fails.call(t, ctx, create.files["tool"], maps.Clone(args)).Structured["task_id"].(string)
			bad := fails.call(t, ctx, "query_task", map[string]any{"task_id": id})
			why, _ := bad.Structured["error"].(map[string]any)
			if bad.Structured["status"] != "failed" || why["message"] == "" || why["code"] == nil {
				t.Errorf("the failed job is %v %v: %s", bad.Structured["status"], why, bad.Text)
			}
		})
	}
}

// reworded is a status answer with another word for its status and nothing of
// what it made.
func reworded(t *testing.T, doc, word string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatal(err)
	}
	v["status"] = word
	for _, made := range []string{"task_result", "data", "content", "result", "error"} {
		delete(v, made)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
