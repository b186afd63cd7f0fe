package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// twinAge is how far back Begin looks for an identical job.
const twinAge = 10 * time.Minute

func (s *store) Begin(ctx context.Context, row Row, caps Caps) (Begun, error) {
	row, err := s.fresh(row)
	if err != nil {
		return Begun{}, err
	}
	row.Writer = s.engine.writer()
	var begun Begun
	err = s.write(ctx, func(tx *sql.Tx) error {
		begun = Begun{Row: row}
		if caps != (Caps{}) {
			if err := s.engine.lock(ctx, tx, "caps"); err != nil {
				return err
			}
		}
		found, err := keyed(ctx, tx, row)
		if err != nil || found != nil {
			begun.Existing = found != nil
			begun.Row = deref(found)
			return err
		}
		if err := reserve(ctx, tx, row, caps); err != nil {
			return err
		}
		if begun.Twin, err = twin(ctx, tx, row); err != nil {
			return err
		}
		made, err := insert(ctx, tx, row)
		if err != nil || made {
			return err
		}
		// The key was taken between the two statements.
		begun = Begun{Existing: true}
		found, err = keyed(ctx, tx, row)
		begun.Row = deref(found)
		return err
	})
	if err != nil {
		return Begun{}, err
	}
	return begun, nil
}

// fresh fills what a new row needs.
func (s *store) fresh(row Row) (Row, error) {
	if !storable(row.Key) || !storable(row.Model) {
		return Row{}, errors.New("a NUL or broken UTF-8 in the idempotency key or the model's id")
	}
	if row.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Row{}, fmt.Errorf("make an id: %w", err)
		}
		row.ID = id.String()
	}
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	if row.UpdatedAt.IsZero() {
		row.UpdatedAt = row.CreatedAt
	}
	if row.Status == "" {
		row.Status = Intent
	}
	return stored(row), nil
}

func deref(r *Row) Row {
	if r == nil {
		return Row{}
	}
	return *r
}

// keyed is the row that has the key of row, nil if there is none.
func keyed(ctx context.Context, tx *sql.Tx, row Row) (*Row, error) {
	if row.Key == "" {
		return nil, nil
	}
	have, err := scan(tx.QueryRowContext(ctx, selectCall+`WHERE caller = $1 AND idem_key = $2`, row.Caller, row.Key))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case have.ArgsHash != row.ArgsHash:
		return nil, ErrKeyTaken
	}
	return &have, nil
}

// reserve refuses row if its price would pass a cap of its day. What others
// spend is theirs to know, so the caller's own cap is looked at first.
func reserve(ctx context.Context, tx *sql.Tx, row Row, caps Caps) error {
	if row.USD == nil || *row.USD == 0 {
		return nil
	}
	today := row.CreatedAt.Truncate(day)
	for _, c := range []struct {
		cap    float64
		shared bool
	}{{caps.Caller, false}, {caps.All, true}} {
		if c.cap == 0 {
			continue
		}
		query, args := `SELECT COALESCE(SUM(usd), 0) FROM calls WHERE created_at >= $1 AND created_at < $2`,
			[]any{micros(today), micros(today.Add(day))}
		if !c.shared {
			query, args = query+` AND caller = $3`, append(args, row.Caller)
		}
		var spent float64
		if err := tx.QueryRowContext(ctx, query, args...).Scan(&spent); err != nil {
			return err
		}
		// A hair of room, so that ten dimes fit into a dollar.
		if spent+*row.USD > c.cap+1e-9 {
			return &OverCap{SpentUSD: spent, AskedUSD: *row.USD, CapUSD: c.cap, Shared: c.shared}
		}
	}
	return nil
}

// twin is the task id of the newest identical job that a caller without a key
// may have asked for by mistake. One that failed is being tried again, rightly.
func twin(ctx context.Context, tx *sql.Tx, row Row) (string, error) {
	if row.Key != "" {
		return "", nil
	}
	r, err := scan(tx.QueryRowContext(ctx, selectCall+`WHERE caller = $1 AND created_at > $2 AND args_hash = $3
		AND task AND status <> $4 ORDER BY created_at DESC, id DESC LIMIT 1`,
		row.Caller, micros(row.CreatedAt.Add(-twinAge)), row.ArgsHash, string(nexconn.Failed)))
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return r.TaskID(), nil
}

// insert tells whether it made the row; it did not if the key is taken.
func insert(ctx context.Context, tx *sql.Tx, row Row) (bool, error) {
	rest, err := row.variables()
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, insertCall, append(row.constants(), rest...)...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
