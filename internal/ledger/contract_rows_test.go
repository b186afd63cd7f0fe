package ledger

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func TestAnEndHolds(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		for _, end := range []nexconn.Status{nexconn.Succeeded, nexconn.Failed, nexconn.Canceled, nexconn.Expired} {
			for _, back := range []nexconn.Status{Intent, nexconn.Queued, nexconn.Running, nexconn.Unknown} {
				id := begin(t, l, video()).ID
				ended := change(t, l, id, func(r *Row) {
					r.Status, r.USD, r.Outputs = end, usd(0.3), []Output{{URL: "https://x/1"}, {URL: "https://x/2"}}
				})
				got := change(t, l, id, func(r *Row) {
					r.Status, r.USD, r.Outputs, r.Progress = back, usd(0.9), []Output{{URL: "https://y", Path: "/p", Bytes: 9}}, usd(0.1)
				})
				ended.UpdatedAt = got.UpdatedAt
				ended.Outputs[0].Path, ended.Outputs[0].Bytes = "/p", 9
				same(t, fmt.Sprintf("%s after %s", back, end), got, ended)
			}
		}
	})
}

func TestAnEndMayBeToldAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		id := begin(t, l, video()).ID
		change(t, l, id, func(r *Row) {
			r.Status, r.UpstreamID = nexconn.Succeeded, "up"
			r.Outputs = []Output{{URL: "https://x/1", Path: "/p", Bytes: 9}}
		})
		got := change(t, l, id, func(r *Row) {
			r.UpstreamID, r.ID, r.Caller, r.Model, r.Key = "", "other", "bob", "other", "other"
			r.Outputs = []Output{{URL: "https://x/1?fresh", URI: "s3://b/1"}}
		})
		same(t, "outputs", got.Outputs, []Output{{URL: "https://x/1?fresh", Path: "/p", URI: "s3://b/1", Bytes: 9}})
		same(t, "handle", got.Caller+" "+got.TaskID()+got.Key, "ann kling-v3:up")
		got = change(t, l, id, func(r *Row) { r.Outputs = nil })
		same(t, "outputs once more", len(got.Outputs), 1)
	})
}

func TestUnknownMayBecomeAnything(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		id := begin(t, l, video()).ID
		for _, to := range []nexconn.Status{nexconn.Unknown, nexconn.Running, nexconn.Unknown, nexconn.Succeeded} {
			same(t, "status", change(t, l, id, func(r *Row) { r.Status = to }).Status, to)
		}
		if _, err := l.Change(t.Context(), Row{ID: "nobody"}, func(*Row) {}, Durable); !errors.Is(err, ErrNotFound) {
			t.Errorf("Change of nothing: %v, want ErrNotFound", err)
		}
	})
}

func TestChangesAreNotLost(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		id := begin(t, l, video()).ID
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { change(t, l, id, func(r *Row) { r.Usage.Images++ }) })
		}
		wg.Wait()
		same(t, "images", find(t, l, "", id).Usage.Images, 20)
	})
}

func TestAdopt(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		adopted := make([]Row, 8)
		var wg sync.WaitGroup
		for i := range adopted {
			wg.Go(func() {
				var err error
				if adopted[i], err = l.Adopt(t.Context(), video(func(r *Row) { r.UpstreamID = "up" })); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, r := range adopted {
			same(t, "row", r, adopted[0])
		}
		same(t, "status", adopted[0].Status, nexconn.Unknown)
		bobs, err := l.Adopt(t.Context(), video(func(r *Row) { r.UpstreamID, r.Caller, r.Status = "up", "bob", nexconn.Running }))
		if err != nil || bobs.ID == adopted[0].ID || bobs.Status != nexconn.Running {
			t.Errorf("bob adopted %+v, %v", bobs, err)
		}
		if _, err := l.Adopt(t.Context(), video()); err == nil {
			t.Error("adopted a job without an id")
		}
	})
}

func TestListPages(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		at := time.Now().Add(-time.Hour)
		var want []string
		for i := range 25 {
			// Five rows to a moment: the id decides among them.
			r := begin(t, l, video(func(r *Row) { r.CreatedAt = at.Add(time.Duration(i/5) * time.Second) }))
			want = append(want, r.ID)
		}
		slices.Sort(want) // ids begin with the moment
		slices.Reverse(want)
		begin(t, l, video(func(r *Row) { r.Caller = "bob" }))
		begin(t, l, video(func(r *Row) { r.Task = false }))
		var got []string
		f := Filter{Caller: "ann", Limit: 10}
		for pages := 1; ; pages++ {
			p, err := l.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Rows {
				got = append(got, r.ID)
			}
			if p.Next == "" {
				same(t, "pages", pages, 3)
				break
			}
			f.Cursor = p.Next
			begin(t, l, video()) // newer than the page, so not on the next
		}
		same(t, "rows", got, want)
		if p, err := l.List(t.Context(), Filter{Caller: "ann"}); err != nil || len(p.Rows) != 20 || p.Next == "" {
			t.Errorf("no filter: %d rows, cursor %q, %v", len(p.Rows), p.Next, err)
		}
		for _, c := range []string{"x", "!", "MQ", "\x00"} {
			if _, err := l.List(t.Context(), Filter{Cursor: c}); !errors.Is(err, ErrCursor) {
				t.Errorf("cursor %q: %v, want ErrCursor", c, err)
			}
		}
	})
}

