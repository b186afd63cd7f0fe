package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
)

// endpoint is /mcp. Everything is refused in the order of what it costs: where
// from, who, how much, how large; then mcp-go answers.
func (a *app) endpoint(w http.ResponseWriter, r *http.Request) {
	name := mcpfix.NewID()
	w.Header().Set("X-Request-Id", name)
	defer a.recoverPanic(w, r, name)

	if !a.fromAllowed(w, r) {
		return
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	// No stream to open and no session to end: neither era has them without
	// state.
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		a.refuse(w, "method", http.StatusMethodNotAllowed, "This server keeps no sessions: send every message with POST.")
		return
	}
	events, ok := accepts(r.Header.Values("Accept"))
	if !ok {
		a.refuse(w, "accept", http.StatusNotAcceptable, "Accept has to allow application/json or text/event-stream.")
		return
	}
	who, refusal := a.auth.authenticate(r)
	if refusal != nil {
		refusal.write(a, w)
		return
	}
	who.HTTP, who.Origin = true, a.origin(r)
	who = narrow(who, r.Header)
	leave, refusal := a.limits.enter(r.Context(), who.ID)
	if refusal != nil {
		refusal.write(a, w)
		return
	}
	defer leave()
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		a.refuse(w, "content", http.StatusUnsupportedMediaType, "The Content-Type has to be application/json.")
		return
	}
	body, ok := a.body(w, r)
	if !ok {
		return
	}
	m, ok := a.message(w, r, body)
	if !ok {
		return
	}
	x := m.Exchange(name)
	r = r.WithContext(caller.With(mcpfix.WithExchange(r.Context(), x), who))
	if m.Method == string(mcp.MethodSubscriptionsListen) && m.IsRequest() {
		// A stream stays for hours and takes no call's place.
		leave()
		a.listen(w, r, x, m, body, events)
		return
	}
	a.answer(w, r, x, m, body, events)
}

// message reads a message and answers what is none, and what is none of mcp-go's.
func (a *app) message(w http.ResponseWriter, r *http.Request, body []byte) (mcpfix.Envelope, bool) {
	version := r.Header.Get(mcp.HeaderProtocolVersion)
	m, wrong := mcpfix.Open(body)
	status := http.StatusBadRequest
	switch {
	case wrong == nil:
		wrong = m.Unsupported(version)
	// In the old era the answer to a request that could be read comes with
	// 200, whatever it says.
	case wrong.Error.Code == mcp.INVALID_PARAMS && m.IsRequest() && !mcp.IsModernProtocol(version):
		status = http.StatusOK
	}
	switch {
	case wrong != nil:
		a.Metrics.refused("message")
		writeJSON(w, status, wrong)
	case m.Method == "":
		a.refuse(w, "message", http.StatusBadRequest, "This server asks nothing over HTTP, so there is nothing to answer.")
	case m.Method == string(mcp.MethodNotificationCancelled) && m.IsNotification():
		// Without sessions mcp-go would end whichever caller's call has
		// this id. A caller that wants its call ended closes the stream.
		w.WriteHeader(http.StatusAccepted)
	default:
		return m, true
	}
	return m, false
}

// answer hands a message that passed the guards to mcp-go.
func (a *app) answer(w http.ResponseWriter, r *http.Request, x *mcpfix.Exchange, m mcpfix.Envelope, body []byte, events bool) {
	if m.Method == string(mcp.MethodToolsList) {
		if list := a.lists.Answer(r.Context(), r.Header, m); list != nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(list)
			return
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	// Sessions are not ours to keep; mcp-go would let requests that name the
	// same one hear each other.
	r.Header.Del("Mcp-Session-Id")
	s := mcpfix.NewStream(w, x, events, mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)), a.every)
	defer s.End()
	if events {
		a.mcp.ServeHTTP(s, r)
	} else {
		a.mcp.ServeHTTP(mcpfix.Quiet{ResponseWriter: s}, r)
	}
	select {
	case <-a.stopping:
		s.CutOff()
	default:
	}
}

// body reads the whole request within its bounds.
func (a *app) body(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	tooLarge := func() {
		drain(w, r)
		a.refuse(w, "body", http.StatusRequestEntityTooLarge,
			fmt.Sprintf("The request is larger than %d bytes. Give media as an https URL instead of data.", a.MaxBody))
	}
	if r.ContentLength > a.MaxBody {
		tooLarge()
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, a.MaxBody+1))
	switch {
	case int64(len(body)) > a.MaxBody:
		tooLarge()
		return nil, false
	case err != nil:
		a.refuse(w, "body", http.StatusBadRequest, "The request ended early.")
		return nil, false
	}
	return mcpfix.Bare(body), true
}

// What of a request that is refused is read and dropped, in time and bytes.
const (
	drainFor  = 10 * time.Second
	drainMost = 64 << 20
)

// drain drops the rest of a request that is refused: many a client reads the
// answer only once it has sent all of its request, and hears of a broken
// connection if it can't.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainFor))
		_, _ = io.CopyN(io.Discard, r.Body, drainMost)
	}
	w.Header().Set("Connection", "close")
}

// refuse answers a request that mcp-go never sees, as a JSON-RPC error, which
// clients show, with the HTTP status that proxies act on.
func (a *app) refuse(w http.ResponseWriter, reason string, status int, message string) {
	a.Metrics.refused(reason)
	writeJSON(w, status, mcpfix.RPCError(nil, mcp.INVALID_REQUEST, message))
}

func writeJSON(w http.ResponseWriter, status int, answer *mcp.JSONRPCError) {
	body, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

func (a *app) recoverPanic(w http.ResponseWriter, r *http.Request, name string) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	text := guard{log: a.Log}.panicked(mcpfix.WithExchange(r.Context(), &mcpfix.Exchange{ID: name}), "http", p)
	if w.Header().Get("Content-Type") == "text/event-stream" {
		// The answer has begun; all that is left is to break it off.
		panic(http.ErrAbortHandler)
	}
	a.refuse(w, "panic", http.StatusInternalServerError, text)
}

// accepts reads the Accept headers: whether the caller takes an event stream,
// and whether it takes anything we could send.
func accepts(headers []string) (events, ok bool) {
	if len(headers) == 0 {
		return true, true
	}
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			kind, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case "*/*":
				return true, true
			case "text/event-stream", "text/*":
				events, ok = true, true
			case "application/json", "application/*":
				ok = true
			}
		}
	}
	return events, ok
}

// refusal is an answer to a request that may not be made, or not now.
type refusal struct {
	reason     string
	status     int
	message    string
	retryAfter time.Duration
	challenge  string
}

func (f *refusal) write(a *app, w http.ResponseWriter) {
	f.header(w.Header())
	a.refuse(w, f.reason, f.status, f.message)
}

// plain is write for a route that doesn't speak JSON-RPC.
func (f *refusal) plain(a *app, w http.ResponseWriter) {
	f.header(w.Header())
	a.Metrics.refused(f.reason)
	http.Error(w, f.message, f.status)
}

func (f *refusal) header(h http.Header) {
	if f.challenge != "" {
		h.Set("WWW-Authenticate", f.challenge)
	}
	if f.retryAfter > 0 {
		seconds := int((f.retryAfter + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
}
