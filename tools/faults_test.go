package tools

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// fault is one way for a create to go wrong.
type fault struct {
	name string
	// play answers the create; nil means that nobody listens.
	play http.HandlerFunc
	// code is what a definite refusal answers; empty means that nobody can tell
	// whether the service took the call.
	code string
	// talk is the code of calls without a task, where it is another.
	talk string
	// after is the expected retry_after_seconds, 0 for none.
	after     int
	retryable bool
	// slow faults need a client that does not wait long.
	slow bool
}

func says(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func envelope(status int, kind, message string, header ...string) http.HandlerFunc {
	return says(status, "application/json", `{"error":{"message":"`+message+`","type":"`+kind+`"}}`, header...)
}

// reset breaks the connection, after the request's body or before it.
func reset(after bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if after {
			io.Copy(io.Discard, r.Body)
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

// raw answers with bytes that no HTTP library would write, then hangs up.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		buf.WriteString(answer)
		buf.Flush()
		conn.Close()
	}
}

func faults() []fault {
	return []fault{
		{name: "refused connection", code: "upstream_unavailable", retryable: true},
		{name: "reset before the body", play: reset(false)},
		{name: "reset after the body", play: reset(true)},
		{name: "hang", slow: true, play: func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}},
		{name: "slow body", slow: true, play: func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusOK)
			io.WriteString(w, "{")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
		{name: "truncated on the way", play: raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":\"qvideo-u")},
		{name: "truncated at its source", play: says(200, "application/json", `{"id":"qvideo-u`)},
		{name: "wrong content type", play: says(200, "text/html", "<html><title>Welcome</title></html>")},
		{name: "200 without a body", play: says(200, "application/json", "")},
		{name: "500 without a body", play: says(500, "text/plain", "")},
		{name: "502 of a proxy", play: says(502, "text/html", "<html><title>502 Bad Gateway</title></html>")},
		{name: "503 without envelope", play: says(503, "text/plain", "upstream connect error or disconnect", "Retry-After", "4"), talk: "upstream_unavailable", after: 4},
		{name: "504 of a proxy", play: says(504, "text/html", "<html><title>504</title></html>")},
		{name: "500 of the service", play: envelope(500, "api_error", "internal"), code: "upstream_error", retryable: true},
		{name: "503 of the service", play: envelope(503, "api_error", "overloaded", "Retry-After", "3"), code: "upstream_error", retryable: true, after: 3},
		{name: "503 price not set", play: envelope(503, "api_error", "model price not set"), code: "unknown_model"},
		{name: "error under a 200", play: envelope(200, "invalid_request_error", "bad size"), code: "invalid_argument"},
		{name: "429 with Retry-After", play: envelope(429, "rate_limit", "slow down", "Retry-After", "7"), code: "rate_limited", retryable: true, after: 7},
		{name: "429 without Retry-After", play: envelope(429, "rate_limit", "slow down"), code: "rate_limited", retryable: true},
		{name: "429 of a quota", play: envelope(429, "insufficient_quota", "your quota is used up"), code: "quota_exhausted"},
		{name: "402", play: envelope(402, "billing", "pay first"), code: "quota_exhausted"},
		{name: "401", play: envelope(401, "authentication_error", "who?"), code: "unauthorized"},
		{name: "403", play: envelope(403, "permission_error", "not yours"), code: "forbidden"},
		{name: "404 of another place", play: says(404, "text/html", "<html><title>Not found</title></html>"), code: "upstream_unavailable"},
		{name: "408 of a proxy", play: says(408, "text/plain", "")},
		{name: "404", play: envelope(404, "not_found", "no such route"), code: "not_found"},
		{name: "422 about content", play: envelope(422, "content_policy_violation", "the prompt violates our content policy"), code: "content_rejected"},
		{name: "422 about a value", play: envelope(422, "invalid_request_error", "seconds is wrong"), code: "invalid_argument"},
	}
}

