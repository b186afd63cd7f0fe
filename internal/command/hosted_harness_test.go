package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden" // so that go test ./... -update passes here
)

// The hosted tests hold the built binary to what it promises over HTTP:
// processes of their own, reached as clients and proxies reach them.
//
// NEXCONN_TEST_LONG=1 makes the rounds of replicas and soak long; the targets
// of the Makefile set it.
func long() bool { return os.Getenv("NEXCONN_TEST_LONG") != "" }

// binary is the program, built once for all tests of the package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "nexconn-hosted-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "nexconn-mcp")
	build := exec.Command("go", "build", "-o", path, "github.com/nexconn-ai/nexconn-mcp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	built.Store(&dir)
	return path, nil
})

// built is the folder of the binary, once there is one.
var built atomic.Pointer[string]

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := built.Load(); dir != nil {
		os.RemoveAll(*dir)
	}
	os.Exit(code)
}

// host is how a server is started.
type host struct {
	args []string
	env  map[string]string
	// state is the state folder; empty is one of its own.
	state string
	// listen is its address; empty is a free port.
	listen string
}

// process is a server that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string // without /mcp
	state string
	log   *output
	ended chan struct{}
}

// output is what a process says, safe to read while it does.
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

// start runs the server and waits until it takes connections.
func start(t *testing.T, h host) *process {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("hosting is tried where a server can be asked to stop by SIGTERM")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if h.state == "" {
		h.state = t.TempDir()
	}
	if h.listen == "" {
		h.listen = "127.0.0.1:0"
	}
	p := &process{t: t, state: h.state, log: &output{}, ended: make(chan struct{})}
	p.cmd = exec.Command(path, append([]string{"http", "--listen", h.listen, "--log-format", "json"}, h.args...)...)
	env := map[string]string{"HOME": h.state, "TMPDIR": os.TempDir(), "PATH": os.Getenv("PATH"), "NEXCONN_STATE_DIR": h.state,
		"NEXCONN_OUTPUT_DIR": filepath.Join(h.state, "downloads"), "NEXCONN_TIME_SCALE": "0.1", "NEXCONN_LOG_LEVEL": "info",
		"NEXCONN_RATE_PER_CALLER": "0", "NEXCONN_CONCURRENCY_PER_CALLER": "0", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
	for name, value := range h.env {
		env[name] = value
	}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its exit is told by ended and cmd.ProcessState
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	waitFor(t, 20*time.Second, "the server to listen", func() bool {
		select {
		case <-p.ended:
			t.Fatalf("the server ended:\n%s", p.log)
		default:
		}
		for line := range strings.Lines(p.log.String()) {
			var said struct{ Msg, URL string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "speaking MCP over HTTP" {
				p.url = strings.TrimSuffix(said.URL, "/mcp")
				return true
			}
		}
		return false
	})
	return p
}

// kill ends the process as a crash does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// stop ends the process as an operator does and says how long it took.
func (p *process) stop() time.Duration {
	p.t.Helper()
	begin := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("the server ended with %d after SIGTERM:\n%s", code, p.log)
	}
	return time.Since(begin)
}

func (p *process) get(path string) string {
	p.t.Helper()
	answer, err := http.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s %v", path, answer.Status, err)
	}
	return string(body)
}

// as is a caller of the server with a token, empty for none.
func (p *process) as(token string) caller { return caller{t: p.t, url: p.url, token: token} }

