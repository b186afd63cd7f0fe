package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden" // so that go test ./... -update passes here
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
)

// gate knows one secret, until it is taken away.
type gate struct {
	mu   sync.Mutex
	gone bool
}

const goodSecret = "the-token-of-ann"

func (g *gate) SignIn(_ context.Context, secret string) (caller.Caller, error) {
	if !g.Holds(secret) {
		return caller.Caller{}, &Refusal{"This token is not known here."}
	}
	return caller.Caller{ID: "ann"}, nil
}

func (g *gate) Holds(secret string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return secret == goodSecret && !g.gone
}

func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = true
}

// world is a server, the ledger behind it and a clock that can be moved.
type world struct {
	t      *testing.T
	url    string
	server *Server
	gate   *gate
	rows   ledger.Tokens
	log    *strings.Builder

	mu      sync.Mutex
	forward time.Duration
}

const redirectURL = "https://app.example.com/callback"

func newWorld(t *testing.T) *world {
	t.Helper()
	l := ledger.OpenMemory()
	t.Cleanup(func() { _ = l.Close() })
	w := &world{t: t, gate: &gate{}, rows: l.Tokens(), log: &strings.Builder{}}
	w.server = w.replica()
	w.url = w.serve(w.server)
	return w
}

// replica is another server on the same ledger.
func (w *world) replica() *Server {
	return &Server{
		Secret: ledger.NewSecret("", w.rows), Tokens: w.rows, Gate: w.gate, Wants: Token,
		Documents: http.DefaultClient, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return time.Now().Add(w.forward)
		},
	}
}

func (w *world) serve(s *Server) string {
	mux := http.NewServeMux()
	s.Handle(mux, func(next http.Handler) http.Handler { return next })
	web := httptest.NewServer(mux)
	w.t.Cleanup(web.Close)
	return web.URL
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forward += d
}

// answer is an endpoint's.
type answer struct {
	status int
	header http.Header
	text   string
	doc    map[string]any
}

func (a answer) str(name string) string { s, _ := a.doc[name].(string); return s }

func (w *world) do(client *http.Client, req *http.Request) answer {
	w.t.Helper()
	got, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: got.StatusCode, header: got.Header, text: string(text)}
	if strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &a.doc); err != nil {
			w.t.Fatalf("%v: %s", err, text)
		}
	}
	return a
}

func (w *world) get(path string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(http.DefaultClient, req)
}

func (w *world) post(path, kind, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	return w.do(http.DefaultClient, req)
}

func (w *world) form(path string, values url.Values) answer {
	w.t.Helper()
	return w.post(path, "application/x-www-form-urlencoded", values.Encode())
}

// register is the id of a client with this redirect address.
func (w *world) register(redirect string) string {
	w.t.Helper()
	got := w.post(registerPath, "application/json", `{"client_name":"Test App","redirect_uris":["`+redirect+`"]}`)
	if got.status != http.StatusCreated {
		w.t.Fatalf("%d %s", got.status, got.text)
	}
	return got.str("client_id")
}

const verifier = "a-verifier-that-has-more-than-43-letters-in-it"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return encoding.EncodeToString(sum[:])
}

// request is a client's request for a code; change overwrites parameters, empty
// removes them.
func (w *world) request(clientID string, change map[string]string) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURL}, "state": {"s t&a=te"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "resource": {w.url + resourcePath},
	}
	for name, value := range change {
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
	}
	return authorizePath + "?" + q.Encode()
}

// person is a browser with its cookies.
type person struct {
	w      *world
	client *http.Client
	header http.Header
	page   answer
}

func (w *world) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{w: w, client: &http.Client{Jar: jar}}
}

func (p *person) visit(path string) answer {
	p.w.t.Helper()
	req, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.w.url+path, nil)
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.page = p.w.do(p.client, req)
	return p.page
}

var hidden = regexp.MustCompile(`name="request" value="([^"]*)"`)

// answer sends the form of the page.
func (p *person) answer(secret, decision string) answer {
	p.w.t.Helper()
	return p.send(url.Values{"request": {p.hidden()}, "secret": {secret}, "answer": {decision}})
}

func (p *person) hidden() string {
	p.w.t.Helper()
	match := hidden.FindStringSubmatch(p.page.text)
	if match == nil {
		p.w.t.Fatalf("no form: %d %s", p.page.status, p.page.text)
	}
	return html.UnescapeString(match[1])
}

func (p *person) send(values url.Values) answer {
	p.w.t.Helper()
	req, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodPost, p.w.url+authorizePath, strings.NewReader(values.Encode()))
	if err != nil {
		p.w.t.Fatal(err)
	}
	req.Header = p.header.Clone()
	if req.Header == nil {
		req.Header = http.Header{"Origin": {p.w.url}, "Sec-Fetch-Site": {"same-origin"}}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.w.do(p.client, req)
}

// sentTo is where a page sends the browser, nil if nowhere.
func sentTo(t *testing.T, a answer) *url.URL {
	t.Helper()
	to, ok := strings.CutPrefix(a.header.Get("Refresh"), "0; url=")
	if !ok {
		return nil
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// code is that of a person who signs in.
func (w *world) code(clientID string) string {
	w.t.Helper()
	p := w.person()
	p.visit(w.request(clientID, nil))
	got := p.answer(goodSecret, "allow")
	to := sentTo(w.t, got)
	if to == nil || to.Query().Get("code") == "" {
		w.t.Fatalf("no code: %d %s", got.status, got.text)
	}
	return to.Query().Get("code")
}

// redemption is a client's request for tokens; change as in request.
func (w *world) redemption(clientID, code string, change map[string]string) url.Values {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {clientID}, "code": {code}, "redirect_uri": {redirectURL},
		"code_verifier": {verifier}, "resource": {w.url + resourcePath},
	}
	for name, value := range change {
		form.Set(name, value)
	}
	return form
}

// tokens are those of a person who signs in anew.
func (w *world) tokens(clientID string) (access, refresh string) {
	w.t.Helper()
	got := w.form(tokenPath, w.redemption(clientID, w.code(clientID), nil))
	if got.status != http.StatusOK {
		w.t.Fatalf("%d %s", got.status, got.text)
	}
	return got.str("access_token"), got.str("refresh_token")
}

func (w *world) refresh(clientID, token string) answer {
	w.t.Helper()
	return w.form(tokenPath, url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {token}})
}

// good says whether an access token is good.
func (w *world) good(access string) bool {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodPost, w.url+resourcePath, nil)
	secret, err := w.server.Credential(req, access)
	if err == nil && secret != goodSecret {
		w.t.Errorf("the secret is %q", secret)
	}
	return err == nil
}

// refused holds an answer to an error code.
func (w *world) refused(a answer, code string) {
	w.t.Helper()
	if a.status != http.StatusBadRequest || a.str("error") != code || a.str("error_description") == "" || a.str("access_token") != "" {
		w.t.Errorf("%d %s, and not %s", a.status, a.text, code)
	}
}
