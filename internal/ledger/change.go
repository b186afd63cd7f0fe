package ledger

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

func (s *store) Change(ctx context.Context, row Row, do func(*Row), d Durability) (Row, error) {
	if d == Soon && !row.CreatedAt.IsZero() {
		return s.changeSoon(ctx, row, do)
	}
	var is Row
	err := s.submit(ctx, row.Caller, &op{change: true, do: func(t *tx) (err error) {
		is, err = s.change(t, row.ID, do)
		return err
	}})
	if err != nil {
		return Row{}, err
	}
	return is, nil
}

func (s *queue) change(t *tx, id string, do func(*Row)) (Row, error) {
	was, err := callWithAnswer(t, callByID+t.forUpdate, id)
	if err != nil {
		return Row{}, err
	}
	is := s.changed(was, do)
	return is, t.put(&was, is)
}

// changed is a row after a change, as it reads back.
func (s *queue) changed(was Row, do func(*Row)) Row {
	is := changed(was, do)
	is.UpdatedAt = s.now()
	return stored(is)
}

func changed(was Row, do func(*Row)) Row {
	is := was
	is.Outputs = slices.Clone(was.Outputs)
	do(&is)
	return settle(was, is)
}

// soonRows are rows with changes that are queued and not committed, as they will be.
type soonRows struct {
	mu   sync.Mutex
	rows map[string]*soonRow
	// ended counts the rows that left: a read that began before may have missed one.
	ended int
}

type soonRow struct {
	row     Row
	changes int
}

func (s *queue) changeSoon(ctx context.Context, row Row, do func(*Row)) (Row, error) {
	s.soon.mu.Lock()
	if s.soon.rows == nil {
		s.soon.rows = map[string]*soonRow{}
	}
	have := s.soon.rows[row.ID]
	if have == nil {
		have = &soonRow{row: row}
		s.soon.rows[row.ID] = have
	}
	have.row = s.changed(have.row, do)
	have.changes++
	is := have.row
	s.soon.mu.Unlock()
	o := &op{change: true, soon: true, do: func(t *tx) error {
		_, err := s.change(t, row.ID, do)
		return err
	}}
	o.after = func(err error) {
		s.soon.end(row.ID, have)
		if err != nil && s.lost != nil {
			s.lost(is, do, err)
		} else if err != nil {
			s.log.Error("a change did not reach the ledger", slog.String("task_id", is.TaskID()), slog.Any("err", err))
		}
	}
	if err := s.enqueue(context.WithoutCancel(ctx), row.Caller, o); err != nil {
		s.soon.end(row.ID, have)
		return Row{}, err
	}
	return is, nil
}

// onLost has lost changes taken by take; it is called before the first change.
func (s *queue) onLost(take func(Row, func(*Row), error)) { s.lost = take }

func (r *soonRows) end(id string, have *soonRow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have.changes--; have.changes == 0 {
		delete(r.rows, id)
		r.ended++
	}
}

// over is the row as it will be. sure is false if it may have just become so,
// and has to be read again.
func (r *soonRows) over(row Row, ended int) (now Row, sure bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.rows[row.ID]; have != nil {
		return have.row, true
	}
	return row, r.ended == ended
}

func (r *soonRows) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// settled waits until a caller's queued changes are committed, before its rows
// are listed or summed.
func (s *queue) settled(ctx context.Context, caller string) error {
	s.soon.mu.Lock()
	queued := false
	for _, have := range s.soon.rows {
		queued = queued || have.row.Caller == caller
	}
	s.soon.mu.Unlock()
	if !queued {
		return nil
	}
	return s.write(ctx, caller, func(*tx) error { return nil })
}
