package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// watchedLedger notes how changes are written, counts the steps of the clean-up,
// and can be away.
type watchedLedger struct {
	ledger.Ledger
	away   atomic.Bool
	sweeps atomic.Int64
	left   atomic.Int64 // steps of the clean-up that have more to do

	mu      sync.Mutex
	changes []string
}

var errAway = errors.New("the database is away")

func (w *watchedLedger) Begin(ctx context.Context, row ledger.Row, caps ledger.Caps) (ledger.Begun, error) {
	if w.away.Load() {
		return ledger.Begun{}, errAway
	}
	return w.Ledger.Begin(ctx, row, caps)
}

func (w *watchedLedger) Change(ctx context.Context, row ledger.Row, do func(*ledger.Row), d ledger.Durability) (ledger.Row, error) {
	if w.away.Load() {
		return ledger.Row{}, errAway
	}
	got, err := w.Ledger.Change(ctx, row, do, d)
	if err == nil {
		w.mu.Lock()
		w.changes = append(w.changes, fmt.Sprint(got.Status, map[ledger.Durability]string{ledger.Durable: " durable", ledger.Soon: " soon"}[d]))
		w.mu.Unlock()
	}
	return got, err
}

func (w *watchedLedger) Sweep(context.Context) (bool, error) {
	w.sweeps.Add(1)
	return w.left.Add(-1) >= 0, nil
}

func (w *watchedLedger) written() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.changes
	w.changes = nil
	return list
}

// turn and clip are orders as the tools make them.
func turn(key string) order.Order {
	return order.New(catalog.Builtin(), order.Input{Tool: "chat", Kind: catalog.Chat,
		Given: map[string]any{"model": "deepseek-v3.2", "prompt": "hi"},
		Decode: func(map[string]any) (any, error) {
			return &nexconn.ChatRequest{Model: "deepseek-v3.2", Prompt: "hi"}, nil
		},
		Options: order.Options{Key: key, Start: time.Now(), Wait: time.Minute}})
}

func clip(key string) order.Order {
	return order.New(catalog.Builtin(), order.Input{Tool: "generate_video", Kind: catalog.Video,
		Given:   map[string]any{"model": "kling-v3", "prompt": "waves"},
		Decode:  func(map[string]any) (any, error) { return &nexconn.VideoRequest{Prompt: "waves"}, nil },
		Options: order.Options{Key: key, Start: time.Now()}})
}

// upstream answers a turn at once and a video as status says.
func upstream(t *testing.T, status *atomic.Value, creating func()) *httptest.Server {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if strings.HasSuffix(r.URL.Path, "/chat/completions") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"id":"c1","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`)
			return
		}
		if r.Method == http.MethodPost && creating != nil {
			creating()
		}
		fmt.Fprintf(w, `{"id":"qvideo-u42-1","model":"kling-v3","status":%q}`, status.Load())
	}))
	t.Cleanup(up.Close)
	return up
}

func serviceOver(t *testing.T, book ledger.Ledger, url string) *Service {
	s := &Service{Client: &nexconn.Client{BaseURL: url + "/v1", Key: "k"}, Models: catalog.Builtin, PollScale: 0.01,
		Ledger: ledger.Keeping(func(context.Context) (ledger.Ledger, error) { return book, nil }, nil)}
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	return s
}

// What a crash must not lose is on the disk before the call goes on; the rest
// shares the next commit, and a poll that tells nothing new is not written.
func TestWhatIsDurable(t *testing.T) {
	var status atomic.Value
	status.Store("in_progress")
	up := upstream(t, &status, nil)
	book := &watchedLedger{Ledger: ledger.OpenMemory()}
	s := serviceOver(t, book, up.URL)
	wrote := func(what string, err error, want ...string) {
		t.Helper()
		if got := book.written(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: wrote %q, %v; want %q", what, got, err, want)
		}
	}
	_, err := s.Do(t.Context(), turn(""))
	wrote("a turn without a key", err, "succeeded soon")
	_, err = s.Do(t.Context(), turn("k"))
	wrote("a turn with a key", err, "succeeded durable")
	status.Store("queued")
	r, err := s.Do(t.Context(), clip(""))
	wrote("a video's id", err, "queued durable")
	ask := func() error {
		_, err := s.Query(t.Context(), Query{TaskID: r.Row.TaskID()})
		return err
	}
	wrote("a poll without news", ask())
	status.Store("in_progress")
	wrote("a poll with news", ask(), "running soon")
	wrote("another without", ask())
	status.Store("failed")
	wrote("the end", ask(), "failed durable")
}

