package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// BenchmarkLedgerRows measures what the ledger does at each size, and with
// -update writes the table of docs/performance.md. NEXCONN_LEDGER_ROWS is the most
// rows, 1,000,000 unless set.
func BenchmarkLedgerRows(b *testing.B) {
	most, err := strconv.Atoi(cmp.Or(os.Getenv("NEXCONN_LEDGER_ROWS"), "1000000"))
	if err != nil {
		b.Fatalf("NEXCONN_LEDGER_ROWS: %v", err)
	}
	sizes := slices.DeleteFunc([]int{1_000, 100_000, 1_000_000, 10_000_000}, func(n int) bool { return n > most })
	var table strings.Builder
	table.WriteString("| Median of one call | on |")
	for _, n := range sizes {
		fmt.Fprintf(&table, " %d rows |", n)
	}
	fmt.Fprintf(&table, " last / first |\n|---|---|%s---|\n", strings.Repeat("---|", len(sizes)))
	for _, postgres := range []bool{false, true} {
		engine := map[bool]string{false: "SQLite", true: "PostgreSQL"}[postgres]
		if postgres && os.Getenv("NEXCONN_TEST_POSTGRES") == "" {
			b.Log("NEXCONN_TEST_POSTGRES is not set: SQLite alone is measured")
			continue
		}
		took := map[string][]time.Duration{}
		for _, n := range sizes {
			for what, d := range costs(b, postgres, n) {
				took[what] = append(took[what], d)
			}
		}
		for _, what := range costOrder {
			d := took[what]
			fmt.Fprintf(&table, "| %s | %s |", what, engine)
			for _, one := range d {
				fmt.Fprintf(&table, " %.3f ms |", one.Seconds()*1000)
			}
			ratio := d[len(d)-1].Seconds() / d[0].Seconds()
			fmt.Fprintf(&table, " %.2f |\n", ratio)
			b.ReportMetric(ratio, strings.ReplaceAll(engine+":"+what, " ", "_"))
		}
	}
	b.Log("\n" + table.String())
	if golden.Update() {
		golden.Section(b, "../../docs/performance.md", "ledger rows", table.String())
	}
}

// The measured calls, in the order of the table.
var costOrder = []string{
	"open", "the first call after it", "a call without a key", "a call with a key", "a call under a day's cap", "a key that is on record", "a task by its id",
	"a page", "a page by kind", "a page by model", "a page by status", "a page by a rare status", "a page by all three",
	"usage of today", "usage of 30 days", "usage of everything",
}

// costs are the medians at n rows.
func costs(b *testing.B, postgres bool, n int) map[string]time.Duration {
	b.Helper()
	place, open := b.TempDir(), OpenSQLite
	if postgres {
		place, open = newSchema(b), OpenPostgres
	}
	opened := func() Ledger {
		l, err := open(context.Background(), place, nil)
		if err != nil {
			b.Fatal(err)
		}
		return l
	}
	l := opened()
	var db *sql.DB
	if postgres {
		db = pgDB(b, l)
	} else {
		db = raw(b, place)
	}
	fill(b, db, postgres, n)
	closed(b, l)
	b.Logf("%d rows are there", n)

	took := map[string]time.Duration{}
	var opens, firsts []time.Duration
	for i := range 5 {
		begun := time.Now()
		l := opened()
		opens = append(opens, time.Since(begun))
		begun = time.Now()
		paid(b, l, video(func(r *Row) { r.ArgsHash = fmt.Sprint("first", i) }), Caps{})
		firsts = append(firsts, time.Since(begun))
		closed(b, l)
	}
	took["open"], took["the first call after it"] = median(opens), median(firsts)

	l = opened()
	defer closed(b, l)
	measure := func(what string, do func(i int)) {
		var all []time.Duration
		for i := range 400 {
			begun := time.Now()
			do(i)
			all = append(all, time.Since(begun))
		}
		all = all[100:] // statements are prepared and pages read by then
		took[what] = median(all)
	}
	measure("a call without a key", func(i int) { paid(b, l, video(func(r *Row) { r.ArgsHash = fmt.Sprint("new", i) }), Caps{}) })
	measure("a call with a key", func(i int) { paid(b, l, video(func(r *Row) { r.Key = fmt.Sprint("new", i) }), Caps{}) })
	measure("a call under a day's cap", func(i int) {
		paid(b, l, video(func(r *Row) { r.ArgsHash = fmt.Sprint("cap", i) }), Caps{All: 1e6, Caller: 1e6})
	})
	measure("a key that is on record", func(i int) {
		if _, err := l.ByKey(b.Context(), "ann", fmt.Sprintf("key-%d", i*10%n)); err != nil {
			b.Fatal(err)
		}
	})
	measure("a task by its id", func(i int) {
		at := i * n / 400 / 3 * 3
		if _, err := l.Find(b.Context(), "ann", fmt.Sprintf("kling-v3:up-%d", at)); err != nil {
			b.Fatal(err)
		}
	})
	for what, f := range map[string]Filter{
		"a page": {}, "a page by kind": {Kind: "video"}, "a page by model": {Model: "kling-v1"}, "a page by status": {Status: "succeeded"},
		"a page by a rare status": {Status: "failed"}, "a page by all three": {Kind: "video", Model: "kling-v3", Status: "succeeded"},
	} {
		f.Caller = "ann"
		measure(what, func(int) {
			if _, err := l.List(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		})
	}
	for what, p := range map[string]Period{
		"usage of today": {From: time.Now()}, "usage of 30 days": {From: time.Now().Add(-30 * day)}, "usage of everything": {},
	} {
		measure(what, func(int) {
			if _, err := l.Usage(b.Context(), "ann", p, "model"); err != nil {
				b.Fatal(err)
			}
		})
	}
	return took
}

// paid is what a call puts on record: its intent and its end.
func paid(b *testing.B, l Ledger, row Row, caps Caps) {
	b.Helper()
	begun, err := l.Begin(b.Context(), row, caps)
	if err == nil {
		_, err = l.Change(b.Context(), begun.Row, func(r *Row) { r.Status = nexconn.Succeeded }, Durable)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
