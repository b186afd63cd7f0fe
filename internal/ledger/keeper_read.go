package ledger

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// held is the row of a handle that a Keeper holds.
func (k *holder) held(caller, handle string) (Row, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.pending.byHandle[handle]
	if h == nil || caller != "" && h.row.Caller != caller {
		return Row{}, false
	}
	return h.shown(), true
}

// over is a row of the store with what is held of it.
func (k *holder) over(row Row) Row {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h := k.pending.rows[row.ID]; h != nil {
		return h.shown()
	}
	return row
}

func (k *Keeper) Find(ctx context.Context, caller, taskID string) (Row, error) {
	if row, ok := k.held(caller, taskID); ok {
		return row, nil
	}
	store, err := k.inner(ctx)
	if err != nil {
		return Row{}, err
	}
	row, err := store.Find(ctx, caller, taskID)
	if err != nil {
		return Row{}, err
	}
	return k.over(row), nil
}

func (k *Keeper) ByKey(ctx context.Context, caller, key string) (Row, error) {
	store, err := k.inner(ctx)
	if err != nil {
		return Row{}, err
	}
	row, err := store.ByKey(ctx, caller, key)
	if err != nil {
		return Row{}, err
	}
	return k.over(row), nil
}

// ofCaller are the held rows of a caller, as they are and as they were on record.
func (k *holder) ofCaller(caller string) (is []Row, was []*Row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range k.pending.order {
		if h.row.Caller == caller {
			is, was = append(is, h.shown()), append(was, h.was)
		}
	}
	return is, was
}

// List is the store's page with what is held. While the store is away it is what
// is held alone; State tells.
func (k *Keeper) List(ctx context.Context, f Filter) (Page, error) {
	if f.Cursor != "" {
		if _, _, err := readCursor(f.Cursor); err != nil {
			return Page{}, err
		}
	}
	held, _ := k.ofCaller(f.Caller)
	store, err := k.inner(ctx)
	var p Page
	if err == nil {
		p, err = store.List(ctx, f)
	}
	if err != nil && !outage(ctx, err) {
		return Page{}, err
	}
	if len(held) == 0 {
		return p, nil
	}
	rows := slices.DeleteFunc(p.Rows, func(r Row) bool {
		return slices.ContainsFunc(held, func(h Row) bool { return h.ID == r.ID })
	})
	// Past the end of the store's page only the next one can tell what comes between.
	last := p.Next
	for _, h := range held {
		if f.takes(h) && (last == "" || !after(last, h)) {
			rows = append(rows, h)
		}
	}
	return f.cut(rows, p.Next != ""), nil
}

// after says that a row comes after a cursor.
func after(cursor string, r Row) bool {
	at, id, err := readCursor(cursor)
	if err != nil {
		return false
	}
	if us := micros(r.CreatedAt); us != at {
		return us < at
	}
	return strings.Compare(r.ID, id) < 0
}

// takes says that a row is one of a filter's.
func (f Filter) takes(r Row) bool {
	status := f.Status == "" || string(r.Status) == f.Status || f.Status == string(nexconn.Queued) && r.Status == Intent
	return r.Task && r.Caller == f.Caller && status && (f.Kind == "" || r.Kind == f.Kind) && (f.Model == "" || r.Model == f.Model) &&
		(f.Cursor == "" || after(f.Cursor, r))
}

