package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"
)

func (s *store) Keep(ctx context.Context, what string, ttl time.Duration) (string, error) {
	var secret [16]byte
	rand.Read(secret[:]) // never fails: it crashes the program rather
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	now := s.now()
	err := s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM confirmations WHERE ends_at <= $1`, micros(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO confirmations (token, what, ends_at) VALUES ($1, $2, $3)`,
			token, what, micros(now.Add(ttl)))
		return err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func (s *store) Take(ctx context.Context, token, what string) (bool, error) {
	if _, err := base64.RawURLEncoding.DecodeString(token); err != nil {
		return false, nil
	}
	var taken bool
	err := s.write(ctx, func(tx *sql.Tx) error {
		var had string
		err := tx.QueryRowContext(ctx, `DELETE FROM confirmations WHERE token = $1 AND what = $2 AND ends_at > $3 RETURNING token`,
			token, what, micros(s.now())).Scan(&had)
		taken = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return taken, err
}

// headAge is how long the head of a prompt is kept.
const headAge = 90 * day

func (s *store) Forget(ctx context.Context) error {
	now := s.now()
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE calls SET prompt_head = '' WHERE created_at < $1 AND prompt_head <> ''`,
			micros(now.Add(-headAge))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE calls SET result = NULL WHERE result_until > 0 AND result_until <= $1 AND result IS NOT NULL`,
			micros(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM confirmations WHERE ends_at <= $1`, micros(now))
		return err
	})
}
