package crash

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Create is what the service saw of one paid call.
type Create struct {
	Label, ID string
	// Answered says that the whole answer was written.
	Answered bool
	// Polled and Fetched say how far the job got afterwards.
	Polled, Fetched bool
	at              time.Time
}

// Upstream plays the service: it records every create, lets jobs take a
// moment, serves what they made in ranges and cuts the first transfers.
type Upstream struct {
	*httptest.Server
	// Takes is how long a job runs, Bytes how large a clip is, Cuts how often
	// the transfer of a file is cut, Pause the rest between two pieces of it.
	Takes time.Duration
	Bytes int
	Cuts  int
	Pause time.Duration
	// Slow is the most that an answer to a create takes.
	Slow time.Duration

	mu      sync.Mutex
	creates []*Create
	cuts    map[string]int
	made    map[string]bool // sums of everything that was ever made
	files   map[string][]byte
	asked   map[string]int // GETs by path
}

// NewUpstream starts a service with figures that fit a crash test.
func NewUpstream() *Upstream {
	u := &Upstream{Takes: 150 * time.Millisecond, Bytes: 1 << 20, Cuts: 1, Pause: 10 * time.Millisecond, Slow: 120 * time.Millisecond,
		cuts: map[string]int{}, made: map[string]bool{}, files: map[string][]byte{}, asked: map[string]int{}}
	u.Server = httptest.NewServer(u)
	return u
}

// Creates are the creates of a label, in order.
func (u *Upstream) Creates(label string) []Create {
	u.mu.Lock()
	defer u.mu.Unlock()
	var list []Create
	for _, c := range u.creates {
		if c.Label == label {
			list = append(list, *c)
		}
	}
	return list
}

// Made says that a sum is that of a whole file the service made.
func (u *Upstream) Made(sum string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.made[sum]
}

// Transfers is how often the file of a job was asked for.
func (u *Upstream) Transfers(file string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cuts[file]
}

// Asked is how often a path was asked for.
func (u *Upstream) Asked(path string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked[path]
}

// label marks a call in its prompt, so that the service knows it again.
var label = regexp.MustCompile(`call-[0-9]+(-[0-9]+)*`)

func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := r.URL.Path
	if r.Method == http.MethodGet {
		u.mu.Lock()
		u.asked[at]++
		u.mu.Unlock()
	}
	switch {
	case r.Method == http.MethodPost:
		u.create(w, r)
	case strings.HasPrefix(at, "/file/"):
		u.file(w, r, strings.TrimPrefix(at, "/file/"))
	case strings.HasPrefix(at, "/v1/videos/"):
		u.video(w, strings.TrimPrefix(at, "/v1/videos/"))
	case strings.HasPrefix(at, "/v1/images/tasks/"):
		u.image(w, strings.TrimPrefix(at, "/v1/images/tasks/"))
	default:
		http.NotFound(w, r)
	}
}