// Usage is the store's with what is held. While the store is away it is what is
// held alone; State tells.
func (k *Keeper) Usage(ctx context.Context, caller string, p Period, by string) (Usage, error) {
	is, was := k.ofCaller(caller)
	store, err := k.inner(ctx)
	var u Usage
	if err == nil {
		u, err = store.Usage(ctx, caller, p, by)
	}
	if err != nil && !outage(ctx, err) || len(is) == 0 {
		return u, err
	}
	sums := map[string]Sum{}
	for _, s := range u.Rows {
		sums[s.Key] = s
	}
	from, to := p.days()
	add := func(r Row, sign int) {
		if d := dayOf(r.CreatedAt); d < from || d > to {
			return
		}
		key := map[string]string{"model": r.Model, "tool": r.Tool, "day": r.CreatedAt.UTC().Format(time.DateOnly)}[by]
		s := sums[key].Plus(sumOf(r, sign))
		s.Key = key
		sums[key] = s
	}
	for i := range is {
		if was[i] != nil && err == nil {
			add(*was[i], -1)
		}
		add(is[i], 1)
	}
	var rows []Sum
	for _, s := range sums {
		rows = append(rows, s)
	}
	return usage(rows), nil
}

// Tokens are the store's: what they are for can't do without it.
func (k *Keeper) Tokens() Tokens { return keptTokens{k} }

// Files are the store's, as the tokens are.
func (k *Keeper) Files() Files { return keptFiles{k} }

type keptTokens struct{ k *Keeper }

func (t keptTokens) Issue(ctx context.Context, token Token) (Token, error) {
	return with(ctx, t.k, func(l Ledger) (Token, error) { return l.Tokens().Issue(ctx, token) })
}

func (t keptTokens) Use(ctx context.Context, kind, id, bound string) (Token, error) {
	return with(ctx, t.k, func(l Ledger) (Token, error) { return l.Tokens().Use(ctx, kind, id, bound) })
}

func (t keptTokens) Get(ctx context.Context, kind, id string) (Token, error) {
	return with(ctx, t.k, func(l Ledger) (Token, error) { return l.Tokens().Get(ctx, kind, id) })
}

func (t keptTokens) Update(ctx context.Context, token Token) (Token, error) {
	return with(ctx, t.k, func(l Ledger) (Token, error) { return l.Tokens().Update(ctx, token) })
}

func (t keptTokens) Delete(ctx context.Context, kind, id string) error {
	_, err := with(ctx, t.k, func(l Ledger) (bool, error) { return true, l.Tokens().Delete(ctx, kind, id) })
	return err
}

func (t keptTokens) DeleteBound(ctx context.Context, kind, bound string) (int, error) {
	return with(ctx, t.k, func(l Ledger) (int, error) { return l.Tokens().DeleteBound(ctx, kind, bound) })
}

func (t keptTokens) List(ctx context.Context, kind, caller string, limit int) ([]Token, error) {
	return with(ctx, t.k, func(l Ledger) ([]Token, error) { return l.Tokens().List(ctx, kind, caller, limit) })
}

type keptFiles struct{ k *Keeper }

func (f keptFiles) Put(ctx context.Context, file FileRow) (have FileRow, existing bool, err error) {
	have, err = with(ctx, f.k, func(l Ledger) (FileRow, error) {
		var err error
		have, existing, err = l.Files().Put(ctx, file)
		return have, err
	})
	return have, existing, err
}

func (f keptFiles) FreeKey(ctx context.Context, caller, key string) error {
	_, err := with(ctx, f.k, func(l Ledger) (bool, error) { return true, l.Files().FreeKey(ctx, caller, key) })
	return err
}

func (f keptFiles) Get(ctx context.Context, caller, id string) (FileRow, error) {
	return with(ctx, f.k, func(l Ledger) (FileRow, error) { return l.Files().Get(ctx, caller, id) })
}

func (f keptFiles) List(ctx context.Context, caller, after string, limit int) ([]FileRow, error) {
	return with(ctx, f.k, func(l Ledger) ([]FileRow, error) { return l.Files().List(ctx, caller, after, limit) })
}

func (f keptFiles) Drop(ctx context.Context, caller, id string) error {
	_, err := with(ctx, f.k, func(l Ledger) (bool, error) { return true, l.Files().Drop(ctx, caller, id) })
	return err
}

// with runs do on the store.
func with[T any](ctx context.Context, k *Keeper, do func(Ledger) (T, error)) (T, error) {
	store, err := k.inner(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return do(store)
}
