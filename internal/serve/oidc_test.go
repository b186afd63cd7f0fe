package serve

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// issuer is a real OpenID provider in this process. What its next token says
// and which key signs it is the test's to choose.
type issuer struct {
	*storage.Storage
	t      *testing.T
	server *httptest.Server

	mu       sync.Mutex
	key      signingKey
	subject  string
	audience string
	expires  time.Time
	down     bool
	reads    int // of its keys
}

type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k signingKey) Key() any                                    { return k.key }
func (k signingKey) ID() string                                  { return k.id }

type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.key.PublicKey }

func startIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, Storage: storage.NewStorage(storage.NewUserStore("http://localhost")), subject: "alice", audience: "nexconn", expires: time.Now().Add(time.Hour)}
	i.rotate("first")
	var provider http.Handler
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.isDown() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		provider.ServeHTTP(w, r)
	}))
	t.Cleanup(i.server.Close)
	p, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}}, i, op.StaticIssuer(i.server.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	provider = p
	return i
}

func (i *issuer) rotate(id string) {
	i.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = signingKey{id, key}
}

func (i *issuer) isDown() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.down
}

func (i *issuer) keyReads() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.reads
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) SigningKey(context.Context) (op.SigningKey, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.key, nil
}

func (i *issuer) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (i *issuer) KeySet(context.Context) ([]op.Key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.reads++
	return []op.Key{publicKey{i.key}}, nil
}

func (i *issuer) ClientCredentialsTokenRequest(context.Context, string, []string) (op.TokenRequest, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return &oidc.JWTTokenRequest{Subject: i.subject, Audience: []string{i.audience}}, nil
}

func (i *issuer) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return "id", i.expires, nil
}

func (i *issuer) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	c, err := i.Storage.ClientCredentials(ctx, id, secret)
	return jwtClient{c}, err
}

// jwtClient is a client whose access tokens are JWTs.
type jwtClient struct{ op.Client }

func (jwtClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// token gets a token as a client of the issuer does.
func (i *issuer) token() string {
	i.t.Helper()
	resp, err := http.PostForm(i.server.URL+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"sid1"}, "client_secret": {"verysecret"}, "scope": {"openid"},
	})
	if err != nil {
		i.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.AccessToken == "" {
		i.t.Fatalf("no token: %v %s", err, got.Error)
	}
	return got.AccessToken
}

func TestOIDC(t *testing.T) {
	i := startIssuer(t)
	f := newFixture(t)
	w := startHTTP(t, HTTP{Server: f.server, Auth: "oidc", OIDCIssuer: i.server.URL, OIDCAudience: "nexconn"})
	who := func(token string) answer { return w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+token) }

	alice := i.token()
	got := who(alice)
	if got.status != 200 || got.last().text() != fingerprint("oidc", i.server.URL, "alice")+" " {
		t.Fatalf("alice: %d %s", got.status, got.body)
	}
	if c := f.callers[0]; !c.Hosted || !c.HTTP || c.Key != "" || strings.Contains(c.ID, "alice") || len(c.ID) != 16 {
		t.Errorf("caller = %+v", c)
	}
	i.set(func() { i.subject = "bob" })
	if got := who(i.token()); got.last().text() != fingerprint("oidc", i.server.URL, "bob")+" " {
		t.Errorf("bob: %s", got.body)
	}

	i.rotate("second")
	if got := who(i.token()); got.status != 200 {
		t.Errorf("after the issuer changed its key: %d %s", got.status, got.body)
	}
	refused := func(name, token string) {
		t.Helper()
		got := who(token)
		challenge := got.header.Get("WWW-Authenticate")
		if got.status != 401 || !strings.Contains(challenge, `error="invalid_token"`) ||
			!strings.Contains(challenge, `resource_metadata="`+w.URL+`/.well-known/oauth-protected-resource/mcp"`) {
			t.Errorf("%s: %d %q", name, got.status, challenge)
		}
	}
	refused("signed with a key the issuer has dropped", alice)
	fresh := i.token()
	refused("tampered with", fresh[:len(fresh)-8]+"AAAAAAAA")
	refused("not a token", "nonsense")
	i.set(func() { i.audience = "someone-else" })
	refused("made out to someone else", i.token())
	i.set(func() { i.audience, i.expires = "nexconn", time.Now().Add(-time.Minute) })
	refused("expired", i.token())
	i.set(func() { i.expires, i.subject = time.Now().Add(time.Hour), "" })
	refused("of no subject", i.token())

	got = w.post(call("1", "whoami", "{}"))
	if challenge := got.header.Get("WWW-Authenticate"); got.status != 401 || strings.Contains(challenge, "error=") || !strings.Contains(challenge, "resource_metadata=") {
		t.Errorf("no token: %d %q", got.status, challenge)
	}
}

func TestOIDCMetadata(t *testing.T) {
	i := startIssuer(t)
	for audience, resource := range map[string]string{"nexconn": "", "https://mcp.example.com/mcp": "https://mcp.example.com/mcp"} {
		w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "oidc", OIDCIssuer: i.server.URL, OIDCAudience: audience})
		if resource == "" {
			resource = w.URL + "/mcp"
		}
		for _, path := range []string{wellKnown, wellKnown + "/mcp"} {
			got := w.do(w.request(t.Context(), "GET", path, ""))
			var meta struct {
				Resource string   `json:"resource"`
				Servers  []string `json:"authorization_servers"`
			}
			if err := json.Unmarshal(got.body, &meta); err != nil || meta.Resource != resource || len(meta.Servers) != 1 || meta.Servers[0] != i.server.URL {
				t.Errorf("%s: %s", path, got.body)
			}
		}
	}
	w := startHTTP(t, HTTP{Server: newFixture(t).server})
	if got := w.do(w.request(t.Context(), "GET", wellKnown, "")); got.status != 404 {
		t.Errorf("metadata without oidc: %d", got.status)
	}
}

func TestOIDCStartsWithoutItsIssuer(t *testing.T) {
	i := startIssuer(t)
	token := i.token()
	i.set(func() { i.down = true })
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "oidc", OIDCIssuer: i.server.URL, OIDCAudience: "nexconn"})
	got := w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+token)
	if got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("issuer down: %d %v", got.status, got.header)
	}
	i.set(func() { i.down = false })
	w.app.auth.(*oidcAuth).failed = time.Time{}
	if got := w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+token); got.status != 200 {
		t.Errorf("issuer back: %d %s", got.status, got.body)
	}
}

func TestOIDCDoesNotLetStrangersFloodTheIssuer(t *testing.T) {
	i := startIssuer(t)
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "oidc", OIDCIssuer: i.server.URL, OIDCAudience: "nexconn"})
	w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+i.token())
	before := i.keyReads()
	other := startIssuer(t)
	other.rotate("made-up")
	forged := other.token()
	for range 30 {
		w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+forged)
	}
	if asked := i.keyReads() - before; asked == 0 || asked > 10 {
		t.Errorf("30 forged tokens made the server ask the issuer %d times", asked)
	}
}
