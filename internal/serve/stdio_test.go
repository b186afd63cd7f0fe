package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// message is what a client reads: an answer, a notification or a question.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params map[string]any  `json:"params"`
	Result map[string]any  `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`

	Raw string `json:"-"`
}

func (m message) text() string {
	content, _ := m.Result["content"].([]any)
	if len(content) == 0 {
		return ""
	}
	first, _ := content[0].(map[string]any)
	text, _ := first["text"].(string)
	return text
}

// pipe is a client's end of a Serve that is running.
type pipe struct {
	t    *testing.T
	in   *io.PipeWriter
	out  chan message
	done chan error
}

func startStdio(t *testing.T, s Stdio) *pipe {
	t.Helper()
	return startStdioContext(t, context.Background(), s)
}

func startStdioContext(t *testing.T, ctx context.Context, s Stdio) *pipe {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	p := &pipe{t: t, in: inW, out: make(chan message, 1000), done: make(chan error, 1)}
	go func() {
		p.done <- s.Serve(ctx, inR, outW)
		outW.Close()
	}()
	go func() {
		defer close(p.out)
		lines := bufio.NewScanner(outR)
		lines.Buffer(nil, 256<<20)
		for lines.Scan() {
			var m message
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Errorf("not a protocol message on stdout: %q", lines.Text())
			}
			m.Raw = lines.Text()
			p.out <- m
		}
	}()
	t.Cleanup(func() { inW.Close() })
	return p
}

func (p *pipe) send(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(p.in, line+"\n"); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *pipe) next() message {
	p.t.Helper()
	select {
	case m, ok := <-p.out:
		if !ok {
			p.t.Fatal("the output ended")
		}
		return m
	case <-time.After(10 * time.Second):
		p.t.Fatal("no message")
	}
	return message{}
}

// rest ends the input and is everything written until Serve returns.
func (p *pipe) rest() []message {
	p.t.Helper()
	p.in.Close()
	select {
	case err := <-p.done:
		if err != nil {
			p.t.Errorf("Serve: %v", err)
		}
	case <-time.After(20 * time.Second):
		p.t.Fatal("Serve did not return")
	}
	var all []message
	for m := range p.out {
		all = append(all, m)
	}
	return all
}

func call(id, tool, args string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, tool, args)
}

const initialize = `{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}`

const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

func TestStdioSpeaksBothEras(t *testing.T) {
	p := startStdio(t, Stdio{Server: newFixture(t).server})
	p.send(initialize)
	if got := p.next().Result["protocolVersion"]; got != "2025-11-25" {
		t.Errorf("legacy protocolVersion = %v", got)
	}
	p.send(`{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{` + modernMeta + `}}`)
	if got, _ := p.next().Result["supportedVersions"].([]any); !slices.Contains(got, any("2026-07-28")) {
		t.Errorf("supportedVersions = %v", got)
	}
	p.send(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"},` + modernMeta + `}}`)
	if m := p.next(); m.text() != "hi" || m.Result["resultType"] != "complete" {
		t.Errorf("modern call = %+v", m)
	}
	p.send(`{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{` + strings.Replace(modernMeta, "2026-07-28", "2027-01-01", 1) + `}}`)
	if m := p.next(); m.Error == nil || m.Error.Code != -32022 {
		t.Errorf("an unknown version is answered with %+v", m)
	}
	p.rest()
}

func TestStdioReadsHugeLinesAndALastOneWithoutNewline(t *testing.T) {
	p := startStdio(t, Stdio{Server: newFixture(t).server, Drain: time.Second})
	big := strings.Repeat("x", 4<<20)
	p.send(call("1", "echo", `{"text":"`+big+`"}`))
	if got := len(p.next().text()); got != len(big) {
		t.Errorf("got %d bytes back, want %d", got, len(big))
	}
	go func() {
		io.WriteString(p.in, call("2", "echo", `{"text":"last"}`))
		p.in.Close()
	}()
	if m := p.next(); m.text() != "last" {
		t.Errorf("last line: %+v", m)
	}
	p.rest()
}

func TestStdioEchoesIDsByteForByte(t *testing.T) {
	p := startStdio(t, Stdio{Server: newFixture(t).server, Drain: 5 * time.Second})
	ids := []string{`1`, `"1"`, `9007199254740993`, `"a\"b"`}
	for _, id := range ids {
		p.send(call(id, "echo", `{}`))
	}
	var got []string
	for range ids {
		got = append(got, string(p.next().ID))
	}
	slices.Sort(got)
	slices.Sort(ids)
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Error(diff)
	}
	p.rest()
}

func TestStdioCancelEndsItsCallAlone(t *testing.T) {
	f := newFixture(t)
	p := startStdio(t, Stdio{Server: f.server, Drain: 5 * time.Second})
	p.send(call(`1`, "hold", `{"n":"number"}`), call(`"1"`, "hold", `{"n":"string"}`))
	eventually(t, "both calls run", func() bool { return len(f.started()) == 2 })
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	p.send(call(`2`, "echo", `{"text":"marker"}`))
	if m := p.next(); m.text() != "marker" {
		t.Errorf("a cancelled call was answered: %+v", m)
	}
	close(f.release)
	if m := p.next(); string(m.ID) != `"1"` || m.text() != "released" {
		t.Errorf("the other call got %+v", m)
	}
	if rest := p.rest(); len(rest) != 0 {
		t.Errorf("also written: %+v", rest)
	}
}