// payers are a call of every paid tool on every face, by where the evidence
// for it is.
func payers() map[string][2]string {
	return map[string][2]string{
		"chat":                        {"chat", ""},
		"native_chat anthropic":       {"anthropic", ""},
		"native_chat gemini":          {"bypass-gemini", ""},
		"generate_image task":         {"kling-v2", "text_to_image"},
		"generate_image queue":        {"kling-image-o1", "text_to_image"},
		"generate_image at once":      {"gemini-2.5-flash-image", "text_to_image"},
		"edit_image task":             {"kling-v2", "multi_image"},
		"edit_image at once":          {"gemini-2.5-flash-image", "image_to_image"},
		"generate_video kling":        {"kling-v3", "text_to_video"},
		"generate_video omni":         {"kling-v3-omni", "text_to_video"},
		"generate_video sora":         {"sora-2", "text_to_video"},
		"generate_video veo":          {"veo-3.1-generate-001", "text_to_video"},
		"generate_video veo queue":    {"fal-ai--veo3.1", "text_to_video"},
		"generate_video seedance":     {"bytedance--doubao-seedance-2-0-260128", "text_to_video"},
		"generate_video vidu":         {"viduq2", "text_to_video"},
		"remix_video":                 {"sora-2", "remix"},
		"generate_image chat-capable": {"gemini-3.0-pro-image-preview", "text_to_image"},
	}
}

// bookkeeper is a ledger that remembers which rows were begun.
type bookkeeper struct {
	ledger.Ledger
	mu  sync.Mutex
	ids []string
}

func (b *bookkeeper) Begin(ctx context.Context, row ledger.Row, caps ledger.Caps) (ledger.Begun, error) {
	begun, err := b.Ledger.Begin(ctx, row, caps)
	if err == nil && !begun.Existing {
		b.mu.Lock()
		b.ids = append(b.ids, begun.Row.ID)
		b.mu.Unlock()
	}
	return begun, err
}

func (b *bookkeeper) rows(t *testing.T) []ledger.Row {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var rows []ledger.Row
	for _, id := range b.ids {
		row, err := b.Find(context.Background(), "", id)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// recorded makes a house keep its records with b.
func (b *bookkeeper) keep(s *jobs.Service) {
	s.Ledger = keeping(b)
}

// unreliable is a service that plays a fault until it is mended.
type unreliable struct {
	*httptest.Server
	creates atomic.Int64
	fault   atomic.Pointer[http.HandlerFunc]
}

func newUnreliable(t *testing.T, broken, mended http.HandlerFunc) *unreliable {
	u := &unreliable{}
	if broken != nil {
		u.fault.Store(&broken)
	}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			u.creates.Add(1)
			if play := u.fault.Load(); play != nil {
				(*play)(w, r)
				return
			}
		}
		mended(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// Every fault on every face: the right code and state, one create at most, and
// a key that is free again exactly where the service surely refused.
func TestFaults(t *testing.T) {
	all := proofs(t)
	for name, at := range payers() {
		p := proofAt(t, all, at[0], at[1])
		for _, f := range faults() {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				f.prove(t, p, all)
			})
		}
	}
}

// proofAt is a section of an archive; any create will do where it has no name.
func proofAt(t *testing.T, all []proof, archive, section string) proof {
	t.Helper()
	for _, p := range all {
		creates := p.files["request"] != "" && p.files["request"][0] == 'P' && p.status() < 300
		if p.archive == archive && creates && (section == "" || p.section == section) {
			return p
		}
	}
	t.Fatalf("no evidence of %s/%s", archive, section)
	return proof{}
}

func (f fault) prove(t *testing.T, p proof, all []proof) {
	up := newUnreliable(t, f.play, func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, all) })
	book := &bookkeeper{Ledger: ledger.OpenMemory()}
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Models = enabled; book.keep(s) })
	tool, args := p.files["tool"], p.json(t, "args.json")
	args["idempotency_key"] = "k"
	task := tool != "chat" && tool != "native_chat"
	if !task && f.talk != "" {
		f.code, f.retryable = f.talk, true
	}
	if task {
		args["save"] = false
	}
	if tool == "remix_video" {
		onRecord(t, book, args["task_id"].(string))
	}
	if f.play == nil {
		h.Jobs.Client.BaseURL = "http://" + closedAddress
	}
	if f.slow {
		c := h.Jobs.Client
		c.AnswerTimeout, c.LongTimeout, c.StreamIdleTimeout = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	}
	got := h.call(t, t.Context(), tool, args)
	sent := int64(1)
	if f.play == nil {
		sent = 0
	}
	if n := up.creates.Load(); n != sent {
		t.Errorf("%d creates were sent, want %d", n, sent)
	}
	f.checkFirst(t, got, task, book.rows(t))

	// The service is well again, and the same call comes again.
	up.fault.Store(nil)
	*h.Jobs.Client = nexconn.Client{BaseURL: up.URL + "/v1", Key: "sk-test"}
	again := h.call(t, t.Context(), tool, args)
	if f.code != "" {
		sent++
		if again.Error != nil {
			t.Errorf("the key of a refused call is not free: %v", again.Error)
		}
	} else {
		f.checkFirst(t, again, task, book.rows(t))
		if task && again.Structured["task_id"] != got.Structured["task_id"] {
			t.Errorf("the key answers %v, then %v", got.Structured["task_id"], again.Structured["task_id"])
		}
		other := maps.Clone(args)
		other["extra"] = map[string]any{"user": "someone"}
		if tool == "remix_video" {
			delete(other, "extra")
			other["prompt"] = "something else"
		}
		if tool == "native_chat" {
			delete(other, "extra")
			other["body"] = map[string]any{"max_tokens": 1}
		}
		if r := h.call(t, t.Context(), tool, other); r.code() != "invalid_argument" || r.Error["field"] != "idempotency_key" {
			t.Errorf("the key with other arguments: %v", r.Error)
		}
	}
	if n := up.creates.Load(); n != sent {
		t.Errorf("after the repeat %d creates were sent, want %d", n, sent)
	}
}

