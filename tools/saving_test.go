package tools

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Many who save one job at once get the one file of one download.
func TestSavingAtOnceIsOneDownload(t *testing.T) {
	clip, err := os.ReadFile("../nexconn/sandbox/clips/16x9.mp4")
	if err != nil {
		t.Fatal(err)
	}
	var downloads atomic.Int64
	var up *standIn
	up = newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/clip.mp4" {
			downloads.Add(1)
			time.Sleep(200 * time.Millisecond)
			w.Header().Set("Content-Type", "video/mp4")
			w.Write(clip)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"qvideo-u42-1","model":"kling-v3","status":"completed","created_at":1766000000,
			"task_result":{"videos":[{"id":"1","url":"%s/clip.mp4","duration":"5"}]}}`, up.URL)
	})
	h := newHouse(t, up.URL, nil)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			got := h.call(t, t.Context(), "save_outputs", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
			outputs, _ := got.Structured["outputs"].([]any)
			if len(outputs) != 1 {
				t.Errorf("saved %v: %s", outputs, got.Text)
				return
			}
			path, _ := outputs[0].(map[string]any)["path"].(string)
			if kept, err := os.ReadFile(path); err != nil || len(kept) != len(clip) {
				t.Errorf("%s has %d bytes, want %d: %v", path, len(kept), len(clip), err)
			}
		})
	}
	callers.Wait()
	if n := downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}
