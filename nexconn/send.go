package nexconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// How much of an answer is read: answers that hold pictures are larger.
const (
	plainLimit = 64 << 20
	mediaLimit = 512 << 20
)

// answer is a whole answer of the service, whatever its status.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// refusal is the Error of an answer that is not a success. Where the call may
// have cost something, it is unsure unless the service itself has refused: a
// 5xx that a proxy made says nothing about what is behind the proxy.
func (a *answer) refusal() *Error {
	e := refused(a.status, a.header, a.body)
	// 303 says that the request was taken and where its result is.
	e.Unsure = (a.status >= 500 || a.status == http.StatusRequestTimeout || a.status == http.StatusSeeOther) && !readFault(a.body).envelope
	return e
}

// refusalOfTalk is the refusal of a call that has no task, where a 503 says
// that the service is not there for now, whoever says so.
func (a *answer) refusalOfTalk() *Error {
	e := a.refusal()
	if a.status == http.StatusServiceUnavailable {
		e.Unsure = false
	}
	return e
}

// unread is the Error of a 2xx whose body can't be understood. One of the
// service's error envelopes under a 2xx is a refusal all the same.
func (a *answer) unread(cause error) *Error {
	if f := readFault(a.body); f.envelope {
		return refused(a.status, a.header, a.body)
	}
	var known *Error
	if errors.As(cause, &known) {
		// The wire has understood it, and it is no success.
		e := *known
		e.Status, e.RequestID = a.status, requestID(a.header)
		return &e
	}
	return &Error{
		Code: UpstreamUnavailable, Status: a.status, RequestID: requestID(a.header), Unsure: true, Cause: cause,
		Message: readFault(a.body).unlike(a.status),
	}
}

var errTimeout = errors.New("the service took too long")

// timeout is a context that ends once nothing has moved for a while.
type timeout struct {
	context.Context
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
	// last ends it however much moves.
	last *time.Timer
	// local is what went wrong on our side while the body was read.
	local atomic.Pointer[error]
}

func newTimeout(ctx context.Context, limit time.Duration) (*timeout, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &timeout{Context: ctx, limit: limit, cancel: cancel}
	p.timer = time.AfterFunc(limit, func() { cancel(errTimeout) })
	return p, func() {
		p.timer.Stop()
		if p.last != nil {
			p.last.Stop()
		}
		cancel(context.Canceled)
	}
}

// hurry ends p after a while whether or not something moves. Whoever waits
// calls it, and may call it again for another while.
func (p *timeout) hurry(within time.Duration) {
	if p.last == nil {
		p.last = time.AfterFunc(within, func() { p.cancel(errTimeout) })
		return
	}
	p.last.Reset(within)
}

// moved is a sign of life.
func (p *timeout) moved() {
	if p.Err() == nil {
		p.timer.Reset(p.limit)
	}
}

// moving reads from r and takes each byte as a sign of life.
type moving struct {
	io.ReadCloser
	p *timeout
	// ours says that r is our body on its way out, not the answer.
	ours bool
}

func (m moving) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	if n > 0 {
		m.p.moved()
	}
	if m.ours && err != nil && err != io.EOF && !errors.Is(err, io.ErrClosedPipe) {
		m.p.local.CompareAndSwap(nil, &err)
	}
	return n, err
}

// ask sends a call once and reads its whole answer, which must be there within
// a time counted from the last byte of the request.
func (c sender) ask(ctx context.Context, call Call, within time.Duration, limit int64) (*answer, *Error) {
	p, done := newTimeout(ctx, within)
	defer done()
	began := time.Now()
	o := Observation{Op: call.Op}
	a, err := c.exchange(p, call, limit)
	o.Took = time.Since(began)
	id := ""
	if a != nil {
		o.Status, id = a.status, requestID(a.header)
	}
	seen := err
	if err == nil && !a.ok() {
		seen = refused(a.status, a.header, a.body)
	}
	c.note(o, id, seen)
	return a, err
}

func (c sender) exchange(p *timeout, call Call, limit int64) (*answer, *Error) {
	resp, err := c.open(p, call, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if !a.ok() {
		// What is there of a refusal is enough to say what it is.
		a.body, _ = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		a.body = scrubberOf(c.Client).bytes(a.body)
		return a, nil
	}
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case readErr != nil:
		e := c.broken(p, readErr, false)
		e.Status, e.RequestID = a.status, requestID(a.header)
		return nil, e
	case int64(len(body)) > limit:
		return nil, &Error{Code: UpstreamError, Status: a.status, RequestID: requestID(a.header), Unsure: true,
			Message: fmt.Sprintf("the service's answer is larger than %d MiB", limit>>20)}
	}
	a.body = scrubberOf(c.Client).bytes(body)
	return a, nil
}

