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

func TestTokenIsUsedOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		ctx := t.Context()
		keep := func(ttl time.Duration) string {
			t.Helper()
			token, err := l.Keep(ctx, "what", ttl)
			if err != nil || len(token) != 22 {
				t.Fatalf("Keep: %q, %v", token, err)
			}
			return token
		}
		take := func(token, what string) bool {
			t.Helper()
			ok, err := l.Take(ctx, token, what)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		token := keep(time.Minute)
		if take(token, "other") || take(strings.Repeat("A", len(token)), "what") || take("\x00", "what") || take("", "what") {
			t.Error("a token was taken for what it is not")
		}
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if ok, err := l.Take(ctx, token, "what"); err != nil {
					t.Error(err)
				} else if ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		same(t, "times taken", taken.Load(), int32(1))
		if old := keep(-time.Second); take(old, "what") {
			t.Error("a token was taken after its time")
		}
	})
}

func TestFiles(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		put := func(f FileRow) (FileRow, bool) {
			t.Helper()
			have, existing, err := l.PutFile(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			return have, existing
		}
		held := FileRow{Caller: "ann", Key: "k", ArgsHash: "a"}
		first, existing := put(held)
		if existing || first.CreatedAt.IsZero() {
			t.Errorf("a new key: %+v, existing %v", first, existing)
		}
		if again, existing := put(held); !existing || again.ID != "" {
			t.Errorf("a held key: %+v, existing %v", again, existing)
		}
		if _, _, err := l.PutFile(t.Context(), FileRow{Caller: "ann", Key: "k", ArgsHash: "b"}); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("other arguments: %v, want ErrKeyTaken", err)
		}
		if _, _, err := l.PutFile(t.Context(), FileRow{Caller: "ann"}); err == nil {
			t.Error("neither id nor key was recorded")
		}
		listed := func() (ids []string) {
			t.Helper()
			files, err := l.Files(t.Context(), "ann")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				ids = append(ids, f.ID)
			}
			return ids
		}
		same(t, "a reservation in the list", listed(), []string(nil))
		if _, err := l.File(t.Context(), "ann", ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("a reservation as a file: %v", err)
		}

		made := held
		made.ID, made.Doc = "qfile-1", []byte(`{"status":"pending"}`)
		filled, _ := put(made)
		again, existing := put(held)
		if !existing {
			t.Error("a filled key is free")
		}
		same(t, "filled", again, filled)
		made.Doc = []byte(`{"status":"ready"}`)
		newer, _ := put(FileRow{Caller: "ann", ID: "qfile-1", ArgsHash: "a", Doc: made.Doc})
		same(t, "key and document told again", newer.Key+" "+string(newer.Doc), `k {"status":"ready"}`)
		second, _ := put(FileRow{Caller: "ann", ID: "qfile-2", Key: "k", ArgsHash: "a", CreatedAt: time.Now().Add(time.Minute)})
		same(t, "another file under the key", second.ID+second.Key, "qfile-2")
		same(t, "list", listed(), []string{"qfile-2", "qfile-1"})

		got, err := l.File(t.Context(), "ann", "qfile-1")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "file", got, newer)
		if _, err := l.File(t.Context(), "bob", "qfile-1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("another caller's file: %v, want ErrNotFound", err)
		}
		if err := errors.Join(l.FreeFileKey(t.Context(), "ann", "k"), l.DropFile(t.Context(), "ann", "qfile-2")); err != nil {
			t.Fatal(err)
		}
		same(t, "list after a drop", listed(), []string{"qfile-1"})
		put(FileRow{Caller: "ann", Key: "free", ArgsHash: "a"})
		if err := l.FreeFileKey(t.Context(), "ann", "free"); err != nil {
			t.Fatal(err)
		}
		if _, existing := put(FileRow{Caller: "ann", Key: "free", ArgsHash: "b"}); existing {
			t.Error("a freed key is held")
		}
	})
}

func TestForget(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		row := func(age, until time.Duration) string {
			return begin(t, l, video(func(r *Row) {
				r.CreatedAt, r.Result, r.ResultUntil = time.Now().Add(-age), []byte("answer"), time.Now().Add(until)
			})).ID
		}
		old, fresh := row(91*day, -time.Second), row(89*day, time.Minute)
		if err := l.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		o, f := find(t, l, "", old), find(t, l, "", fresh)
		same(t, "old", o.PromptHead+string(o.Result)+o.PromptHash, "p1")
		same(t, "fresh", f.PromptHead+string(f.Result)+f.PromptHash, "a catanswerp1")
	})
}

func TestOwnIntentsAreNotReaped(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		r := begin(t, l, video())
		reaps(t, l, 0)
		same(t, "status", find(t, l, "", r.ID).Status, Intent)
	})
}

func TestEndedContext(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		if err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Begin(ctx, video(), Caps{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Begin: %v, want context.Canceled", err)
		}
		if rows, _, err := l.List(t.Context(), Filter{}); err != nil || len(rows) != 0 {
			t.Errorf("rows after a call that was cancelled: %d, %v", len(rows), err)
		}
		begin(t, l, video()) // and it goes on
	})
}
