package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// legacy is a request of the 2025 protocol era, modern one of 2026-07-28.
func legacy(method, params string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + params + `}}`
}

func modern(method, params string) string {
	if params != "" {
		params += ","
	}
	return legacy(method, params+`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
		`"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`)
}

const initialize = `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}`

// built is the program as it is released, and its size.
func built(b *testing.B) (bin string, size int64) {
	bin = filepath.Join(b.TempDir(), "nexconn-mcp")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	file, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	return bin, file.Size()
}

// process is the program while it runs on the sandbox, with folders of its own.
type process struct{ cmd *exec.Cmd }

func onSandbox(b *testing.B, bin string, args ...string) *exec.Cmd {
	folder := b.TempDir()
	cmd := exec.CommandContext(b.Context(), bin, append(args, "--sandbox", "--time-scale", "0.001", "--log-level", "error")...)
	cmd.Env = append(os.Environ(), "HOME="+folder, "NEXCONN_STATE_DIR="+folder, "NEXCONN_OUTPUT_DIR="+filepath.Join(folder, "out"))
	cmd.Stderr = os.Stderr
	return cmd
}

// resident is the memory in use, in MB, where the system tells it.
func (p process) resident() (float64, bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib * 1024 / 1e6, err == nil
		}
	}
	return 0, false
}

// stdioServer answers line by line.
type stdioServer struct {
	process
	in  io.WriteCloser
	out *bufio.Reader
	// answered is how long the answer to initialize took, from before the start.
	answered time.Duration
}

func startStdio(b *testing.B, bin string) *stdioServer { return startCommand(b, onSandbox(b, bin)) }

func startCommand(b *testing.B, cmd *exec.Cmd) *stdioServer {
	s := &stdioServer{process: process{cmd}}
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	s.out = bufio.NewReaderSize(out, 1<<20)
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ask(b, s.ask, legacy("initialize", initialize))
	s.answered = time.Since(begin)
	if _, err := io.WriteString(s.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"); err != nil {
		b.Fatal(err)
	}
	return s
}

func ask(b *testing.B, send func(string) error, request string) {
	b.Helper()
	if err := send(request); err != nil {
		b.Fatal(err)
	}
}

func (s *stdioServer) ask(request string) error {
	if _, err := io.WriteString(s.in, request+"\n"); err != nil {
		return err
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return failed(line)
}

func (s *stdioServer) stop(b *testing.B) {
	if err := s.in.Close(); err != nil {
		b.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		b.Errorf("the server ended with %v", err)
	}
}

// webServer answers at url.
type webServer struct {
	process
	url    string
	client *http.Client
}

func startHTTP(b *testing.B, bin string) *webServer {
	addr := free(b)
	s := &webServer{
		process: process{onSandbox(b, bin, "http", "--listen", addr)},
		url:     "http://" + addr + "/mcp",
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}},
	}
	awaitAnswer(b, s, legacy("tools/list", ""))
	return s
}

func (s *webServer) ask(request string, header map[string]string) error {
	post, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(request))
	if err != nil {
		return err
	}
	post.Header.Set("Content-Type", "application/json")
	post.Header.Set("Accept", "application/json, text/event-stream")
	post.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	for name, value := range header {
		if value != "" {
			post.Header.Set(name, value)
		}
	}
	answer, err := s.client.Do(post)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, body)
	}
	return failed(body)
}

func (s *webServer) stop(b *testing.B) {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		b.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		b.Errorf("the server ended with %v", err)
	}
}

// failed says that an answer is an error, of the protocol or of the tool. A
// figure of refusals would be a wrong one.
func failed(answer []byte) error {
	if bytes.Contains(answer, []byte(`"isError":true`)) || bytes.HasPrefix(answer, []byte(`{"jsonrpc":"2.0","id":1,"error":`)) {
		return fmt.Errorf("not an answer: %.300s", answer)
	}
	return nil
}
