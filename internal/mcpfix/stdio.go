package mcpfix

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// mcp-go's stdio transport ends the running calls on EOF, runs calls that were
// cancelled in its queue, lets five waiting calls block all others, and answers
// what was cancelled. The tests of internal/serve/stdio_test.go, on mcp-go's own
// transport, tell when this file can go.

const (
	// callLane is how many calls run at once; what comes above waits its turn
	// and can be cancelled there. Read-only calls have a lane of their own, so
	// that asking how a job stands never waits behind jobs being waited for; it
	// is wide, because most of them do nothing but wait themselves.
	CallLane = 100
	readLane = 2000
	// stopGrace is how long calls get to return once they are cancelled.
	StopGrace = 2 * time.Second
)

// Stdio serves one client over a pair of streams, one JSON message a line, both
// protocol eras. It speaks to mcp-go's core directly: mcp-go's own stdio
// transport ends calls on EOF, loses cancels of queued calls, writes progress
// after results and keeps its session in a package global.
type Stdio struct {
	// Server is ready. Serve it once.
	Server *server.MCPServer
	Log    *slog.Logger
	// Drain is how long calls that run when the input ends may go on.
	Drain time.Duration
	// OnStop, if set, is called once when calls should return early: at the
	// end of the context, or when Drain has passed after the end of the input.
	OnStop func()
	// Panicked logs a panic outside of a handler and is what its caller is told.
	Panicked func(ctx context.Context, panicked any) string
}

// Serve answers the messages of in on out until in or ctx ends and the calls
// still running are answered or cut off. Nothing but the protocol is written.
// A read that blocks beyond the end of ctx is left behind.
func (s Stdio) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	reading, stopReading := context.WithCancelCause(ctx)
	defer stopReading(nil)

	c := &stdioConn{
		Stdio:    s,
		out:      &lineWriter{w: out, failed: stopReading},
		calls:    make(chan struct{}, CallLane),
		reads:    make(chan struct{}, readLane),
		inflight: map[string]*pending{},
	}
	c.session = newStdioSession(c.out)
	defer c.session.pump.stopWithin(StopGrace)
	if err := s.Server.RegisterSession(work, c.session); err != nil {
		return fmt.Errorf("stdio: %w", err)
	}
	defer s.Server.UnregisterSession(work, c.session.SessionID())

	err := c.read(reading, s.Server.WithContext(work, c.session), in)
	s.drain(ctx, c, cut)
	if cause := context.Cause(reading); errors.Is(cause, ErrWrite) {
		return cause
	}
	return err
}

// drain lets the running calls finish, then asks them to return early, then
// cuts them off.
func (s Stdio) drain(ctx context.Context, c *stdioConn, cut context.CancelFunc) {
	c.endListening()
	close(c.session.deaf)
	idle := make(chan struct{})
	go func() { c.running.Wait(); close(idle) }()
	rest := func(interrupt <-chan struct{}, d time.Duration) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-idle:
			return true
		case <-interrupt:
		case <-timer.C:
		}
		return false
	}

	grace := StopGrace
	if ctx.Err() == nil && rest(ctx.Done(), s.Drain) {
		return
	}
	if ctx.Err() != nil {
		grace = s.Drain
	}
	if s.OnStop != nil {
		s.OnStop()
	}
	// A client that was told to stop and doesn't read is not waited for.
	for end := time.Now().Add(grace); time.Now().Before(end) && (ctx.Err() == nil || c.out.stalled() < StopGrace); {
		if rest(nil, min(StopGrace/4, time.Until(end))) {
			return
		}
	}
	cut()
	if !rest(nil, StopGrace) {
		c.Log.Warn("calls still running at the end were left behind")
	}
}

// stdioConn is the one client of a Serve.
type stdioConn struct {
	Stdio
	out     *lineWriter
	session *stdioSession

	calls, reads chan struct{}
	running      sync.WaitGroup

	mu       sync.Mutex
	inflight map[string]*pending // by the id's own bytes: 1 and "1" differ
}

// pending is a request that has no answer yet.
type pending struct {
	ctx    context.Context
	cancel context.CancelFunc
	listen bool
	// dropped says that the client cancelled: no answer is owed.
	dropped bool
}

// read takes messages until in or reading ends.
func (c *stdioConn) read(reading, work context.Context, in io.Reader) error {
	lines := make(chan inputLine)
	go func() {
		r := bufio.NewReaderSize(in, 64<<10)
		for {
			l := nextLine(r)
			select {
			case lines <- l:
			case <-reading.Done():
				return
			}
			if l.err != nil {
				return
			}
		}
	}()
	for {
		select {
		case <-reading.Done():
			return nil
		case l := <-lines:
			switch {
			case l.tooLong:
				c.refuse(RPCError(nil, mcp.INVALID_REQUEST, fmt.Sprintf("The message is longer than %d MiB.", maxLine>>20)))
			default:
				if text := Bare(l.text); len(text) > 0 {
					c.take(work, text)
				}
			}
			if errors.Is(l.err, io.EOF) {
				return nil
			}
			if l.err != nil {
				return fmt.Errorf("stdio: read: %w", l.err)
			}
		}
	}
}