// create takes a paid call: from the moment it is recorded it is billed,
// whether the answer arrives or not.
func (u *Upstream) create(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Model string `json:"model"`
	}
	var all bytes.Buffer
	if _, err := all.ReadFrom(r.Body); err != nil {
		return // cut before it was whole, as a service would see it
	}
	if json.Unmarshal(all.Bytes(), &body) != nil {
		http.Error(w, `{"error":{"message":"no JSON","type":"invalid_request_error"}}`, http.StatusBadRequest)
		return
	}
	rest(rand.N(u.Slow/2 + 1))
	u.mu.Lock()
	c := &Create{Label: label.FindString(all.String()), at: time.Now()}
	kind := "qvideo-u42-%d"
	if strings.Contains(r.URL.Path, "images") {
		kind = "image-%d-1383010"
	}
	c.ID = fmt.Sprintf(kind, 1766000000000000000+len(u.creates))
	u.creates = append(u.creates, c)
	u.mu.Unlock()
	rest(rand.N(u.Slow/2 + 1))
	var err error
	switch {
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		err = say(w, "text/event-stream", `data: {"id":"c","object":"chat.completion.chunk","created":1770000000,"model":"`+body.Model+
			`","choices":[{"index":0,"delta":{"role":"assistant","content":"Done."},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	case strings.HasPrefix(body.Model, "gemini"):
		err = say(w, "application/json", `{"created":1764574464,"data":[{"b64_json":"`+
			base64.StdEncoding.EncodeToString(u.content(c.ID+".png"))+`"}],"output_format":"png"}`)
	case strings.Contains(r.URL.Path, "images"):
		err = say(w, "application/json", `{"task_id":"`+c.ID+`"}`)
	default:
		err = say(w, "application/json", `{"id":"`+c.ID+`","object":"video","model":"`+body.Model+`","status":"queued","seconds":"5"}`)
	}
	if err == nil {
		u.mark(c.ID, func(c *Create) { c.Answered = true })
	}
}

func say(w http.ResponseWriter, contentType, body string) error {
	w.Header().Set("Content-Type", contentType)
	if _, err := w.Write([]byte(body)); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

func rest(d time.Duration) { <-time.After(d) }

// mark changes the record of a job and says whether there is one.
func (u *Upstream) mark(id string, do func(*Create)) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, c := range u.creates {
		if c.ID == id {
			do(c)
			return true
		}
	}
	return false
}

func (u *Upstream) done(id string) (done, known bool) {
	known = u.mark(id, func(c *Create) {
		c.Polled = true
		done = time.Since(c.at) >= u.Takes
	})
	return done, known
}

func (u *Upstream) video(w http.ResponseWriter, id string) {
	done, known := u.done(id)
	switch {
	case !known:
		http.Error(w, `{"error":{"message":"no such job","type":"not_found"}}`, http.StatusNotFound)
	case done:
		say(w, "application/json", `{"id":"`+id+`","status":"completed","seconds":"5","size":"1280x720","task_result":{"videos":[{"id":"1","url":"`+
			u.URL+`/file/`+id+`.mp4","duration":"5"}]}}`)
	default:
		say(w, "application/json", `{"id":"`+id+`","status":"in_progress"}`)
	}
}

func (u *Upstream) image(w http.ResponseWriter, id string) {
	done, known := u.done(id)
	switch {
	case !known:
		http.Error(w, `{"error":{"message":"no such job","type":"not_found"}}`, http.StatusNotFound)
	case done:
		say(w, "application/json", `{"task_id":"`+id+`","status":"succeeded","data":[{"index":0,"url":"`+u.URL+`/file/`+id+`.png"}]}`)
	default:
		say(w, "application/json", `{"task_id":"`+id+`","status":"processing"}`)
	}
}

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

// content is what a job made: the head of a real file and bytes of its own.
func (u *Upstream) content(name string) []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	if whole, ok := u.files[name]; ok {
		return whole
	}
	head, size := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x00mdat"), u.Bytes
	if strings.HasSuffix(name, ".png") {
		head, _ = base64.StdEncoding.DecodeString(pixel)
		size /= 4
	}
	noise := rand.NewChaCha8(sha256.Sum256([]byte(name)))
	whole := make([]byte, size)
	noise.Read(whole)
	copy(whole, head)
	u.files[name] = whole
	sum := sha256.Sum256(whole)
	u.made[hex.EncodeToString(sum[:])] = true
	return whole
}

// file serves a result in ranges, slowly, and cuts the first transfers of it.
func (u *Upstream) file(w http.ResponseWriter, r *http.Request, name string) {
	whole := u.content(name)
	id, _, _ := strings.Cut(name, ".")
	u.mark(id, func(c *Create) { c.Fetched = true })
	u.mu.Lock()
	u.cuts[name]++
	cut := u.cuts[name] <= u.Cuts
	u.mu.Unlock()
	slow := &slowWriter{ResponseWriter: w, pause: u.Pause, left: -1}
	if cut {
		some := len(whole) / (u.Cuts + 2)
		slow.left = some + rand.IntN(some/4+1) // so that every cut is in the middle
	}
	w.Header().Set("ETag", `"`+name+`"`)
	http.ServeContent(slow, r, name, time.Time{}, bytes.NewReader(whole))
}

// slowWriter rests between pieces and hangs up once left bytes are written.
type slowWriter struct {
	http.ResponseWriter
	pause time.Duration
	left  int // -1: all of it
}

func (w *slowWriter) Write(b []byte) (int, error) {
	n := 0
	for len(b) > 0 {
		piece := b[:min(len(b), 64<<10)]
		if w.left >= 0 {
			piece = piece[:min(len(piece), w.left)]
		}
		m, err := w.ResponseWriter.Write(piece)
		n += m
		if err != nil {
			return n, err
		}
		if w.left >= 0 {
			if w.left -= m; w.left == 0 {
				w.hangUp()
				return n, net.ErrClosed
			}
		}
		b = b[m:]
		if w.pause > 0 {
			rest(w.pause)
		}
	}
	return n, nil
}

func (w *slowWriter) hangUp() {
	c := http.NewResponseController(w.ResponseWriter)
	_ = c.Flush() // what was sent is to arrive
	if conn, _, err := c.Hijack(); err == nil {
		conn.Close()
	}
}
