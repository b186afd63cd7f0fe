package command_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Twenty callers wait at once, all under the same request id and half of them
// under the same progress token, while a stranger cancels that id in every way
// a message can be written. Each hears of its own call alone, to its end.
func TestCallsOfOthersGoOn(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(21)...), "--sandbox")})
	done := make(chan struct{})
	var stranger sync.WaitGroup
	stranger.Go(func() { cancels(t, p.as(secretOf("caller-20")), done) })

	var callers sync.WaitGroup
	var mu sync.Mutex
	tasks := map[string]int{}
	for i := range 20 {
		callers.Go(func() {
			c := p.as(secretOf(fmt.Sprintf("caller-%02d", i)))
			c.modern, c.progress = i%2 == 1, `"p"`
			if i%4 < 2 {
				c.progress = strconv.Itoa(i)
			}
			r, err := c.try(context.Background(), "generate_image", object{"model": "kling-v1", "prompt": "[[slow:2s]]", "wait_seconds": 30})
			if err != nil || r.str("status") != "succeeded" {
				t.Errorf("caller %d: %v %.300s", i, err, r.raw)
				return
			}
			rises(t, c, r)
			mu.Lock()
			defer mu.Unlock()
			tasks[r.str("task_id")]++
		})
	}
	callers.Wait()
	close(done)
	stranger.Wait()
	if len(tasks) != 20 {
		t.Errorf("20 callers have %d tasks between them: %v", len(tasks), tasks)
	}
}

// rises holds the progress of a call to being its own, rising and whole.
func rises(t *testing.T, c caller, r reply) {
	t.Helper()
	if len(r.progress) < 2 {
		t.Errorf("%d progress notifications in 2 seconds: %.300s", len(r.progress), r.raw)
		return
	}
	last := -1.0
	for _, one := range r.progress {
		token := fmt.Sprint(one.Token)
		if token != strings.Trim(c.progress, `"`) || one.Progress <= last {
			t.Errorf("%v after %v, of %v in a call of %s", one.Progress, last, one.Token, c.progress)
		}
		last = one.Progress
	}
	if end := r.progress[len(r.progress)-1]; end.Progress != end.Total {
		t.Errorf("the last progress is %v of %v", end.Progress, end.Total)
	}
}

// cancels sends what could end somebody's call 1 until done.
func cancels(t *testing.T, c caller, done chan struct{}) {
	messages := []string{
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"%s}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.0%s}}`,
		`{"jsonrpc":2,"method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`{"jsonrpc":"2.0","id":null,"method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`{"jsonrpc":"2.0","id":7,"method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`{"jsonrpc":"2.0","method":"ping","Method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`{"jsonrpc":"2.0","METHOD":"ping","method":"notifications/cancelled","params":{"requestId":1%s}}`,
		`[{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1%s}}]`,
		`{"jsonrpc":"2.0","method":"notifications\/cancelled","params":{"requestId":1%s}} `,
	}
	const meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	for {
		for _, message := range messages {
			for _, modern := range []bool{false, true} {
				select {
				case <-done:
					return
				case <-time.After(2 * time.Millisecond):
				}
				more := ""
				if c.modern = modern; modern {
					more = meta
				}
				r, err := c.post(context.Background(), fmt.Appendf(nil, message, more), "notifications/cancelled", "")
				// With an id it is a request for a method that there is not.
				if err == nil && !slices.Contains([]int{http.StatusAccepted, http.StatusBadRequest, http.StatusOK, http.StatusNotFound}, r.status) {
					t.Errorf("%s: %d %.200s", message, r.status, r.raw)
				}
			}
		}
	}
}

// A caller that hangs up ends its own waiting alone; the job goes on.
func TestHangingUpLeavesTheJob(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox")})
	c := p.as(secretOf("caller-00"))
	args := object{"model": "kling-v1", "prompt": "[[slow:2s]]", "wait_seconds": 30, "idempotency_key": "once"}
	ctx, hangUp := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer hangUp()
	if r, err := c.try(ctx, "generate_image", args); err == nil {
		t.Fatalf("an answer already: %s", r.raw)
	}
	r := c.must("generate_image", args)
	if r.str("status") != "succeeded" {
		t.Errorf("after hanging up: %.300s", r.raw)
	}
	if usage := c.must("get_usage", object{}); usage.out["total"].(object)["calls"] != 1.0 {
		t.Errorf("one job is counted as %v", usage.out["total"])
	}
}
