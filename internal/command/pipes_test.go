package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// piped is the program at the other end of three pipes.
type piped struct {
	*exec.Cmd
	stdin          io.WriteCloser
	stdout, stderr io.ReadCloser
}

func startPiped(t *testing.T, state string, env map[string]string, args ...string) piped {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a pipe without a reader ends a process elsewhere")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := piped{Cmd: exec.Command(path, args...)}
	p.Env = []string{"HOME=" + state, "TMPDIR=" + os.TempDir(), "NEXCONN_STATE_DIR=" + state, "NEXCONN_OUTPUT_DIR=" + filepath.Join(state, "out"),
		"NEXCONN_API_KEY=sk-piped", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}
	for name, value := range env {
		p.Env = append(p.Env, name+"="+value)
	}
	pipe := func(r io.ReadCloser, err error) io.ReadCloser {
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	p.stdout, p.stderr = pipe(p.StdoutPipe()), pipe(p.StderrPipe())
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // it may have ended
	return p
}

func (p piped) send(t *testing.T, message string) {
	t.Helper()
	if _, err := io.WriteString(p.stdin, message+"\n"); err != nil {
		t.Fatal(err)
	}
}

// A client that dies closes all three pipes at once. What it paid for is
// submitted and on record all the same.
func TestPaidWorkOutlivesItsClient(t *testing.T) {
	t.Parallel()
	upstream := newService(t)
	upstream.before = func(one sent) {
		switch {
		case one.create() && strings.Contains(one.body, "early"):
			time.Sleep(time.Second)
		case one.create():
			time.Sleep(2 * time.Second)
		}
	}
	state := t.TempDir()
	p := startPiped(t, state, map[string]string{"NEXCONN_BASE_URL": upstream.URL})
	for i, prompt := range []string{"early", "late"} {
		p.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"generate_video","arguments":{"model":"kling-v3","prompt":%q},"_meta":{"progressToken":%[1]d}}}`, i, prompt))
	}
	waitFor(t, 10*time.Second, "both jobs to be sent", func() bool { return upstream.count() >= 2 })
	for _, end := range []io.Closer{p.stdin, p.stdout, p.stderr} {
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); p.ProcessState.ExitCode() < 0 {
		t.Errorf("the process was ended: %v", err)
	}

	list := exec.Command(p.Path, "call", "list_tasks", "--output", "json")
	list.Env = p.Env
	out, err := list.Output()
	var tasks struct {
		Tasks []struct {
			TaskID string `json:"task_id"`
			Status string `json:"status"`
		} `json:"tasks"`
	}
	if err != nil || json.Unmarshal(out, &tasks) != nil || len(tasks.Tasks) != 2 {
		t.Fatalf("list_tasks: %v\n%s", err, out)
	}
	for _, task := range tasks.Tasks {
		if strings.Contains(task.TaskID, "local-") || task.Status == "unknown" {
			t.Errorf("%s is %s, and its job was sent", task.TaskID, task.Status)
		}
	}
}

// Nobody has to read the log.
func TestAServerOutlivesItsLog(t *testing.T) {
	t.Parallel()
	t.Run("stdio", func(t *testing.T) {
		t.Parallel()
		p := startPiped(t, t.TempDir(), nil, "--sandbox")
		if err := p.stderr.Close(); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			p.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"list_models","arguments":{"kind":"chat"}}}`, i))
		}
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(p.stdout)
		if answers := bytes.Count(out, []byte("\n")); err != nil || answers != 3 {
			t.Errorf("%d answers, want 3 (%v)", answers, err)
		}
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("http", func(t *testing.T) {
		t.Parallel()
		p := startPiped(t, t.TempDir(), nil, "http", "--sandbox", "--listen", "127.0.0.1:0", "--log-format", "json")
		var url string
		lines := json.NewDecoder(p.stderr)
		for url == "" {
			var said struct{ URL string }
			if err := lines.Decode(&said); err != nil {
				t.Fatal(err)
			}
			url = said.URL
		}
		if err := p.stderr.Close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			answer, err := http.Post(url, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_models","arguments":{"kind":"chat"}}}`))
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("status %d", answer.StatusCode)
			}
		}
	})
}

// A printer whose reader has enough ends without a word, as others do.
func TestAPrinterEndsWithItsReader(t *testing.T) {
	t.Parallel()
	p := startPiped(t, t.TempDir(), nil, "models", "--json")
	if err := p.stdout.Close(); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(p.stderr)
	if err != nil || len(said) > 0 {
		t.Errorf("it said %q (%v)", said, err)
	}
	if err := p.Wait(); err == nil || err.Error() != "signal: broken pipe" {
		t.Errorf("it ended with %v", err)
	}
}
