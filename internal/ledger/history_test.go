package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// TestSumsOfRandomHistories lets callers do everything that changes a row, some
// of it at once and in changes that are committed later, and then compares the
// daily sums and the reservations with those of the rows themselves.
func TestSumsOfRandomHistories(t *testing.T) {
	places := map[string]func(*testing.T) (Ledger, *sql.DB){
		"sqlite": func(t *testing.T) (Ledger, *sql.DB) {
			dir := t.TempDir()
			return openFile(t, dir), raw(t, dir)
		},
		"postgres": func(t *testing.T) (Ledger, *sql.DB) {
			l := openAt(t, newSchema(t))
			return l, pgDB(t, l)
		},
	}
	for name, open := range places {
		t.Run(name, func(t *testing.T) {
			l, db := open(t)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			var callers sync.WaitGroup
			for i := range 4 {
				callers.Go(func() { live(t, l, fmt.Sprintf("caller-%d", i), rand.New(rand.NewPCG(seed, uint64(i)))) })
			}
			callers.Wait()
			if err := l.(*store).write(t.Context(), "", func(*tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
			for i := range 4 { // what is queued of a caller's is committed before it is summed
				if _, err := l.Usage(t.Context(), fmt.Sprintf("caller-%d", i), Period{}, "day"); err != nil {
					t.Fatal(err)
				}
			}
			sameSums(t, db, `SELECT caller || ' ' || day || ' ' || model || ' ' || tool, calls, succeeded, unpriced, input_tokens, output_tokens, seconds, images, usd FROM day_sums`,
				`SELECT caller || ' ' || (created_at / 86400000000) || ' ' || model || ' ' || tool, COUNT(*),
				SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'succeeded' AND usd IS NULL THEN 1 ELSE 0 END),
				SUM(input_tokens), SUM(output_tokens), SUM(seconds), SUM(images), COALESCE(SUM(usd), 0)
				FROM calls GROUP BY caller, created_at / 86400000000, model, tool`)
			sameSums(t, db, `SELECT day || ' ' || caller, usd FROM reserved`,
				`SELECT (created_at / 86400000000) || ' ' || caller, COALESCE(SUM(usd), 0) FROM calls GROUP BY created_at / 86400000000, caller
				UNION ALL SELECT (created_at / 86400000000) || ' ', COALESCE(SUM(usd), 0) FROM calls GROUP BY created_at / 86400000000`)
		})
	}
}

// live is the random life of one caller.
func live(t *testing.T, l Ledger, caller string, r *rand.Rand) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	price := func() *float64 {
		if r.IntN(4) == 0 {
			return nil
		}
		return usd(float64(r.IntN(1000)) / 1000)
	}
	var rows []Row
	for range 80 {
		if len(rows) == 0 || r.IntN(3) == 0 {
			row := Row{Caller: caller, Tool: pick("generate_video", "edit_image", "chat"), Task: r.IntN(4) > 0, Kind: pick("video", "image"), Model: pick("a", "b", "c"),
				ArgsHash: pick("x", "y"), Key: pick("", "", "k1", "k2"), USD: price(), CreatedAt: time.Now().Add(-time.Duration(r.IntN(100)) * time.Hour)}
			var caps Caps
			if r.IntN(2) == 0 {
				caps = Caps{All: float64(r.IntN(20)), Caller: float64(r.IntN(5))}
			}
			if begun, err := l.Begin(t.Context(), row, caps); err == nil {
				rows = append(rows, begun.Row)
			} else if outage(t.Context(), err) {
				t.Errorf("Begin: %v", err)
			}
			continue
		}
		status := []nexconn.Status{nexconn.Queued, nexconn.Running, nexconn.Succeeded, nexconn.Failed, nexconn.Unknown}[r.IntN(5)]
		upstream, settled, tokens, free := fmt.Sprint("up-", r.Uint32()), price(), r.IntN(1000), r.IntN(5) == 0
		i := r.IntN(len(rows))
		row, err := l.Change(t.Context(), rows[i], func(row *Row) {
			row.Status, row.USD = status, settled
			row.Usage = nexconn.Usage{InputTokens: tokens, OutputTokens: 2 * tokens, Seconds: float64(tokens) / 4, Images: tokens % 3}
			if status == nexconn.Failed && free {
				row.Key = ""
			} else {
				row.UpstreamID = upstream
			}
		}, []Durability{Durable, Soon}[r.IntN(2)])
		if err != nil {
			t.Errorf("Change: %v", err)
		}
		rows[i] = row
	}
}

// sameSums compares what two statements give: a name and numbers. A line of
// zeros is as good as none.
func sameSums(t *testing.T, db *sql.DB, got, want string) {
	t.Helper()
	read := func(statement string) map[string][]float64 {
		t.Helper()
		rows, err := db.QueryContext(context.Background(), statement)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		lines := map[string][]float64{}
		for rows.Next() {
			var name string
			numbers := make([]float64, len(columns)-1)
			into := []any{&name}
			for i := range numbers {
				into = append(into, &numbers[i])
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			zero := true
			for i := range numbers {
				numbers[i] = math.Round(numbers[i]*1e6) / 1e6
				zero = zero && numbers[i] == 0
			}
			if !zero {
				lines[name] = numbers
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	sums := read(want)
	if len(sums) < 10 {
		t.Errorf("only %d lines to compare", len(sums))
	}
	same(t, strings.Fields(got)[1], read(got), sums)
}