func waitFor(t *testing.T, most time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(most); ; {
		if is() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", most, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// caller speaks to a server; a plain value, so that a test can change one.
type caller struct {
	t      *testing.T
	url    string
	token  string
	modern bool
	// caps are a modern client's capabilities, as JSON.
	caps   string
	header map[string]string
	// id is the request's id and progress its token, as JSON.
	id, progress string
	client       *http.Client
}

// reply is one answer as a client sees it.
type reply struct {
	status   int
	raw      string
	progress []progress
	result   json.RawMessage
	rpcError int
	isError  bool
	code     string // of a tool error
	confirm  string
	text     string
	out      map[string]any
}

type progress struct {
	Token    any     `json:"progressToken"`
	Progress float64 `json:"progress"`
	Total    float64 `json:"total"`
	Message  string  `json:"message"`
}

func (r reply) str(name string) string { s, _ := r.out[name].(string); return s }

// output is a field of output n.
func (r reply) output(n int, name string) string {
	list, _ := r.out["outputs"].([]any)
	if n >= len(list) {
		return ""
	}
	one, _ := list[n].(map[string]any)
	s, _ := one[name].(string)
	return s
}

type object = map[string]any

// call calls a tool and fails the test where no answer comes.
func (c caller) call(tool string, args object) reply {
	c.t.Helper()
	r, err := c.try(context.Background(), tool, args)
	if err != nil {
		c.t.Fatalf("%s: %v", tool, err)
	}
	return r
}

// must is call for what has to succeed.
func (c caller) must(tool string, args object) reply {
	c.t.Helper()
	r := c.call(tool, args)
	if r.status != http.StatusOK || r.isError || r.rpcError != 0 {
		c.t.Fatalf("%s %v: %d %.600s", tool, args, r.status, r.raw)
	}
	return r
}

func (c caller) try(ctx context.Context, tool string, args object) (reply, error) {
	return c.ask(ctx, "tools/call", object{"name": tool, "arguments": args}, tool)
}

// request asks for anything but a tool; name is what Mcp-Name says of it.
func (c caller) request(method string, params object, name string) reply {
	c.t.Helper()
	r, err := c.ask(context.Background(), method, params, name)
	if err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	return r
}

func (c caller) ask(ctx context.Context, method string, params object, name string) (reply, error) {
	body, err := c.message(method, params)
	if err != nil {
		return reply{}, err
	}
	return c.post(ctx, body, method, name)
}

// message is a request as this caller writes it.
func (c caller) message(method string, params object) ([]byte, error) {
	if params == nil {
		params = object{}
	}
	meta := object{}
	if c.progress != "" {
		meta["progressToken"] = json.RawMessage(c.progress)
	}
	if c.modern {
		caps := c.caps
		if caps == "" {
			caps = "{}"
		}
		meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28"
		meta["io.modelcontextprotocol/clientInfo"] = object{"name": "hosted-test", "version": "1"}
		meta["io.modelcontextprotocol/clientCapabilities"] = json.RawMessage(caps)
	}
	if len(meta) > 0 {
		params["_meta"] = meta
	}
	message := object{"jsonrpc": "2.0", "method": method, "params": params}
	if !strings.HasPrefix(method, "notifications/") {
		id := c.id
		if id == "" {
			id = "1"
		}
		message["id"] = json.RawMessage(id)
	}
	return json.Marshal(message)
}

// post sends a message as it is and reads the whole answer.
func (c caller) post(ctx context.Context, body []byte, method, name string) (reply, error) {
	answer, err := c.open(ctx, body, method, name)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	whole, err := io.ReadAll(answer.Body)
	r := reply{status: answer.StatusCode, raw: string(whole)}
	if err != nil {
		return r, err
	}
	return r, r.read(answer.Header.Get("Content-Type"))
}

// open sends a message as it is.
func (c caller) open(ctx context.Context, body []byte, method, name string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/mcp", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.modern {
		req.Header.Set("Mcp-Protocol-Version", "2026-07-28")
		req.Header.Set("Mcp-Method", method)
		if name != "" {
			req.Header.Set("Mcp-Name", name)
		}
	} else {
		req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	client := c.client
	if client == nil {
		client = http.DefaultClient
	}
	return client.Do(req)
}

// read takes an answer apart, be it a document or an event stream.
func (r *reply) read(kind string) error {
	var messages []string
	if strings.HasPrefix(kind, "text/event-stream") {
		for line := range strings.Lines(r.raw) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				messages = append(messages, data)
			}
		}
	} else if strings.HasPrefix(kind, "application/json") {
		messages = []string{r.raw}
	}
	for _, text := range messages {
		var m struct {
			Method string          `json:"method"`
			Params progress        `json:"params"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Code int `json:"code"`
			} `json:"error"`
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return fmt.Errorf("not JSON: %w: %.200s", err, text)
		}
		switch {
		case m.Method == "notifications/progress":
			if r.result != nil {
				return errors.New("progress after the result")
			}
			r.progress = append(r.progress, m.Params)
		case m.Error != nil:
			r.rpcError = m.Error.Code
		case m.Result != nil:
			r.result = m.Result
		}
	}
	if r.result == nil {
		return nil
	}
	var tool struct {
		IsError bool                      `json:"isError"`
		Out     map[string]any            `json:"structuredContent"`
		Content []struct{ Text string }   `json:"content"`
		Meta    map[string]map[string]any `json:"_meta"`
	}
	if json.Unmarshal(r.result, &tool) != nil {
		return nil // not of a tool
	}
	r.isError, r.out = tool.IsError, tool.Out
	if len(tool.Content) > 0 {
		r.text = tool.Content[0].Text
	}
	r.code, _ = tool.Meta["nexconn/error"]["code"].(string)
	r.confirm, _ = tool.Meta["nexconn/error"]["confirm"].(string)
	return nil
}

// statusOf is what a plain GET is answered with.
func statusOf(t *testing.T, url string) int {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
