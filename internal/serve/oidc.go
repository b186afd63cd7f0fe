package serve

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

// wellKnown is where RFC 9728 puts the metadata of a protected resource; that
// of /mcp is below it.
const wellKnown = "/.well-known/oauth-protected-resource"

// issuerRetry is how long an issuer that did not answer is left alone.
const issuerRetry = 5 * time.Second

// oidcAuth is the authenticator of --auth oidc: signed tokens of one issuer,
// made out to one audience.
type oidcAuth struct {
	ctx              context.Context // carries the HTTP client to go-oidc
	issuer, audience string
	publicURL        string
	log              *slog.Logger

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   time.Time
}

func newOIDC(ctx context.Context, h HTTP) *oidcAuth {
	client := &http.Client{
		Timeout: 10 * time.Second,
		// A token with an unknown key id makes go-oidc ask the issuer for its
		// keys; anyone can make up such tokens.
		Transport: &limitedTransport{limit: rate.NewLimiter(1, 5)},
	}
	return &oidcAuth{ctx: oidc.ClientContext(ctx, client), issuer: h.OIDCIssuer, audience: h.OIDCAudience, publicURL: h.PublicURL, log: h.Log}
}

// ready is the verifier, made when it is first needed so that the server starts
// without its issuer.
func (o *oidcAuth) ready() (*oidc.IDTokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier != nil {
		return o.verifier, nil
	}
	if time.Since(o.failed) < issuerRetry {
		return nil, errIssuer
	}
	provider, err := oidc.NewProvider(o.ctx, o.issuer)
	if err != nil {
		o.failed = time.Now()
		o.log.Error("the issuer of tokens can't be reached", "issuer", o.issuer, "cause", err)
		return nil, errIssuer
	}
	o.verifier = provider.VerifierContext(o.ctx, &oidc.Config{ClientID: o.audience})
	return o.verifier, nil
}

var errIssuer = errors.New("the issuer can't be reached")

func (o *oidcAuth) authenticate(r *http.Request) (caller.Caller, *refusal) {
	metadata := o.resource(r, wellKnown+"/mcp")
	raw := bearer(r)
	if raw == "" {
		return caller.Caller{}, unauthorized("Send an access token of "+o.issuer+": Authorization: Bearer TOKEN.", "", metadata)
	}
	verifier, err := o.ready()
	if err != nil {
		return caller.Caller{}, issuerDown()
	}
	token, err := verifier.Verify(r.Context(), raw)
	if err != nil {
		// go-oidc has no type for this one.
		if strings.Contains(err.Error(), "fetching keys") {
			o.log.Error("the keys of the issuer can't be read", "issuer", o.issuer, "cause", err)
			return caller.Caller{}, issuerDown()
		}
		detail := "the token is not valid here"
		if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
			detail = "the token has expired"
		}
		o.log.Debug("token refused", "cause", err)
		return caller.Caller{}, unauthorized("This access token can't be used: "+detail+". Get a new one from "+o.issuer+".", detail, metadata)
	}
	if token.Subject == "" {
		return caller.Caller{}, unauthorized("This access token names no subject.", "the token names no subject", metadata)
	}
	return caller.Caller{ID: fingerprint("oidc", token.Issuer, token.Subject), Hosted: true}, nil
}

func issuerDown() *refusal {
	return &refusal{reason: "issuer", status: http.StatusServiceUnavailable, retryAfter: issuerRetry,
		message: "Tokens can't be checked just now. Wait as long as Retry-After says."}
}

// metadata tells a client where to get a token (RFC 9728).
func (o *oidcAuth) metadata() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"resource":                 o.resource(r, "/mcp"),
			"authorization_servers":    []string{o.issuer},
			"bearer_methods_supported": []string{"header"},
			"resource_name":            "Nexconn MCP",
		})
	}
}

// resource is a path of this server as its callers see it: on the host of the
// audience where that is a URL, else below the public URL, else on the host they
// asked.
func (o *oidcAuth) resource(r *http.Request, path string) string {
	if u, err := url.Parse(o.audience); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		if path == "/mcp" {
			return o.audience
		}
		return u.Scheme + "://" + u.Host + path
	}
	if o.publicURL != "" {
		return o.publicURL + path
	}
	// TLS ends at a proxy, so plain HTTP is believed on loopback only.
	scheme := "https"
	if forwarded := r.Header.Get("X-Forwarded-Proto"); forwarded == "http" || forwarded == "" && r.TLS == nil && loopback.Is(r.Host) {
		scheme = "http"
	}
	return scheme + "://" + r.Host + path
}

// limitedTransport keeps strangers from turning this server on its issuer.
type limitedTransport struct{ limit *rate.Limiter }

func (t *limitedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.limit.Allow() {
		return nil, errors.New("the issuer was asked too often")
	}
	return http.DefaultTransport.RoundTrip(r)
}
