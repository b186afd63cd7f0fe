package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden" // so that go test ./... -update passes here
)

type object = map[string]any

// binary is the program, built once for all tests of the package.
// NEXCONN_TEST_PROGRAM names another one, to hold a release to these tests.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("NEXCONN_TEST_PROGRAM"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "nexconn-e2e-")
	if err != nil {
		return "", err
	}
	built.Store(&dir)
	path := filepath.Join(dir, "nexconn-mcp")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-o", path, "github.com/nexconn-ai/nexconn-mcp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of the binary, once there is one.
var built atomic.Pointer[string]

// setup is how the program is started.
type setup struct {
	args []string
	// env is added to the usual environment and beats it.
	env map[string]string
	// home is the home folder, dir the working folder; empty are a home of its
	// own and that home.
	home, dir string
}

// command is the program with an environment of its own: nothing of this
// machine's settings, keychain or folders has a say.
func (s *setup) command(t testing.TB) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if s.home == "" {
		s.home = t.TempDir()
	}
	if s.dir == "" {
		s.dir = s.home
	}
	env := map[string]string{
		"HOME": s.home, "USERPROFILE": s.home,
		"AppData": filepath.Join(s.home, "AppData", "Roaming"), "LocalAppData": filepath.Join(s.home, "AppData", "Local"),
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + filepath.Join(s.home, "no-bus"),
	}
	for _, name := range []string{"PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot", "ComSpec"} {
		if value := os.Getenv(name); value != "" {
			env[name] = value
		}
	}
	for name, value := range s.env {
		env[name] = value
	}
	cmd := exec.Command(path, s.args...)
	cmd.Dir = s.dir
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// process is the program while it runs.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	home  string
	log   *output // what it writes to its standard error
	ended chan struct{}

	url string // over HTTP, without /mcp

	// Over stdio: lines go in, and what comes out goes to the call that waits
	// for it, or else to out.
	in      io.WriteCloser
	out     chan message
	mu      sync.Mutex
	last    int
	waiting map[string]chan message
}

// output is what a process writes, safe to read while it does.
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

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

var errGone = errors.New("the program ended")

// startStdio starts the program over stdio and says nothing to it yet.
func startStdio(t testing.TB, s setup) *process {
	t.Helper()
	cmd := s.command(t)
	p := &process{t: t, cmd: cmd, home: s.home, log: &output{}, ended: make(chan struct{}), out: make(chan message, 4000), waiting: map[string]chan message{}}
	cmd.Stderr = p.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(p.kill)
	return p
}

// read hands out what the program says, until it ends.
func (p *process) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			p.deliver(line)
		}
		if err != nil {
			break
		}
	}
	_ = p.cmd.Wait() // its exit is told by cmd.ProcessState
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.waiting {
		close(w)
	}
	p.waiting = nil
	close(p.out)
	close(p.ended)
}

func (p *process) deliver(line []byte) {
	m := message{raw: string(line)}
	if err := json.Unmarshal(line, &m); err != nil || m.Version != "2.0" {
		p.t.Errorf("standard output has a line that is no protocol message: %.300q", line)
		return
	}
	p.mu.Lock()
	waits := p.waiting[string(m.ID)]
	if m.Method == "" {
		delete(p.waiting, string(m.ID))
	}
	p.mu.Unlock()
	if waits != nil && m.Method == "" {
		waits <- m
		return
	}
	p.out <- m
}

// next is the next message that no call waits for.
func (p *process) next() message {
	p.t.Helper()
	select {
	case m, ok := <-p.out:
		if !ok {
			p.t.Fatalf("%v\n%s", errGone, p.log)
		}
		return m
	case <-time.After(patience):
		p.t.Fatalf("no message in %v\n%s", patience, p.log)
	}
	return message{}
}

// ask sends a request and waits for its answer. Any number may be under way.
func (p *process) ask(method string, params any) (reply, error) {
	got := make(chan message, 1)
	p.mu.Lock()
	if p.waiting == nil {
		p.mu.Unlock()
		return reply{}, errGone
	}
	p.last++
	id := fmt.Sprintf(`"call-%d"`, p.last)
	p.waiting[id] = got
	line, err := json.Marshal(object{"jsonrpc": "2.0", "id": json.RawMessage(id), "method": method, "params": params})
	if err == nil {
		_, err = p.in.Write(append(line, '\n'))
	}
	p.mu.Unlock()
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", errGone, err)
	}
	select {
	case m, ok := <-got:
		if !ok {
			return reply{}, errGone
		}
		return m.reply()
	case <-time.After(4 * patience):
		return reply{}, fmt.Errorf("no answer to %s in %v", method, 4*patience)
	}
}

// hello is a client's first request of the 2025 era.
const hello = `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}`

// initialize opens a session of the 2025 era.
func (p *process) initialize() error {
	r, err := p.ask("initialize", json.RawMessage(hello))
	if err != nil {
		return err
	}
	if r.rpcError != 0 {
		return fmt.Errorf("initialize: %s", r.raw)
	}
	_, err = io.WriteString(p.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
	return err
}

// call calls a tool over stdio.
func (p *process) call(tool string, args any) (reply, error) {
	return p.ask("tools/call", object{"name": tool, "arguments": args})
}

// kill ends the process at once, as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}
