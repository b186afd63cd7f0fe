package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// service is the sandbox behind a door that writes down who came in: it keeps
// the accounts of different keys apart, as the service does and the sandbox
// doesn't, and its ids don't say sandbox.
type service struct {
	URL   string
	inner string // the sandbox itself

	mu    sync.Mutex
	sent  []sent
	owner map[string]string // the key that made an id
	// before, if set, hears of a request before it goes on.
	before func(sent)
	doors  []*httptest.Server
}

type sent struct {
	door         int
	key          string
	method, path string
	body         string
}

// create says that the request makes something that is paid for.
func (s sent) create() bool {
	return s.method == http.MethodPost && !strings.HasPrefix(s.path, "/v1/files")
}

var (
	madeID  = regexp.MustCompile(`"((?:qvideo|image|qfile)-(?:\d+-)?)sandbox`)
	knownID = regexp.MustCompile(`\b(?:qvideo|image|qfile)-(?:\d+-)?hosting[A-Za-z0-9-]*`)
)

func newService(t *testing.T) *service {
	t.Helper()
	inner, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Options{TimeScale: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	s := &service{owner: map[string]string{}, inner: inner.URL}
	s.URL = s.door(t, 0)
	return s
}

// door opens an address; requests through it are marked with its number.
func (s *service) door(t *testing.T, number int) string {
	t.Helper()
	at, err := url.Parse(s.inner)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(at)
	proxy.FlushInterval, proxy.ErrorLog = -1, log.New(io.Discard, "", 0)
	proxy.ModifyResponse = func(r *http.Response) error {
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = madeID.ReplaceAll(body, []byte(`"${1}hosting`))
		key := r.Request.Header.Get("Authorization")
		if r.Request.Method == http.MethodGet && r.Request.URL.Path == "/v1/files" {
			body = s.ownFiles(key, body)
		} else {
			s.own(key, string(body))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		one := sent{door: number, key: r.Header.Get("Authorization"), method: r.Method, path: r.URL.Path, body: string(body)}
		if !s.let(one) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"code":"not_found","message":"not found","type":"invalid_request_error"}}`)
			return
		}
		if s.before != nil {
			s.before(one)
		}
		body = bytes.ReplaceAll(body, []byte("-hosting"), []byte("-sandbox"))
		r.URL.Path = strings.ReplaceAll(r.URL.Path, "-hosting", "-sandbox")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		// What has arrived is taken, whoever has gone away.
		proxy.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	}))
	t.Cleanup(srv.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doors = append(s.doors, srv)
	return srv.URL
}

// hangUp closes the connections that clients keep.
func (s *service) hangUp() {
	for _, srv := range s.doors {
		srv.CloseClientConnections()
	}
}

// let writes a request down and says whether all it names is the account's.
func (s *service) let(one sent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, one)
	for _, id := range knownID.FindAllString(one.path+" "+one.body, -1) {
		if s.owner[id] != one.key {
			return false
		}
	}
	return true
}

func (s *service) own(key, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range knownID.FindAllString(body, -1) {
		if s.owner[id] == "" {
			s.owner[id] = key
		}
	}
}

// since are the requests after the first n.
func (s *service) since(n int) []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.sent[n:]...)
}

func (s *service) count() int { return len(s.since(0)) }

// ownFiles leaves of a list of files those of an account.
func (s *service) ownFiles(key string, body []byte) []byte {
	var page map[string]any
	if json.Unmarshal(body, &page) != nil {
		return body
	}
	list, _ := page["data"].([]any)
	s.mu.Lock()
	page["data"] = slices.DeleteFunc(list, func(one any) bool {
		id, _ := one.(map[string]any)["id"].(string)
		return s.owner[id] != key
	})
	s.mu.Unlock()
	body, _ = json.Marshal(page)
	return body
}
