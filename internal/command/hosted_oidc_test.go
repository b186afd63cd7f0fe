package command_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// issuer is a real OpenID provider in this process, which gives a token to
// whomever the test names.
type issuer struct {
	*storage.Storage
	t   *testing.T
	url string
	key *rsa.PrivateKey

	mu      sync.Mutex
	subject string
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{Storage: storage.NewStorage(storage.NewUserStore("http://localhost")), t: t, key: key}
	var provider http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	i.url = srv.URL
	if provider, err = op.NewProvider(&op.Config{CryptoKey: [32]byte{1}}, i, op.StaticIssuer(srv.URL), op.WithAllowInsecure()); err != nil {
		t.Fatal(err)
	}
	return i
}

// signing is the issuer's key, private and public.
type signing struct {
	key any
}

func (signing) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (signing) Algorithm() jose.SignatureAlgorithm          { return jose.RS256 }
func (signing) Use() string                                 { return "sig" }
func (signing) ID() string                                  { return "one" }
func (s signing) Key() any                                  { return s.key }

func (i *issuer) SigningKey(context.Context) (op.SigningKey, error) { return signing{i.key}, nil }
func (i *issuer) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}
func (i *issuer) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{signing{&i.key.PublicKey}}, nil
}
func (i *issuer) ClientCredentialsTokenRequest(context.Context, string, []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: i.subject, Audience: []string{"nexconn"}}, nil
}
func (i *issuer) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "id", time.Now().Add(time.Hour), nil
}
func (i *issuer) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	c, err := i.Storage.ClientCredentials(ctx, id, secret)
	return bearing{c}, err
}

// bearing is a client whose access tokens are JWTs.
type bearing struct{ op.Client }

func (bearing) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// tokenOf is a subject's token, got as clients get theirs.
func (i *issuer) tokenOf(subject string) string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.subject = subject
	answer, err := http.PostForm(i.url+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"sid1"}, "client_secret": {"verysecret"}, "scope": {"openid"}})
	if err != nil {
		i.t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.AccessToken == "" {
		i.t.Fatalf("no token: %v", err)
	}
	return got.AccessToken
}

func TestOIDCKeepsCallersApart(t *testing.T) {
	t.Parallel()
	i, s := newIssuer(t), newService(t)
	p := start(t, host{args: []string{"--auth", "oidc"}, env: map[string]string{"NEXCONN_BASE_URL": s.URL,
		"NEXCONN_API_KEY": "sk-of-the-server", "NEXCONN_OIDC_ISSUER": i.url, "NEXCONN_OIDC_AUDIENCE": "nexconn"}})
	tokens := make([]string, 5)
	for n := range tokens {
		tokens[n] = i.tokenOf(fmt.Sprintf("subject-%d", n))
	}
	all := newVictims(t, len(tokens), func(n int) caller { return p.as(tokens[n]) })
	keepsApart(t, s, all, p.as(i.tokenOf("stranger")), true)
}
