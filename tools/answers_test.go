package tools

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// answering is a service that gives one answer to creates and one to queries.
func answering(t *testing.T, create, query string) *standIn {
	return newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer := create
		if r.Method == http.MethodGet {
			answer = query
		}
		fmt.Fprint(w, answer)
	})
}

// A job that ends with less than was asked for says so, even where the service
// doesn't.
func TestFewerThanAskedIsTold(t *testing.T) {
	clip := `{"url":"https://cdn.example.com/1.mp4","mimeType":"video/mp4"}`
	for name, test := range map[string]struct{ tool, create, query, want string }{
		"a clip without a reason": {"generate_video", `{"id":"chatvideo-1"}`, `{"id":"chatvideo-1","status":"Completed","data":{"videos":[` + clip + `]}}`, "1 of the 3 asked for arrived"},
		"clips withheld":          {"generate_video", `{"id":"chatvideo-1"}`, `{"id":"chatvideo-1","status":"Completed","data":{"raiMediaFilteredCount":2,"videos":[` + clip + `]}}`, "withheld 2"},
		"a picture":               {"generate_image", `{"task_id":"image-1"}`, `{"task_id":"image-1","status":"succeed","data":[{"index":0,"url":"https://cdn.example.com/0.png"}]}`, "1 of the 3 asked for arrived"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, answering(t, test.create, test.query).URL, nil)
			args := map[string]any{"model": "veo-3.1-fast-generate-001", "prompt": "a pear", "count": 3, "seconds": 6, "save": false, "wait_seconds": 5}
			if test.tool == "generate_image" {
				args["model"] = "kling-v1"
				delete(args, "seconds")
			}
			got := h.call(t, t.Context(), test.tool, args)
			told := fmt.Sprint(got.warnings())
			if got.Structured["status"] != "succeeded" || strings.Count(told, test.want) != 1 || strings.Contains(told, "arrived") && strings.Contains(told, "withheld") {
				t.Errorf("want %q once: %v %s %s", test.want, got.Error, told, got.Text)
			}
		})
	}
}

// A create whose answer is the end of the job is settled like one that ended
// later: a failed job costs nothing.
func TestFailedInTheAnswerToTheCreate(t *testing.T) {
	up := answering(t, `{"id":"qvideo-u42-1","object":"video","model":"kling-v3","status":"failed","error":{"code":"generation_failed","message":"content does not comply"}}`, `{}`)
	h := newHouse(t, up.URL, nil)
	got := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "a pear"})
	if got.Structured["status"] != "failed" || got.Structured["estimated_usd"] != 0.0 {
		t.Errorf("%v %v", got.Error, got.Structured)
	}
	if total := h.call(t, t.Context(), "get_usage", nil).Structured["total"].(map[string]any); total["estimated_usd"] != 0.0 {
		t.Errorf("usage: %v", total)
	}
}

