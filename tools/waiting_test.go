package tools

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func (s *standIn) gets(path string) int {
	n := 0
	for _, r := range s.requests() {
		if r.method == http.MethodGet && strings.HasPrefix(r.path, path) {
			n++
		}
	}
	return n
}

func TestOnePollerHoweverManyWait(t *testing.T) {
	var ended atomic.Bool
	running, completed := answers("in_progress"), answers("completed")
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if ended.Load() {
			completed(w, r)
			return
		}
		running(w, r)
	})
	// 15 s between polls become 0.3 s.
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.PollScale = 0.02 })
	id := h.call(t, t.Context(), "generate_video", film).Structured["task_id"]
	if n := up.gets("/v1/videos/"); n != 0 {
		t.Fatalf("%d polls with wait_seconds 0, want none", n)
	}
	var callers sync.WaitGroup
	begin := time.Now()
	for range 200 {
		callers.Go(func() {
			r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "wait_seconds": 30, "save": false})
			if r.Structured["status"] != "succeeded" {
				t.Errorf("%v %v", r.Structured["status"], r.Error)
			}
		})
	}
	time.AfterFunc(2*time.Second, func() { ended.Store(true) })
	callers.Wait()
	took := time.Since(begin)
	// One question when they came, the poller's ten a second at most, and its last.
	if most := int(took/(100*time.Millisecond)) + 3; up.gets("/v1/videos/") > most {
		t.Errorf("%d polls in %s for 200 callers", up.gets("/v1/videos/"), took)
	}
	if took > 10*time.Second {
		t.Errorf("the end was told after %s", took)
	}
}

func TestCancelDoesNotCutASubmission(t *testing.T) {
	for tool, args := range map[string]map[string]any{"generate_video": film, "generate_image": with(draw, "wait_seconds", 20), "chat": speak, "native_chat": write} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			well := slowly(answers("in_progress"))
			up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					close(arrived)
				}
				well(w, r)
			})
			book := &bookkeeper{Ledger: ledger.OpenMemory()}
			h := newHouse(t, up.URL+"/v1", book.keep)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-arrived; cancel() }()
			r := h.call(t, ctx, tool, with(args, "idempotency_key", "k"))
			if r.code() != "cancelled" {
				t.Errorf("answered %v %v", r.Error, r.Structured)
			}
			again := h.call(t, t.Context(), tool, with(args, "idempotency_key", "k"))
			row := book.rows(t)[0]
			if again.Error != nil || len(up.sent()) != 1 || row.Status == ledger.Intent || row.Status == nexconn.Unknown {
				t.Errorf("the job is on record as %s, its key answers %v %v", row.Status, again.Structured, again.Error)
			}
		})
	}
}

func TestCancelledBeforeItBeganSendsNothing(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	book := &bookkeeper{Ledger: ledger.OpenMemory()}
	h := newHouse(t, up.URL+"/v1", book.keep)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for tool, args := range map[string]map[string]any{"generate_video": film, "generate_image": draw, "chat": speak} {
		for _, args := range []map[string]any{args, with(args, "idempotency_key", "k")} {
			if r := h.call(t, ctx, tool, args); r.code() != "cancelled" {
				t.Errorf("%s: %v", tool, r.Error)
			}
		}
	}
	if rows := book.rows(t); len(rows)+len(up.requests()) != 0 {
		t.Errorf("%d rows, %d requests", len(rows), len(up.requests()))
	}
}

func TestWaitIsClamped(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.MaxWait = 1500 * time.Millisecond })
	begin := time.Now()
	r := h.call(t, t.Context(), "generate_video", with(film, "wait_seconds", 600))
	id := r.Structured["task_id"]
	q := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "wait_seconds": 600})
	for _, r := range []result{r, q} {
		if !strings.Contains(fmt.Sprint(r.warnings()), "at most 1.5") || r.Structured["status"] != "running" {
			t.Errorf("%v %v", r.Structured, r.Error)
		}
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("waited %s", took)
	}
	if r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "wait_seconds": -1}); r.code() != "invalid_argument" {
		t.Errorf("a negative wait: %v", r.Error)
	}
}

func TestUnknownWordIsRunning(t *testing.T) {
	up := newStandIn(t, answers("reticulating"))
	h := newHouse(t, up.URL+"/v1", nil)
	id := h.call(t, t.Context(), "generate_video", film).Structured["task_id"]
	r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id})
	if r.Structured["status"] != "running" || r.Structured["next"] == nil {
		t.Errorf("%v %v", r.Structured, r.Error)
	}
}

func TestExpiringLinksAreTold(t *testing.T) {
	links := map[string]string{
		fmt.Sprintf("?e=%d", time.Now().Add(-time.Hour).Unix()):      "expired at",
		fmt.Sprintf("?e=%d", time.Now().Add(time.Hour).Unix()):       "expires at",
		fmt.Sprintf("?e=%d", time.Now().Add(30*24*time.Hour).Unix()): "",
	}
	for query, want := range links {
		up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"id":"qvideo-u42-1","status":"completed","seconds":"5","task_result":{"videos":[{"id":"1","url":"https://cdn.example/1.mp4%s","duration":"5"}]}}`, query)
		})
		h := newHouse(t, up.URL+"/v1", nil)
		r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1", "save": false})
		told := fmt.Sprint(r.warnings())
		if r.Error != nil || (want == "") == strings.Contains(told, "expire") || !strings.Contains(told, want) {
			t.Errorf("%s: %v %v, want %q", query, r.warnings(), r.Error, want)
		}
	}
}

// Work that is answered at once is joined by query_task, in this process and
// in another.
func TestLocalWorkIsJoined(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		t.Run(fmt.Sprintf("elsewhere %v", elsewhere), func(t *testing.T) {
			up := newStandIn(t, slowly(answers("")))
			state := t.TempDir()
			open := func(s *jobs.Service) {
				s.Ledger = inState(state)
			}
			one, two := newHouse(t, up.URL+"/v1", open), newHouse(t, up.URL+"/v1", open)
			if !elsewhere {
				two = one
			}
			r := one.call(t, t.Context(), "generate_image", with(draw, "wait_seconds", 0))
			id, _ := r.Structured["task_id"].(string)
			if r.Structured["status"] != "running" || !strings.Contains(id, ":local-") {
				t.Fatalf("%v %v", r.Structured, r.Error)
			}
			q := two.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "wait_seconds": 20})
			if q.Structured["status"] != "succeeded" || q.Structured["task_id"] != id || len(up.requests()) != 1 {
				t.Errorf("%v %v, %d requests", q.Structured, q.Error, len(up.requests()))
			}
		})
	}
}
