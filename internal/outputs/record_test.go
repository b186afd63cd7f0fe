package outputs

import (
	"context"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// onRecord is a ledger in memory, and what the service answers to be asked for
// fresh links.
type onRecord struct {
	ledger.Ledger
	fresh func(row ledger.Row) (ledger.Row, error)
}

func (r onRecord) Change(ctx context.Context, row ledger.Row, do func(*ledger.Row)) ledger.Row {
	got, err := r.Ledger.Change(ctx, row, do, ledger.Durable)
	if err != nil {
		panic(err)
	}
	return got
}

func (r onRecord) Current(ctx context.Context, row ledger.Row) ledger.Row {
	got, err := r.Find(ctx, "", row.ID)
	if err != nil {
		panic(err)
	}
	return got
}

func (r onRecord) Renew(_ context.Context, row ledger.Row) (ledger.Row, error) {
	if r.fresh == nil {
		return row, ledger.ErrNotFound
	}
	return r.fresh(row)
}

// newOutputs keeps outputs in a store, with a row on record that has none yet.
func newOutputs(t *testing.T, store media.Store) (*Outputs, ledger.Row) {
	t.Helper()
	rows := ledger.OpenMemory()
	t.Cleanup(func() { rows.Close() })
	begun, err := rows.Begin(context.Background(), ledger.Row{Caller: "local", Tool: "native_chat", Kind: "chat", Model: "m", ArgsHash: "h"}, ledger.Caps{})
	if err != nil {
		t.Fatal(err)
	}
	return &Outputs{Store: store, Record: onRecord{Ledger: rows}, Background: func(do func()) { go do() },
		Down: media.NewDownloader(0, true, nil)}, begun.Row
}