// open sends a call once and gives its answer as soon as the head is there.
func (c sender) open(p *timeout, call Call, accept string) (*http.Response, *Error) {
	req, err := c.request(p, call, accept)
	if err != nil {
		return nil, err
	}
	var trace connectionTrace
	req = req.WithContext(httptrace.WithClientTrace(p, trace.trace()))
	resp, failed := c.doer().Do(req)
	if failed != nil {
		return nil, c.broken(p, failed, trace.unsent(failed))
	}
	resp.Body = decodedBody(resp)
	scrubberOf(c.Client).header(resp.Header)
	return resp, nil
}

func (c sender) request(p *timeout, call Call, accept string) (*http.Request, *Error) {
	root, err := c.root()
	if err != nil {
		return nil, err
	}
	auth, err := c.authorization()
	if err != nil {
		return nil, err
	}
	if auth == "" && call.Path != modelsPath && call.Path != marketPath {
		return nil, Errorf(NotConfigured, "there is no API key")
	}
	req, failed := http.NewRequestWithContext(p, call.Method, root+call.Path, nil)
	if failed != nil {
		return nil, Errorf(Internal, "%s has a path that is no path", call.Op)
	}
	if !call.Body.IsZero() {
		// GetBody lets the transport send again what never left on a
		// connection that had died idle.
		req.GetBody = func() (io.ReadCloser, error) { return moving{call.Body.Open(), p, true}, nil }
		req.Body, _ = req.GetBody()
		req.ContentLength = call.Body.Len()
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", c.userAgent())
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	for k, v := range call.Header {
		req.Header.Set(k, v)
	}
	return req, nil
}

func (c sender) userAgent() string {
	if c.UserAgent != "" {
		return c.UserAgent
	}
	return "nexconn-go"
}

// doer is the HTTP client with our rule for redirects: a GET may be sent
// elsewhere on the same host, nothing else is followed, so that a key never
// leaves for another host and nothing is created twice.
func (c sender) doer() *http.Client {
	h := http.Client{Transport: transport()}
	if c.HTTP != nil {
		h = *c.HTTP
		h.Timeout = 0
	}
	h.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if first.Method != http.MethodGet || len(via) > 5 ||
			req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &h
}

// transport is the usual one, but keeps the connections of many calls at once:
// they all go to one host, for which the usual one keeps two.
var transport = sync.OnceValue(func() http.RoundTripper {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := usual.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 256
	return t
})

// connectionTrace is how far a request got.
type connectionTrace struct{ looked, connected atomic.Bool }

func (w *connectionTrace) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.looked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	}
}

// unsent says that not a byte of the request can have arrived: there was no
// connection yet. A transport that doesn't tell its steps is judged by its error.
func (w *connectionTrace) unsent(err error) bool {
	if w.connected.Load() {
		return false
	}
	var dial *net.OpError
	return w.looked.Load() || errors.As(err, &dial) && dial.Op == "dial"
}

// broken is the Error of a request that had no whole answer.
func (c sender) broken(p *timeout, err error, unsent bool) *Error {
	e := &Error{Code: UpstreamUnavailable, Unsure: !unsent, Retryable: unsent, Cause: err}
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	cause := context.Cause(p)
	local := p.local.Load()
	switch {
	case local != nil:
		// A body that was cut short can't have been taken.
		e.Code, e.Unsure, e.Retryable = InvalidArgument, false, false
		e.Message = "an input could not be read: " + (*local).Error()
	case errors.Is(cause, errTimeout):
		e.Code = Timeout
		e.Message = fmt.Sprintf("the service did not answer within %s", p.limit)
		if unsent {
			e.Message = fmt.Sprintf("no connection to the service within %s", p.limit)
		}
	case errors.Is(cause, context.DeadlineExceeded):
		e.Code, e.Message = Timeout, "the time for this call ran out before the service had answered"
	case cause != nil:
		e.Code, e.Message, e.Retryable = Cancelled, "the call was cancelled before the service had answered", false
	case unsent:
		e.Message = "the service can't be reached: " + scrubberOf(c.Client).text(err.Error())
	default:
		e.Message = "the connection broke before the whole answer was there: " + scrubberOf(c.Client).text(err.Error())
	}
	return e
}
