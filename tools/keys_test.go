package tools

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// The calls of these tests, as an agent would make them.
var (
	film  = map[string]any{"model": "kling-v3", "prompt": "waves", "seconds": 5.0}
	draw  = map[string]any{"model": "gemini-2.5-flash-image", "prompt": "a lighthouse"}
	speak = map[string]any{"model": "deepseek-v3", "prompt": "hello"}
	write = map[string]any{"protocol": "anthropic", "model": "claude-4.5-sonnet", "body": map[string]any{"max_tokens": 5}}
)

func with(args map[string]any, more ...any) map[string]any {
	out := maps.Clone(args)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

// answers plays a service that is well: every create gets an id of its own, or
// its answer at once; a job that is asked after is in the state of word.
func answers(word string) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		id := n
		mu.Unlock()
		at := r.Method + " " + r.URL.Path
		switch {
		case at == "POST /v1/chat/completions":
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"answer %d\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n", id)
		case at == "POST /v1/messages":
			fmt.Fprintf(w, `{"id":"msg_%d","type":"message","content":[{"type":"text","text":"answer %d"}],"usage":{"input_tokens":3,"output_tokens":2}}`, id, id)
		case strings.HasPrefix(at, "POST /v1/images"):
			fmt.Fprintf(w, `{"created":1764574464,"task_id":"image-17-%d","data":[{"b64_json":"%s"}],"output_format":"png"}`, id, onePixel)
		case r.Method == http.MethodPost:
			fmt.Fprintf(w, `{"id":"qvideo-u42-%d","status":"queued"}`, id)
		case strings.HasPrefix(at, "GET /v1/images/tasks/"):
			fmt.Fprintf(w, `{"task_id":"%s","status":"%s","data":[{"index":0,"url":"https://cdn.example/0.png"}]}`, filepath.Base(r.URL.Path), word)
		default:
			fmt.Fprintf(w, `{"id":"%s","status":"%s","seconds":"5","task_result":{"videos":[{"id":"1","url":"https://cdn.example/1.mp4","duration":"5"}]}}`,
				filepath.Base(r.URL.Path), word)
		}
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	for tool, args := range map[string]map[string]any{"chat": speak, "native_chat": write, "generate_image": draw, "generate_video": film} {
		t.Run(tool, func(t *testing.T) {
			up := newStandIn(t, answers("completed"))
			h := newHouse(t, up.URL+"/v1", nil)
			args := with(args, "idempotency_key", "k")
			first := h.call(t, t.Context(), tool, args)
			again := with(args, "confirm", "nonsense")
			if tool != "chat" && tool != "native_chat" {
				again = with(again, "wait_seconds", 0, "save", false)
			}
			second := h.call(t, t.Context(), tool, again)
			for _, name := range []string{"task_id", "text", "body"} {
				if a, b := fmt.Sprint(first.Structured[name]), fmt.Sprint(second.Structured[name]); a != b {
					t.Errorf("%s: %s, then %s", name, a, b)
				}
			}
			if first.Error != nil || second.Error != nil || len(up.sent()) != 1 {
				t.Errorf("%v, then %v; %d creates were sent", first.Error, second.Error, len(up.sent()))
			}
			changed := with(args, "prompt", "other")
			if tool == "native_chat" {
				changed = with(args, "body", map[string]any{"max_tokens": 6})
			}
			other := h.call(t, t.Context(), tool, changed)
			if other.code() != "invalid_argument" || other.Error["field"] != "idempotency_key" || len(up.sent()) != 1 {
				t.Errorf("other arguments: %v, %d creates", other.Error, len(up.sent()))
			}
			bob := caller.With(t.Context(), caller.Caller{ID: "bob"})
			if r := h.call(t, bob, tool, args); r.Error != nil || len(up.sent()) != 2 {
				t.Errorf("another caller's key: %v, %d creates", r.Error, len(up.sent()))
			}
		})
	}
}

// slowly lets a create take a moment, so that others can come meanwhile.
func slowly(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			select {
			case <-time.After(300 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		answer(w, r)
	}
}

func TestSameKeyAtTheSameTime(t *testing.T) {
	for tool, args := range map[string]map[string]any{"chat": speak, "native_chat": write, "generate_image": draw, "generate_video": film} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, many processes %v", tool, shared), func(t *testing.T) {
				t.Parallel()
				up := newStandIn(t, slowly(answers("in_progress")))
				state := t.TempDir()
				var houses []*house
				for range 3 {
					houses = append(houses, newHouse(t, up.URL+"/v1", func(s *jobs.Service) {
						s.Ledger = inState(state)
					}))
				}
				args := with(args, "idempotency_key", "k")
				if tool == "generate_image" {
					args["wait_seconds"] = 20
				}
				var mu sync.Mutex
				told := map[string]int{}
				var callers sync.WaitGroup
				for i := range 12 {
					h := houses[0]
					if shared {
						h = houses[i%len(houses)]
					}
					callers.Go(func() {
						r := h.call(t, t.Context(), tool, args)
						mu.Lock()
						defer mu.Unlock()
						told[fmt.Sprint(r.Error, r.Structured["task_id"], r.Structured["text"], r.Structured["body"])]++
					})
				}
				callers.Wait()
				if len(told) != 1 || len(up.sent()) != 1 {
					t.Errorf("%d creates were sent, and the callers were told %v", len(up.sent()), told)
				}
			})
		}
	}
}

