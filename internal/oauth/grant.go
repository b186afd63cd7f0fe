package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// How long tokens live. A sign-in ends when it isn't used for refreshLife.
const (
	accessLife  = time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// grantKind is that of the ledger's rows of sign-ins.
const grantKind = "sign-in"

// grants are the sign-ins on record, and the tokens that stand for them.
type grants struct{ *Server }

// grant is a sign-in on record.
type grant struct {
	Client    string `json:"client"`
	Redirect  string `json:"redirect"`
	Challenge string `json:"challenge"`
	Resource  string `json:"resource"`
	// Generation is 0 until the code is redeemed, then that of the one refresh
	// token that is good.
	Generation uint32 `json:"generation"`
	Secret     []byte `json:"secret"` // sealed
}

var errGrant = wrong("invalid_grant", "This code or refresh token is not good, or not any more. Sign in again.")

// begin puts a sign-in on record and is its code.
func (s grants) begin(ctx context.Context, asked request, callerID, secret string) (string, error) {
	t := newTicket().with(codeUse, s.now().Add(codeLife))
	key, err := s.secretKey(ctx, t)
	if err != nil {
		return "", err
	}
	sealed, err := seal(key, []byte(secret), t.grant[:])
	if err != nil {
		return "", err
	}
	doc, err := json.Marshal(grant{Client: asked.ClientID, Redirect: asked.Redirect, Challenge: asked.Challenge, Resource: asked.Resource, Secret: sealed})
	if err != nil {
		return "", err
	}
	if _, err := s.Tokens.Issue(ctx, ledger.Token{ID: t.id(), Kind: grantKind, Caller: callerID, Doc: doc, EndsAt: t.ends}); err != nil {
		return "", err
	}
	return s.write(ctx, t)
}

// grant finds the sign-in of a ticket, which ends there if it is over.
func (s grants) grant(ctx context.Context, t ticket) (ledger.Token, grant, error) {
	var g grant
	row, err := s.Tokens.Get(ctx, grantKind, t.id())
	if errors.Is(err, ledger.ErrNotFound) {
		return row, g, errGrant
	}
	if err != nil {
		return row, g, err
	}
	return row, g, json.Unmarshal(row.Doc, &g)
}

// next is the sign-in's next generation of tokens. Of two requests that ask for
// it at once, one is a thief's.
func (s grants) next(ctx context.Context, t ticket, row ledger.Token, g grant, twice string) (map[string]any, error) {
	g.Generation++
	t.generation = g.Generation
	var err error
	if row.Doc, err = json.Marshal(g); err != nil {
		return nil, err
	}
	row.EndsAt = s.now().Add(refreshLife)
	_, err = s.Tokens.Update(ctx, row)
	if errors.Is(err, ledger.ErrChanged) || errors.Is(err, ledger.ErrNotFound) {
		return nil, s.leaked(ctx, row, twice)
	}
	if err != nil {
		return nil, err
	}
	access, err := s.write(ctx, t.with(accessUse, s.now().Add(accessLife)))
	if err != nil {
		return nil, err
	}
	again, err := s.write(ctx, t.with(refreshUse, row.EndsAt))
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife / time.Second),
		"refresh_token": again, "scope": scope,
	}, nil
}

// leaked ends a sign-in with all of its tokens.
func (s grants) leaked(ctx context.Context, row ledger.Token, why string) error {
	s.Log.WarnContext(ctx, "a sign-in was ended", "caller", row.Caller, "cause", why)
	if err := s.Tokens.Delete(ctx, grantKind, row.ID); err != nil {
		return err
	}
	return errGrant
}

func (s grants) end(ctx context.Context, token, clientID string) error {
	t, err := s.read(ctx, token)
	if errors.Is(err, errForged) {
		return nil
	}
	if err != nil {
		return err
	}
	row, g, err := s.grant(ctx, t)
	if errors.Is(err, errGrant) {
		return nil
	}
	if err != nil {
		return err
	}
	if g.Client != clientID {
		return wrong("invalid_client", "This token is another client's.")
	}
	return s.Tokens.Delete(ctx, grantKind, row.ID)
}

// Errors of Credential.
var (
	// ErrExpired says that an access token was good and is too old.
	ErrExpired = errors.New("the token has expired")
	// ErrInvalid says that it isn't good here.
	ErrInvalid = errors.New("the token is not valid here")
)

// Ours says that a bearer is one of this server's tokens, good or not.
func Ours(bearer string) bool { return strings.HasPrefix(bearer, Prefix) }

// Credential is the secret that an access token stands for: what its person
// typed in. The error is ErrExpired, ErrInvalid, or says that the ledger is away.
func (s *Server) Credential(r *http.Request, bearer string) (string, error) {
	ctx := r.Context()
	of := grants{s}
	t, err := of.read(ctx, bearer)
	switch {
	case errors.Is(err, errForged) || err == nil && t.use != accessUse:
		return "", ErrInvalid
	case err != nil:
		return "", err
	case !s.now().Before(t.ends):
		return "", ErrExpired
	}
	_, g, err := of.grant(ctx, t)
	switch {
	case errors.Is(err, errGrant) || err == nil && (g.Generation == 0 || g.Resource != s.resource(r)):
		return "", ErrInvalid
	case err != nil:
		return "", err
	}
	return of.secret(ctx, t, g)
}

func (s grants) secret(ctx context.Context, t ticket, g grant) (string, error) {
	key, err := s.secretKey(ctx, t)
	if err != nil {
		return "", err
	}
	text, err := unseal(key, g.Secret, t.grant[:])
	return string(text), err
}
