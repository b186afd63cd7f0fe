package nexconn

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// DefaultBaseURL is where the service is.
const DefaultBaseURL = "https://api-xmodel.nexconn.ai/v1"

// Client speaks to the service. Its zero values work; set fields before first
// use. It may be used by many goroutines.
type Client struct {
	// BaseURL is the service's address with or without /v1 at its end; what
	// stands before /v1 is kept, since /queue, /v3 and /bypass lie beside it.
	// Empty means DefaultBaseURL.
	BaseURL string
	// Key is the API key; Auth is how it is sent on every plane: "bearer" (the
	// default) or "raw", the key alone.
	Key  Secret
	Auth string
	// HTTP sends the requests; nil means a plain client, which honours the
	// usual proxy variables. Its redirects and time-outs are ours.
	HTTP *http.Client
	// Models is the catalogue that requests are made by; nil means
	// catalog.Builtin.
	Models    catalog.Set
	UserAgent string
	// Log gets a line a request at debug level, without keys or bodies.
	Log *slog.Logger
	// AnswerTimeout is how long a task's create or a query may take: 60 s.
	// It counts from the last byte of the request.
	AnswerTimeout time.Duration
	// LongTimeout is the same for work that is answered at once, pictures and
	// native calls: 600 s.
	LongTimeout time.Duration
	// StreamIdleTimeout is how long a chat stream may say nothing: 120 s.
	StreamIdleTimeout time.Duration
	// Poll is how long Wait rests before asking the n-th time, from 1; nil
	// means 2 to 5 s for pictures and 5 to 15 s for clips, with jitter.
	Poll func(job *Job, n int) time.Duration
	// Observe hears of every request once it is over; nil means nobody does.
	Observe func(Observation)
}

// Observation is one request as metrics want it.
type Observation struct {
	// Op is the call's, e.g. "create video".
	Op string
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Took is until the answer was read, for a stream until it ended.
	Took time.Duration
	// Code is the error's; empty where all went well.
	Code Code
}

// WithKey is the same client with another caller's key.
func (c *Client) WithKey(k Secret) *Client {
	with := *c
	with.Key = k
	return &with
}

// limits are the client's time-outs, or the usual ones.
type limits struct{ answer, long, idle time.Duration }

func limitsOf(c *Client) limits {
	return limits{cmp.Or(c.AnswerTimeout, 60*time.Second), cmp.Or(c.LongTimeout, 600*time.Second), cmp.Or(c.StreamIdleTimeout, 120*time.Second)}
}

// sender is the client as it sends one request and reads its answer.
type sender struct{ *Client }

// root is the address that the paths of calls are appended to.
func (c sender) root() (string, *Error) {
	base := strings.TrimRight(strings.TrimSpace(cmp.Or(c.BaseURL, DefaultBaseURL)), "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return "", Errorf(NotConfigured, "the base URL is not an address like %s", DefaultBaseURL)
	}
	return strings.TrimRight(strings.TrimSuffix(base, "/v1"), "/"), nil
}

// authorization is the header's value, in one form on every plane.
func (c sender) authorization() (string, *Error) {
	key := strings.TrimSpace(string(c.Key))
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", Errorf(NotConfigured, "the API key has a line break or another control character in it")
	}
	switch {
	case key == "":
		return "", nil
	case strings.EqualFold(c.Auth, "raw"):
		return key, nil
	case c.Auth == "" || strings.EqualFold(c.Auth, "bearer"):
		return "Bearer " + key, nil
	}
	return "", Errorf(NotConfigured, "the auth scheme is bearer or raw, not %q", c.Auth)
}

// note tells the log and the metrics of a request that is over.
func (c sender) note(o Observation, requestID string, err *Error) {
	if err != nil {
		o.Code = err.Code
	}
	if c.Log != nil {
		c.Log.Debug("upstream", "op", o.Op, "status", o.Status, "took", o.Took, "code", string(o.Code), "request_id", requestID)
	}
	if c.Observe != nil {
		c.Observe(o)
	}
}
