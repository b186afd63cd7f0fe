package serve

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// stdioSession is what mcp-go keeps about the client on the other end of stdio,
// and how it asks that client something.
type stdioSession struct {
	id   string
	out  *lineWriter
	pump *pump

	ready atomic.Bool
	asked atomic.Int64

	mu        sync.Mutex
	info      mcp.Implementation
	caps      mcp.ClientCapabilities
	version   string
	questions map[string]chan envelope
	// deaf is closed when nothing more is read: no question gets an answer.
	deaf       chan struct{}
	subscribed map[string]bool
	// listening marks the session of one subscriptions/listen, which hears
	// what its filter names.
	listening bool
	filter    mcp.SubscriptionFilter
}

var (
	_ server.SessionWithClientInfo            = (*stdioSession)(nil)
	_ server.SessionWithElicitation           = (*stdioSession)(nil)
	_ server.SessionWithProtocolVersion       = (*stdioSession)(nil)
	_ server.SessionWithResourceSubscriptions = (*stdioSession)(nil)
	_ server.SessionWithSubscriptionFilter    = (*stdioSession)(nil)
)

func newStdioSession(out *lineWriter) *stdioSession {
	return &stdioSession{
		id: "stdio", out: out, pump: startPump(out.notify),
		questions: map[string]chan envelope{}, subscribed: map[string]bool{}, deaf: make(chan struct{}),
	}
}

// listener is a session for one subscriptions/listen request: what it hears is
// marked with the request's id. Its end function, which may be called again,
// returns when all that was heard is written.
func (s *stdioSession) listener(name string, id json.RawMessage) (*stdioSession, func()) {
	l := &stdioSession{id: "stdio-listen-" + name, out: s.out, listening: true, subscribed: map[string]bool{}}
	l.ready.Store(true)
	l.pump = startPump(func(n mcp.JSONRPCNotification) {
		meta := maps.Clone(n.Params.Meta)
		if meta == nil {
			meta = map[string]any{}
		}
		meta[mcp.MetaKeySubscriptionID] = id
		n.Params.Meta = meta
		l.out.notify(n)
	})
	return l, sync.OnceFunc(l.pump.stop)
}

func (s *stdioSession) SessionID() string                                   { return s.id }
func (s *stdioSession) Initialize()                                         { s.ready.Store(true) }
func (s *stdioSession) Initialized() bool                                   { return s.ready.Load() }
func (s *stdioSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.pump.queue }

func (s *stdioSession) GetClientInfo() mcp.Implementation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *stdioSession) SetClientInfo(info mcp.Implementation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info = info
}

func (s *stdioSession) GetClientCapabilities() mcp.ClientCapabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caps
}

func (s *stdioSession) SetClientCapabilities(caps mcp.ClientCapabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caps = caps
}

func (s *stdioSession) ProtocolVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// SetProtocolVersion records what initialize agreed on.
func (s *stdioSession) SetProtocolVersion(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
}

func (s *stdioSession) SubscribeToResource(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribed[uri] = true
}

func (s *stdioSession) UnsubscribeFromResource(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subscribed, uri)
}

func (s *stdioSession) SubscribedResources() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.subscribed))
}

func (s *stdioSession) IsSubscribedToResource(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscribed[uri]
}

func (s *stdioSession) SetSubscriptionFilter(filter mcp.SubscriptionFilter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter = filter
}

// SubscriptionFilter keeps broadcasts from a client that never initialized: in
// the modern era a client hears only what it listens for.
func (s *stdioSession) SubscriptionFilter() (mcp.SubscriptionFilter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filter, s.listening || s.version == ""
}

// RequestElicitation asks a client of the legacy era and waits for its answer.
// A client that can't get one is no fault of the call: it goes on as that of a
// client that does not ask.
func (s *stdioSession) RequestElicitation(ctx context.Context, req mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	unanswered := func() (*mcp.ElicitationResult, error) {
		exchangeFrom(ctx).unanswered.Store(true)
		return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionCancel}}, nil
	}
	select {
	case <-s.deaf:
		return unanswered()
	default:
	}
	id := "ask-" + strconv.FormatInt(s.asked.Add(1), 10)
	answer := make(chan envelope, 1)
	key := strconv.Quote(id)
	s.mu.Lock()
	s.questions[key] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.questions, key)
		s.mu.Unlock()
	}()

	s.out.write(mcp.JSONRPCRequest{
		JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(id),
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: req.Params,
	})
	var m envelope
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case m = <-answer:
	case <-s.deaf:
		// The answer may have been the last that was read.
		select {
		case m = <-answer:
		default:
			return unanswered()
		}
	}
	var result mcp.ElicitationResult
	if m.Error != nil || json.Unmarshal(m.Result, &result) != nil {
		return unanswered()
	}
	return &result, nil
}

// deliver hands the client's answer to the question it belongs to; an answer to
// nothing is dropped.
func (s *stdioSession) deliver(m envelope) {
	s.mu.Lock()
	answer := s.questions[string(m.ID)]
	delete(s.questions, string(m.ID))
	s.mu.Unlock()
	if answer != nil {
		answer <- m
	}
}
