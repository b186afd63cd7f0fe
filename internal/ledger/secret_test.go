package ledger

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
)

// TestSecret: every process with one state folder gets the same keys, each
// purpose another, and a secret that is given needs no ledger.
func TestSecret(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	var keys [][]byte
	for range 2 {
		l, err := OpenSQLite(ctx, dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		secret := NewSecret("", l.Tokens())
		for range 2 {
			key, err := secret.Key(ctx, "links")
			if err != nil || len(key) != 32 {
				t.Fatalf("%d bytes, %v", len(key), err)
			}
			keys = append(keys, key)
		}
		other, err := secret.Key(ctx, "uploads")
		if err != nil || bytes.Equal(other, keys[0]) {
			t.Errorf("two purposes share a key, %v", err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Error("two processes have different keys")
		}
	}

	away := Keeping(func(context.Context) (Ledger, error) { return nil, errors.New("away") }, nil)
	defer away.Close()
	if _, err := NewSecret("", away.Tokens()).Key(ctx, "links"); err == nil {
		t.Error("a key without ledger and without a secret")
	}
	given, err := NewSecret("a secret that the operator made up", away.Tokens()).Key(ctx, "links")
	if err != nil || bytes.Equal(given, keys[0]) {
		t.Errorf("the given secret: %v", err)
	}
}
