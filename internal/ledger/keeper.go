package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Keeper is a Ledger that loses nothing while its store is away. It opens the
// store at the first need and again every few seconds. A row or a change that
// the store does not take is held in memory, is part of what Find, ByKey, List
// and Usage answer, and is written back, in order, until the store has taken it;
// once more at Close. Rows that come from it say Held until then.
//
// What needs the store is never held: a Begin with a key, a cap or
// Caps.OnRecord, tokens and files return the store's error.
type Keeper struct{ *holder }

// holder is a Keeper's store, and what is held while that is away.
type holder struct {
	open func(context.Context) (Ledger, error)
	log  *slog.Logger

	mu      sync.Mutex
	store   Ledger
	away    error // why the store is away; nil while it works
	tried   time.Time
	opening chan struct{} // closed when the attempt under way has ended
	closed  bool
	pending pending
	writing bool          // writeBack runs
	news    chan struct{} // closed by Close
	done    sync.WaitGroup
}

// openAgain is how long a store that could not be opened is left alone.
const openAgain = 5 * time.Second

// The pauses between two attempts to write back.
const (
	writeAgain    = 100 * time.Millisecond
	writeAgainMax = 2 * time.Second
)

// closePatience is how long Close tries to write back what is held to a store
// that was open.
const closePatience = 10 * time.Second

// Keeping is a Keeper of the store that open opens.
func Keeping(open func(context.Context) (Ledger, error), log *slog.Logger) *Keeper {
	return &Keeper{&holder{open: open, log: orDiscard(log), news: make(chan struct{})}}
}

