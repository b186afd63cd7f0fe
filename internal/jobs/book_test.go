package jobs

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// A ledger that could not be opened, a database that was down, say, is found
// once it is there, and not looked for all the time.
func TestLedgerIsLookedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("the database is down")
		var looks atomic.Int64
		book := ledger.OpenMemory()
		s := &Service{Open: func(context.Context) (ledger.Ledger, error) {
			if looks.Add(1) < 3 {
				return nil, down
			}
			return book, nil
		}}
		for range 100 {
			if _, err := s.ledger(t.Context()); !errors.Is(err, down) {
				t.Fatalf("got %v", err)
			}
			synctest.Wait()
		}
		if n := looks.Load(); n != 1 {
			t.Errorf("looked %d times in no time", n)
		}
		time.Sleep(lookAgain)
		_, err := s.ledger(t.Context()) // nobody waits for the second look
		if !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		time.Sleep(lookAgain)
		_, _ = s.ledger(t.Context())
		synctest.Wait()
		got, err := s.ledger(t.Context())
		if got != book || err != nil {
			t.Errorf("after %d looks: %v", looks.Load(), err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := s.ledger(t.Context()); !errors.Is(err, errStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// What is found out as the process ends, by a poll under way, is no panic.
func TestAChangeAfterTheEnd(t *testing.T) {
	book := ledger.OpenMemory()
	s := &Service{Open: func(context.Context) (ledger.Ledger, error) { return book, nil }}
	begun, err := book.Begin(t.Context(), ledger.Row{Caller: "local", Tool: "generate_video", Kind: "video", Model: "m", Task: true}, ledger.Caps{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ledger(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row := s.change(t.Context(), begun.Row, func(r *ledger.Row) { r.Status = "running" }); row.Status != "running" {
		t.Errorf("it gives %+v", row)
	}
}
