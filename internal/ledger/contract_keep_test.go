package ledger

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestFiles(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		put := func(f FileRow) (FileRow, bool) {
			t.Helper()
			have, existing, err := l.Files().Put(t.Context(), f)
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
		if _, _, err := l.Files().Put(t.Context(), FileRow{Caller: "ann", Key: "k", ArgsHash: "b"}); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("other arguments: %v, want ErrKeyTaken", err)
		}
		if _, _, err := l.Files().Put(t.Context(), FileRow{Caller: "ann"}); err == nil {
			t.Error("neither id nor key was recorded")
		}
		listed := func() (ids []string) {
			t.Helper()
			files, err := l.Files().List(t.Context(), "ann", "", 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				ids = append(ids, f.ID)
			}
			return ids
		}
		same(t, "a reservation in the list", listed(), []string(nil))
		if _, err := l.Files().Get(t.Context(), "ann", ""); !errors.Is(err, ErrNotFound) {
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

		got, err := l.Files().Get(t.Context(), "ann", "qfile-1")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "file", got, newer)
		if _, err := l.Files().Get(t.Context(), "bob", "qfile-1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("another caller's file: %v, want ErrNotFound", err)
		}
		if err := errors.Join(l.Files().FreeKey(t.Context(), "ann", "k"), l.Files().Drop(t.Context(), "ann", "qfile-2")); err != nil {
			t.Fatal(err)
		}
		same(t, "list after a drop", listed(), []string{"qfile-1"})
		put(FileRow{Caller: "ann", Key: "free", ArgsHash: "a"})
		if err := l.Files().FreeKey(t.Context(), "ann", "free"); err != nil {
			t.Fatal(err)
		}
		if _, existing := put(FileRow{Caller: "ann", Key: "free", ArgsHash: "b"}); existing {
			t.Error("a freed key is held")
		}
	})
}

func TestSweep(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		row := func(age, until time.Duration) string {
			return begin(t, l, video(func(r *Row) {
				r.CreatedAt, r.Result, r.ResultUntil = time.Now().Add(-age), []byte("answer"), time.Now().Add(until)
			})).ID
		}
		old, fresh := row(91*day, -time.Second), row(89*day, time.Minute)
		issue(t, l, Token{Kind: "confirm", ID: "old", EndsAt: time.Now().Add(-time.Second)})
		for more, err := true, error(nil); more; {
			if more, err = l.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		o, f := find(t, l, "", old), find(t, l, "", fresh)
		same(t, "old", o.PromptHead+string(o.Result)+o.PromptHash, "p1")
		same(t, "fresh", f.PromptHead+string(f.Result)+f.PromptHash, "a catanswerp1")
	})
}

func TestOwnIntentsAreNotAbandoned(t *testing.T) {
	everywhere(t, func(t *testing.T, l Ledger) {
		r := begin(t, l, video())
		abandons(t, l, 0)
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
		if p, err := l.List(t.Context(), Filter{Caller: "ann"}); err != nil || len(p.Rows) != 0 {
			t.Errorf("rows after a call that was cancelled: %d, %v", len(p.Rows), err)
		}
		begin(t, l, video()) // and it goes on
	})
}
