package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/testdata/crash"
)

// fullMB is the size that a report needs, mostMB what its saving may add to the
// memory of the program.
const (
	fullMB = 300
	mostMB = 30
)

// A large clip goes to the disk without going through the memory, and arrives
// whole although its transfer is cut three times.
func TestLargeResult(t *testing.T) {
	size := number(t, "NEXCONN_LARGE_MB", 20)
	up := crash.NewUpstream()
	defer up.Close()
	up.Takes, up.Slow, up.Pause, up.Bytes, up.Cuts = 0, 0, 0, size<<20, 3
	dir := t.TempDir()
	p, err := crash.StartStdio(program(t), []string{"HOME=" + dir, "NEXCONN_API_KEY=sk-large", "NEXCONN_BASE_URL=" + up.URL + "/v1",
		"NEXCONN_STATE_DIR=" + filepath.Join(dir, "state"), "NEXCONN_OUTPUT_DIR=" + filepath.Join(dir, "out"), "NEXCONN_LOG_LEVEL=error"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(tool string, args map[string]any) map[string]any {
		a, err := p.Call(tool, args)
		if err != nil || a.Error != nil {
			t.Fatalf("%s: %v %v", tool, a.Error, err)
		}
		return a.Structured
	}
	task := ask("generate_video", map[string]any{"model": "kling-v3", "prompt": "A lighthouse, call-1"})
	id := up.Creates("call-1")[0].ID
	before, err := p.PeakMB()
	if err != nil {
		t.Skip("the system does not tell the peak of a process's memory")
	}
	begin := time.Now()
	var path string
	for path == "" && time.Since(begin) < 2*time.Minute {
		saved := ask("query_task", map[string]any{"task_id": task["task_id"], "wait_seconds": 50})
		outputs, _ := saved["outputs"].([]any)
		if len(outputs) != 1 {
			t.Fatalf("%v", saved)
		}
		path, _ = outputs[0].(map[string]any)["path"].(string)
	}
	took := time.Since(begin)
	after, err := p.PeakMB()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := crash.Sum(path)
	if err != nil || !up.Made(sum) {
		t.Errorf("what was saved is not what was made: %v", err)
	}
	if n := up.Transfers(id + ".mp4"); n != 4 {
		t.Errorf("%d transfers, want 4: three cuts and the rest", n)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "out", ".nexconn-*")); len(parts) > 0 {
		t.Errorf("left behind: %v", parts)
	}
	if after-before > mostMB {
		t.Errorf("saving %d MiB took %.1f MB of memory, from %.1f to %.1f", size, after-before, before, after)
	}
	t.Logf("%d MiB in %s: peak from %.1f MB to %.1f MB", size, took, before, after)
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if golden.Update() && size >= fullMB && !t.Failed() {
		golden.Section(t, "docs/reliability.md", "large", fmt.Sprintf(
			"| result | peak before | peak after | took |\n|---|---|---|---|\n| %d MiB, cut three times | %.1f MB | %.1f MB (+%.1f) | %.1f s |",
			size, before, after, after-before, took.Seconds()))
	}
	_ = os.Remove(path) // it is large, and the folder is only cleared at the end
}
