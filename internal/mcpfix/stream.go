package mcpfix

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go keeps a waiting POST silent, answers with ids in another form than they
// came, and drops the result of a call that the server's stop ended.
// TestHTTPKeepsAWaitingCallerAlive, TestHTTPEchoesIDsAndTokensByteForByte and
// TestHTTPStopAnswersCallsItCutsOff in internal/serve tell when this file can go.

// KeepAlive is how often a caller that waits hears from the server, well
// inside the 60 s after which proxies and clients give up on a silent answer.
const KeepAlive = 15 * time.Second

// stallLimit is how long a caller may take to read what is sent to it.
const stallLimit = 30 * time.Second

// Stream is the answer to one POST. mcp-go writes one JSON answer into it; the
// stream becomes an event stream when there is something to say before that:
// progress, written here in order, or a sign of life.
type Stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	x  *Exchange
	// events says that the caller takes an event stream.
	events bool
	// modern says that the request is of the 2026 era, which maps the codes of
	// errors to HTTP statuses.
	modern bool

	mu      sync.Mutex
	header  http.Header // mcp-go's, until the head goes out
	status  int
	begun   bool // the head is out
	isSSE   bool // as an event stream
	foreign bool // which mcp-go writes itself (subscriptions/listen)
	// acknowledged says that the first of a subscription is written, finished
	// that its result is.
	acknowledged, finished bool
	ended                  bool
	// answered says that mcp-go has written something.
	answered bool
	timer    *time.Timer
	every    time.Duration
}

// NewStream is the answer to x over w. Its caller hears from it at least every so
// often, and takes an event stream where events says so.
func NewStream(w http.ResponseWriter, x *Exchange, events, modern bool, every time.Duration) *Stream {
	s := &Stream{modern: modern, w: w, rc: http.NewResponseController(w), x: x, events: events, header: http.Header{}, every: every}
	if events {
		s.mu.Lock()
		s.timer = time.AfterFunc(every, s.signOfLife)
		s.mu.Unlock()
		x.Notify = s.notify
	}
	return s
}

// Header is mcp-go's view of the headers; they go out with the first byte.
func (s *Stream) Header() http.Header { return s.header }

func (s *Stream) WriteHeader(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status != 0 {
		return
	}
	s.status = status
	if s.header.Get("Content-Type") == "text/event-stream" {
		s.foreign = true
		s.begin(true)
	}
}

func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.answered = true
	s.allowTime()
	if s.foreign {
		return len(p), s.foreignEvent(p)
	}
	answer := p
	if s.header.Get("Content-Type") == "application/json" {
		answer = s.settle(p)
	}
	var err error
	if s.isSSE {
		err = s.event(answer)
	} else {
		s.begin(false)
		_, err = s.w.Write(answer)
	}
	return len(p), err
}

// CutOff answers a request that was ended because the server stops: mcp-go
// takes its caller for gone and drops the result, which may name a job that
// goes on, and the end of a subscription.
func (s *Stream) CutOff() {
	s.mu.Lock()
	foreign, answered := s.foreign, s.answered
	s.mu.Unlock()
	if foreign || s.x.Acknowledged != nil && !answered {
		s.endSubscription()
		return
	}
	if answered || s.x.Left == nil {
		return
	}
	answer, err := json.Marshal(mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(s.x.wire), Result: s.x.Left})
	if err != nil {
		return
	}
	s.header.Set("Content-Type", "application/json")
	_, _ = s.Write(answer)
}

// Flush lets mcp-go take the stream for one that can stream.
func (s *Stream) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isSSE {
		_ = s.rc.Flush()
	}
}

// notify sends a notification ahead of the answer.
func (s *Stream) notify(n mcp.JSONRPCNotification) {
	data, err := json.Marshal(n)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.begun && !s.isSSE {
		return
	}
	s.allowTime()
	s.begin(true)
	_ = s.event(data)
}

// signOfLife writes an event stream comment, which every client skips.
func (s *Stream) signOfLife() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.begun && !s.isSSE {
		return
	}
	s.allowTime()
	s.begin(true)
	_, _ = s.w.Write([]byte(": waiting\n\n"))
	_ = s.rc.Flush()
	s.timer.Reset(s.every)
}

// begin sends the head, once.
func (s *Stream) begin(sse bool) {
	if s.begun {
		return
	}
	s.begun, s.isSSE = true, sse
	head := s.w.Header()
	for name, values := range s.header {
		head[name] = values
	}
	status := s.status
	if sse {
		head.Set("Content-Type", "text/event-stream")
		head.Set("Cache-Control", "no-cache")
		head.Set("X-Accel-Buffering", "no")
		status = http.StatusOK
	}
	s.w.WriteHeader(status)
}

// eventHead is what stands before the data of an event, in mcp-go's too.
const eventHead = "event: message\ndata: "

func (s *Stream) event(data []byte) error {
	frame := make([]byte, 0, len(data)+32)
	frame = append(frame, eventHead...)
	frame = append(frame, bytes.TrimSpace(data)...)
	frame = append(frame, "\n\n"...)
	if _, err := s.w.Write(frame); err != nil {
		return err
	}
	return s.rc.Flush()
}

// settle makes an answer of mcp-go fit to send: the request's id as it was
// written and the right fault, with the HTTP status that goes with it in the
// modern era.
func (s *Stream) settle(answer []byte) []byte {
	var e struct {
		Error *mcp.JSONRPCErrorDetails `json:"error"`
	}
	// A fault is short and stands at the beginning.
	if bytes.Contains(answer[:min(len(answer), 1<<10)], []byte(`"error":`)) && json.Unmarshal(answer, &e) == nil && e.Error != nil && s.x.refault(e.Error) {
		if refaulted, err := json.Marshal(mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(s.x.wire), Error: *e.Error}); err == nil {
			if s.modern {
				s.status = http.StatusBadRequest
			}
			return refaulted
		}
	}
	if s.x.reworded() {
		return s.x.asWritten(answer)
	}
	return answer
}

// allowTime gives a slow caller a while, not for ever.
func (s *Stream) allowTime() { _ = s.rc.SetWriteDeadline(time.Now().Add(stallLimit)) }

// End sends what is left: a head without a body.
func (s *Stream) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.ended = true
	if s.status != 0 {
		s.begin(false)
	}
	if s.begun {
		_ = s.rc.Flush()
	}
	_ = s.rc.SetWriteDeadline(time.Time{})
}

// Quiet is a stream for a caller that takes no event stream: it hides Flush, so
// that mcp-go answers with one JSON document.
type Quiet struct{ http.ResponseWriter }
