package ledger

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
)

// Secret is what the replicas of one server share to sign and encrypt what they
// hand out. Each purpose gets a key of its own, so that nothing made for one is
// taken for another.
type Secret struct {
	given  string
	tokens Tokens

	mu   sync.Mutex
	root []byte
}

// NewSecret is the secret that the operator gave, or, where given is empty, one
// that the first process to need it makes and keeps in tokens.
func NewSecret(given string, tokens Tokens) *Secret {
	return &Secret{given: given, tokens: tokens}
}

// Key is the key of one purpose: 32 bytes, the same in every process with the
// same secret. It fails only where the secret is in the ledger and the ledger is
// away.
func (s *Secret) Key(ctx context.Context, purpose string) ([]byte, error) {
	root, err := s.find(ctx)
	if err != nil {
		return nil, fmt.Errorf("the server's secret: %w", err)
	}
	return hkdf.Key(sha256.New, root, nil, "nexconn-mcp "+purpose, sha256.Size)
}

// The one token that holds the secret.
const (
	secretKind = "secret"
	secretID   = "server-secret"
)

func (s *Secret) find(ctx context.Context) ([]byte, error) {
	if s.given != "" {
		return []byte(s.given), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	t, err := s.tokens.Get(ctx, secretKind, secretID)
	if errors.Is(err, ErrNotFound) {
		var fresh [32]byte
		rand.Read(fresh[:])
		t, err = s.tokens.Issue(ctx, Token{ID: secretID, Kind: secretKind, Doc: fresh[:]})
		if errors.Is(err, ErrExists) { // another process was first
			t, err = s.tokens.Get(ctx, secretKind, secretID)
		}
	}
	if err != nil {
		return nil, err
	}
	s.root = t.Doc
	return s.root, nil
}
