package main_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/testdata/crash"
)

// Sixteen processes, as of as many clients of one user, and 208 calls.
const (
	manyProcesses = 16
	callsEach     = 13
)

// Processes that share a state folder don't get in each other's way: all jobs
// are on record, and nobody is told of a locked database.
func TestManyProcessesShareAFolder(t *testing.T) {
	up := crash.NewUpstream()
	defer up.Close()
	up.Slow = 0
	answers := crowd(t, up, nil)
	ids := map[string]bool{}
	for _, a := range answers {
		if a.Error != nil {
			t.Errorf("a call was refused: %v", a.Error)
		}
		id, _ := a.Structured["task_id"].(string)
		ids[id] = true
		if strings.Contains(a.Text, "ledger") || strings.Contains(a.Text, "database") {
			t.Errorf("a caller was told of the ledger: %s", a.Text)
		}
	}
	if len(ids) != manyProcesses*callsEach {
		t.Errorf("%d tasks, want %d", len(ids), manyProcesses*callsEach)
	}
}

// A cap of a day admits exactly what fits, whichever process asks.
func TestManyProcessesFillTheCapExactly(t *testing.T) {
	up := crash.NewUpstream()
	defer up.Close()
	up.Slow = 0
	const fits = 25 // clips of 5 s of kling-v2-5-turbo, at 0.0435 USD a second
	answers := crowd(t, up, []string{fmt.Sprintf("NEXCONN_MAX_USD_PER_DAY=%v", fits*5*.0435)})
	admitted := 0
	for _, a := range answers {
		switch {
		case a.Error == nil:
			admitted++
		case a.Error["code"] != "budget_exceeded":
			t.Errorf("refused with %v", a.Error)
		}
	}
	if admitted != fits || len(up.Creates("call-1")) != fits {
		t.Errorf("%d calls were admitted and %d were sent, want %d", admitted, len(up.Creates("call-1")), fits)
	}
}

// crowd has every process make its calls at once, and gives the answers. What
// one process then lists is what all have made.
func crowd(t *testing.T, up *crash.Upstream, env []string) []crash.Answer {
	t.Helper()
	dir := t.TempDir()
	env = append([]string{"HOME=" + dir, "NEXCONN_API_KEY=sk-many", "NEXCONN_BASE_URL=" + up.URL + "/v1", "NEXCONN_LOG_LEVEL=error",
		"NEXCONN_STATE_DIR=" + filepath.Join(dir, "state"), "NEXCONN_OUTPUT_DIR=" + filepath.Join(dir, "out")}, env...)
	bin := program(t)
	var mu sync.Mutex
	var answers []crash.Answer
	var callers sync.WaitGroup
	processes := make([]*crash.Process, manyProcesses)
	for i := range processes {
		p, err := crash.StartStdio(bin, env)
		if err != nil {
			t.Fatal(err)
		}
		processes[i] = p
		t.Cleanup(func() {
			p.Kill()
			if log := p.Log(); log != "" {
				t.Errorf("a process complained: %s", log)
			}
		})
	}
	for _, p := range processes {
		for range callsEach {
			callers.Go(func() {
				a, err := p.Call("generate_video", map[string]any{"model": "kling-v2-5-turbo", "prompt": "call-1", "seconds": 5})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				answers = append(answers, a)
			})
		}
	}
	callers.Wait()
	admitted := 0
	for _, a := range answers {
		if a.Error == nil {
			admitted++
		}
	}
	tasks, err := crash.Listed(processes[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(tasks) != admitted {
		t.Errorf("%d tasks on record, want %d", len(tasks), admitted)
	}
	return answers
}
