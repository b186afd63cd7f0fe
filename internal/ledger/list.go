package ledger

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pages of List.
const (
	usualLimit = 20
	mostLimit  = 100
)

func (f Filter) limit() int { return min(cmp.Or(max(f.Limit, 0), usualLimit), mostLimit) }

// read is how many rows a page reads: one more than it shows, in few sizes, so
// that there are few statements.
func (f Filter) read() int {
	for _, n := range []int{usualLimit, 50} {
		if f.limit() <= n {
			return n + 1
		}
	}
	return mostLimit + 1
}

func (s *store) List(ctx context.Context, f Filter) (Page, error) {
	if !storable(f.Kind + f.Status + f.Model) {
		return Page{}, nil
	}
	statement, args := page(f, f.read())
	if f.Cursor != "" {
		at, id, err := readCursor(f.Cursor)
		if err != nil {
			return Page{}, err
		}
		args = append(args, at, id)
	}
	if err := s.settled(ctx, f.Caller); err != nil {
		return Page{}, err
	}
	rows, err := readAll(ctx, s.queue, statement, scanCall, args...)
	if err != nil {
		return Page{}, err
	}
	return f.cut(rows, false), nil
}

// cut is a page of rows in any order; more says that there are more than these.
func (f Filter) cut(rows []Row, more bool) Page {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	if n := f.limit(); len(rows) > n {
		rows, more = rows[:n], true
	}
	p := Page{Rows: rows}
	if more && len(rows) > 0 {
		p.Next = cursor(rows[len(rows)-1])
	}
	return p
}

// Merge is one page of two that the same filter gave, of different rows.
func (f Filter) Merge(a, b Page) Page {
	return f.cut(append(slices.Clip(a.Rows), b.Rows...), a.Next+b.Next != "")
}

// cursor names the last row of a page; rows made later come before it.
func cursor(r Row) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", micros(r.CreatedAt), r.ID))
}

func readCursor(c string) (at int64, id string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(c)
	if err != nil || !storable(string(raw)) {
		return 0, "", ErrCursor
	}
	number, id, ok := strings.Cut(string(raw), " ")
	at, err = strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		return 0, "", ErrCursor
	}
	return at, id, nil
}

func (s *store) Usage(ctx context.Context, caller string, p Period, by string) (Usage, error) {
	statement, ok := map[string]string{"model": usageByModel, "tool": usageByTool, "day": usageByDay}[by]
	if !ok {
		return Usage{}, fmt.Errorf("%w: usage by %q: want model, day or tool", errInvalid, by)
	}
	if err := s.settled(ctx, caller); err != nil {
		return Usage{}, err
	}
	from, to := p.days()
	sums, err := readAll(ctx, s.queue, statement, scanSum, caller, from, to)
	if err != nil {
		return Usage{}, err
	}
	for i := range sums {
		if by == "day" {
			n, err := strconv.ParseInt(sums[i].Key, 10, 64)
			if err != nil {
				return Usage{}, err
			}
			sums[i].Key = time.Unix(n*int64(day/time.Second), 0).UTC().Format(time.DateOnly)
		}
	}
	return usage(sums), nil
}

// days are the first and the last day of a period.
func (p Period) days() (from, to int64) {
	to = 1 << 40
	if !p.To.IsZero() {
		to = dayOf(p.To)
	}
	return dayOf(p.From), to
}

// usage is the report of some lines.
func usage(sums []Sum) Usage {
	slices.SortFunc(sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(b.USD, a.USD), cmp.Compare(a.Key, b.Key))
	})
	total := Sum{Key: "total"}
	for _, s := range sums {
		total = total.Plus(s)
	}
	return Usage{Rows: sums, Total: total}
}

func scanSum(from scanner) (Sum, error) {
	var s Sum
	var calls, succeeded, input, output, images, unpriced int64
	err := from.Scan(&s.Key, &calls, &succeeded, &input, &output, &s.Seconds, &images, &s.USD, &unpriced)
	s.Calls, s.Succeeded, s.InputTokens, s.OutputTokens, s.Images, s.Unpriced =
		int(calls), int(succeeded), int(input), int(output), int(images), int(unpriced)
	return s, err
}
