package serve

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/oauth"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// holders is an authenticator whose callers have a secret that can be typed in.
type holders interface {
	authenticator
	// SignIn checks a secret that a person typed into the page.
	SignIn(ctx context.Context, secret string) (caller.Caller, error)
	// holder is who holds a secret; false for nobody.
	holder(secret string) (caller.Caller, bool)
}

// behindSignIn puts the sign-in in front of an authenticator, if there is one.
func (h HTTP) behindSignIn(known holders, wants oauth.Wants) authenticator {
	if h.OAuth == nil {
		return known
	}
	s := signIn{holders: known, server: h.OAuth}
	h.OAuth.Gate, h.OAuth.Wants, h.OAuth.PublicURL, h.OAuth.Log = s, wants, h.PublicURL, h.Log
	return s
}

// signIn is the authenticator of clients that went through the sign-in. A token
// or key sent as it is goes on being good.
type signIn struct {
	holders
	server *oauth.Server
}

// Holds is for oauth.Gate.
func (s signIn) Holds(secret string) bool {
	_, ok := s.holder(secret)
	return ok
}

func (s signIn) authenticate(r *http.Request) (caller.Caller, *refusal) {
	token := bearer(r)
	if !oauth.Ours(token) {
		who, refusal := s.holders.authenticate(r)
		if refusal != nil {
			refusal.challenge += `, resource_metadata="` + s.server.ResourceMetadataURL(r) + `"`
		}
		return who, refusal
	}
	secret, err := s.server.Credential(r, token)
	var who caller.Caller
	switch {
	case errors.Is(err, oauth.ErrExpired), errors.Is(err, oauth.ErrInvalid):
	case err != nil:
		return who, &refusal{reason: "signin", status: http.StatusServiceUnavailable, retryAfter: 5 * time.Second,
			message: "Sign-ins can't be checked just now. Wait as long as Retry-After says."}
	default:
		var ok bool
		if who, ok = s.holder(secret); ok {
			return who, nil
		}
		err = oauth.ErrInvalid
	}
	return caller.Caller{}, unauthorized("This access token can't be used: "+err.Error()+". Sign in again.", err.Error(), s.server.ResourceMetadataURL(r))
}

// SignIn takes a token of the tokens file.
func (t *tokens) SignIn(_ context.Context, secret string) (caller.Caller, error) {
	who, ok := t.holder(secret)
	if !ok {
		return who, &oauth.Refusal{Message: "This token is not known here. Ask whoever runs this server for one."}
	}
	return who, nil
}

// SignIn takes a key that the service takes.
func (p passthrough) SignIn(ctx context.Context, key string) (caller.Caller, error) {
	who, ok := p.holder(key)
	if !ok {
		return who, &oauth.Refusal{Message: "The key is missing."}
	}
	err := p.check(ctx, nexconn.Secret(key))
	if err == nil {
		return who, nil
	}
	switch nexconn.CodeOf(err) {
	case nexconn.Unauthorized, nexconn.Forbidden, nexconn.InvalidArgument, nexconn.NotConfigured:
		return who, &oauth.Refusal{Message: "Nexconn doesn't take this key. Copy it again from the developer console, under API Key Management."}
	case nexconn.QuotaExhausted:
		// It has to know a key to say so.
		return who, nil
	}
	return who, &oauth.Refusal{Message: "Nexconn can't be asked just now whether this key is good. Try again in a minute."}
}

// named lets through what asks this server by a name of its own.
func (h HTTP) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.hostAllowed(r) {
			h.Metrics.refused("host")
			http.Error(w, wrongHost(r), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
