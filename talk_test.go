package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// message is what a client reads: an answer, a notification or a question.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params map[string]any  `json:"params"`
	Result map[string]any  `json:"result"`
	Error  map[string]any  `json:"error"`
}

func (m message) code() any {
	meta, _ := m.Result["_meta"].(map[string]any)
	fault, _ := meta["nexconn/error"].(map[string]any)
	return fault["code"]
}

func (m message) task() map[string]any {
	task, _ := m.Result["structuredContent"].(map[string]any)
	return task
}

// talk is a client's conversation with the program over stdio, line by line.
type talk struct {
	t   *testing.T
	in  io.Writer
	out chan message
}

func startTalk(t *testing.T, env []string, args ...string) *talk {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append([]string{"HOME=" + dir, "NEXCONN_STATE_DIR=" + filepath.Join(dir, "state"), "NEXCONN_OUTPUT_DIR=" + filepath.Join(dir, "out"),
		"NEXCONN_LOG_LEVEL=error"}, env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &talk{t: t, in: in, out: make(chan message, 4000)}
	go func() {
		defer close(c.out)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<22)
		for lines.Scan() {
			var m message
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Errorf("no protocol message: %q", lines.Text())
			}
			c.out <- m
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return c
}

func (c *talk) send(lines ...string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, strings.Join(lines, "\n")+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *talk) next() message {
	c.t.Helper()
	select {
	case m, ok := <-c.out:
		if !ok {
			c.t.Fatal("the program ended")
		}
		return m
	case <-time.After(20 * time.Second):
		c.t.Fatal("no message")
	}
	return message{}
}

// hello begins a conversation of the 2025 era.
func (c *talk) hello(capabilities string) {
	c.t.Helper()
	c.send(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":` + capabilities +
		`,"clientInfo":{"name":"t","version":"1"}}}`)
	if m := c.next(); m.Error != nil {
		c.t.Fatal(m.Error)
	}
	c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

func toolCall(id, tool, args string, more ...string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s%s}}`, id, tool, args, strings.Join(more, ""))
}

// holding is a service whose creates wait for release.
type holding struct {
	*httptest.Server
	release chan struct{}
	mu      sync.Mutex
	creates []string
}

func hold(t *testing.T) *holding {
	h := &holding{release: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `{"id":%q,"status":"in_progress"}`, filepath.Base(r.URL.Path))
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		h.mu.Lock()
		h.creates = append(h.creates, string(body))
		n := len(h.creates)
		h.mu.Unlock()
		select {
		case <-h.release:
		case <-r.Context().Done():
		}
		fmt.Fprintf(w, `{"id":"qvideo-u42-%d","status":"queued"}`, n)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *holding) sent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.creates...)
}

func (h *holding) env(more ...string) []string {
	return append([]string{"NEXCONN_API_KEY=sk-talk", "NEXCONN_BASE_URL=" + h.URL + "/v1"}, more...)
}

const dearFilm = `{"model":"kling-v3","prompt":"waves","seconds":5}`

// A client of the 2025 era is asked in the middle of the call.
func TestPriceIsPutToALegacyUser(t *testing.T) {
	up := hold(t)
	close(up.release)
	c := startTalk(t, up.env("NEXCONN_CONFIRM_ABOVE_USD=0.1"))
	c.hello(`{"elicitation":{}}`)
	for i, action := range []string{"accept", "decline", "cancel"} {
		c.send(toolCall(fmt.Sprint(i), "generate_video", dearFilm))
		question := c.next()
		if say, _ := question.Params["message"].(string); question.Method != "elicitation/create" || !strings.Contains(say, "$0.5797") {
			t.Fatalf("want the price as a question, got %+v", question)
		}
		c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":%q,"content":{}}}`, question.ID, action))
		answer := c.next()
		switch {
		case action == "accept" && answer.task()["task_id"] == nil:
			t.Errorf("accepted: %+v", answer)
		case action != "accept" && answer.code() != "cancelled":
			t.Errorf("%s: %+v", action, answer)
		}
	}
	if n := len(up.sent()); n != 1 {
		t.Errorf("%d creates were sent, want the one that was agreed to", n)
	}
}

