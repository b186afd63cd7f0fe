package ledger

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// reapEvery is how often Reap looks while nobody else's intent is open.
const reapEvery = time.Second

func (s *store) Reap(ctx context.Context) (int, error) {
	s.reaping.Lock()
	defer s.reaping.Unlock()
	if !s.strangers && s.now().Sub(s.reaped) < reapEvery {
		return 0, nil
	}
	n, err := s.reap(ctx)
	if err != nil {
		return 0, err
	}
	s.reaped = s.now()
	if n > 0 {
		s.log.WarnContext(ctx, "calls of processes that are gone may or may not have been accepted", slog.Int("calls", n))
	}
	return n, nil
}

func (s *store) reap(ctx context.Context) (int, error) {
	var lost int64
	err := s.with(ctx, func(db *sql.DB) error {
		lost = 0
		writers, err := strangers(ctx, db, s.engine.writer())
		s.strangers = len(writers) > 0
		if err != nil || len(writers) == 0 {
			return err
		}
		dead, err := s.engine.dead(ctx, db, writers)
		if err != nil {
			return err
		}
		for _, writer := range dead {
			res, err := db.ExecContext(ctx, `UPDATE calls SET status = $1, updated_at = $2 WHERE status = 'intent' AND writer = $3`,
				string(nexconn.Unknown), micros(s.now()), writer)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			lost += n
		}
		return nil
	})
	return int(lost), err
}

// strangers are the other writers that have intents open.
func strangers(ctx context.Context, db *sql.DB, self string) ([]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT writer FROM calls WHERE status = 'intent' AND writer <> $1`, self)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var writers []string
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			return nil, err
		}
		writers = append(writers, w)
	}
	return writers, rows.Err()
}
