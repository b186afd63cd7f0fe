package mcpfix

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

// mcp-go's stdio session is one global of the package, answers nobody when the
// input ends, and tells every client what only a listener asked for.
// TestStdioAsksALegacyClient and TestStdioListenersHearWhatTheyAskedFor in
// internal/serve, run against mcp-go's own, tell when this file can go.

// stdioSession is what mcp-go keeps about the client on the other end of stdio,
// and how it asks that client something.
type stdioSession struct {
	*client
	*subscriptions
	*questions

	id    string
	out   *lineWriter
	pump  *pump
	ready atomic.Bool
}

var (
	_ server.SessionWithClientInfo            = (*stdioSession)(nil)
	_ server.SessionWithElicitation           = (*stdioSession)(nil)
	_ server.SessionWithProtocolVersion       = (*stdioSession)(nil)
	_ server.SessionWithResourceSubscriptions = (*stdioSession)(nil)
	_ server.SessionWithSubscriptionFilter    = (*stdioSession)(nil)
)

func newStdioSession(out *lineWriter) *stdioSession {
	known := &client{}
	return &stdioSession{
		client: known, subscriptions: newSubscriptions(known, false), questions: newQuestions(out),
		id: "stdio", out: out, pump: startPump(out.notify),
	}
}

// listener is a session for one subscriptions/listen request: what it hears is
// marked with the request's id. Its end function, which may be called again,
// returns when all that was heard is written.
func (s *stdioSession) listener(name string, id json.RawMessage) (*stdioSession, func()) {
	known := &client{}
	l := &stdioSession{
		client: known, subscriptions: newSubscriptions(known, true), questions: newQuestions(s.out),
		id: "stdio-listen-" + name, out: s.out,
	}
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

// client is what initialize said of the client.
type client struct {
	mu      sync.Mutex
	info    mcp.Implementation
	caps    mcp.ClientCapabilities
	version string
}

func (c *client) GetClientInfo() mcp.Implementation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info
}

func (c *client) SetClientInfo(info mcp.Implementation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info = info
}

func (c *client) GetClientCapabilities() mcp.ClientCapabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.caps
}

func (c *client) SetClientCapabilities(caps mcp.ClientCapabilities) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caps = caps
}

func (c *client) ProtocolVersion() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// SetProtocolVersion records what initialize agreed on.
func (c *client) SetProtocolVersion(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = version
}

// subscriptions are what the client wants to hear of.
type subscriptions struct {
	client *client
	// listening marks the session of one subscriptions/listen, which hears
	// what its filter names.
	listening bool

	mu         sync.Mutex
	subscribed map[string]bool
	filter     mcp.SubscriptionFilter
}

func newSubscriptions(of *client, listening bool) *subscriptions {
	return &subscriptions{client: of, listening: listening, subscribed: map[string]bool{}}
}

func (s *subscriptions) SubscribeToResource(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribed[uri] = true
}

func (s *subscriptions) UnsubscribeFromResource(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subscribed, uri)
}

func (s *subscriptions) SubscribedResources() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.subscribed))
}

func (s *subscriptions) IsSubscribedToResource(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscribed[uri]
}

func (s *subscriptions) SetSubscriptionFilter(filter mcp.SubscriptionFilter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter = filter
}

// SubscriptionFilter keeps broadcasts from a client that never initialized: in
// the modern era a client hears only what it listens for.
func (s *subscriptions) SubscriptionFilter() (mcp.SubscriptionFilter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filter, s.listening || s.client.ProtocolVersion() == ""
}

// questions are what the client was asked and has not answered.
type questions struct {
	out   *lineWriter
	asked atomic.Int64
	// deaf is closed when nothing more is read: no question gets an answer.
	deaf chan struct{}

	mu   sync.Mutex
	open map[string]chan Envelope
}

func newQuestions(out *lineWriter) *questions {
	return &questions{out: out, deaf: make(chan struct{}), open: map[string]chan Envelope{}}
}

// RequestElicitation asks a client of the legacy era and waits for its answer.
// A client that can't get one is no fault of the call: it goes on as that of a
// client that does not ask.
func (s *questions) RequestElicitation(ctx context.Context, req mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	unanswered := func() (*mcp.ElicitationResult, error) {
		ExchangeFrom(ctx).Unanswered.Store(true)
		return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionCancel}}, nil
	}
	select {
	case <-s.deaf:
		return unanswered()
	default:
	}
	id := "ask-" + strconv.FormatInt(s.asked.Add(1), 10)
	answer := make(chan Envelope, 1)
	key := strconv.Quote(id)
	s.mu.Lock()
	s.open[key] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.open, key)
		s.mu.Unlock()
	}()

	s.out.write(mcp.JSONRPCRequest{
		JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(id),
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: req.Params,
	})
	var m Envelope
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
func (s *questions) deliver(m Envelope) {
	s.mu.Lock()
	answer := s.open[string(m.ID)]
	delete(s.open, string(m.ID))
	s.mu.Unlock()
	if answer != nil {
		answer <- m
	}
}