// The database goes away while a create is answered: its id is told with a
// warning, and is on record as soon as the database is back.
func TestAnOutageLosesNoID(t *testing.T) {
	var status atomic.Value
	status.Store("in_progress")
	memory := ledger.OpenMemory()
	book := &watchedLedger{Ledger: memory}
	up := upstream(t, &status, func() { book.away.Store(true) })
	s := serviceOver(t, book, up.URL)
	r, err := s.Do(t.Context(), clip(""))
	if err != nil || r.Row.UpstreamID == "" || !slices.Contains(r.Warnings, heldNote) {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err := s.Query(t.Context(), Query{TaskID: r.Row.TaskID()}); err != nil || !slices.Contains(r.Warnings, heldNote) {
		t.Errorf("while it is away: %q %v", r.Warnings, err)
	}
	if row, _ := memory.Find(t.Context(), "", r.Row.ID); row.UpstreamID != "" {
		t.Fatal("it is on record although the ledger was away")
	}
	book.away.Store(false)
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if row, _ := memory.Find(t.Context(), "", r.Row.ID); row.UpstreamID == r.Row.UpstreamID {
			break
		}
	}
	got, err := s.Query(t.Context(), Query{TaskID: r.Row.TaskID()})
	if err != nil || slices.Contains(got.Warnings, heldNote) {
		t.Errorf("once it is back: %q %v", got.Warnings, err)
	}
	if row, err := memory.Find(t.Context(), "", r.Row.TaskID()); err != nil || row.Status != nexconn.Running {
		t.Errorf("on record: %+v %v", row, err)
	}
}

// What is held is written once more as the process stops.
func TestAStopWritesWhatIsHeld(t *testing.T) {
	var status atomic.Value
	status.Store("in_progress")
	memory := ledger.OpenMemory()
	book := &watchedLedger{Ledger: unclosed{memory}}
	up := upstream(t, &status, func() { book.away.Store(true) })
	s := serviceOver(t, book, up.URL)
	r, err := s.Do(t.Context(), clip(""))
	if err != nil {
		t.Fatal(err)
	}
	book.away.Store(false)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if row, err := memory.Find(t.Context(), "", r.Row.TaskID()); err != nil || row.Status != nexconn.Running {
		t.Errorf("on record: %+v %v", row, err)
	}
}

// unclosed is a ledger that can be read after its end.
type unclosed struct{ ledger.Ledger }

func (unclosed) Close() error { return nil }

// What is found out as the process ends, by a poll under way, is no panic.
func TestAChangeAfterTheEnd(t *testing.T) {
	book := ledger.OpenMemory()
	s := serviceOver(t, book, "http://127.0.0.1:1")
	begun, err := book.Begin(t.Context(), ledger.Row{Caller: "local", Tool: "generate_video", Kind: "video", Model: "m", Task: true}, ledger.Caps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row := s.in().record.change(t.Context(), begun.Row, func(r *ledger.Row) { r.Status = "running" }, ledger.Durable); row.Status != "running" {
		t.Errorf("it gives %+v", row)
	}
}

// The clean-up runs while the process does: every minute, and in small steps as
// long as there is more.
func TestTheCleanUpRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &watchedLedger{Ledger: ledger.OpenMemory()}
		s := &Service{Client: &nexconn.Client{}, Models: catalog.Builtin,
			Ledger: ledger.Keeping(func(context.Context) (ledger.Ledger, error) { return book, nil }, nil)}
		if _, _, _, err := s.List(t.Context(), Filter{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := book.sweeps.Load(); n != 1 {
			t.Errorf("%d steps at the first use, want 1", n)
		}
		book.left.Store(3)
		time.Sleep(sweepEvery + time.Second)
		if n := book.sweeps.Load(); n != 5 {
			t.Errorf("%d steps after a minute, want 5", n)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A key that no index takes is refused before anything is sent.
func TestAKeyThatIsTooLong(t *testing.T) {
	s := serviceOver(t, ledger.OpenMemory(), "http://127.0.0.1:1")
	_, err := s.Do(t.Context(), clip(strings.Repeat("k", ledger.MaxKey+1)))
	var e *nexconn.Error
	if !errors.As(err, &e) || e.Code != nexconn.InvalidArgument || e.Field != "idempotency_key" {
		t.Errorf("got %v", err)
	}
}
