package ledger

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func TestRowReadsBackAsItWasWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		b := begin(t, l, video(func(r *Row) { r.Key, r.PromptHead = "k", "broken \xff and \x00" }))
		if b.ID == "" || b.Writer == "" || b.Status != Intent || b.CreatedAt.Location() != time.UTC {
			t.Errorf("Begin left something out: %+v", b)
		}
		same(t, "head", b.PromptHead, "broken \uFFFD and ")
		same(t, "after Begin", find(t, l, "ann", b.ID), b)
		now := time.Now()
		c := change(t, l, b.ID, func(r *Row) {
			r.UpstreamID, r.Status, r.SubmittedAt, r.EndedAt = "qvideo-1", nexconn.Succeeded, now, now
			r.Outputs = []Output{{URL: "https://x/1.mp4", MIMEType: "video/mp4", Seconds: 5.5, Width: 2, ExpiresAt: now}, {Role: "last_frame"}}
			r.Failure = &nexconn.Failure{Code: "upstream_error", Message: "m", UpstreamCode: "u"}
			r.Usage = nexconn.Usage{InputTokens: 1, OutputTokens: 2, ReasoningTokens: 3, CachedTokens: 4, Seconds: 5.5, Images: 6}
			r.Progress, r.USD, r.RequestID, r.Warnings = usd(0.25), nil, "req", []string{"w"}
			r.Priced = map[string]any{"mode": "pro", "seconds": 5}
			r.Result, r.ResultUntil = []byte{0, 1, 255}, now.Add(time.Hour)
			r.Kind, r.Operation, r.Tool, r.Task = "image", "reference", "chat", false
		})
		same(t, "after Change", find(t, l, "", c.TaskID()), c)
		if !c.UpdatedAt.After(b.UpdatedAt) {
			t.Errorf("UpdatedAt %v, was %v", c.UpdatedAt, b.UpdatedAt)
		}
	})
}

func TestFind(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		image := begin(t, l, video(func(r *Row) { r.Model, r.Kind = "kling-v2-1", "image" }))
		clip := begin(t, l, video(func(r *Row) { r.Model = "kling-v2-1" }))
		queue := begin(t, l, video(func(r *Row) { r.Model = "fal-ai/veo3.1:fast" }))
		local := clip.TaskID()
		for id, up := range map[string]string{image.ID: "image-7", clip.ID: "qvideo-7", queue.ID: "a/b:c"} {
			change(t, l, id, func(r *Row) { r.UpstreamID = up })
		}
		for task, want := range map[string]string{
			"kling-v2-1:image-7":                   image.ID,
			"kling-v2-1:qvideo-7":                  clip.ID,
			local:                                  clip.ID,
			clip.ID:                                clip.ID,
			"fal-ai/veo3.1:fast:a/b:c":             queue.ID,
			"fal-ai/veo3.1:fast:local-" + queue.ID: queue.ID,
		} {
			same(t, task, find(t, l, "ann", task).ID, want)
		}
		for _, task := range []string{"", ":", "kling-v2-1:", "kling-v3:qvideo-7", "kling-v3:local-" + clip.ID, "qvideo-7", "x\x00y", "\xff:\xff"} {
			if _, err := l.Find(t.Context(), "ann", task); !errors.Is(err, ErrNotFound) {
				t.Errorf("Find %q: %v, want ErrNotFound", task, err)
			}
		}
		if _, err := l.Find(t.Context(), "bob", clip.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("another caller's row: %v, want ErrNotFound", err)
		}
	})
}

func TestKeyGivesTheSameRow(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		keyed := func(r *Row) { r.Key = "k" }
		first := begin(t, l, video(keyed))
		// The cap is full, but nothing new is asked.
		again, err := l.Begin(t.Context(), video(keyed), Caps{All: 0.1})
		if err != nil || !again.Existing || again.Row.ID != first.ID {
			t.Errorf("the same key: %+v, %v", again, err)
		}
		if _, err := l.Begin(t.Context(), video(keyed, func(r *Row) { r.ArgsHash = "other" }), Caps{}); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("other arguments: %v, want ErrKeyTaken", err)
		}
		if r := begin(t, l, video(keyed, func(r *Row) { r.Caller = "bob" })); r.ID == first.ID {
			t.Error("bob got ann's row")
		}
		got, err := l.ByKey(t.Context(), "ann", "k")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "ByKey", got, first)
		for _, key := range []string{"", "other", "\x00"} {
			if _, err := l.ByKey(t.Context(), "ann", key); !errors.Is(err, ErrNotFound) {
				t.Errorf("ByKey %q: %v, want ErrNotFound", key, err)
			}
		}
	})
}

func TestARefusedCallGivesItsKeyBack(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		keyed := video(func(r *Row) { r.Key = "k" })
		id := begin(t, l, keyed).ID
		for _, status := range []nexconn.Status{nexconn.Running, nexconn.Unknown} {
			same(t, "key when "+string(status), change(t, l, id, func(r *Row) { r.Status, r.Key = status, "" }).Key, "k")
		}
		same(t, "key when failed", change(t, l, id, func(r *Row) { r.Status, r.Key = nexconn.Failed, "" }).Key, "")
		second := begin(t, l, keyed)
		if second.ID == id {
			t.Error("the key is not free")
		}
		same(t, "key of a job that failed", change(t, l, second.ID, func(r *Row) { r.Status, r.UpstreamID, r.Key = nexconn.Failed, "up", "" }).Key, "k")
	})
}

