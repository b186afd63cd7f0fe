package tools

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Five seconds of kling-v3 in its usual mode, pro: 5 x 0.8 yuan at 6.9 to the
// dollar, prices.tsv; amounts are kept to a billionth.
const filmUSD = .579710145

func priced(m jobs.Money) func(*jobs.Service) { return func(s *jobs.Service) { s.Money = m } }

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestCapPerCall(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", priced(jobs.Money{PerCall: .6}))
	if r := h.call(t, t.Context(), "generate_video", film); r.Error != nil || !near(r.Structured["estimated_usd"].(float64), filmUSD) {
		t.Errorf("a call under the cap: %v %v", r.Error, r.Structured)
	}
	r := h.call(t, t.Context(), "generate_video", with(film, "seconds", 6))
	if r.code() != "budget_exceeded" || !strings.Contains(r.Text, "$0.6 per call") || len(up.sent()) != 1 {
		t.Errorf("a call over the cap: %v", r.Text)
	}
	if r := h.call(t, t.Context(), "generate_video", with(film, "seconds", 6, "dry_run", true)); r.Structured["dry_run"] != true {
		t.Errorf("a dry run over the cap: %v", r.Error)
	}
}

func TestCapPerDay(t *testing.T) {
	fail := false
	well := answers("in_progress")
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if fail {
			envelope(401, "authentication_error", "no")(w, r)
			return
		}
		well(w, r)
	})
	h := newHouse(t, up.URL+"/v1", priced(jobs.Money{PerDay: 2 * filmUSD}))
	call := func(args map[string]any) string { return h.call(t, t.Context(), "generate_video", args).code() }
	fail = true
	refused := call(film)
	fail = false
	// What was refused is not spent; a repeat of a key spends nothing.
	got := []string{refused, call(with(film, "idempotency_key", "k")), call(with(film, "idempotency_key", "k")), call(film), call(film)}
	if want := "[unauthorized    budget_exceeded]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	r := h.call(t, t.Context(), "generate_video", film)
	if strings.Contains(r.Text, "spent or reserved") {
		t.Errorf("a cap of all callers tells what they spent: %s", r.Text)
	}
	own := caller.With(t.Context(), caller.Caller{ID: "ann", MaxUSDPerDay: .1})
	if r := h.call(t, own, "generate_video", film); r.code() != "budget_exceeded" || !strings.Contains(r.Text, "$0.1 per day") {
		t.Errorf("a caller's own cap: %v", r.Text)
	}
}

func TestNoPriceUnderACap(t *testing.T) {
	for name, m := range map[string]jobs.Money{"call": {PerCall: 100}, "day": {PerDay: 100}} {
		unknown := func(args map[string]any) map[string]any { return with(args, "model", "someone/new") }
		for tool, args := range map[string]map[string]any{"chat": unknown(speak), "native_chat": unknown(write), "generate_video": with(film, "model", "veo-9")} {
			up := newStandIn(t, answers("completed"))
			h := newHouse(t, up.URL+"/v1", priced(m))
			r := h.call(t, t.Context(), tool, args)
			if r.code() != "budget_exceeded" || !strings.Contains(r.Text, "NEXCONN_MODELS_FILE") || len(up.sent()) != 0 {
				t.Errorf("%s under a cap per %s: %v", tool, name, r.Text)
			}
		}
	}
}

func TestConfirmation(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", priced(jobs.Money{ConfirmAbove: .5}))
	ask := func(ctx context.Context, args map[string]any) (token string) {
		t.Helper()
		r := h.call(t, ctx, "generate_video", args)
		token, _ = r.Error["confirm"].(string)
		if r.code() != "confirmation_needed" || token == "" || !strings.Contains(r.Text, token) {
			t.Fatalf("want a question with a token, got %v", r.Error)
		}
		return token
	}
	if r := h.call(t, t.Context(), "generate_video", with(film, "seconds", 4)); r.Error != nil {
		t.Errorf("a call below the threshold: %v", r.Error)
	}
	ann, bob := t.Context(), caller.With(t.Context(), caller.Caller{ID: "bob"})
	token := ask(ann, film)
	ask(bob, with(film, "confirm", token))                    // another's
	ask(ann, with(film, "confirm", token, "prompt", "other")) // for other arguments
	ask(ann, with(film, "confirm", token, "seconds", 6))      // at another price
	ask(ann, with(film, "confirm", "made-up"))
	if n := len(up.sent()); n != 1 {
		t.Fatalf("%d creates were sent without a word of the user", n)
	}
	if r := h.call(t, ann, "generate_video", with(film, "confirm", token, "wait_seconds", 0)); r.Error != nil {
		t.Errorf("with the token: %v", r.Error)
	}
	ask(ann, with(film, "confirm", token)) // used up
	// Of many at once, one gets through.
	token = ask(ann, film)
	var callers sync.WaitGroup
	for range 10 {
		callers.Go(func() { h.call(t, ann, "generate_video", with(film, "confirm", token)) })
	}
	callers.Wait()
	if n := len(up.sent()); n != 3 {
		t.Errorf("%d creates were sent, want 3", n)
	}
}

// A key's task is answered without another question.
func TestConfirmedKeyAsksNoMore(t *testing.T) {
	up := newStandIn(t, answers("in_progress"))
	h := newHouse(t, up.URL+"/v1", priced(jobs.Money{ConfirmAbove: .5}))
	args := with(film, "idempotency_key", "k")
	token := h.call(t, t.Context(), "generate_video", args).Error["confirm"]
	first := h.call(t, t.Context(), "generate_video", with(args, "confirm", token))
	again := h.call(t, t.Context(), "generate_video", args)
	if first.Error != nil || again.Structured["task_id"] != first.Structured["task_id"] {
		t.Errorf("%v %v, then %v %v", first.Structured, first.Error, again.Structured, again.Error)
	}
}

