package ledger

import (
	"context"
	"errors"
	"slices"
	"time"
)

// maxPending is how many rows a Keeper holds before it takes no new calls.
const maxPending = 50_000

// heldRow is what a Keeper holds of one row.
type heldRow struct {
	row     Row          // as it is
	was     *Row         // as it was on record, nil for a row that never was
	changes []func(*Row) // since then
	handles []string
}

// change applies do and returns the row as its callers see it.
func (h *heldRow) change(do func(*Row)) Row {
	h.row = changed(h.row, do)
	h.row.UpdatedAt = time.Now()
	h.row = stored(h.row)
	h.changes = append(h.changes, do)
	return h.shown()
}

func (h *heldRow) shown() Row {
	r := h.row
	r.Outputs = slices.Clone(r.Outputs)
	r.Held = true
	return r
}

// pending are the held rows, in the order in which they came.
type pending struct {
	rows     map[string]*heldRow // by id
	byHandle map[string]*heldRow
	order    []*heldRow
}

func (p *pending) empty() bool { return len(p.rows) == 0 }
func (p *pending) full() bool  { return len(p.rows) >= maxPending }

func (p *pending) add(h *heldRow) {
	if p.rows == nil {
		p.rows, p.byHandle = map[string]*heldRow{}, map[string]*heldRow{}
	}
	p.rows[h.row.ID] = h
	p.order = append(p.order, h)
	p.index(h)
}

// index makes a row known under its handles, of which the last may be new.
func (p *pending) index(h *heldRow) {
	local := h.row
	local.UpstreamID = ""
	for _, handle := range []string{h.row.ID, local.TaskID(), h.row.TaskID()} {
		p.byHandle[handle] = h
		if !slices.Contains(h.handles, handle) {
			h.handles = append(h.handles, handle)
		}
	}
}

func (p *pending) drop(h *heldRow) {
	delete(p.rows, h.row.ID)
	for _, handle := range h.handles {
		if p.byHandle[handle] == h {
			delete(p.byHandle, handle)
		}
	}
	p.order = slices.DeleteFunc(p.order, func(o *heldRow) bool { return o == h })
}

func (p *pending) duplicate(row Row) string {
	for _, h := range slices.Backward(p.order) {
		r := h.row
		if row.Task && row.Key == "" && r.Task && r.Caller == row.Caller && r.ArgsHash == row.ArgsHash && r.Status != "failed" &&
			row.CreatedAt.Sub(r.CreatedAt) < duplicateAge {
			return r.TaskID()
		}
	}
	return ""
}

// startWriting has what is held written back; k is locked.
func (k *holder) startWriting() {
	if k.writing || k.closed {
		return
	}
	k.writing = true
	k.done.Go(k.writeBack)
}

// writeBack writes until nothing is held, then ends.
func (k *holder) writeBack() {
	pause := writeAgain
	var until time.Time // once the keeper closes
	for {
		k.mu.Lock()
		closed, opened := k.closed, k.store != nil
		k.mu.Unlock()
		if closed && until.IsZero() {
			until = time.Now()
			if opened { // one that never could be gets one more attempt
				until = until.Add(closePatience)
			}
		}
		err := k.writeFirst()
		k.mu.Lock()
		if err == nil {
			pause = writeAgain
			k.setAway(nil)
		} else {
			k.setAway(err)
		}
		if err == nil && k.pending.empty() || closed && time.Now().After(until) {
			k.writing = false
			k.mu.Unlock()
			return
		}
		k.mu.Unlock()
		if err == nil {
			continue
		}
		news := k.news
		if closed {
			pause, news = min(pause, writeAgain), nil
		}
		select {
		case <-news:
		case <-time.After(pause):
		}
		pause = min(2*pause, writeAgainMax)
	}
}

// writeFirst writes the row that is held longest; where none is, it asks whether
// the store is back.
func (k *holder) writeFirst() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*usualPatience)
	defer cancel()
	store, err := k.innerAtClose(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	if k.pending.empty() {
		k.mu.Unlock()
		return probe(ctx, store)
	}
	h := k.pending.order[0]
	row, on, changes := h.row, h.was, slices.Clone(h.changes)
	k.mu.Unlock()
	if err := put(ctx, store, row, on, changes); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if left := h.changes[len(changes):]; len(left) > 0 {
		h.was, h.changes = &row, left // it changed meanwhile: that is written next
		return nil
	}
	k.pending.drop(h)
	return nil
}

// innerAtClose is inner, also for a keeper that is closing and has rows to write.
func (k *holder) innerAtClose(ctx context.Context) (Ledger, error) {
	k.mu.Lock()
	store, closed := k.store, k.closed
	if store == nil && closed && k.opening == nil {
		k.opening = make(chan struct{})
		k.mu.Unlock()
		k.tryOpen(ctx)
		k.mu.Lock()
		store = k.store
	}
	err := k.away
	k.mu.Unlock()
	switch {
	case store != nil:
		return store, nil
	case closed:
		return nil, errors.Join(errClosed, err)
	}
	return k.inner(ctx)
}

// probe tells whether the store can be written, and writes nothing.
func probe(ctx context.Context, store Ledger) error {
	_, err := store.Change(ctx, Row{}, func(*Row) {}, Durable)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// put brings a row on record to what is held: what the service has said is true,
// whatever the store knows of it.
func put(ctx context.Context, store Ledger, row Row, was *Row, changes []func(*Row)) error {
	apply := func(r *Row) {
		for _, do := range changes {
			do(r)
		}
	}
	if was != nil {
		_, err := store.Change(ctx, row, apply, Durable)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	row.Held = true
	begun, err := store.Begin(ctx, row, Caps{})
	if errors.Is(err, ErrKeyTaken) || err == nil && begun.Row.ID != row.ID {
		row.Key = "" // it went to another call meanwhile; this one is on record all the same
		begun, err = store.Begin(ctx, row, Caps{})
	}
	if err == nil && begun.Existing && len(changes) > 0 {
		_, err = store.Change(ctx, row, apply, Durable)
	}
	return err
}
