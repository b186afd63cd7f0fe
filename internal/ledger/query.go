package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func (s *store) Find(ctx context.Context, caller, taskID string) (Row, error) {
	if !storable(taskID) {
		return Row{}, ErrNotFound
	}
	var row Row
	err := s.with(ctx, func(db *sql.DB) error {
		find := func(where string, args ...any) (err error) {
			row, err = scan(db.QueryRowContext(ctx, selectCall+`WHERE (caller = $1 OR $1 = '') AND `+where+
				` ORDER BY created_at DESC, id DESC LIMIT 1`, append([]any{caller}, args...)...))
			return err
		}
		err := find(`id = $2`, taskID)
		// Both sides of a handle's colon may hold colons of their own.
		for i := 0; i < len(taskID) && errors.Is(err, ErrNotFound); i++ {
			if taskID[i] != ':' {
				continue
			}
			model, id := taskID[:i], taskID[i+1:]
			if local, ok := strings.CutPrefix(id, "local-"); ok {
				err = find(`id = $2 AND model = $3`, local, model)
			} else if id != "" {
				err = find(`upstream_id = $2 AND model = $3`, id, model)
			}
		}
		return err
	})
	return row, err
}

func (s *store) ByKey(ctx context.Context, caller, key string) (Row, error) {
	if key == "" || !storable(key) {
		return Row{}, ErrNotFound
	}
	var row Row
	err := s.with(ctx, func(db *sql.DB) (err error) {
		row, err = scan(db.QueryRowContext(ctx, selectCall+`WHERE caller = $1 AND idem_key = $2`, caller, key))
		return err
	})
	return row, err
}

// Pages of List.
const (
	usualLimit = 20
	mostLimit  = 100
)

func (s *store) List(ctx context.Context, f Filter) ([]Row, string, error) {
	if !storable(f.Kind + f.Status + f.Model) {
		return nil, "", nil
	}
	limit := f.limit()
	where := []string{"task"}
	var args []any
	add := func(condition string, values ...any) {
		for i := range values {
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)+i+1), 1)
		}
		where, args = append(where, condition), append(args, values...)
	}
	if f.Caller != "" {
		add(`caller = ?`, f.Caller)
	}
	if f.Kind != "" {
		add(`kind = ?`, f.Kind)
	}
	if f.Model != "" {
		add(`model = ?`, f.Model)
	}
	switch nexconn.Status(f.Status) {
	case "":
	case nexconn.Queued:
		add(`status IN (?, ?)`, string(nexconn.Queued), string(Intent))
	default:
		add(`status = ?`, f.Status)
	}
	if f.Cursor != "" {
		at, id, err := readCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		add(`(created_at, id) < (?, ?)`, at, id)
	}
	var page []Row
	err := s.with(ctx, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, fmt.Sprintf(`%s WHERE %s ORDER BY created_at DESC, id DESC LIMIT %d`,
			selectCall, strings.Join(where, " AND "), limit+1), args...)
		if err != nil {
			return err
		}
		page, err = scanAll(rows)
		return err
	})
	if err != nil || len(page) <= limit {
		return page, "", err
	}
	page = page[:limit]
	return page, cursor(page[limit-1]), nil
}

// cursor names the last row of a page; rows made later come before it.
func cursor(r Row) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", micros(r.CreatedAt), r.ID))
}

// Merge is one page of two that the same filter gave, from ledgers that hold
// different rows; more says that one of them has a next page.
func Merge(f Filter, a, b []Row, more bool) (page []Row, next string) {
	page = append(slices.Clip(a), b...)
	slices.SortFunc(page, func(a, b Row) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	if n := f.limit(); len(page) > n {
		page, more = page[:n], true
	}
	if more && len(page) > 0 {
		next = cursor(page[len(page)-1])
	}
	return page, next
}

func (f Filter) limit() int { return min(cmp.Or(max(f.Limit, 0), usualLimit), mostLimit) }

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

const day = 24 * time.Hour

func (s *store) Usage(ctx context.Context, caller string, since time.Time, by string) ([]Sum, Sum, error) {
	var key string
	switch by {
	case "model", "tool":
		key = by
	case "day":
		key = fmt.Sprintf("created_at / %d", day.Microseconds())
	default:
		return nil, Sum{}, fmt.Errorf("usage by %q: want model, day or tool", by)
	}
	var sums []Sum
	err := s.with(ctx, func(db *sql.DB) error {
		sums = nil
		rows, err := db.QueryContext(ctx, `SELECT CAST(`+key+` AS TEXT), COUNT(*),
				SUM(CASE WHEN status = $1 THEN 1 ELSE 0 END),
				CAST(SUM(input_tokens) AS BIGINT), CAST(SUM(output_tokens) AS BIGINT),
				SUM(seconds), CAST(SUM(images) AS BIGINT), COALESCE(SUM(usd), 0),
				SUM(CASE WHEN status = $1 AND usd IS NULL THEN 1 ELSE 0 END)
			FROM calls WHERE created_at >= $2 AND (caller = $3 OR $3 = '') GROUP BY 1`,
			string(nexconn.Succeeded), micros(since), caller)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var sum Sum
			err := rows.Scan(&sum.Key, &sum.Calls, &sum.Succeeded, &sum.InputTokens, &sum.OutputTokens, &sum.Seconds, &sum.Images, &sum.USD, &sum.Unpriced)
			if err != nil {
				return err
			}
			if by == "day" {
				n, err := strconv.ParseInt(sum.Key, 10, 64)
				if err != nil {
					return err
				}
				sum.Key = time.Unix(n*int64(day/time.Second), 0).UTC().Format(time.DateOnly)
			}
			sums = append(sums, sum)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, Sum{}, err
	}
	slices.SortFunc(sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(b.USD, a.USD), cmp.Compare(a.Key, b.Key))
	})
	total := Sum{Key: "total"}
	for _, sum := range sums {
		total.Calls += sum.Calls
		total.Succeeded += sum.Succeeded
		total.InputTokens += sum.InputTokens
		total.OutputTokens += sum.OutputTokens
		total.Seconds += sum.Seconds
		total.Images += sum.Images
		total.USD += sum.USD
		total.Unpriced += sum.Unpriced
	}
	return sums, total, nil
}