// A client that can't put the question to its user, or doesn't get an answer,
// gets a token to confirm with.
func TestPriceThatCannotBeAskedNeedsAToken(t *testing.T) {
	up := hold(t)
	close(up.release)
	token := func(m message) string {
		meta, _ := m.Result["_meta"].(map[string]any)
		fault, _ := meta["nexconn/error"].(map[string]any)
		token, _ := fault["confirm"].(string)
		if fault["code"] != "confirmation_needed" || token == "" {
			t.Fatalf("want a token, got %+v", m)
		}
		return token
	}
	c := startTalk(t, up.env("NEXCONN_CONFIRM_ABOVE_USD=0.1"))
	c.hello(`{"elicitation":{"url":{}}}`)
	c.send(toolCall("1", "generate_video", dearFilm))
	token(c.next())
	modern := `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}}}`
	c.send(toolCall("2", "generate_video", dearFilm, modern))
	token(c.next())

	c = startTalk(t, up.env("NEXCONN_CONFIRM_ABOVE_USD=0.1"))
	c.hello(`{"elicitation":{}}`)
	var got string
	for i, answer := range []string{`"error":{"code":-32603,"message":"no window"}`, `"result":7`} {
		c.send(toolCall(fmt.Sprint(i), "generate_video", dearFilm))
		question := c.next()
		if question.Method != "elicitation/create" {
			t.Fatalf("want a question, got %+v", question)
		}
		c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, question.ID, answer))
		got = token(c.next())
	}
	c.send(toolCall("9", "generate_video", strings.TrimSuffix(dearFilm, "}")+fmt.Sprintf(`,"confirm":%q}`, got)))
	if m := c.next(); m.task()["task_id"] == nil {
		t.Errorf("confirmed: %+v", m)
	}

	// Whoever closes its end answers no more; the call doesn't wait for it.
	c.send(toolCall("10", "generate_video", dearFilm))
	c.next()
	start := time.Now()
	if err := c.in.(io.Closer).Close(); err != nil {
		t.Fatal(err)
	}
	token(c.next())
	if _, more := <-c.out; more || time.Since(start) > 10*time.Second {
		t.Errorf("the end took %v", time.Since(start))
	}
	if n := len(up.sent()); n != 1 {
		t.Errorf("%d creates were sent, want the one that was confirmed", n)
	}
}

// A client of 2026-07-28 gets the question as a result and calls again.
func TestPriceIsPutToAModernUser(t *testing.T) {
	up := hold(t)
	close(up.release)
	c := startTalk(t, up.env("NEXCONN_CONFIRM_ABOVE_USD=0.1"))
	const meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}}`
	ask := func() string {
		t.Helper()
		c.send(toolCall("1", "generate_video", dearFilm, meta))
		question := c.next()
		state, _ := question.Result["requestState"].(string)
		if question.Result["resultType"] != "input_required" || state == "" || !strings.Contains(fmt.Sprint(question.Result["inputRequests"]), "$0.5797") {
			t.Fatalf("want the price as a question, got %+v", question)
		}
		return state
	}
	answer := func(state, action string) message {
		c.send(toolCall("2", "generate_video", dearFilm, meta, fmt.Sprintf(`,"requestState":%q,"inputResponses":{"price":{"action":%q,"content":{}}}`, state, action)))
		return c.next()
	}
	if m := answer(ask(), "decline"); m.code() != "cancelled" {
		t.Errorf("declined: %+v", m)
	}
	state := ask()
	if m := answer(state, "accept"); m.task()["task_id"] == nil {
		t.Errorf("accepted: %+v", m)
	}
	if m := answer(state, "accept"); m.task()["task_id"] != nil || m.code() != "confirmation_needed" {
		t.Errorf("accepted once more with the same state: %+v", m)
	}
	if m := answer("made-up", "accept"); m.task()["task_id"] != nil {
		t.Errorf("accepted with a state of its own making: %+v", m)
	}
	if n := len(up.sent()); n != 1 {
		t.Errorf("%d creates were sent, want the one that was agreed to", n)
	}
}

// The program runs a hundred calls at once. What waits for its turn and is
// cancelled there is never sent.
func TestQueuedCallThatIsCancelledNeverRuns(t *testing.T) {
	up := hold(t)
	c := startTalk(t, up.env())
	c.hello(`{}`)
	const lane = 100
	for i := range lane {
		c.send(toolCall(fmt.Sprint(i), "generate_video", `{"model":"kling-v3","prompt":"in the lane"}`))
	}
	for deadline := time.Now().Add(20 * time.Second); len(up.sent()) < lane; {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls run at once, want %d", len(up.sent()), lane)
		}
		<-time.After(5 * time.Millisecond)
	}
	c.send(toolCall(`"late"`, "generate_video", `{"model":"kling-v3","prompt":"never mind"}`),
		toolCall(`"kept"`, "generate_video", `{"model":"kling-v3","prompt":"after them"}`),
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"late"}}`)
	// The cancel is read once what comes after it is answered.
	c.send(toolCall(`"look"`, "list_tasks", `{}`))
	if m := c.next(); string(m.ID) != `"look"` {
		t.Fatalf("got %+v", m)
	}
	close(up.release)
	for range lane + 1 {
		if m := c.next(); m.task()["task_id"] == nil || string(m.ID) == `"late"` {
			t.Errorf("got %+v", m)
		}
	}
	for _, create := range up.sent() {
		if strings.Contains(create, "never mind") {
			t.Error("a call was sent that had been cancelled while it waited")
		}
	}
	if n := len(up.sent()); n != lane+1 {
		t.Errorf("%d creates, want %d", n, lane+1)
	}
}