func TestStdioCancelledInTheQueueNeverRuns(t *testing.T) {
	f := newFixture(t)
	p := startStdio(t, Stdio{Server: f.server, Drain: 5 * time.Second})
	for i := range mcpfix.CallLane {
		p.send(call(fmt.Sprint(i), "hold", `{"n":"full"}`))
	}
	eventually(t, "the lane is full", func() bool { return len(f.started()) == mcpfix.CallLane })
	p.send(call(`"queued"`, "hold", `{"n":"queued"}`))
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"queued"}}`)

	// A read-only call doesn't wait behind a hundred others.
	p.send(call(`"now"`, "echo", `{"text":"now"}`))
	if m := p.next(); m.text() != "now" {
		t.Errorf("first answer = %+v", m)
	}
	close(f.release)
	if got := len(p.rest()); got != mcpfix.CallLane {
		t.Errorf("%d answers, want %d", got, mcpfix.CallLane)
	}
	if slices.Contains(f.started(), "queued") {
		t.Error("a call that was cancelled in the queue ran")
	}
}

func TestStdioProgressComesBeforeTheResultAndRises(t *testing.T) {
	f := newFixture(t)
	p := startStdio(t, Stdio{Server: f.server})
	p.send(initialize)
	p.next()
	for i := range 200 {
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"progress","_meta":{"progressToken":"t%d"}}}`, i, i))
		var got []float64
		for {
			m := p.next()
			if m.Method == "" {
				break
			}
			got = append(got, m.Params["progress"].(float64))
		}
		if diff := cmp.Diff([]float64{0, 10, 50, 100}, got); diff != "" {
			t.Fatalf("round %d: %s", i, diff)
		}
	}
	f.late()
	if rest := p.rest(); len(rest) != 0 {
		t.Errorf("after the result: %+v", rest)
	}
}

func TestStdioDrainsAfterEOF(t *testing.T) {
	f := newFixture(t)
	p := startStdio(t, Stdio{Server: f.server, Drain: 5 * time.Second})
	p.send(call(`1`, "hold", `{"n":"a"}`))
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	p.in.Close()
	time.AfterFunc(50*time.Millisecond, func() { close(f.release) })
	if m := p.next(); m.text() != "released" {
		t.Errorf("after EOF the call got %+v", m)
	}
	p.rest()
}

func TestStdioCutsOffWhatOutlastsTheDrain(t *testing.T) {
	f := newFixture(t)
	stopped := make(chan struct{})
	p := startStdio(t, Stdio{Server: f.server, Drain: 20 * time.Millisecond, OnStop: func() { close(stopped) }})
	p.send(call(`1`, "hold", `{"n":"a"}`))
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	rest := p.rest()
	if len(rest) != 1 || rest[0].Result["isError"] != true {
		t.Errorf("got %+v, want one tool error", rest)
	}
	select {
	case <-stopped:
	default:
		t.Error("OnStop was not called")
	}
}

func TestStdioStopLetsCallsReturnEarly(t *testing.T) {
	f := newFixture(t)
	ctx, stop := context.WithCancel(context.Background())
	p := startStdioContext(t, ctx, Stdio{Server: f.server, Drain: 10 * time.Second, OnStop: func() { close(f.release) }})
	p.send(call(`1`, "hold", `{"n":"a"}`))
	eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
	stop()
	if m := p.next(); m.text() != "released" {
		t.Errorf("got %+v", m)
	}
	p.rest()
}

func TestStdioReportsALostClient(t *testing.T) {
	err := Stdio{Server: newFixture(t).server, Drain: time.Second}.Serve(t.Context(),
		strings.NewReader(call("1", "echo", "{}")+"\n"), brokenWriter{})
	if !errors.Is(err, mcpfix.ErrWrite) {
		t.Errorf("err = %v, want %v", err, mcpfix.ErrWrite)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestFaultsStayInside(t *testing.T) {
	var log bytes.Buffer
	p := startStdio(t, Stdio{Server: newFixture(t).server, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for _, line := range []string{
		call(`1`, "fail", `{}`),
		call(`2`, "panic", `{}`),
		`{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"test://broken"}}`,
		`{"jsonrpc":"2.0","id":4,"method":"prompts/get","params":{"name":"broken"}}`,
	} {
		p.send(line)
		m := p.next()
		text := m.text()
		if m.Error != nil {
			text = m.Error.Message
		}
		if strings.Contains(fmt.Sprint(m), "hunter2") || !strings.Contains(text, "under the id ") {
			t.Errorf("%s\n got %+v", line, m)
			continue
		}
		id := strings.TrimSuffix(text[strings.LastIndex(text, " ")+1:], ".")
		if !strings.Contains(log.String(), id) {
			t.Errorf("the log does not have id %q", id)
		}
	}
	p.send(call(`5`, "refuse", `{}`))
	if m := p.next(); m.Result["isError"] != true || m.text() != "seconds must be 5 or 10." {
		t.Errorf("our own errors keep their words: %+v", m)
	}
	p.send(`{"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":"test://gone"}}`)
	if m := p.next(); m.Error == nil || m.Error.Code != -32002 {
		t.Errorf("not found, legacy: %+v", m.Error)
	}
	p.send(`{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"test://gone",` + modernMeta + `}}`)
	if m := p.next(); m.Error == nil || m.Error.Code != -32602 {
		t.Errorf("not found, modern: %+v", m.Error)
	}
	p.send(call(`8`, "ask", `{}`))
	if m := p.next(); m.Result["isError"] != true {
		t.Errorf("a client that can't be asked was asked: %+v", m)
	}
	p.rest()
	if !strings.Contains(log.String(), "tool=fail") || !strings.Contains(log.String(), "outcome=internal") || !strings.Contains(log.String(), "caller=local") {
		t.Errorf("log lines lack tool, outcome or caller:\n%s", log.String())
	}
}
