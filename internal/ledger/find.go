package ledger

import (
	"context"
	"errors"
	"strings"
)

func (s *store) Find(ctx context.Context, caller, taskID string) (Row, error) {
	if !storable(taskID) || taskID == "" {
		return Row{}, ErrNotFound
	}
	row, err := s.findOne(ctx, func(q queryer) (Row, error) { return findTask(ctx, q, caller, taskID) })
	if err == nil && caller != "" && row.Caller != caller {
		return Row{}, ErrNotFound
	}
	return row, err
}

// maxSplits is how many colons of a task id may be the one between model and
// id: both sides may hold colons of their own, models few.
const maxSplits = 4

func findTask(ctx context.Context, q queryer, caller, taskID string) (Row, error) {
	lookUp := func(statement string, args ...any) (Row, error) {
		found, err := fetch(ctx, q, statement, scanCall, args)
		return first(found, err)
	}
	head := taskID[:min(len(taskID), maxName+1)]
	for i, splits := 0, 0; splits < maxSplits; splits++ {
		colon := strings.IndexByte(head[i:], ':')
		if colon < 0 {
			if splits == 0 {
				return lookUp(callByID, taskID)
			}
			break
		}
		model, id := taskID[:i+colon], taskID[i+colon+1:]
		i += colon + 1
		var row Row
		err := ErrNotFound
		if local, ok := strings.CutPrefix(id, "local-"); ok {
			if row, err = lookUp(callByID, local); err == nil && row.Model != model {
				err = ErrNotFound
			}
		} else if id != "" && caller == "" {
			row, err = lookUp(callByUpstreamOfAny, id, model)
		} else if id != "" {
			row, err = lookUp(callByUpstream, id, model, caller)
		}
		if !errors.Is(err, ErrNotFound) {
			return row, err
		}
	}
	return Row{}, ErrNotFound
}

func (s *store) ByKey(ctx context.Context, caller, key string) (Row, error) {
	if key == "" || !storable(key) {
		return Row{}, ErrNotFound
	}
	return s.findOne(ctx, func(q queryer) (Row, error) {
		found, err := fetch(ctx, q, callByKey, scanCall, []any{caller, key})
		return first(found, err)
	})
}

// findOne reads a row with its answer and with what is queued for it.
func (s *queue) findOne(ctx context.Context, find func(queryer) (Row, error)) (Row, error) {
	for {
		ended := s.soon.count()
		var row Row
		err := s.read(ctx, func(q queryer) (err error) {
			row, err = find(q)
			if err != nil || row.ResultUntil.IsZero() {
				return err
			}
			answers, err := fetch(ctx, q, answerOf, scanBytes, []any{row.ID})
			if len(answers) == 1 {
				row.Result = answers[0]
			}
			return err
		})
		if err != nil {
			return Row{}, err
		}
		if row, sure := s.soon.over(row, ended); sure {
			return row, nil
		}
	}
}