// A link that is never fetched is not promised to be saved, and trying again is
// not advised.
func TestLinkThatIsNeverFetched(t *testing.T) {
	up := answering(t, `{"id":"qvideo-u42-1"}`, `{"id":"qvideo-u42-1","model":"kling-v3","status":"completed","task_result":{"videos":[{"id":"1","url":"http://cdn.example.com/1.mp4","duration":"5"}]}}`)
	h := newHouse(t, up.URL, nil)
	for _, save := range []bool{false, true} {
		got := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1", "save": save})
		if told := fmt.Sprint(got.warnings()); strings.Contains(told, "save_outputs keeps it") || !strings.Contains(told, "never fetches") {
			t.Errorf("save %v: %s", save, told)
		}
	}
	got := h.call(t, t.Context(), "save_outputs", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
	if got.code() != "forbidden" || got.Error["retryable"] != false || strings.Contains(got.Text, "expired") {
		t.Errorf("%v %s", got.Error, got.Text)
	}
}

// Where the service doesn't tell how long clips are, usage counts what was
// asked for.
func TestSecondsOfClipsWithoutALength(t *testing.T) {
	clips := `{"url":"https://cdn.example.com/1.mp4","mimeType":"video/mp4"},{"url":"https://cdn.example.com/2.mp4","mimeType":"video/mp4"}`
	up := answering(t, `{"id":"chatvideo-1"}`, `{"id":"chatvideo-1","status":"Completed","data":{"videos":[`+clips+`]}}`)
	h := newHouse(t, up.URL, nil)
	got := h.call(t, t.Context(), "generate_video", map[string]any{"model": "veo-3.1-generate-001", "prompt": "a pear", "seconds": 6, "count": 2, "save": false, "wait_seconds": 5})
	if got.Structured["status"] != "succeeded" {
		t.Fatalf("%v %s", got.Error, got.Text)
	}
	total, _ := h.call(t, t.Context(), "get_usage", nil).Structured["total"].(map[string]any)
	if total["seconds"] != 12.0 || total["estimated_usd"] != got.Structured["estimated_usd"] {
		t.Errorf("usage: %v, the task: %v", total, got.Structured["estimated_usd"])
	}
}

// A key that no record can hold is the caller's fault, not the ledger's.
func TestKeysAreInPlainCharacters(t *testing.T) {
	up := answering(t, `{"id":"qvideo-u42-1"}`, `{}`)
	h := newHouse(t, up.URL, nil)
	for tool, args := range map[string]map[string]any{
		"generate_video": {"model": "kling-v3", "prompt": "a pear", "idempotency_key": "a\x00b"},
		"chat":           {"model": "deepseek-v3", "prompt": "hello", "idempotency_key": "a\x00b"},
		"native_chat":    {"protocol": "anthropic", "model": "x\x00y", "body": map[string]any{"max_tokens": 9}},
		"upload_file":    {"source_url": "https://example.com/a.mp4", "model": "gemini-2.5-flash", "idempotency_key": "a\x00b"},
	} {
		if got := h.call(t, t.Context(), tool, args); got.code() != "invalid_argument" || got.Error["field"] == nil {
			t.Errorf("%s: %v %s", tool, got.Error, got.Text)
		}
	}
	if n := len(up.sent()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A picture whose only copy was moved away is not offered for the next step.
func TestPictureThatIsGone(t *testing.T) {
	up := answering(t, `{"created":1766000000,"data":[{"b64_json":"`+onePixel+`"}],"output_format":"png"}`, `{}`)
	h := newHouse(t, up.URL, nil)
	got := h.call(t, t.Context(), "generate_image", map[string]any{"model": "gemini-2.5-flash-image", "prompt": "a pear"})
	made := got.Structured["outputs"].([]any)[0].(map[string]any)
	if err := os.Remove(made["path"].(string)); err != nil {
		t.Fatal(err)
	}
	id := got.Structured["task_id"].(string)
	got = h.call(t, t.Context(), "query_task", map[string]any{"task_id": id})
	out := got.Structured["outputs"].([]any)[0].(map[string]any)
	if out["uri"] != nil || got.Structured["next"] != nil || !strings.Contains(fmt.Sprint(got.warnings()), "no longer where it was put") {
		t.Errorf("%v %v", out, got.Structured)
	}
	got = h.call(t, t.Context(), "edit_image", map[string]any{"model": "gemini-2.5-flash-image", "prompt": "redder", "images": []string{id + "#0"}})
	if got.code() != "not_found" || !strings.Contains(got.Text, "no longer where it was put") {
		t.Errorf("%v %s", got.Error, got.Text)
	}
}

// While the caller waits, one failed question is no answer.
func TestWaitGoesOnAfterAPassingError(t *testing.T) {
	var asked atomic.Int64
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"error":{"code":"rate_limit","message":"slow down"}}`)
			return
		}
		fmt.Fprint(w, `{"id":"qvideo-u42-1","model":"kling-v3","status":"in_progress"}`)
	})
	h := newHouse(t, up.URL, nil)
	// The first question puts the job on record.
	for range 2 {
		h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
	}
	asked.Store(0)
	if got := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1", "wait_seconds": 2}); got.Structured["status"] != "running" {
		t.Errorf("with a wait: %v %s", got.Error, got.Text)
	}
	asked.Store(0)
	if got := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1"}); got.code() != "rate_limited" {
		t.Errorf("without: %v %s", got.Error, got.Text)
	}
}

// A download that outlasts its call leaves it in time, whoever began it, and
// everybody who waits hears that it goes on.
func TestSaveReturnsInTime(t *testing.T) {
	var up *standIn
	up = newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/clip.mp4" {
			w.Header().Set("Content-Type", "video/mp4")
			w.Header().Set("Content-Length", "5000")
			w.Write(make([]byte, 100))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"qvideo-u42-1","model":"kling-v3","status":"completed","task_result":{"videos":[{"id":"1","url":"%s/clip.mp4","duration":"5"}]}}`, up.URL)
	})
	t.Cleanup(up.CloseClientConnections)
	h := newHouse(t, up.URL, func(s *jobs.Service) { s.MaxWait = time.Second })
	for range 2 {
		begin := time.Now()
		got := h.call(t, t.Context(), "save_outputs", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("answered after %v", took)
		}
		if got.code() != "timeout" || got.Error["retryable"] != true || !strings.Contains(got.Text, "still being saved") {
			t.Errorf("%v %s", got.Error, got.Text)
		}
	}
}

