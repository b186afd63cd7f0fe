package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

const (
	// headAge is how long the head of a prompt is kept.
	headAge = 90 * day
	// headsMark is the id of the last row whose prompt head was dropped: ids
	// are in the order of time.
	headsMark = "heads"
	// sweepRows is what a step takes of each kind, see statements.go.
	sweepRows = 500
)

func (s *store) Sweep(ctx context.Context) (more bool, err error) {
	if _, err := s.MarkAbandoned(ctx); err != nil {
		return false, err
	}
	now := micros(s.now())
	err = s.write(ctx, "", func(t *tx) error {
		most := 0
		for _, statement := range []string{sweepAnswers, sweepTokens} {
			gone, err := all(t, statement, scanText, now)
			if err != nil {
				return err
			}
			most = max(most, len(gone))
		}
		passed, err := dropOldHeads(t, s.now().Add(-headAge))
		more = max(most, passed) == sweepRows
		return err
	})
	return more, err
}

// dropOldHeads goes on from the mark and returns how many rows it passed.
func dropOldHeads(t *tx, before time.Time) (int, error) {
	mark, err := one(t, readMark, scanText, headsMark)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	var bound uuid.UUID
	copy(bound[:], idPrefix(before))
	ids, err := all(t, oldCalls, scanText, mark, bound.String())
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	last := ids[len(ids)-1]
	if err := t.exec(dropHeads, mark, last); err != nil {
		return 0, err
	}
	return len(ids), t.exec(writeMark, headsMark, last)
}
