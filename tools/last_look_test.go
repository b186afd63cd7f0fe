package tools

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

// Callers whose time is up together look once more together.
func TestLastLooksAreShared(t *testing.T) {
	began := time.Now()
	var mu sync.Mutex
	late := 0
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if time.Since(began) > time.Second {
			mu.Lock()
			late++
			mu.Unlock()
		}
		time.Sleep(50 * time.Millisecond)
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"id":"qvideo-1","status":"in_progress"}`))
	})
	h := newHouse(t, up.URL, func(s *jobs.Service) { s.PollScale = 100 })
	var calls sync.WaitGroup
	for range 6 {
		calls.Go(func() {
			h.call(t, context.Background(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-1", "wait_seconds": 2})
		})
	}
	calls.Wait()
	if late != 1 {
		t.Errorf("the service was asked %d times at the end", late)
	}
}
