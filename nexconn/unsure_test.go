package nexconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// TestCreateIsUnsureOnlyWhereItCanBe runs creates against services that fail
// in every way; what matters is whether the job may have been taken.
func TestCreateIsUnsureOnlyWhereItCanBe(t *testing.T) {
	reset := func(w http.ResponseWriter, body string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, body)
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	tests := []struct {
		name   string
		serve  http.HandlerFunc
		code   Code
		unsure bool
		sent   int32
	}{
		{"reset before an answer", func(w http.ResponseWriter, r *http.Request) { reset(w, "") }, UpstreamUnavailable, true, 1},
		{"closed before an answer", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, UpstreamUnavailable, true, 1},
		{"cut in the head", func(w http.ResponseWriter, r *http.Request) { reset(w, "HTTP/1.1 200 OK\r\nContent-Ty") }, UpstreamUnavailable, true, 1},
		{"cut in the body", func(w http.ResponseWriter, r *http.Request) {
			reset(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"qvi")
		}, UpstreamUnavailable, true, 1},
		{"no answer in time", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Timeout, true, 1},
		{"half an answer in time", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, Timeout, true, 1},
		{"a 200 that is no JSON", answering(200, "OK"), UpstreamUnavailable, true, 1},
		{"a 200 that is a page", answering(200, "<html></html>"), UpstreamUnavailable, true, 1},
		{"a 200 that is empty", answering(200, ""), UpstreamUnavailable, true, 1},
		{"a 200 that is an error", answering(200, `{"error":{"message":"no"}}`), UpstreamError, false, 1},
		{"500 page", answering(500, "<html></html>"), UpstreamUnavailable, true, 1},
		{"502 empty", answering(502, ""), UpstreamUnavailable, true, 1},
		{"503 empty", answering(503, ""), UpstreamUnavailable, true, 1},
		{"504 of a gateway", answering(504, `{"message":"Endpoint request timed out"}`), UpstreamError, true, 1},
		{"500 with an envelope", answering(500, `{"error":{"message":"x"}}`), UpstreamError, false, 1},
		{"503 with an envelope", answering(503, `{"error":{"message":"busy"}}`), UpstreamError, false, 1},
		{"503 price not set", answering(503, `{"error":{"message":"the price of the model is not set (model: x)","type":"quota_exceeded_error"}}`), UnknownModel, false, 1},
		{"429", answering(429, `{"error":{"message":"slow"}}`), RateLimited, false, 1},
		{"400 page", answering(400, "<html></html>"), UpstreamUnavailable, false, 1},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, UpstreamUnavailable, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				tt.serve(w, r)
			}))
			defer s.Close()
			c := &Client{BaseURL: s.URL, Key: "sk-1", AnswerTimeout: 300 * time.Millisecond}
			e := createError(t, c)
			if e.Code != tt.code || e.Unsure != tt.unsure || sent.Load() != tt.sent {
				t.Errorf("got %s, unsure %t, sent %d times; want %s, %t, %d (%s)", e.Code, e.Unsure, sent.Load(), tt.code, tt.unsure, tt.sent, e.Message)
			}
			if e.Unsure && e.Retryable {
				t.Error("an unsure create must not be called retryable")
			}
		})
	}
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func createError(t *testing.T, c *Client) *Error {
	t.Helper()
	m, ok := catalog.Builtin().Find(catalog.Video, "kling-v3")
	if !ok {
		t.Fatal("the catalogue has no kling-v3")
	}
	_, err := c.Submit(t.Context(), Call{Model: m, Op: "create video", Method: "POST", Path: "/v1/videos", Body: RawBody([]byte(`{"model":"kling-v3"}`))})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	return e
}

func TestCreateIsSureThatNothingWasSent(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	notTLS, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer notTLS.Close()
	go func() {
		for {
			conn, err := notTLS.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "220 mail ready\r\n")
			conn.Close()
		}
	}()
	for name, base := range map[string]string{
		"refused":      closed.URL,
		"no such host": "http://no-such-host.invalid",
		"no TLS":       "https://" + notTLS.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			e := createError(t, &Client{BaseURL: base, Key: "sk-1", AnswerTimeout: 20 * time.Second})
			if e.Code != UpstreamUnavailable || e.Unsure || !e.Retryable {
				t.Errorf("got %s, unsure %t, retryable %t: %s", e.Code, e.Unsure, e.Retryable, e.Message)
			}
		})
	}
}

func TestCreateTriesARefusedConnectionAgain(t *testing.T) {
	s := httptest.NewServer(answering(400, `{"error":"arrived"}`))
	defer s.Close()
	var dials atomic.Int32
	c := &Client{BaseURL: s.URL, Key: "sk-1", HTTP: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) < 3 {
				addr = "127.0.0.1:1" // nothing listens there
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}}}
	if e := createError(t, c); e.Message != "arrived" || dials.Load() != 3 {
		t.Errorf("got %q after %d dials", e.Message, dials.Load())
	}
}

func TestCreateSaysWhichInputCouldNotBeRead(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer s.Close()
	in := newEncoder()
	short := Media{Blob: &Blob{MIME: "image/png", Name: "cat.png", Size: 100, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("short")), nil
	}}}
	body, err := in.body(map[string]string{"image": in.put(short, catalog.Base64)})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := catalog.Builtin().Find(catalog.Video, "kling-v3")
	_, err = (&Client{BaseURL: s.URL, Key: "sk-1"}).Submit(t.Context(), Call{Model: m, Op: "create video", Method: "POST", Path: "/v1/videos", Body: body})
	var e *Error
	if !errors.As(err, &e) || e.Code != InvalidArgument || e.Unsure || !strings.Contains(e.Message, "cat.png changed while it was read") {
		t.Errorf("got %v", err)
	}
}

// TestCreateIsPatientWithASlowUpload: the time to answer counts from the last
// byte of the request.
func TestCreateIsPatientWithASlowUpload(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answering(400, `{"error":"arrived"}`)(w, r)
	}))
	defer s.Close()
	in := newEncoder()
	slow := Media{Blob: &Blob{MIME: "image/png", Size: 6, Open: func() (io.ReadCloser, error) { return io.NopCloser(&drip{left: 6}), nil }}}
	body, err := in.body(map[string]string{"image": in.put(slow, catalog.Base64)})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := catalog.Builtin().Find(catalog.Video, "kling-v3")
	c := &Client{BaseURL: s.URL, Key: "sk-1", AnswerTimeout: 400 * time.Millisecond}
	_, err = c.Submit(t.Context(), Call{Model: m, Op: "create video", Method: "POST", Path: "/v1/videos", Body: body})
	if got := fmt.Sprint(err); !strings.Contains(got, "arrived") {
		t.Errorf("got %s", got)
	}
}

// drip gives a byte every 100 ms.
type drip struct{ left int }

func (d *drip) Read(b []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(100 * time.Millisecond)
	d.left--
	b[0] = 'x'
	return 1, nil
}
