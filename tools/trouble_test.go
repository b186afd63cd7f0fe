package tools

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// inFolder keeps a house's records in a state folder, as the program does.
func inFolder(state string) func(*jobs.Service) {
	return func(s *jobs.Service) {
		s.Ledger = inState(state)
	}
}

// spoilt are state folders whose ledger can't be opened.
func spoilt(t *testing.T) map[string]string {
	made := func() string {
		state := t.TempDir()
		book, err := ledger.OpenSQLite(t.Context(), state, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.Close(); err != nil {
			t.Fatal(err)
		}
		return state
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	write(file, "not a folder")
	damaged := made()
	write(filepath.Join(damaged, "ledger.db"), strings.Repeat("damaged ", 1000))
	newer := made()
	db, err := sql.Open("sqlite", filepath.Join(newer, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE ledger_compat SET min_version = 99`); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"unwritable": filepath.Join(file, "state"), "damaged": damaged, "newer": newer}
}

// breakable is a ledger that stops working in the middle of its life.
type breakable struct {
	ledger.Ledger
	broken atomic.Bool
}

var errDisk = errors.New("the disk is full")

func (b *breakable) err() error {
	if b.broken.Load() {
		return errDisk
	}
	return nil
}

func (b *breakable) Begin(ctx context.Context, row ledger.Row, caps ledger.Caps) (ledger.Begun, error) {
	if err := b.err(); err != nil {
		return ledger.Begun{}, err
	}
	return b.Ledger.Begin(ctx, row, caps)
}

func (b *breakable) ByKey(ctx context.Context, caller, key string) (ledger.Row, error) {
	if err := b.err(); err != nil {
		return ledger.Row{}, err
	}
	return b.Ledger.ByKey(ctx, caller, key)
}

func (b *breakable) Change(ctx context.Context, row ledger.Row, do func(*ledger.Row), d ledger.Durability) (ledger.Row, error) {
	if err := b.err(); err != nil {
		return ledger.Row{}, err
	}
	return b.Ledger.Change(ctx, row, do, d)
}

func (b *breakable) Find(ctx context.Context, caller, taskID string) (ledger.Row, error) {
	if err := b.err(); err != nil {
		return ledger.Row{}, err
	}
	return b.Ledger.Find(ctx, caller, taskID)
}

func (b *breakable) Adopt(ctx context.Context, row ledger.Row) (ledger.Row, error) {
	if err := b.err(); err != nil {
		return ledger.Row{}, err
	}
	return b.Ledger.Adopt(ctx, row)
}

func (b *breakable) Tokens() ledger.Tokens { return breakableTokens{b.Ledger.Tokens(), b} }

type breakableTokens struct {
	ledger.Tokens
	b *breakable
}

func (t breakableTokens) Issue(ctx context.Context, token ledger.Token) (ledger.Token, error) {
	if err := t.b.err(); err != nil {
		return ledger.Token{}, err
	}
	return t.Tokens.Issue(ctx, token)
}

func (t breakableTokens) Use(ctx context.Context, kind, id, bound string) (ledger.Token, error) {
	if err := t.b.err(); err != nil {
		return ledger.Token{}, err
	}
	return t.Tokens.Use(ctx, kind, id, bound)
}

func (b *breakable) MarkAbandoned(ctx context.Context) (int, error) {
	if err := b.err(); err != nil {
		return 0, err
	}
	return b.Ledger.MarkAbandoned(ctx)
}

func (b *breakable) List(ctx context.Context, f ledger.Filter) (ledger.Page, error) {
	if err := b.err(); err != nil {
		return ledger.Page{}, err
	}
	return b.Ledger.List(ctx, f)
}

// Without a ledger, what can't do without it is refused, and everything else
// goes on with a warning.
func TestLedgerTrouble(t *testing.T) {
	troubles := map[string]func(*jobs.Service){}
	for name, state := range spoilt(t) {
		troubles[name] = inFolder(state)
	}
	broken := &breakable{Ledger: ledger.OpenMemory()}
	broken.broken.Store(true)
	troubles["broken in use"] = func(s *jobs.Service) {
		s.Ledger = keeping(broken)
	}
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := newStandIn(t, answers("completed"))
			house := func(m jobs.Money) *house {
				return newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Money = m; trouble(s) })
			}
			h := house(jobs.Money{})
			hosted := caller.With(t.Context(), caller.Caller{ID: "ann", Hosted: true, HTTP: true})
			capped := caller.With(t.Context(), caller.Caller{ID: "ann", MaxUSDPerDay: 10})
			for what, r := range map[string]result{
				"a key":              h.call(t, t.Context(), "generate_video", with(film, "idempotency_key", "k")),
				"a chat with a key":  h.call(t, t.Context(), "chat", with(speak, "idempotency_key", "k")),
				"a confirmation":     h.call(t, t.Context(), "generate_video", with(film, "confirm", "token")),
				"a hosted call":      h.call(t, hosted, "generate_video", film),
				"a caller's cap":     h.call(t, capped, "generate_video", film),
				"a cap per call":     house(jobs.Money{PerCall: 10}).call(t, t.Context(), "generate_video", film),
				"a cap per day":      house(jobs.Money{PerDay: 10}).call(t, t.Context(), "generate_video", film),
				"a question of cost": house(jobs.Money{ConfirmAbove: .1}).call(t, t.Context(), "generate_video", film),
			} {
				if r.code() != "not_configured" || !strings.Contains(r.Text, "doctor") {
					t.Errorf("%s: %v %v", what, r.Error, r.Structured)
				}
			}
			// Nobody can tell whose it is, so it is nobody's.
			r := h.call(t, hosted, "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
			if r.code() != "not_found" && r.code() != "not_configured" {
				t.Errorf("a hosted query: %v %v", r.Error, r.Structured)
			}
			if n := len(up.requests()); n != 0 {
				t.Errorf("%d requests were sent for calls that were refused", n)
			}
			h.goesOn(t)
		})
	}
}

// goesOn makes the calls that need no ledger.
func (h *house) goesOn(t *testing.T) {
	t.Helper()
	for tool, args := range map[string]map[string]any{"generate_video": film, "generate_image": draw, "chat": speak, "native_chat": write} {
		r := h.call(t, t.Context(), tool, args)
		if r.Error != nil || !strings.Contains(fmt.Sprint(r.warnings()), "ledger") {
			t.Errorf("%s: %v, warnings %v", tool, r.Error, r.warnings())
			continue
		}
		id, _ := r.Structured["task_id"].(string)
		if id == "" {
			continue
		}
		q := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "save": false})
		if q.Structured["status"] != "succeeded" || q.Structured["task_id"] != id {
			t.Errorf("%s, asked after: %v %v", id, q.Structured, q.Error)
		}
	}
	// A handle of before, and one of another machine.
	q := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "sora-2:qvideo-u42-77", "save": false, "wait_seconds": 1})
	if q.Structured["status"] != "succeeded" {
		t.Errorf("a handle of elsewhere: %v %v", q.Structured, q.Error)
	}
}

// Two jobs that no ledger holds are still two.
func TestJobsWithoutALedgerAreNotMixedUp(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	broken := &breakable{Ledger: ledger.OpenMemory()}
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) {
		s.MaxWait = 1e9
		s.Ledger = keeping(broken)
	})
	broken.broken.Store(true)
	done := make(chan result, 2)
	ids := []string{"kling-v3:qvideo-u42-1", "sora-2:qvideo-u42-2"}
	for _, id := range ids {
		go func() {
			done <- h.call(t, t.Context(), "query_task", map[string]any{"task_id": id, "save": false, "wait_seconds": 1})
		}()
	}
	told := map[any]bool{}
	for range ids {
		told[(<-done).Structured["task_id"]] = true
	}
	if len(told) != 2 || !told[ids[0]] || !told[ids[1]] {
		t.Errorf("asked after %v, told of %v", ids, told)
	}
}

// The ledger may be deleted at any time: what was under way is on record again
// with its key, and what was there before is found by its handle.
func TestLedgerDeletedInUse(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	arrived, gone := make(chan struct{}, 1), make(chan struct{})
	well := answers("completed")
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			select {
			case arrived <- struct{}{}:
				<-gone
			default:
			}
		}
		well(w, r)
	})
	arrived <- struct{}{} // the first create goes through
	h := newHouse(t, up.URL+"/v1", inFolder(state))
	before := h.call(t, t.Context(), "generate_video", with(film, "idempotency_key", "before"))
	<-arrived
	done := make(chan result)
	under := with(film, "idempotency_key", "under way")
	go func() { done <- h.call(t, t.Context(), "generate_video", under) }()
	// The create is held at the service while the folder goes.
	for len(arrived) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the create never came")
		}
	}
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	close(gone)
	first := <-done
	if first.Error != nil {
		t.Fatal(first.Error)
	}
	again := h.call(t, t.Context(), "generate_video", under)
	if again.Structured["task_id"] != first.Structured["task_id"] || len(up.sent()) != 2 {
		t.Errorf("%v, then %v %v; %d creates", first.Structured, again.Structured, again.Error, len(up.sent()))
	}
	for _, r := range []result{before, first} {
		q := h.call(t, t.Context(), "query_task", map[string]any{"task_id": r.Structured["task_id"], "save": false})
		if q.Structured["status"] != "succeeded" {
			t.Errorf("%v: %v %v", r.Structured["task_id"], q.Structured, q.Error)
		}
	}
	list := h.call(t, t.Context(), "list_tasks", nil)
	if tasks, _ := list.Structured["tasks"].([]any); len(tasks) != 2 {
		t.Errorf("on record: %v", list.Structured)
	}
}

// A handle says by itself whom to ask: a job of elsewhere is adopted once.
func TestFreshStateAdoptsAJob(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", inFolder(t.TempDir()))
	for range 2 {
		r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-u42-1"})
		if r.Structured["status"] != "running" {
			t.Errorf("%v %v", r.Structured, r.Error)
		}
	}
	if n := up.gets("/v1/videos/qvideo-u42-1"); n != 2 {
		t.Errorf("%d requests for two questions", n)
	}
	list := h.call(t, t.Context(), "list_tasks", nil)
	if tasks, _ := list.Structured["tasks"].([]any); len(tasks) != 1 {
		t.Errorf("on record: %v", list.Structured)
	}
	bad := h.call(t, t.Context(), "list_tasks", map[string]any{"cursor": "nonsense"})
	if bad.code() != "invalid_argument" || bad.Error["field"] != "cursor" {
		t.Errorf("a made-up cursor: %v", bad.Error)
	}
}

// What could not be kept is refused before it is paid for.
func TestUnwritableOutputFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	up := newStandIn(t, answers("completed"))
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Results.Store = media.Folder{Root: filepath.Join(file, "out")} })
	r := h.call(t, t.Context(), "generate_image", draw)
	if r.code() != "not_configured" || !strings.Contains(r.Text, "NEXCONN_OUTPUT_DIR") || len(up.sent()) != 0 {
		t.Errorf("%v, %d creates", r.Text, len(up.sent()))
	}
	id := h.call(t, t.Context(), "generate_video", film).Structured["task_id"]
	q := h.call(t, t.Context(), "query_task", map[string]any{"task_id": id})
	if q.Structured["status"] != "succeeded" || !strings.Contains(fmt.Sprint(q.warnings()), "The link is left") {
		t.Errorf("a job whose output can't be saved: %v %v", q.Structured, q.Error)
	}
}