func TestKeptAnswerExpires(t *testing.T) {
	up := newStandIn(t, answers("completed"))
	book := ledger.OpenMemory()
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Ledger = keeping(book) })
	args := with(speak, "idempotency_key", "k")
	h.call(t, t.Context(), "chat", args)
	row, err := book.ByKey(t.Context(), "local", "k")
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(row.ResultUntil); left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("the answer is kept for %s more", left)
	}
	if _, err := book.Change(t.Context(), row, func(r *ledger.Row) { r.ResultUntil = time.Now().Add(-time.Minute) }, ledger.Durable); err != nil {
		t.Fatal(err)
	}
	r := h.call(t, t.Context(), "chat", args)
	if r.code() != "invalid_argument" || r.Error["field"] != "idempotency_key" || !strings.Contains(r.Text, "spent") || len(up.sent()) != 1 {
		t.Errorf("%v, %d creates", r.Error, len(up.sent()))
	}
}

func TestDryRunLeavesKeysAlone(t *testing.T) {
	up := newStandIn(t, answers("completed"))
	h := newHouse(t, up.URL+"/v1", nil)
	args := with(film, "idempotency_key", "k")
	if r := h.call(t, t.Context(), "generate_video", with(args, "dry_run", true)); r.Structured["dry_run"] != true {
		t.Fatalf("%v", r.Error)
	}
	h.call(t, t.Context(), "generate_video", args)
	other := with(args, "dry_run", true, "prompt", "other")
	if r := h.call(t, t.Context(), "generate_video", other); r.Structured["dry_run"] != true {
		t.Errorf("a dry run with other arguments under a used key: %v", r.Error)
	}
	if len(up.sent()) != 1 {
		t.Errorf("%d creates were sent, want 1", len(up.sent()))
	}
}

// What a job was made from may be gone when its key comes again.
func TestKeyOutlivesItsInputs(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", nil)
	picture := filepath.Join(h.out, "frame.png")
	if err := os.WriteFile(picture, bigPicture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	args := with(film, "first_frame", picture, "idempotency_key", "k")
	first := h.call(t, t.Context(), "generate_video", args)
	if first.Error != nil {
		t.Fatal(first.Error)
	}
	if err := os.Remove(picture); err != nil {
		t.Fatal(err)
	}
	again := h.call(t, t.Context(), "generate_video", args)
	if again.Structured["task_id"] != first.Structured["task_id"] || len(up.sent()) != 1 {
		t.Errorf("%v %v, then %v %v", first.Structured, first.Error, again.Structured, again.Error)
	}
	if r := h.call(t, t.Context(), "generate_video", with(args, "dry_run", true)); r.code() == "" {
		t.Error("a dry run went through without its input")
	}
}

// bigPicture is large enough for every model.
func bigPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 640))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestIdenticalCallIsNamed(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", nil)
	first := h.call(t, t.Context(), "generate_video", film)
	second := h.call(t, t.Context(), "generate_video", film)
	id := first.Structured["task_id"].(string)
	if second.Structured["task_id"] == id || len(up.sent()) != 2 {
		t.Error("without a key nothing is merged, and this was")
	}
	if !strings.Contains(fmt.Sprint(second.warnings()), id) {
		t.Errorf("the identical call %s is not named: %v", id, second.warnings())
	}
	if r := h.call(t, t.Context(), "generate_video", with(film, "prompt", "other")); strings.Contains(fmt.Sprint(r.warnings()), "identical") {
		t.Errorf("another call is named as identical: %v", r.warnings())
	}
}

func TestKeyOfAnUpload(t *testing.T) {
	up := newUnreliable(t, reset(true), slowly(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"id":"qfile-1-2-3","object":"file","status":"ready","created_at":1770727746}`)
	}))
	broken := up.fault.Swap(nil)
	h := newHouse(t, up.URL+"/v1", nil)
	args := map[string]any{"source_url": "https://example.org/a.mp4", "idempotency_key": "k"}
	var callers sync.WaitGroup
	for range 5 {
		callers.Go(func() {
			if r := h.call(t, t.Context(), "upload_file", args); r.Structured["file_id"] != "qfile-1-2-3" {
				t.Errorf("%v %v", r.Structured, r.Error)
			}
		})
	}
	callers.Wait()
	if n := up.creates.Load(); n != 1 {
		t.Errorf("%d uploads were sent, want 1", n)
	}
	if r := h.call(t, t.Context(), "upload_file", with(args, "source_url", "https://example.org/b.mp4")); r.Error["field"] != "idempotency_key" {
		t.Errorf("other arguments: %v", r.Error)
	}
	// One that nobody can tell of is not sent again, one that was refused is.
	up.fault.Store(broken)
	lost := with(args, "idempotency_key", "lost")
	for range 2 {
		if r := h.call(t, t.Context(), "upload_file", lost); r.code() != "submission_unknown" {
			t.Errorf("%v %v", r.Structured, r.Error)
		}
	}
	refusal := envelope(429, "rate_limit", "slow down")
	up.fault.Store(&refusal)
	if r := h.call(t, t.Context(), "upload_file", with(args, "idempotency_key", "free")); r.code() != "rate_limited" {
		t.Errorf("%v", r.Error)
	}
	up.fault.Store(nil)
	if r := h.call(t, t.Context(), "upload_file", with(args, "idempotency_key", "free")); r.Error != nil {
		t.Errorf("the key of a refused upload is not free: %v", r.Error)
	}
	if n := up.creates.Load(); n != 4 {
		t.Errorf("%d uploads were sent, want 4", n)
	}
}
