package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/oauth"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// authenticator tells callers apart.
type authenticator interface {
	authenticate(r *http.Request) (caller.Caller, *refusal)
	// metadata serves the RFC 9728 document; nil where there is none.
	metadata() http.HandlerFunc
}

func (h HTTP) authenticator(ctx context.Context) (authenticator, error) {
	switch h.Auth {
	case "passthrough":
		return h.behindSignIn(passthrough{check: h.CheckKey}, oauth.Key), nil
	case "tokens":
		known, err := newTokens(h.TokensFile, h.checkToolsets, h.Log)
		if err != nil {
			return nil, err
		}
		return h.behindSignIn(known, oauth.Token), nil
	case "oidc":
		return newOIDC(ctx, h), nil
	}
	return nobody{}, nil
}

// fingerprint names a caller in logs, metrics and the ledger without saying who
// it is: the first half of a SHA-256, in hex.
func fingerprint(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// bearer is the token of the Authorization header, "" if there is none.
func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// unauthorized is the answer to a request without a valid token. detail goes
// into the challenge, "" where the request had no token at all (RFC 6750 3.1).
func unauthorized(message, detail, metadataURL string) *refusal {
	challenge := `Bearer realm="nexconn-mcp"`
	if detail != "" {
		challenge += `, error="invalid_token", error_description="` + detail + `"`
	}
	if metadataURL != "" {
		challenge += `, resource_metadata="` + metadataURL + `"`
	}
	return &refusal{reason: "auth", status: http.StatusUnauthorized, message: message, challenge: challenge}
}

// nobody is the authenticator of a server on loopback without --auth: whoever
// can reach it is the local user.
type nobody struct{}

func (nobody) authenticate(*http.Request) (caller.Caller, *refusal) {
	return caller.Caller{ID: "local"}, nil
}
func (nobody) metadata() http.HandlerFunc { return nil }

// passthrough takes the caller's bearer for its key to the service, which alone
// can tell whether it is valid.
type passthrough struct {
	check func(ctx context.Context, key nexconn.Secret) error
}

func (p passthrough) authenticate(r *http.Request) (caller.Caller, *refusal) {
	who, ok := p.holder(bearer(r))
	if !ok {
		return who, unauthorized("Send your Nexconn API key: Authorization: Bearer KEY.", "", "")
	}
	return who, nil
}

func (passthrough) holder(key string) (caller.Caller, bool) {
	if key == "" {
		return caller.Caller{}, false
	}
	return caller.Caller{ID: fingerprint("key", key), Key: nexconn.Secret(key)}, true
}

func (passthrough) metadata() http.HandlerFunc { return nil }
