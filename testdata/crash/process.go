package crash

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Answer is what a tool answered.
type Answer struct {
	Error      map[string]any // _meta["nexconn/error"], nil for none
	Structured map[string]any
	Text       string
}

// Process is the program while it runs.
type Process struct {
	// Call calls a tool. An error means that no answer came.
	Call func(tool string, args map[string]any) (Answer, error)

	cmd    *exec.Cmd
	stderr *bytes.Buffer
	input  io.Closer
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait() // says that it was killed
}

// Stop lets the process end by itself.
func (p *Process) Stop() error {
	if p.input != nil {
		p.input.Close()
	} else if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, p.stderr)
	}
	return nil
}

// Log is what an ended process wrote to its standard error.
func (p *Process) Log() string { return p.stderr.String() }

// PeakMB is the most memory the process ever had, in MB, where the system
// tells it.
func (p *Process) PeakMB() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, errors.New("no VmHWM")
}

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"crash","version":"1"}}}`

type reply struct {
	ID     *int            `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

func (r reply) answer() (Answer, error) {
	if r.Error != nil {
		return Answer{}, fmt.Errorf("protocol error %s", r.Error)
	}
	var result struct {
		Content           []struct{ Text string }
		StructuredContent map[string]any
		Meta              map[string]json.RawMessage `json:"_meta"`
	}
	if err := json.Unmarshal(r.Result, &result); err != nil {
		return Answer{}, err
	}
	a := Answer{Structured: result.StructuredContent}
	if len(result.Content) > 0 {
		a.Text = result.Content[0].Text
	}
	if raw, ok := result.Meta["nexconn/error"]; ok {
		if err := json.Unmarshal(raw, &a.Error); err != nil {
			return a, err
		}
	}
	return a, nil
}

// StartStdio starts the program over stdio and waits until it answers.
func StartStdio(bin string, env []string) (*Process, error) {
	p := &Process{cmd: exec.Command(bin), stderr: &bytes.Buffer{}}
	p.cmd.Env, p.cmd.Stderr = env, p.stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.input = in
	c := &lines{in: in, waiting: map[int]chan reply{}}
	go c.read(out)
	if _, err := c.ask(0, hello); err != nil {
		p.Kill()
		return nil, fmt.Errorf("it does not start: %w: %s", err, p.stderr)
	}
	if err := c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); err != nil {
		return nil, err
	}
	p.Call = func(tool string, args map[string]any) (Answer, error) {
		id, request := c.next(tool, args)
		r, err := c.ask(id, request)
		if err != nil {
			return Answer{}, err
		}
		return r.answer()
	}
	return p, nil
}

// lines is a client over a pair of pipes.
type lines struct {
	in      io.Writer
	mu      sync.Mutex
	last    int
	waiting map[int]chan reply
	ended   bool
}

func (c *lines) next(tool string, args map[string]any) (int, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return c.last, callOf(c.last, tool, args)
}

func callOf(id int, tool string, args map[string]any) string {
	request, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call",
		"params": map[string]any{"name": tool, "arguments": args}})
	return string(request)
}

func (c *lines) send(line string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := io.WriteString(c.in, line+"\n")
	return err
}

var errGone = errors.New("the process is gone")

func (c *lines) ask(id int, request string) (reply, error) {
	got := make(chan reply, 1)
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return reply{}, errGone
	}
	c.waiting[id] = got
	c.mu.Unlock()
	if err := c.send(request); err != nil {
		return reply{}, err
	}
	r, ok := <-got
	if !ok {
		return reply{}, errGone
	}
	return r, nil
}

func (c *lines) read(out io.Reader) {
	r := bufio.NewReaderSize(out, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		var got reply
		if json.Unmarshal(line, &got) == nil && got.ID != nil && (got.Result != nil || got.Error != nil) {
			c.mu.Lock()
			if w := c.waiting[*got.ID]; w != nil {
				w <- got
				delete(c.waiting, *got.ID)
			}
			c.mu.Unlock()
		}
		if err != nil {
			c.mu.Lock()
			c.ended = true
			for _, w := range c.waiting {
				close(w)
			}
			c.waiting = nil
			c.mu.Unlock()
			return
		}
	}
}

// StartHTTP starts the program over HTTP and waits until it answers.
func StartHTTP(bin string, env []string) (*Process, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(bin, "http", "--listen", addr), stderr: &bytes.Buffer{}}
	p.cmd.Env, p.cmd.Stderr = env, p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + addr + "/mcp"
	p.Call = func(tool string, args map[string]any) (Answer, error) {
		r, err := post(client, url, callOf(1, tool, args))
		if err != nil {
			return Answer{}, err
		}
		return r.answer()
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := post(client, url, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`)
		if err == nil {
			return p, nil
		}
		if time.Now().After(deadline) {
			p.Kill()
			return nil, fmt.Errorf("it does not start: %w: %s", err, p.stderr)
		}
		rest(10 * time.Millisecond)
	}
}

func post(client *http.Client, url, request string) (reply, error) {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(request))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return reply{}, err
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		_, last, _ := bytes.Cut(body[max(0, bytes.LastIndex(body, []byte("data:"))):], []byte("data:"))
		body = last
	}
	var r reply
	if err := json.Unmarshal(bytes.TrimSpace(body), &r); err != nil {
		return r, fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	return r, nil
}