// get_usage is the sum of the rows, at the documents' prices: a worked example.
func TestUsageAddsUp(t *testing.T) {
	failing := false
	well, ill := answers("completed"), answers("failed")
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if failing {
			ill(w, r)
			return
		}
		well(w, r)
	})
	book := ledger.OpenMemory()
	h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) {
		s.Ledger = keeping(book)
	})
	pay := func(tool string, args map[string]any) {
		t.Helper()
		if r := h.call(t, t.Context(), tool, args); r.Error != nil {
			t.Fatalf("%s: %v", tool, r.Error)
		}
	}
	ask := func(id int) {
		t.Helper()
		if r := h.call(t, t.Context(), "query_task", map[string]any{"task_id": fmt.Sprintf("kling-v3:qvideo-u42-%d", id), "save": false}); r.Error != nil {
			t.Fatal(r.Error)
		}
	}
	pay("generate_video", with(film, "mode", "std", "audio", false, "seconds", 10)) // 1
	pay("generate_video", film)                                                     // 2
	pay("generate_video", with(film, "prompt", "stays reserved"))                   // 3
	pay("generate_video", with(film, "prompt", "fails"))                            // 4
	pay("chat", with(speak, "model", "someone/new"))                                // 5
	ask(1)
	ask(2)
	failing = true
	ask(4)
	// 1 was estimated for 10 s and came out as 5 s: 5 x 0.6 yuan. 2 and 3 are
	// 5 x 0.8 each. 4 failed and costs nothing. 5 has no price.
	want := .434782609 + 2*filmUSD
	var sums []float64
	for _, by := range []string{"model", "day", "tool"} {
		r := h.call(t, t.Context(), "get_usage", map[string]any{"by": by})
		rows, _ := r.Structured["rows"].([]any)
		sum, calls := 0.0, 0.0
		for _, row := range rows {
			usd, known := row.(map[string]any)["estimated_usd"].(float64)
			if sum += usd; !known && row.(map[string]any)["unpriced"] == 0.0 {
				t.Errorf("by %s: %v has no sum", by, row)
			}
			calls += row.(map[string]any)["calls"].(float64)
		}
		total := r.Structured["total"].(map[string]any)
		if !near(sum, total["estimated_usd"].(float64)) || calls != total["calls"].(float64) || calls != 5 {
			t.Errorf("by %s: rows %v don't add up to %v", by, rows, total)
		}
		if total["succeeded"].(float64) != 3 || total["seconds"].(float64) != 10 || total["output_tokens"].(float64) != 2 || total["input_tokens"].(float64) != 3 {
			t.Errorf("by %s: %v", by, total)
		}
		sums = append(sums, sum)
	}
	for _, sum := range sums {
		if !near(sum, want) {
			t.Errorf("summed to %v, want %v", sums, want)
		}
	}
	page, err := book.List(t.Context(), ledger.Filter{Caller: "local"})
	if err != nil {
		t.Fatal(err)
	}
	byRow := 0.0
	for _, row := range page.Rows {
		if row.USD != nil {
			byRow += *row.USD
		}
	}
	if !near(byRow, want) {
		t.Errorf("the rows sum to %v, want %v", byRow, want)
	}
	if page.Rows[0].Status != nexconn.Failed || *page.Rows[0].USD != 0 {
		t.Errorf("what failed is %s at %v", page.Rows[0].Status, *page.Rows[0].USD)
	}
}

// Several shots settle by their lengths where the service doesn't tell how
// long the clip became.
func TestShotsSettleByTheirLengths(t *testing.T) {
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprint(w, `{"id":"qvideo-u42-1","status":"queued"}`)
			return
		}
		fmt.Fprint(w, `{"id":"qvideo-u42-1","status":"completed","task_result":{"videos":[{"id":"1","url":"https://cdn.example/1.mp4"}]}}`)
	})
	h := newHouse(t, up.URL+"/v1", nil)
	shots := []any{map[string]any{"prompt": "waves", "seconds": 4}, map[string]any{"prompt": "a boat", "seconds": 6}}
	first := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "shots": shots, "save": false})
	if first.Error != nil {
		t.Fatal(first.Error)
	}
	ended := h.call(t, t.Context(), "query_task", map[string]any{"task_id": first.Structured["task_id"], "save": false})
	if a, b := first.Structured["estimated_usd"], ended.Structured["estimated_usd"]; a != b || !near(b.(float64), 1.15942029) {
		t.Errorf("estimated %v, settled %v", a, b)
	}
}

// Calls without a known price are named beside the sums that leave them out.
func TestUsageNamesWhatItCannotPrice(t *testing.T) {
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`))
	})
	h := newHouse(t, up.URL, nil)
	if got := h.call(t, t.Context(), "get_usage", map[string]any{}); len(got.warnings()) != 0 {
		t.Errorf("nothing was called, and the report warns: %v", got.warnings())
	}
	if got := h.call(t, t.Context(), "chat", map[string]any{"model": "someone/new", "prompt": "hi"}); got.Error != nil {
		t.Fatal(got.Text)
	}
	got := h.call(t, t.Context(), "get_usage", map[string]any{})
	if !strings.Contains(fmt.Sprint(got.warnings()...), "1 call is of unknown price") {
		t.Errorf("the report does not say what it can't price: %v", got.warnings())
	}
}
