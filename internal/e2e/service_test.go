package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// answer is what the service of a case says to a request.
type answer struct {
	// Request is a regular expression of "METHOD /path"; the first answer that
	// fits is given, Times times (0: always), and then the next that fits.
	Request     string            `json:"request"`
	Times       int               `json:"times"`
	Status      int               `json:"status"`
	ContentType string            `json:"content_type"`
	Headers     map[string]string `json:"headers"`
	// Body is JSON as it is sent; a text is sent as it is, a list is the pieces
	// of a stream, {"events": […]} a stream of JSON that ends with [DONE], and
	// {"base64": …} or {"file": …} are bytes.
	Body any `json:"body"`
	// HangsUp cuts the connection after the body.
	HangsUp bool `json:"hangs_up"`
}

// served is a file behind a result link: how often it was asked for counts.
type served struct {
	answer
	// Cut hangs up after so many bytes of the first transfer.
	Cut int `json:"cut"`
}

// request is what the service was sent.
type request struct {
	Line    string // METHOD /path
	Headers http.Header
	Raw     string
	Body    any // decoded, nil where it is no JSON
}

// service plays the service of one case: it answers as the case says and
// serves what lies behind result links.
type service struct {
	*httptest.Server
	t       testing.TB
	fill    func(any) any // puts values for the placeholders of a case
	answers []answer
	results map[string]served

	mu      sync.Mutex
	given   map[int]int
	fetched map[string]int
	got     []request
}

func newService(t testing.TB) *service {
	s := &service{t: t, given: map[int]int{}, fetched: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// posted are the requests that ask for something new, from number on.
func (s *service) posted(from int) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []request
	for _, r := range s.got[from:] {
		if !strings.HasPrefix(r.Line, "GET ") {
			list = append(list, r)
		}
	}
	return list
}

// requests is how many came so far.
func (s *service) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it hung up
	}
	line := r.Method + " " + r.URL.Path
	if strings.HasPrefix(r.URL.Path, "/cdn/") {
		s.result(w, r)
		return
	}
	s.mu.Lock()
	got := request{Line: line, Headers: r.Header.Clone(), Raw: string(body)}
	if json.Unmarshal(body, &got.Body) != nil {
		got.Body = nil
	}
	s.got = append(s.got, got)
	var found *answer
	for i, a := range s.answers {
		if fits(a.Request, line) && (a.Times == 0 || s.given[i] < a.Times) {
			s.given[i]++
			found = &a
			break
		}
	}
	s.mu.Unlock()
	if found == nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"error":{"message":"the case has no answer to %s","type":"invalid_request_error"}}`, line)
		return
	}
	s.say(w, *found, -1)
}

func fits(pattern, text string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text)
}

// result serves what lies behind a link.
func (s *service) result(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetched[r.URL.Path]++
	for _, pattern := range slices.Sorted(maps.Keys(s.results)) {
		if !fits(pattern, r.URL.Path) {
			continue
		}
		file, left := s.results[pattern], -1
		if file.Cut > 0 && s.fetched[r.URL.Path] == 1 {
			left = file.Cut
		}
		s.say(w, file.answer, left)
		return
	}
	for _, sample := range []string{"clip.mp4", "kite.png"} {
		if strings.HasSuffix(r.URL.Path, sample[strings.LastIndex(sample, "."):]) {
			s.say(w, answer{ContentType: mediaTypes[sample], Body: object{"file": sample}}, -1)
			return
		}
	}
	http.NotFound(w, r)
}

var mediaTypes = map[string]string{"clip.mp4": "video/mp4", "kite.png": "image/png"}

// say writes an answer; left is how much of it before the connection is cut,
// -1 for all.
func (s *service) say(w http.ResponseWriter, a answer, left int) {
	pieces, kind := s.pieces(a.Body)
	if a.ContentType != "" {
		kind = a.ContentType
	}
	w.Header().Set("Content-Type", kind)
	if a.HangsUp || left >= 0 {
		n := 0
		for _, p := range pieces {
			n += len(p)
		}
		w.Header().Set("Content-Length", fmt.Sprint(n+1))
		if left >= 0 {
			w.Header().Set("Content-Length", fmt.Sprint(n))
		}
	}
	for name, value := range a.Headers {
		text, _ := s.fill(value).(string)
		w.Header().Set(name, text)
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	out := http.NewResponseController(w)
	for i, piece := range pieces {
		if i > 0 {
			<-time.After(2 * time.Millisecond) // so that the pieces arrive as such
		}
		if left >= 0 {
			piece = piece[:min(left, len(piece))]
			left -= len(piece)
		}
		w.Write(piece)
		if len(pieces) > 1 || a.HangsUp || left == 0 {
			out.Flush()
		}
	}
	if a.HangsUp || left == 0 {
		if conn, _, err := out.Hijack(); err == nil {
			conn.Close()
		}
	}
}

// pieces are the bytes of a body and its usual type.
func (s *service) pieces(body any) ([][]byte, string) {
	switch body := s.fill(body).(type) {
	case string:
		return [][]byte{[]byte(body)}, "application/json"
	case []any:
		var list [][]byte
		for _, piece := range body {
			if text, ok := piece.(string); ok {
				list = append(list, []byte(text))
			} else {
				list = append(list, bytesOf(s.t, piece))
			}
		}
		return list, "text/event-stream"
	case object:
		if isBytes(body) {
			return [][]byte{bytesOf(s.t, body)}, "application/octet-stream"
		}
		if events, ok := body["events"].([]any); ok && len(body) == 1 {
			return streamOf(s.t, events), "text/event-stream"
		}
		doc, err := json.Marshal(body)
		if err != nil {
			s.t.Error(err)
		}
		return [][]byte{doc}, "application/json"
	case nil:
		return nil, "application/json"
	default:
		s.t.Errorf("the body of an answer is a %T", body)
		return nil, ""
	}
}

// streamOf is a stream as the documents have it, an event at a time.
func streamOf(t testing.TB, events []any) [][]byte {
	var list [][]byte
	for _, e := range events {
		doc, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		list = append(list, fmt.Appendf(nil, "data: %s\n\n", doc))
	}
	return append(list, []byte("data: [DONE]\n\n"))
}

func isBytes(o object) bool {
	_, encoded := o["base64"].(string)
	_, file := o["file"].(string)
	return len(o) == 1 && (encoded || file)
}

// bytesOf are the bytes of a text, of {"base64": …} or of {"file": …}.
func bytesOf(t testing.TB, v any) []byte {
	t.Helper()
	if text, ok := v.(string); ok {
		return []byte(text)
	}
	o, _ := v.(object)
	if name, ok := o["file"].(string); ok {
		return sample(t, name)
	}
	text, _ := o["base64"].(string)
	doc, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" {
		t.Errorf("no bytes in %v: %v", v, err)
	}
	return doc
}