func TestListFilters(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		intent := begin(t, l, video())
		queued := begin(t, l, video(func(r *Row) { r.Status = nexconn.Queued }))
		image := begin(t, l, video(func(r *Row) { r.Kind, r.Model, r.Status = "image", "kling-v2", nexconn.Succeeded }))
		for name, c := range map[string]struct {
			f    Filter
			want []string
		}{
			"queued":      {Filter{Status: "queued", Caller: "ann"}, []string{queued.ID, intent.ID}},
			"succeeded":   {Filter{Status: "succeeded", Caller: "ann"}, []string{image.ID}},
			"kind":        {Filter{Kind: "video", Caller: "ann"}, []string{queued.ID, intent.ID}},
			"model":       {Filter{Model: "kling-v2", Kind: "image", Caller: "ann", Status: "succeeded"}, []string{image.ID}},
			"nothing":     {Filter{Model: "kling-v2", Kind: "video", Caller: "ann"}, nil},
			"another one": {Filter{Caller: "bob"}, nil},
		} {
			p, err := l.List(t.Context(), c.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range p.Rows {
				got = append(got, r.ID)
			}
			same(t, name, got, c.want)
		}
	})
}

func TestUsage(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		spend := func(model, tool string, at time.Time, status nexconn.Status, cost *float64, u nexconn.Usage) {
			r := begin(t, l, video(func(r *Row) { r.Model, r.Tool, r.CreatedAt, r.USD = model, tool, at, cost }))
			change(t, l, r.ID, func(r *Row) { r.Status, r.Usage = status, u })
		}
		spend("a", "generate_video", noon, nexconn.Succeeded, usd(0.25), nexconn.Usage{Seconds: 5.5})
		spend("b", "generate_video", noon.Add(11*time.Hour+59*time.Minute), nexconn.Failed, usd(0), nexconn.Usage{})
		spend("b", "chat", noon.Add(12*time.Hour), nexconn.Succeeded, usd(0.5), nexconn.Usage{InputTokens: 10, OutputTokens: 20, Images: 1})
		spend("c", "chat", noon.Add(13*time.Hour), nexconn.Unknown, nil, nexconn.Usage{})
		spend("a", "chat", noon.Add(-24*time.Hour), nexconn.Succeeded, usd(100), nexconn.Usage{})
		begin(t, l, video(func(r *Row) { r.Caller, r.CreatedAt = "bob", noon }))

		total := Sum{Key: "total", Calls: 4, Succeeded: 2, InputTokens: 10, OutputTokens: 20, Seconds: 5.5, Images: 1, USD: 0.75}
		for by, want := range map[string][]Sum{
			"model": {
				{Key: "b", Calls: 2, Succeeded: 1, InputTokens: 10, OutputTokens: 20, Images: 1, USD: 0.5},
				{Key: "a", Calls: 1, Succeeded: 1, Seconds: 5.5, USD: 0.25},
				{Key: "c", Calls: 1},
			},
			"day": {
				{Key: "2026-11-23", Calls: 2, Succeeded: 1, InputTokens: 10, OutputTokens: 20, Images: 1, USD: 0.5},
				{Key: "2026-11-22", Calls: 2, Succeeded: 1, Seconds: 5.5, USD: 0.25},
			},
			"tool": {
				{Key: "chat", Calls: 2, Succeeded: 1, InputTokens: 10, OutputTokens: 20, Images: 1, USD: 0.5},
				{Key: "generate_video", Calls: 2, Succeeded: 1, Seconds: 5.5, USD: 0.25},
			},
		} {
			u, err := l.Usage(t.Context(), "ann", Period{From: noon.Add(-time.Hour)}, by)
			if err != nil {
				t.Fatal(err)
			}
			same(t, by, u.Rows, want)
			same(t, by+" total", u.Total, total)
		}
		if u, err := l.Usage(t.Context(), "ann", Period{}, "model"); err != nil || u.Total.Calls != 5 {
			t.Errorf("since ever: %+v, %v", u.Total, err)
		}
		if u, err := l.Usage(t.Context(), "ann", Period{From: noon, To: noon}, "day"); err != nil || u.Total.Calls != 2 || len(u.Rows) != 1 {
			t.Errorf("one day: %+v, %v", u, err)
		}
		if _, err := l.Usage(t.Context(), "ann", Period{}, "caller"); err == nil {
			t.Error("usage by caller was answered")
		}
	})
}
