package nexconn

import (
	"bytes"
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
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
	HTTP      *http.Client
	UserAgent string
	// Log gets a line a request at debug level, without keys or bodies.
	Log *slog.Logger
	// AnswerTimeout is how long a task's create or a query may take: 60 s.
	// It counts from the last byte of the request.
	AnswerTimeout time.Duration
	// LongTimeout is the same for work that is answered at once, pictures and
	// native calls: 600 s.
	LongTimeout time.Duration
	// Silence is how long a chat stream may say nothing: 120 s.
	Silence time.Duration
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

func (c *Client) answerTimeout() time.Duration { return cmp.Or(c.AnswerTimeout, 60*time.Second) }
func (c *Client) longTimeout() time.Duration   { return cmp.Or(c.LongTimeout, 600*time.Second) }
func (c *Client) silence() time.Duration       { return cmp.Or(c.Silence, 120*time.Second) }

// root is the address that the paths of calls are appended to.
func (c *Client) root() (string, *Error) {
	base := strings.TrimRight(strings.TrimSpace(cmp.Or(c.BaseURL, DefaultBaseURL)), "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return "", Errorf(NotConfigured, "the base URL is not an address like %s", DefaultBaseURL)
	}
	return strings.TrimRight(strings.TrimSuffix(base, "/v1"), "/"), nil
}

// authorization is the header's value, in one form on every plane.
func (c *Client) authorization() (string, *Error) {
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

// scrub takes the key out of a text that came from elsewhere.
func (c *Client) scrub(text string) string {
	key := strings.TrimSpace(string(c.Key))
	if len(key) < 4 {
		return text
	}
	return strings.ReplaceAll(text, key, dots)
}

// scrubBytes is scrub without a copy where there is nothing to take out, as in
// every answer but a service's that repeats the key in a job's failure.
func (c *Client) scrubBytes(body []byte) []byte {
	key := strings.TrimSpace(string(c.Key))
	if len(key) < 4 || !bytes.Contains(body, []byte(key)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(key), []byte(dots))
}

// note tells the log and the metrics of a request that is over.
func (c *Client) note(o Observation, requestID string, err *Error) {
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
