// Package oauth is an authorization server for clients that can't be given a
// token by hand: a person types their token or key once into a page of ours,
// and the client gets tokens that stand for it.
//
// It keeps no state of its own. A registered client is its own signed id, the
// form of the page carries the request encrypted, and a sign-in is one row of
// the ledger, so that any replica can serve any step. The secret that was typed
// in is in that row, encrypted with a key of which the tokens hold one half and
// the server the other: neither the database nor a token alone gives it away.
//
// It follows OAuth 2.1 with RFC 8414 (metadata), RFC 9728 (protected resource),
// RFC 7591 (registration), RFC 7636 (PKCE, S256 alone), RFC 8707 (resource),
// RFC 7009 (revocation), RFC 9207 (iss) and client ID metadata documents
// (draft-ietf-oauth-client-id-metadata-document). Its clients are public ones.
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// Gate knows the secrets that people sign in with.
type Gate interface {
	// SignIn checks a secret that was typed in and says who holds it. The error
	// is a *Refusal where the person has to be told why.
	SignIn(ctx context.Context, secret string) (caller.Caller, error)
	// Holds says whether a secret that was good is still good, without asking
	// anybody.
	Holds(secret string) bool
}

// Refusal is why a secret doesn't sign its holder in, in words for the page.
type Refusal struct{ Message string }

func (r *Refusal) Error() string { return r.Message }

// Wants is what the page asks for.
type Wants string

// What a Gate knows.
const (
	Token Wants = "token" // of the tokens file
	Key   Wants = "key"   // of the service
)

// Server is the authorization server. Set its fields, then mount Handle.
type Server struct {
	// PublicURL is how clients reach this server, without a slash at its end;
	// empty on loopback, where it is the host that was asked.
	PublicURL string
	// Secret gives the keys that replicas share.
	Secret *ledger.Secret
	// Tokens is where sign-ins are kept.
	Tokens ledger.Tokens
	// Documents fetches the metadata documents of clients. It must reach public
	// addresses alone.
	Documents *http.Client
	Gate      Gate
	Wants     Wants
	Log       *slog.Logger
	// Now is the time, time.Now where nil.
	Now func() time.Time

	limits   limits
	cache    documents
	patience time.Duration // for a document, 0 is documentTimeout
}

// Paths of the endpoints below the public URL.
const (
	resourcePath   = "/mcp"
	authorizePath  = "/oauth/authorize"
	tokenPath      = "/oauth/token"
	registerPath   = "/oauth/register"
	revocationPath = "/oauth/revoke"

	protectedResource   = "/.well-known/oauth-protected-resource"
	authorizationServer = "/.well-known/oauth-authorization-server"
	openIDConfiguration = "/.well-known/openid-configuration"
)

// scope is the one there is: to call the server.
const scope = "mcp"

// maxForm is the most bytes of a request to an endpoint.
const maxForm = 64 << 10

// Handle mounts the endpoints. around is put around each of them.
func (s *Server) Handle(mux *http.ServeMux, around func(http.Handler) http.Handler) {
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, around(h)) }
	// Clients look for the documents in several places: with the path of the
	// resource behind the well-known one, before it, and without it (RFC 8414
	// 3.1, RFC 9728 3.1, OpenID Connect Discovery 4).
	prefix := ""
	if u, err := url.Parse(s.PublicURL); err == nil {
		prefix = strings.TrimRight(u.Path, "/")
	}
	suffixes := []string{"", resourcePath}
	if prefix != "" {
		suffixes = append(suffixes, prefix, prefix+resourcePath)
	}
	for _, suffix := range suffixes {
		handle("GET "+protectedResource+suffix, open(s.resourceMetadata))
		handle("GET "+authorizationServer+suffix, open(s.serverMetadata))
		handle("GET "+openIDConfiguration+suffix, open(s.serverMetadata))
	}
	handle("GET "+resourcePath+openIDConfiguration, open(s.serverMetadata))
	tokens := endpoint{grants{s}}
	for path, h := range map[string]http.HandlerFunc{tokenPath: tokens.token, registerPath: clients{s}.register, revocationPath: tokens.revoke} {
		handle("POST "+path, open(h))
		handle("OPTIONS "+path, open(preflight))
	}
	handle("GET "+authorizePath, pages{s}.authorize)
	handle("POST "+authorizePath, pages{s}.decide)
}

// open lets scripts of any web page call an endpoint: it takes no cookies, and
// what it answers depends on what was sent alone.
func open(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		next(w, r)
	}
}

func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Protocol-Version")
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
}

// issuer names this server to clients, and every endpoint is below it.
func (s *Server) issuer(r *http.Request) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return "http://" + r.Host
}

// resource is what tokens are made out to.
func (s *Server) resource(r *http.Request) string { return s.issuer(r) + resourcePath }

// ResourceMetadataURL is where a client that was refused finds out how to sign
// in (RFC 9728 5.1).
func (s *Server) ResourceMetadataURL(r *http.Request) string {
	if u, err := url.Parse(s.PublicURL); err == nil && s.PublicURL != "" {
		return u.Scheme + "://" + u.Host + protectedResource + strings.TrimRight(u.Path, "/") + resourcePath
	}
	return s.issuer(r) + protectedResource + resourcePath
}

// resourceMetadata is the document of RFC 9728 2.
func (s *Server) resourceMetadata(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"resource":                 s.resource(r),
		"authorization_servers":    []string{s.issuer(r)},
		"scopes_supported":         []string{scope},
		"bearer_methods_supported": []string{"header"},
		"resource_name":            "Nexconn MCP",
	})
}

// serverMetadata is the document of RFC 8414 2.
func (s *Server) serverMetadata(w http.ResponseWriter, r *http.Request) {
	issuer := s.issuer(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         issuer,
		"authorization_endpoint":                         issuer + authorizePath,
		"token_endpoint":                                 issuer + tokenPath,
		"registration_endpoint":                          issuer + registerPath,
		"revocation_endpoint":                            issuer + revocationPath,
		"scopes_supported":                               []string{scope},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"revocation_endpoint_auth_methods_supported":     []string{"none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"client_id_metadata_document_supported":          true,
		"authorization_response_iss_parameter_supported": true,
	})
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// fault is an error of the protocol: a code of RFC 6749, RFC 7591, RFC 8707 and
// a sentence.
type fault struct{ code, text string }

func (f *fault) Error() string { return f.code + ": " + f.text }

func wrong(code, text string) *fault { return &fault{code, text} }

// fail answers an endpoint's request with an error (RFC 6749 5.2). What isn't a
// fault of the client is logged and hidden.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := errors.AsType[*fault](err)
	status := http.StatusBadRequest
	if !ok {
		s.Log.ErrorContext(r.Context(), "sign-in", "cause", err)
		w.Header().Set("Retry-After", "5")
		status, f = http.StatusServiceUnavailable, wrong("temporarily_unavailable", "The server can't do this just now. Try again in a few seconds.")
	}
	if f.code == tooMany.code {
		w.Header().Set("Retry-After", "60")
		status = http.StatusTooManyRequests
	}
	writeJSON(w, status, map[string]string{"error": f.code, "error_description": f.text})
}

func writeJSON(w http.ResponseWriter, status int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the client went away
}
