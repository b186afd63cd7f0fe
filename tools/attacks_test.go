package tools

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// biller plays the service and bills each create for the most that it asks for,
// by prices.tsv: deepseek-v3.2 at 2 and 3 yuan a million tokens, kling-v3 pro
// at 0.8 yuan a second, 1.2 with sound, at 6.9 to the dollar.
type biller struct {
	mu     sync.Mutex
	usd    float64
	billed int
}

func (b *biller) spent() (usd float64, calls int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.usd, b.billed
}

func most(values ...any) float64 {
	top := 0.0
	for _, v := range values {
		if n, ok := v.(float64); ok && n > top {
			top = n
		}
	}
	return top
}

// priceOf is what a request costs at most, and the tokens of its answer.
func priceOf(path string, body map[string]any, bytes int) (usd, tokens float64) {
	n := max(1, most(body["n"], body["N"], body["candidateCount"], body["count"]))
	if strings.Contains(path, "chat/completions") || strings.Contains(path, "/messages") {
		tokens = most(body["max_tokens"], body["max_completion_tokens"], body["Max_Completion_Tokens"])
		if tokens == 0 {
			tokens = 65536
		}
		return (float64(bytes/4)*2 + n*tokens*3) / 1e6 / 6.9, n * tokens
	}
	seconds := 0.0
	var asked float64
	if text, _ := body["seconds"].(string); text != "" {
		fmt.Sscan(text, &asked)
	}
	if shots, ok := body["multi_prompt"].([]any); ok {
		for _, s := range shots {
			var d float64
			fmt.Sscan(fmt.Sprint(s.(map[string]any)["duration"]), &d)
			seconds += d
		}
	}
	rate := .8
	if body["sound"] == "on" {
		rate = 1.2
	}
	return n * max(asked, seconds) * rate / 6.9, 0
}

func (b *biller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	doc, _ := readAll(r)
	var body map[string]any
	_ = json.Unmarshal(doc, &body)
	usd, tokens := priceOf(r.URL.Path, body, len(doc))
	b.mu.Lock()
	if r.Method == http.MethodPost {
		b.usd += usd
		b.billed++
	}
	id := b.billed
	b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.URL.Path, "chat/completions") {
		fmt.Fprintf(w, `{"id":"c1","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`, len(doc)/4, int(tokens))
		return
	}
	fmt.Fprintf(w, `{"id":"qvideo-u42-%d","status":"queued"}`, id)
}

func readAll(r *http.Request) ([]byte, error) {
	var doc json.RawMessage
	err := json.NewDecoder(r.Body).Decode(&doc)
	return doc, err
}

// attacks ask for more than they seem to.
var attacks = []struct {
	tool string
	args map[string]any
}{
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": "hi", "max_tokens": 10, "extra": map[string]any{"max_completion_tokens": 100000}}},
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": "hi", "max_tokens": 10, "extra": map[string]any{"Max_Completion_Tokens": 100000}}},
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": "hi", "max_tokens": 8000, "extra": map[string]any{"n": 50}}},
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": "hi", "extra": map[string]any{"candidateCount": 50}}},
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": "hi", "max_tokens": 8000}},
	{"chat", map[string]any{"model": "deepseek/deepseek-v3.2-251201", "prompt": strings.Repeat("long ", 2000)}},
	{"generate_video", map[string]any{"model": "kling-v3", "seconds": 3, "shots": []any{map[string]any{"prompt": "a", "seconds": 5}, map[string]any{"prompt": "b", "seconds": 10}}}},
	{"generate_video", map[string]any{"model": "kling-v3", "prompt": "a", "seconds": 3, "extra": map[string]any{"sound": "on"}}},
	{"generate_video", map[string]any{"model": "kling-v3", "prompt": "a", "seconds": 3, "extra": map[string]any{"n": 10}}},
	{"generate_video", map[string]any{"model": "kling-v3", "prompt": "a", "seconds": 3}},
}

// Whatever multiplies or lengthens a call, alone or from many clients at once:
// what the service would bill never passes the cap.
func TestCapsHoldUnderAttack(t *testing.T) {
	for _, c := range []struct {
		what  string
		money jobs.Money
		cap   float64
	}{{"call", jobs.Money{PerCall: .01}, .01}, {"day", jobs.Money{PerDay: .05}, .05}} {
		for i, attack := range attacks {
			t.Run(fmt.Sprint("per ", c.what, " ", i), func(t *testing.T) {
				b := &biller{}
				up := newStandIn(t, nil)
				up.Config.Handler = b
				h := newHouse(t, up.URL+"/v1", func(s *jobs.Service) { s.Money, s.Ledger = c.money, inState(t.TempDir()) })
				r := h.call(t, t.Context(), attack.tool, attack.args)
				usd, calls := b.spent()
				if usd > c.cap || r.Error == nil != (calls == 1) {
					t.Errorf("%d calls billed at %v: %v %v", calls, usd, r.Error, r.warnings())
				}
				if r.Error != nil && r.code() != "budget_exceeded" && r.code() != "invalid_argument" {
					t.Errorf("%v", r.Error)
				}
			})
		}
	}
}

// Twelve processes at once fill the cap of a day and never pass it; what they
// report to have spent is what was billed, to the micro-dollar.
func TestManyClientsHoldTheCap(t *testing.T) {
	const limit = .05
	b := &biller{}
	up := newStandIn(t, nil)
	up.Config.Handler = b
	state := t.TempDir()
	var houses []*house
	for range 12 {
		houses = append(houses, newHouse(t, up.URL+"/v1", func(s *jobs.Service) {
			s.Ledger = inState(state)
			if url := os.Getenv("NEXCONN_TEST_POSTGRES"); url != "" {
				s.Ledger = ledger.Keeping(func(ctx context.Context) (ledger.Ledger, error) { return ledger.OpenPostgres(ctx, url, nil) }, nil)
			}
		}))
	}
	// A caller of its own, where the database has others.
	me := caller.With(t.Context(), caller.Caller{ID: "caps-" + rand.Text(), MaxUSDPerDay: limit})
	var clients sync.WaitGroup
	for _, h := range houses {
		clients.Go(func() {
			for _, attack := range attacks[:6] {
				if r := h.call(t, me, attack.tool, attack.args); r.Error != nil && r.code() != "budget_exceeded" {
					t.Errorf("%v", r.Error)
				}
			}
		})
	}
	clients.Wait()
	usd, calls := b.spent()
	if usd > limit || calls == 0 {
		t.Errorf("%d calls were billed at %v, over the cap of %v", calls, usd, limit)
	}
	total := houses[0].call(t, me, "get_usage", map[string]any{}).Structured["total"].(map[string]any)
	if told, _ := total["estimated_usd"].(float64); math.Abs(told-usd) > 1e-6 {
		t.Errorf("get_usage says %v, billed were %v by %d calls", told, usd, calls)
	}
}