// State tells why the store is away, nil while it works. It opens the store if
// nobody has.
func (k *Keeper) State(ctx context.Context) error {
	_, err := k.inner(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.away
}

// inner is the store. The first call waits for it to be opened; later ones try
// again in the background.
func (k *holder) inner(ctx context.Context) (Ledger, error) {
	k.mu.Lock()
	for {
		switch {
		case k.closed:
			k.mu.Unlock()
			return nil, errClosed
		case k.store != nil:
			defer k.mu.Unlock()
			return k.store, nil
		case k.opening == nil && (k.tried.IsZero() || time.Since(k.tried) >= openAgain):
			k.opening = make(chan struct{})
			k.done.Go(func() { k.tryOpen(context.WithoutCancel(ctx)) })
		}
		if !k.tried.IsZero() {
			defer k.mu.Unlock()
			return nil, k.away
		}
		opening := k.opening
		k.mu.Unlock()
		select {
		case <-opening:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		k.mu.Lock()
	}
}

func (k *holder) tryOpen(ctx context.Context) {
	store, err := k.open(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = time.Now()
	close(k.opening)
	k.opening = nil
	switch {
	case err != nil:
		k.setAway(err)
		return
	case k.closed && k.pending.empty():
		_ = store.Close()
		return
	}
	if s, ok := store.(interface {
		onLost(func(Row, func(*Row), error))
	}); ok {
		s.onLost(k.lost)
	}
	k.store = store
	k.setAway(nil)
}

// setAway notes why the store is away, or that it is back; k is locked.
func (k *holder) setAway(err error) {
	switch {
	case err != nil && k.away == nil:
		k.log.Error("the ledger is away; calls are held in memory until it is back", slog.Any("err", err))
	case err == nil && k.away != nil:
		k.log.Info("the ledger is back")
	}
	k.away = err
}

// lost takes a change that was answered before the store refused it.
func (k *holder) lost(row Row, do func(*Row), err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holdChange(row, do, err)
}

// outage says that an error is the store's state, not the call's fault.
func outage(ctx context.Context, err error) bool {
	var over *OverCap
	var long *TooLong
	switch {
	case err == nil, ctx.Err() != nil:
		return false
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrKeyTaken), errors.Is(err, ErrCursor), errors.Is(err, errInvalid),
		errors.As(err, &over), errors.As(err, &long):
		return false
	}
	return true
}

func (k *Keeper) Begin(ctx context.Context, row Row, caps Caps) (Begun, error) {
	store, err := k.inner(ctx)
	needs := caps != (Caps{}) || row.Key != ""
	k.mu.Lock()
	hold := !needs && k.away != nil
	k.mu.Unlock()
	if row.ID == "" {
		// The store may take the row and fail to say so: what is held then has to
		// be the same row.
		if row.CreatedAt.IsZero() {
			row.CreatedAt = time.Now()
		}
		row.ID = newID(row.CreatedAt)
	}
	if err == nil && !hold {
		begun, err := store.Begin(ctx, row, caps)
		if !outage(ctx, err) {
			return begun, err
		}
		if needs {
			k.failed(err)
			return Begun{}, err
		}
		return k.holdBegin(ctx, row, err)
	}
	if needs || ctx.Err() != nil {
		return Begun{}, errors.Join(ctx.Err(), err)
	}
	return k.holdBegin(ctx, row, err)
}

// failed notes an outage that nothing is held for, so that it ends with the next
// success of the write-back.
func (k *holder) failed(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.setAway(err)
	k.startWriting()
}

func (k *holder) holdBegin(ctx context.Context, row Row, err error) (Begun, error) {
	if err := ctx.Err(); err != nil {
		return Begun{}, err
	}
	row, invalid := fresh(row, time.Now())
	if invalid != nil {
		return Begun{}, invalid
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return Begun{}, errClosed
	}
	if k.pending.full() {
		return Begun{}, fmt.Errorf("%d calls are held in memory because the ledger is away; no more are taken: %w", maxPending, k.away)
	}
	if err != nil {
		k.setAway(err)
	}
	begun := Begun{Row: row, Duplicate: k.pending.duplicate(row)}
	begun.Row.Held = true
	k.pending.add(&heldRow{row: row})
	k.startWriting()
	return begun, nil
}

func (k *Keeper) Change(ctx context.Context, row Row, do func(*Row), d Durability) (Row, error) {
	k.mu.Lock()
	if have := k.pending.rows[row.ID]; have != nil {
		defer k.mu.Unlock()
		is := have.change(do)
		k.pending.index(have)
		return is, nil
	}
	away := k.away
	k.mu.Unlock()
	store, err := k.inner(ctx)
	if err == nil && away == nil {
		got, err := store.Change(ctx, row, do, d)
		if errors.Is(err, ErrNotFound) && row.Caller != "" {
			return k.beginAgain(ctx, store, row, do)
		}
		if !outage(ctx, err) {
			return got, err
		}
		away = err
	} else if err != nil {
		away = err
	}
	if row.Caller == "" || ctx.Err() != nil {
		return Row{}, errors.Join(ctx.Err(), away)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.holdChange(row, do, away), nil
}

// beginAgain gives a store that was deleted the row anew: what happened at the
// service happened.
func (k *holder) beginAgain(ctx context.Context, store Ledger, row Row, do func(*Row)) (Row, error) {
	is := changed(row, do)
	is.Held = true
	begun, err := store.Begin(ctx, is, Caps{})
	if errors.Is(err, ErrKeyTaken) || err == nil && begun.Row.ID != is.ID {
		is.Key = ""
		begun, err = store.Begin(ctx, is, Caps{})
	}
	if outage(ctx, err) {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.holdChange(row, do, err), nil
	}
	return begun.Row, err
}

// holdChange holds a change of a row that may be on record; k is locked.
func (k *holder) holdChange(row Row, do func(*Row), err error) Row {
	have := k.pending.rows[row.ID]
	if have == nil {
		row.Held = false
		have = &heldRow{row: row, was: &row}
		k.pending.add(have)
	}
	if err != nil {
		k.setAway(err)
	}
	is := have.change(do)
	k.pending.index(have)
	k.startWriting()
	return is
}

func (k *Keeper) Adopt(ctx context.Context, row Row) (Row, error) {
	if have, ok := k.held(row.Caller, row.TaskID()); ok {
		return have, nil
	}
	store, err := k.inner(ctx)
	if err == nil {
		got, failed := store.Adopt(ctx, row)
		if !outage(ctx, failed) {
			return got, failed
		}
		err = failed
	}
	row.Key, row.Writer = "", ""
	begun, err := k.holdBegin(ctx, row, err)
	return begun.Row, err
}

// Name says where the store is, or that it is away.
func (k *Keeper) Name() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.store == nil {
		return "memory, until the ledger can be opened"
	}
	return k.store.Name()
}

func (k *Keeper) Ping(ctx context.Context) error {
	store, err := k.inner(ctx)
	if err != nil {
		return err
	}
	return store.Ping(ctx)
}

func (k *Keeper) MarkAbandoned(ctx context.Context) (int, error) {
	store, err := k.inner(ctx)
	if err != nil {
		return 0, err
	}
	return store.MarkAbandoned(ctx)
}

func (k *Keeper) Sweep(ctx context.Context) (bool, error) {
	store, err := k.inner(ctx)
	if err != nil {
		return false, err
	}
	return store.Sweep(ctx)
}

// Close writes back what is held, as long as closePatience allows, and closes
// the store.
func (k *Keeper) Close() error {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil
	}
	k.closed = true
	close(k.news)
	k.mu.Unlock()
	k.done.Wait()
	k.mu.Lock()
	store := k.store
	k.mu.Unlock()
	var err error
	if store != nil {
		err = store.Close() // it may still give back changes that it can't commit
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.pending.rows); n > 0 {
		err = errors.Join(fmt.Errorf("%d calls that the ledger did not take are lost with this process: %w", n, k.away), err)
	}
	return err
}