// However many calls wait, asking how a job stands is answered at once.
func TestWaitingCallsStarveNobody(t *testing.T) {
	up := hold(t)
	close(up.release)
	c := startTalk(t, up.env())
	c.hello(`{}`)
	const jobs, waiting = 10, 1000
	for i := range jobs {
		c.send(toolCall(fmt.Sprint(i), "generate_video", `{"model":"kling-v3","prompt":"waves"}`))
		c.next()
	}
	for i := range waiting {
		c.send(toolCall(fmt.Sprint(1000+i), "query_task", fmt.Sprintf(`{"task_id":"kling-v3:qvideo-u42-%d","wait_seconds":50}`, i%jobs+1)))
	}
	// next gives up long before the first wait is over.
	for i := range 5 {
		c.send(toolCall(fmt.Sprintf(`"now-%d"`, i), "query_task", `{"task_id":"kling-v3:qvideo-u42-1"}`))
		m := c.next()
		if m.task()["status"] != "running" || !strings.HasPrefix(string(m.ID), `"now-`) {
			t.Fatalf("got %+v", m)
		}
	}
}

// Progress rises strictly, ends with its total before the result, and nothing
// comes after.
func TestProgressEndsBeforeTheResult(t *testing.T) {
	c := startTalk(t, nil, "--sandbox")
	c.hello(`{}`)
	for i, call := range []string{
		toolCall("1", "generate_video", `{"model":"kling-v3","prompt":"waves [[slow:2s]]","wait_seconds":30}`, `,"_meta":{"progressToken":"p"}`),
		toolCall("2", "generate_image", `{"model":"kling-v2","prompt":"waves [[slow:2s]]","wait_seconds":30}`, `,"_meta":{"progressToken":"p"}`),
		toolCall("3", "generate_image", `{"model":"gemini-2.5-flash-image","prompt":"waves [[slow:2s]]","wait_seconds":30}`, `,"_meta":{"progressToken":"p"}`),
	} {
		c.send(call)
		last, heard := -1.0, 0
		for {
			m := c.next()
			if m.Method == "notifications/progress" {
				at, _ := m.Params["progress"].(float64)
				if at <= last || m.Params["progressToken"] != "p" {
					t.Errorf("call %d: %v after %v", i, m.Params, last)
				}
				last, heard = at, heard+1
				continue
			}
			if m.task()["status"] != "succeeded" {
				t.Fatalf("call %d: %+v", i, m)
			}
			break
		}
		if last != 100 || heard < 3 {
			t.Errorf("call %d: %d notifications, the last at %v of 100", i, heard, last)
		}
		c.send(`{"jsonrpc":"2.0","id":"still there","method":"ping"}`)
		if m := c.next(); string(m.ID) != `"still there"` {
			t.Errorf("call %d: after the result came %+v", i, m)
		}
	}
}