func (f fault) checkFirst(t *testing.T, got result, task bool, rows []ledger.Row) {
	t.Helper()
	if len(rows) != 1 {
		t.Fatalf("%d rows on record, want 1", len(rows))
	}
	row := rows[0]
	if f.code == "" {
		if row.Status != nexconn.Unknown || row.Key != "k" {
			t.Errorf("on record as %s under key %q, want unknown under its key", row.Status, row.Key)
		}
		if task && (got.Structured["status"] != "unknown" || got.Structured["task_id"] != row.TaskID()) {
			t.Errorf("answered %v %v, want an unknown task", got.Structured, got.Error)
		}
		if !task && (got.code() != "submission_unknown" || got.Error["retryable"] != false) {
			t.Errorf("answered %v, want submission_unknown", got.Error)
		}
		return
	}
	if row.Status != nexconn.Failed || row.Key != "" || row.USD == nil || *row.USD != 0 {
		t.Errorf("on record as %s under key %q at %v, want failed, no key, no cost", row.Status, row.Key, row.USD)
	}
	if got.code() != f.code || got.Error["retryable"] != f.retryable {
		t.Errorf("answered %v, want %s, retryable %v", got.Error, f.code, f.retryable)
	}
	if after, _ := got.Error["retry_after_seconds"].(int); after != f.after {
		t.Errorf("retry after %v, want %v", after, f.after)
	}
}

// onRecord puts a finished video on record, so that no query of it goes out.
func onRecord(t *testing.T, book ledger.Ledger, taskID string) {
	t.Helper()
	_, err := book.Adopt(t.Context(), ledger.Row{Caller: "local", Tool: "generate_video", Task: true, Kind: "video",
		Model: "sora-2", UpstreamID: taskID[len("sora-2:"):], Status: nexconn.Succeeded, CreatedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
}

// closedAddress refuses connections: nobody listens on tcpmux, and no test is
// given a port below 1024.
const closedAddress = "127.0.0.1:1"