// take handles one message; it does not wait for a request's answer.
func (c *stdioConn) take(work context.Context, text []byte) {
	m, wrong := Open(text)
	if wrong == nil {
		wrong = m.Unsupported("")
	}
	switch {
	case wrong != nil && m.IsNotification() && wrong.Error.Code != mcp.INVALID_REQUEST:
	case wrong != nil:
		c.refuse(wrong)
	case m.IsRequest():
		c.request(work, m, text)
	case m.Method == string(mcp.MethodNotificationCancelled):
		c.cancel(m)
	case m.Method != "":
		c.handle(work, m.Exchange(NewID()), text)
	default:
		c.session.deliver(m)
	}
}

// refuse answers what is not handled. Reading goes on meanwhile: a client that
// doesn't read the answer must not keep the end from being seen.
func (c *stdioConn) refuse(answer *mcp.JSONRPCError) {
	c.running.Go(func() { c.out.write(answer) })
}

// request registers a request before anything else is read, so that a cancel
// finds it wherever it is, and starts it.
func (c *stdioConn) request(work context.Context, m Envelope, text []byte) {
	ctx, cancel := context.WithCancel(work)
	p := &pending{ctx: ctx, cancel: cancel, listen: m.Method == string(mcp.MethodSubscriptionsListen)}
	id := string(m.ID)
	c.mu.Lock()
	_, taken := c.inflight[id]
	if !taken {
		c.inflight[id] = p
	}
	c.mu.Unlock()
	if taken {
		cancel()
		c.refuse(RPCError(m.ID, mcp.INVALID_REQUEST, "A request with this id is still being answered."))
		return
	}
	c.running.Go(func() {
		defer cancel()
		answer := c.run(p, m, text)
		c.mu.Lock()
		delete(c.inflight, id)
		dropped := p.dropped
		c.mu.Unlock()
		if answer != nil && !dropped {
			c.out.write(answer)
		}
	})
}

// run waits for the request's turn and is its answer; nil if it was cancelled
// before.
func (c *stdioConn) run(p *pending, m Envelope, text []byte) mcp.JSONRPCMessage {
	name := NewID()
	if len(m.ID) <= 64 {
		name = string(bytes.Trim(m.ID, `"`))
	}
	ctx, x := p.ctx, m.Exchange(name)
	x.Notify = c.out.notify
	switch {
	case p.listen:
		session, end := c.session.listener(string(m.ID), m.ID)
		defer end()
		ctx = c.Server.WithContext(ctx, session)
		if err := c.Server.RegisterSession(ctx, session); err != nil {
			return RPCError(m.ID, mcp.INTERNAL_ERROR, "The subscription could not be opened.")
		}
		defer c.Server.UnregisterSession(ctx, session.SessionID())
		answer := c.handle(ctx, x, text)
		end()
		return x.settle(answer)
	case m.Method == string(mcp.MethodToolsCall):
		lane := c.calls
		if c.readOnly(m.ToolName()) {
			lane = c.reads
		}
		select {
		case lane <- struct{}{}:
			defer func() { <-lane }()
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return RPCError(m.ID, mcp.INTERNAL_ERROR, "The call was cancelled before it began.")
		}
	}
	return x.settle(c.handle(ctx, x, text))
}

func (c *stdioConn) readOnly(name string) bool {
	tool := c.Server.GetTool(name)
	return tool != nil && tool.Tool.Annotations.ReadOnlyHint != nil && *tool.Tool.Annotations.ReadOnlyHint
}

// handle gives a message to mcp-go's core; a panic becomes an error with an id.
func (c *stdioConn) handle(ctx context.Context, x *Exchange, text []byte) (answer mcp.JSONRPCMessage) {
	defer func() {
		if r := recover(); r != nil {
			answer = *RPCError(nil, mcp.INTERNAL_ERROR, c.Panicked(ctx, r))
		}
	}()
	return c.Server.HandleMessage(WithExchange(ctx, x), text)
}

// cancel ends the request that a notifications/cancelled names.
func (c *stdioConn) cancel(m Envelope) {
	var params struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(m.Params, &params) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.inflight[string(params.RequestID)]; p != nil {
		p.dropped = true
		p.cancel()
	}
}

// endListening closes the streams that would otherwise never end.
func (c *stdioConn) endListening() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.inflight {
		if p.listen {
			p.cancel()
		}
	}
}
