package mcpfix

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// mcp-go loses the last notification before a result, mixes those of calls that
// share a session (mark3labs/mcp-go#969) and may write them after the result.
// TestHTTPProgressComesBeforeTheResultAndRises, its stdio twin and
// TestHTTPProgressReachesItsOwnCallerAlone in internal/serve tell when this file
// can go.

// pump carries notifications from a session's channel to whoever writes them.
// mcp-go writes notifications and answers from different goroutines, so the
// last ones before an answer may be lost or come after it; stop returns only
// once everything queued before it is written.
type pump struct {
	queue chan mcp.JSONRPCNotification
	quit  chan struct{}
	done  chan struct{}
}

func startPump(pass func(mcp.JSONRPCNotification)) *pump {
	p := &pump{
		// mcp-go drops a notification rather than wait for a full channel.
		queue: make(chan mcp.JSONRPCNotification, 100),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go func() {
		defer close(p.done)
		for {
			select {
			case n := <-p.queue:
				pass(n)
			case <-p.quit:
				for {
					select {
					case n := <-p.queue:
						pass(n)
					default:
						return
					}
				}
			}
		}
	}()
	return p
}

func (p *pump) stop() {
	close(p.quit)
	<-p.done
}

// stopWithin is stop, and leaves behind what nobody reads in time.
func (p *pump) stopWithin(d time.Duration) {
	close(p.quit)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	}
}

// Ordered gives a call a session of its own to report to, so that its
// notifications reach its own caller alone, its progress rises strictly, and
// all of it comes before the result or not at all; the function it returns marks
// the end. canAsk says that the caller's client puts a form to its user.
func Ordered(ctx context.Context, s *server.MCPServer, canAsk func(context.Context) bool) (context.Context, func()) {
	x := ExchangeFrom(ctx)
	session := server.ClientSessionFromContext(ctx)
	if session == nil || x.Notify == nil {
		return ctx, func() {}
	}
	info := server.RequestProtocolInfoFromContext(ctx)
	call := &callSession{ClientSession: session, canAsk: canAsk, notify: x.Notify, token: x.token, unanswered: x.Unanswered.Load(), mute: info != nil && info.Modern && info.LogLevel == ""}
	return s.WithContext(ctx, call), call.end
}

// rising admits progress only when it is more than before.
type rising struct {
	begun bool
	last  float64
}

func (r *rising) admits(n mcp.JSONRPCNotification) bool {
	if n.Method != string(mcp.MethodNotificationProgress) {
		return true
	}
	progress, ok := number(n.Params.AdditionalFields["progress"])
	if !ok || r.begun && progress <= r.last {
		return false
	}
	r.begun, r.last = true, progress
	return true
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case float32:
		return float64(n), true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case int32:
		return float64(n), true
	}
	return 0, false
}

// callSession is the session of one call: the one the call came on, with a
// notification channel of its own.
type callSession struct {
	server.ClientSession
	canAsk func(context.Context) bool
	notify func(mcp.JSONRPCNotification)
	token  json.RawMessage
	// unanswered says that the call asked its user in vain.
	unanswered bool
	// mute says that the caller did not ask for log messages (2026-07-28).
	mute bool

	mu   sync.Mutex
	pump *pump // from the first notification on; most calls have none
}

var (
	_ server.SessionWithClientInfo      = (*callSession)(nil)
	_ server.SessionWithElicitation     = (*callSession)(nil)
	_ server.SessionWithProtocolVersion = (*callSession)(nil)
)

func (s *callSession) NotificationChannel() chan<- mcp.JSONRPCNotification {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pump == nil {
		rising := rising{}
		s.pump = startPump(func(n mcp.JSONRPCNotification) {
			if rising.admits(n) && !(s.mute && n.Method == string(mcp.MethodNotificationMessage)) {
				s.notify(s.named(n))
			}
		})
	}
	return s.pump.queue
}

// named is a notification with the progress token as its caller wrote it.
func (s *callSession) named(n mcp.JSONRPCNotification) mcp.JSONRPCNotification {
	if _, ok := n.Params.AdditionalFields["progressToken"]; ok && s.token != nil {
		n.Params.AdditionalFields = maps.Clone(n.Params.AdditionalFields)
		n.Params.AdditionalFields["progressToken"] = s.token
	}
	return n
}

// end writes what is queued; nothing that comes later is.
func (s *callSession) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pump == nil {
		s.pump = &pump{}
		return
	}
	s.pump.stop()
}

func (s *callSession) GetClientInfo() mcp.Implementation {
	if c, ok := s.ClientSession.(server.SessionWithClientInfo); ok {
		return c.GetClientInfo()
	}
	return mcp.Implementation{}
}

func (s *callSession) SetClientInfo(info mcp.Implementation) {
	if c, ok := s.ClientSession.(server.SessionWithClientInfo); ok {
		c.SetClientInfo(info)
	}
}

func (s *callSession) GetClientCapabilities() mcp.ClientCapabilities {
	c, ok := s.ClientSession.(server.SessionWithClientInfo)
	if !ok {
		return mcp.ClientCapabilities{}
	}
	caps := c.GetClientCapabilities()
	if s.unanswered {
		caps.Elicitation = nil
	}
	return caps
}

func (s *callSession) SetClientCapabilities(caps mcp.ClientCapabilities) {
	if c, ok := s.ClientSession.(server.SessionWithClientInfo); ok {
		c.SetClientCapabilities(caps)
	}
}

func (s *callSession) ProtocolVersion() string {
	if v, ok := s.ClientSession.(server.SessionWithProtocolVersion); ok {
		return v.ProtocolVersion()
	}
	return ""
}

func (s *callSession) RequestElicitation(ctx context.Context, req mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if !s.canAsk(ctx) {
		return nil, server.ErrElicitationNotSupported
	}
	if e, ok := s.ClientSession.(server.SessionWithElicitation); ok {
		return e.RequestElicitation(ctx, req)
	}
	return nil, server.ErrElicitationNotSupported
}