// A dry run asks nobody, not even how an earlier task stands.
func TestDryRunSendsNothing(t *testing.T) {
	up := answering(t, `{}`, `{}`)
	h := newHouse(t, up.URL, nil)
	for tool, test := range map[string]struct {
		args map[string]any
		want string
	}{
		"remix_video":    {map[string]any{"task_id": "sora-2:qvideo-u42-1", "prompt": "at night"}, "/v1/videos/qvideo-u42-1/remix"},
		"generate_video": {map[string]any{"model": "kling-v3", "prompt": "waves", "first_frame": "kling-v1:image-u42-1#0"}, "kling-v1:image-u42-1#0"},
		"chat":           {map[string]any{"model": "gemini-2.5-flash", "prompt": "what is it?", "attachments": []string{"kling-v1:image-u42-1#0"}}, "kling-v1:image-u42-1#0"},
	} {
		test.args["dry_run"] = true
		got := h.call(t, t.Context(), tool, test.args)
		if doc := fmt.Sprint(got.Structured); got.Structured["dry_run"] != true || !strings.Contains(doc, test.want) {
			t.Errorf("%s: %v %v", tool, got.Error, doc)
		}
	}
	if n := len(up.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A request larger than a model is said to take goes out with a warning.
func TestLargeRequestIsWarnedOf(t *testing.T) {
	t.Parallel()
	up := answering(t, `{"request_id":"r-1","status":"IN_QUEUE"}`, `{}`)
	h := newHouse(t, up.URL, nil)
	root := h.out
	var refs []string
	for i := range 3 {
		path := filepath.Join(root, fmt.Sprintf("noise-%d.png", i))
		if err := os.WriteFile(path, noise(), 0o644); err != nil {
			t.Fatal(err)
		}
		refs = append(refs, path)
	}
	got := h.call(t, t.Context(), "generate_video", map[string]any{"model": "viduq2-pro", "prompt": "a pear", "reference_images": refs})
	if told := fmt.Sprint(got.warnings()); !strings.Contains(told, "takes up to 20 MB") || len(up.sent()) != 1 {
		t.Errorf("%d sent, %v %s", len(up.sent()), got.Error, told)
	}
}

// What only this process holds stands in lists like all else, page by page.
func TestListOfTwoLedgers(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	book := &breakable{Ledger: ledger.OpenMemory()}
	h := newHouse(t, up.URL, func(s *jobs.Service) {
		s.Ledger = keeping(book)
	})
	var made []string
	for i := range 9 {
		book.broken.Store(i/3 == 1)
		got := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": fmt.Sprint("clip ", i)})
		id, _ := got.Structured["task_id"].(string)
		made = append([]string{id}, made...)
		time.Sleep(2 * time.Millisecond)
	}
	book.broken.Store(false)
	for _, limit := range []int{1, 2, 5, 20} {
		var listed []string
		args := map[string]any{"limit": limit}
		for range 20 {
			page := h.call(t, t.Context(), "list_tasks", args).Structured
			for _, task := range page["tasks"].([]any) {
				listed = append(listed, task.(map[string]any)["task_id"].(string))
			}
			if page["next_cursor"] == nil {
				break
			}
			args["cursor"] = page["next_cursor"]
		}
		if !slices.Equal(listed, made) {
			t.Errorf("limit %d: listed %v, want %v", limit, listed, made)
		}
	}
}
