package tools

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
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

// A job that ends with less than was asked for says so, be it that the service
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
