package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Token is a small document under an id that nobody can guess: a confirmation,
// an upload address, a sign-in code, a refresh token, a protocol task.
type Token struct {
	// ID is random, 128 bits in base64url, unless Issue is given one. Give the
	// hash of a secret as the ID where the store must not hold the secret.
	ID string
	// Kind separates the uses: a token of one kind is never found as another.
	Kind string
	// Caller owns the token; empty for none.
	Caller string
	// Bound is what the token is good for, compared by Use: a hash of the
	// arguments, a client and its redirect, the family of a refresh token.
	Bound string
	Doc   []byte
	// Version counts the updates, from 1.
	Version int64
	// EndsAt is when the token is gone; zero is never.
	EndsAt time.Time
}

// Errors of Tokens that callers tell apart, beside ErrNotFound.
var (
	// ErrExists says that the id of a new token is taken.
	ErrExists = errors.New("a token with this id exists")
	// ErrChanged says that a token was updated by somebody else since it was read.
	ErrChanged = errors.New("the token was changed meanwhile")
)

// Tokens keeps tokens until they are used, deleted or past their end. What it
// returns is durable.
type Tokens interface {
	// Issue stores a token and returns it with ID and Version filled. ErrExists
	// where t.ID was given and is taken by a token that has not ended.
	Issue(ctx context.Context, t Token) (Token, error)
	// Use takes a token away and returns it: of many who use it at once, one
	// gets it. ErrNotFound if there is none of this kind, id and bound; a use
	// with another bound does not spend it.
	Use(ctx context.Context, kind, id, bound string) (Token, error)
	// Get reads a token without using it. ErrNotFound.
	Get(ctx context.Context, kind, id string) (Token, error)
	// Update stores Doc, Bound, Caller and EndsAt of t if the token still has
	// t.Version, and returns it with its new Version. ErrChanged, ErrNotFound.
	Update(ctx context.Context, t Token) (Token, error)
	// Delete takes a token away; that there is none is no error.
	Delete(ctx context.Context, kind, id string) error
	// DeleteBound takes away every token of a kind with this bound, such as a
	// family of refresh tokens, and returns how many.
	DeleteBound(ctx context.Context, kind, bound string) (int, error)
	// List is a caller's tokens of a kind, the last to end first, at most limit.
	List(ctx context.Context, kind, caller string, limit int) ([]Token, error)
}

func (s *store) Tokens() Tokens { return tokens{s} }

type tokens struct{ s *store }

func scanToken(from scanner) (Token, error) {
	var t Token
	var ends int64
	err := from.Scan(&t.ID, &t.Kind, &t.Caller, &t.Bound, &t.Doc, &t.Version, &ends)
	t.EndsAt = moment(ends)
	return t, err
}

func scanText(from scanner) (string, error) {
	var s string
	return s, from.Scan(&s)
}

// newSecret is 128 random bits in base64url.
func newSecret() string {
	var secret [16]byte
	rand.Read(secret[:]) // never fails: it crashes the program rather
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// fits says that the store takes the texts of a token.
func (t Token) fits() error {
	for what, text := range map[string]string{"id": t.ID, "kind": t.Kind, "caller": t.Caller, "bound": t.Bound} {
		if len(text) > maxToken || !storable(text) {
			return fmt.Errorf("a token's %s is longer than %d bytes or not text", what, maxToken)
		}
	}
	if t.Kind == "" {
		return errors.New("a token has no kind")
	}
	return nil
}

// maxToken is the longest text of a token, in bytes: an index of PostgreSQL
// takes 2,704 in all.
const maxToken = 600

func (ts tokens) Issue(ctx context.Context, t Token) (Token, error) {
	t.ID, t.Version, t.EndsAt = cmp.Or(t.ID, newSecret()), 1, moment(micros(t.EndsAt))
	if err := t.fits(); err != nil {
		return Token{}, err
	}
	err := ts.s.write(ctx, t.Caller, func(tx *tx) error {
		if err := tx.exec(endToken, t.ID, micros(ts.s.now())); err != nil {
			return err
		}
		_, err := one(tx, insertToken, scanText, t.ID, t.Kind, t.Caller, t.Bound, t.Doc, t.Version, micros(t.EndsAt))
		if errors.Is(err, ErrNotFound) {
			err = ErrExists
		}
		return err
	})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

func (ts tokens) Use(ctx context.Context, kind, id, bound string) (Token, error) {
	var t Token
	if !storable(id) || !storable(bound) {
		return t, ErrNotFound
	}
	err := ts.s.write(ctx, id, func(tx *tx) (err error) {
		t, err = one(tx, useToken, scanToken, micros(ts.s.now()), id, kind, bound)
		return err
	})
	return t, err
}

func (ts tokens) Get(ctx context.Context, kind, id string) (Token, error) {
	if !storable(id) {
		return Token{}, ErrNotFound
	}
	return readOne(ctx, ts.s.queue, getToken, scanToken, micros(ts.s.now()), id, kind)
}

func (ts tokens) Update(ctx context.Context, t Token) (Token, error) {
	if err := t.fits(); err != nil {
		return Token{}, err
	}
	t.EndsAt = moment(micros(t.EndsAt))
	err := ts.s.write(ctx, t.ID, func(tx *tx) error {
		_, err := one(tx, updateToken, func(from scanner) (n int64, err error) { return n, from.Scan(&n) },
			micros(ts.s.now()), t.ID, t.Kind, t.Version, t.Caller, t.Bound, t.Doc, micros(t.EndsAt))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		if _, err = ts.Get(ctx, t.Kind, t.ID); err == nil {
			err = ErrChanged
		}
	}
	if err != nil {
		return Token{}, err
	}
	t.Version++
	return t, nil
}

func (ts tokens) Delete(ctx context.Context, kind, id string) error {
	if !storable(id) {
		return nil
	}
	return ts.s.write(ctx, id, func(tx *tx) error { return tx.exec(dropToken, id, kind) })
}

func (ts tokens) DeleteBound(ctx context.Context, kind, bound string) (int, error) {
	if bound == "" || !storable(bound) {
		return 0, nil
	}
	n := 0
	err := ts.s.write(ctx, bound, func(tx *tx) error {
		ids, err := all(tx, dropBound, scanText, bound, kind)
		n = len(ids)
		return err
	})
	return n, err
}

func (ts tokens) List(ctx context.Context, kind, caller string, limit int) ([]Token, error) {
	return readAll(ctx, ts.s.queue, tokensOf, scanToken, micros(ts.s.now()), caller, kind, limit)
}