func TestOneOfManyGetsTheKey(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ids := make([]string, 16)
		made := make([]bool, len(ids))
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				b, err := l.Begin(t.Context(), video(func(r *Row) { r.Key = "k" }), Caps{})
				if err != nil {
					t.Error(err)
				}
				ids[i], made[i] = b.Row.ID, !b.Existing
			})
		}
		wg.Wait()
		n := 0
		for i := range ids {
			same(t, "row", ids[i], ids[0])
			if made[i] {
				n++
			}
		}
		same(t, "rows made", n, 1)
	})
}

func TestDuplicateIsNamed(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ago := func(d time.Duration) func(*Row) { return func(r *Row) { r.CreatedAt = time.Now().Add(-d) } }
		begin(t, l, video(ago(11*time.Minute)))
		begin(t, l, video(func(r *Row) { r.Caller = "bob" }))
		begin(t, l, video(func(r *Row) { r.Task = false }))
		failed := begin(t, l, video())
		change(t, l, failed.ID, func(r *Row) { r.Status = nexconn.Failed })
		duplicateOf := func(row Row) string {
			t.Helper()
			b, err := l.Begin(t.Context(), row, Caps{})
			if err != nil {
				t.Fatal(err)
			}
			return b.Duplicate
		}
		same(t, "none", duplicateOf(video()), "")
		want := begin(t, l, video())
		same(t, "duplicate", duplicateOf(video()), want.TaskID())
		same(t, "under a key", duplicateOf(video(func(r *Row) { r.Key = "k" })), "")
	})
}

func TestCapsHoldADay(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		dime := video(func(r *Row) { r.USD = usd(0.1) })
		dime.CreatedAt = time.Now().Add(-24 * time.Hour)
		begin(t, l, dime)
		dime.CreatedAt = time.Time{}
		dime.Caller = "bob"
		begin(t, l, dime)
		dime.Caller = "ann"
		var last Row
		for i := range 10 {
			b, err := l.Begin(t.Context(), dime, Caps{Caller: 1, All: 1.1})
			if err != nil {
				t.Fatalf("dime %d: %v", i, err)
			}
			last = b.Row
		}
		over := func(caps Caps) *OverCap {
			t.Helper()
			_, err := l.Begin(t.Context(), dime, caps)
			var over *OverCap
			if !errors.As(err, &over) {
				t.Fatalf("Begin under %+v: %v, want *OverCap", caps, err)
			}
			return over
		}
		if o := over(Caps{Caller: 1}); o.Shared || o.CapUSD != 1 || o.AskedUSD != 0.1 || o.SpentUSD < 0.999 {
			t.Errorf("caller's cap: %+v", o)
		}
		if o := over(Caps{Caller: 9, All: 1.1}); !o.Shared || strings.Contains(o.Error(), "1.1") {
			t.Errorf("shared cap: %+v %q", o, o)
		}
		change(t, l, last.ID, func(r *Row) { r.Status, r.USD = nexconn.Failed, usd(0) })
		if _, err := l.Begin(t.Context(), dime, Caps{Caller: 1, All: 1.1}); err != nil {
			t.Errorf("after a failure freed its dime: %v", err)
		}
		if _, err := l.Begin(t.Context(), video(func(r *Row) { r.USD = nil }), Caps{Caller: 1}); err != nil {
			t.Errorf("a call without a price: %v", err)
		}
	})
}

func TestManyAtOnceFillTheCapExactly(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		var wg sync.WaitGroup
		admitted := make(chan string, 30)
		for i := range 30 {
			wg.Go(func() {
				b, err := l.Begin(t.Context(), video(func(r *Row) { r.Caller = fmt.Sprint(i % 3) }), Caps{All: 5})
				var over *OverCap
				switch {
				case err == nil:
					admitted <- b.Row.ID
				case !errors.As(err, &over):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, "admitted at half a dollar each", len(admitted), 10)
	})
}

func TestLongNames(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		fits := strings.Repeat("k", MaxKey)
		r := begin(t, l, video(func(r *Row) { r.Key = fits }))
		if got, err := l.ByKey(t.Context(), "ann", fits); err != nil || got.ID != r.ID {
			t.Errorf("the longest key: %v, %v", got.ID, err)
		}
		var long *TooLong
		if _, err := l.Begin(t.Context(), video(func(r *Row) { r.Key = fits + "k" }), Caps{}); !errors.As(err, &long) || long.Max != MaxKey {
			t.Errorf("a longer key: %v, want *TooLong", err)
		}
		// The service decides how long its ids are: two that begin alike are two.
		var tasks []string
		for _, end := range []string{"a", "b"} {
			id := strings.Repeat("long-", 4_000) + end
			c := change(t, l, begin(t, l, video(func(r *Row) { r.ArgsHash = end })).ID, func(r *Row) { r.UpstreamID = id })
			tasks = append(tasks, c.TaskID())
			same(t, "found by its long id", find(t, l, "ann", c.TaskID()).ID, c.ID)
		}
		if a, b := find(t, l, "ann", tasks[0]), find(t, l, "ann", tasks[1]); a.ID == b.ID {
			t.Error("two long ids are one row")
		}
	})
}
