package tools

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

// Of several tasks the answer comes as soon as one ends; the others stand as they
// are, in the order in which they were asked after.
func TestSeveralTasks(t *testing.T) {
	begun := time.Now()
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		status := "in_progress"
		if strings.HasSuffix(r.URL.Path, "-2") && time.Since(begun) > 300*time.Millisecond {
			status = "failed"
		}
		fmt.Fprintf(w, `{"id":"x","status":%q}`, status)
	})
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.PollScale = 0.02 })
	ids := []any{"kling-v3:qvideo-u42-1", "kling-v3:qvideo-u42-2", "kling-v3:qvideo-u42-1", "nonsense"}
	for _, wait := range []int{0, 20} {
		asked := time.Now()
		r := h.call(t, t.Context(), "query_task", map[string]any{"task_ids": ids, "wait_seconds": wait, "save": false})
		tasks, _ := r.Structured["tasks"].([]any)
		if r.Error != nil || len(tasks) != 3 {
			t.Fatalf("%v %v", r.Error, r.Structured)
		}
		at := func(i int, name string) any { return tasks[i].(map[string]any)[name] }
		second := "running"
		if wait > 0 {
			second = "failed"
		}
		if at(0, "status") != "running" || at(1, "status") != second || at(0, "task_id") != ids[0] || at(1, "task_id") != ids[1] {
			t.Errorf("after %d s: %v", wait, tasks)
		}
		if wrong, _ := at(2, "error").(map[string]any); wrong["code"] == nil || at(2, "task_id") != "nonsense" {
			t.Errorf("what is no task: %v", tasks[2])
		}
		for _, id := range ids {
			if !strings.Contains(r.Text, id.(string)) {
				t.Errorf("the text leaves %s out: %s", id, r.Text)
			}
		}
		if took := time.Since(asked); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	}
	many := make([]any, 21)
	for i := range many {
		many[i] = fmt.Sprint("kling-v3:qvideo-u42-", i)
	}
	for field, args := range map[string]map[string]any{
		"task_id":  {},
		"task_ids": {"task_ids": many},
	} {
		if r := h.call(t, t.Context(), "query_task", args); r.code() != "invalid_argument" || r.Error["field"] != field {
			t.Errorf("%v: %v", args, r.Error)
		}
	}
	if r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": ids[0], "task_ids": ids}); r.code() != "invalid_argument" {
		t.Errorf("both: %v", r.Error)
	}
}
