package ledger

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func issue(t *testing.T, l Ledger, token Token) Token {
	t.Helper()
	got, err := l.Tokens().Issue(t.Context(), token)
	if err != nil {
		t.Fatalf("Issue: %v", err)
	}
	return got
}

func TestTokenIsUsedOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ctx := t.Context()
		use := func(kind, id, bound string) error {
			_, err := l.Tokens().Use(ctx, kind, id, bound)
			return err
		}
		token := issue(t, l, Token{Kind: "confirm", Caller: "ann", Bound: "b", Doc: []byte("doc"), EndsAt: time.Now().Add(time.Minute)})
		if len(token.ID) != 22 || token.Version != 1 {
			t.Errorf("issued %+v", token)
		}
		for _, wrong := range [][3]string{
			{"upload", token.ID, "b"}, {"confirm", token.ID, "other"}, {"confirm", strings.Repeat("A", 22), "b"},
			{"confirm", "\x00", "b"}, {"confirm", "", "b"}, {"confirm", token.ID, "\xff"},
		} {
			if err := use(wrong[0], wrong[1], wrong[2]); !errors.Is(err, ErrNotFound) {
				t.Errorf("use of %q: %v, want ErrNotFound", wrong, err)
			}
		}
		read, err := l.Tokens().Get(ctx, "confirm", token.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Get", read, token)
		var used atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := use("confirm", token.ID, "b"); {
				case err == nil:
					used.Add(1)
				case !errors.Is(err, ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, "times used", used.Load(), int32(1))
		old := issue(t, l, Token{Kind: "confirm", ID: "old", EndsAt: time.Now().Add(-time.Second)})
		if err := use("confirm", old.ID, ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("use after its end: %v, want ErrNotFound", err)
		}
		issue(t, l, Token{Kind: "confirm", ID: "old"}) // an ended token gives its id back,
		if _, err := l.Tokens().Issue(ctx, Token{Kind: "confirm", ID: "old"}); !errors.Is(err, ErrExists) {
			t.Errorf("a taken id: %v, want ErrExists", err)
		}
		if err := use("confirm", "old", ""); err != nil { // and one without an end stays
			t.Error(err)
		}
		if _, err := l.Tokens().Issue(ctx, Token{Kind: "confirm", Bound: strings.Repeat("b", 5000)}); err == nil {
			t.Error("a bound that no index takes was stored")
		}
	})
}

func TestTokenUpdateIsCompareAndSwap(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ctx := t.Context()
		token := issue(t, l, Token{Kind: "task", Caller: "ann", Doc: []byte("0"), EndsAt: time.Now().Add(time.Minute)})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for {
					got, err := l.Tokens().Get(ctx, "task", token.ID)
					if err != nil {
						t.Error(err)
						return
					}
					got.Doc = append(got.Doc, '.')
					if _, err = l.Tokens().Update(ctx, got); err == nil {
						return
					} else if !errors.Is(err, ErrChanged) {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		got, err := l.Tokens().Get(ctx, "task", token.ID)
		if err != nil || string(got.Doc) != "0.........." || got.Version != 11 {
			t.Errorf("after ten updates: %q, version %d, %v", got.Doc, got.Version, err)
		}
		if _, err := l.Tokens().Update(ctx, Token{Kind: "task", ID: "none", Version: 1}); !errors.Is(err, ErrNotFound) {
			t.Errorf("update of nothing: %v, want ErrNotFound", err)
		}
	})
}

func TestTokensOfACallerAndOfAFamily(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ctx := t.Context()
		ends := time.Now().Add(time.Hour)
		for i, bound := range []string{"f1", "f1", "f2"} {
			issue(t, l, Token{Kind: "refresh", ID: string(rune('a' + i)), Caller: "ann", Bound: bound, EndsAt: ends.Add(time.Duration(i) * time.Second)})
		}
		issue(t, l, Token{Kind: "refresh", Caller: "bob", Bound: "f1x", EndsAt: ends})
		issue(t, l, Token{Kind: "code", Caller: "ann", Bound: "f1", EndsAt: ends})
		listed := func(limit int) (ids string) {
			t.Helper()
			all, err := l.Tokens().List(ctx, "refresh", "ann", limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range all {
				ids += token.ID
			}
			return ids
		}
		same(t, "of ann", listed(10)+" "+listed(2), "cba cb")
		if n, err := l.Tokens().DeleteBound(ctx, "refresh", "f1"); n != 2 || err != nil {
			t.Errorf("a family of %d, %v", n, err)
		}
		if err := l.Tokens().Delete(ctx, "refresh", "none"); err != nil {
			t.Error(err)
		}
		same(t, "left", listed(10), "c")
		if err := l.Tokens().Delete(context.WithoutCancel(ctx), "refresh", "c"); err != nil {
			t.Error(err)
		}
		same(t, "left", listed(10), "")
	})
}
