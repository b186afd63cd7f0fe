package command

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// inHouse is an environment of its own with a home in a test's folder.
func inHouse(t *testing.T, vars map[string]string) (Env, *output, *output) {
	t.Helper()
	home := t.TempDir()
	out, errs := &output{}, &output{}
	return Env{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Home:   home, Dir: home, Stdin: strings.NewReader(""), Stdout: out, Stderr: errs,
		Terminal: func(any) bool { return false },
	}, out, errs
}

// output is what a command writes, readable while it runs.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// An interrupt ends the waiting, not the job: the task_id is told, and asking
// with it again finds the job.
func TestInterruptTellsTheTask(t *testing.T) {
	env, out, errs := inHouse(t, map[string]string{"NEXCONN_SANDBOX": "true"})
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, env, []string{"call", "generate_video", "model=kling-v3", "prompt=[[slow:20s]]", "seconds=5", "--output", "json"})
	}()

	other := env
	var id string
	for id == "" {
		list := &output{}
		other.Stdout = list
		if code := Run(t.Context(), other, []string{"call", "list_tasks", "--output", "json"}); code != 0 {
			t.Fatalf("list_tasks ended with %d: %s", code, errs)
		}
		var tasks struct {
			Tasks []struct {
				TaskID string `json:"task_id"`
				Status string `json:"status"`
			} `json:"tasks"`
		}
		if err := json.Unmarshal([]byte(list.String()), &tasks); err != nil {
			t.Fatal(err)
		}
		if len(tasks.Tasks) == 1 && !strings.Contains(tasks.Tasks[0].TaskID, "local-") {
			id = tasks.Tasks[0].TaskID
		}
		select {
		case code := <-ended:
			t.Fatalf("the call ended by itself with %d: %s", code, errs)
		case <-time.After(20 * time.Millisecond):
		}
	}
	interrupt()
	select {
	case code := <-ended:
		if code != exitFailed {
			t.Errorf("exit code %d, want %d", code, exitFailed)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the interrupt was not heard")
	}
	if !strings.Contains(errs.String(), "The job goes on: "+id) {
		t.Errorf("stderr does not tell %s: %s", id, errs)
	}
	var told struct {
		TaskID string `json:"task_id"`
	}
	if err := json.Unmarshal([]byte(out.String()), &told); err != nil || told.TaskID != id {
		t.Errorf("stdout has no result of %s: %s", id, out)
	}
}

func TestArguments(t *testing.T) {
	env, _, _ := inHouse(t, nil)
	env.Stdin = strings.NewReader("from stdin\n")
	if err := os.WriteFile(filepath.Join(env.Dir, "prompt.txt"), []byte("two\nlines\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := shape{properties: map[string]property{"prompt": {Type: "string"}, "images": {Type: "array"}, "extra": {Type: "object"}}}
	for _, test := range []struct {
		json  string
		pairs []string
		want  map[string]any
		fault string
	}{
		{pairs: []string{"prompt=a=b"}, want: map[string]any{"prompt": "a=b"}},
		{pairs: []string{"prompt="}, want: map[string]any{"prompt": ""}},
		{pairs: []string{"prompt=@prompt.txt"}, want: map[string]any{"prompt": "two\nlines"}},
		{pairs: []string{"prompt=@-"}, want: map[string]any{"prompt": "from stdin"}},
		{pairs: []string{`extra:={"a":[1]}`}, want: map[string]any{"extra": map[string]any{"a": []any{json.Number("1")}}}},
		{pairs: []string{"images=a", `images:=["b","c"]`}, want: map[string]any{"images": []any{"a", "b", "c"}}},
		{json: `{"prompt":"x","images":["y"]}`, pairs: []string{"images=z"}, want: map[string]any{"prompt": "x", "images": "z"}},
		{pairs: []string{"prompt=a", "prompt=b"}, fault: "prompt is given twice"},
		{pairs: []string{"prompt"}, fault: `"prompt" is not key=value`},
		{pairs: []string{"=x"}, fault: `"=x" is not key=value`},
		{pairs: []string{"extra:={"}, fault: "extra:= takes JSON"},
		{json: "null", fault: "--json has to be a JSON object"},
		{json: `"x"`, pairs: []string{"nonsense"}, fault: `"nonsense" is not key=value`},
	} {
		got, err := s.arguments(env, test.json, test.pairs)
		switch {
		case test.fault != "":
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%s %q: error %v, want %q", test.json, test.pairs, err, test.fault)
			}
		case err != nil:
			t.Errorf("%s %q: %v", test.json, test.pairs, err)
		default:
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s %q (-want +got):\n%s", test.json, test.pairs, diff)
			}
		}
	}
}

// A question of the server, here whether a price is all right, goes to the
// person at the terminal.
func TestQuestionAtTheTerminal(t *testing.T) {
	for _, test := range []struct {
		typed string
		code  int
	}{{"y\n", 0}, {"\n", exitFailed}, {"", exitFailed}} {
		env, out, errs := inHouse(t, map[string]string{"NEXCONN_SANDBOX": "true", "NEXCONN_TIME_SCALE": "0.1", "NEXCONN_CONFIRM_ABOVE_USD": "0.1"})
		env.Stdin = strings.NewReader(test.typed)
		env.Terminal = func(any) bool { return true }
		code := Run(t.Context(), env, []string{"call", "generate_video", "model=kling-v3", "prompt=waves", "seconds=5"})
		if code != test.code {
			t.Errorf("typing %q ended with %d, want %d\n%s%s", test.typed, code, test.code, out, errs)
		}
		if !strings.Contains(errs.String(), "[y/N]") {
			t.Errorf("typing %q: nothing was asked: %s", test.typed, errs)
		}
	}
}
