package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSignIn goes the whole way: documents, registration, page, code, tokens,
// refresh, revocation.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{protectedResource, protectedResource + "/mcp"} {
		got := w.get(path)
		if got.str("resource") != w.url+"/mcp" || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	for _, path := range []string{authorizationServer, authorizationServer + "/mcp", openIDConfiguration, openIDConfiguration + "/mcp", "/mcp" + openIDConfiguration} {
		got := w.get(path)
		if got.str("issuer") != w.url || got.str("token_endpoint") != w.url+tokenPath || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %s", path, got.text)
		}
	}

	id := w.register(redirectURL)
	p := w.person()
	page := p.visit(w.request(id, nil))
	for _, want := range []string{"Test App", "app.example.com", `type="password"`} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page doesn't say %s", want)
		}
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q has no %s", policy, want)
		}
	}
	if again := p.answer("a wrong one", "allow"); again.status != http.StatusForbidden || !strings.Contains(again.text, "not known here") || sentTo(t, again) != nil {
		t.Errorf("a wrong secret: %d", again.status)
	}
	to := sentTo(t, p.answer(" Bearer "+goodSecret+"\n", "allow"))
	if to == nil || to.Query().Get("state") != "s t&a=te" || to.Query().Get("iss") != w.url || !strings.HasPrefix(to.String(), redirectURL+"?") {
		t.Fatalf("sent to %v", to)
	}
	got := w.form(tokenPath, w.redemption(id, to.Query().Get("code"), nil))
	access, refresh := got.str("access_token"), got.str("refresh_token")
	if got.status != http.StatusOK || !w.good(access) || got.header.Get("Cache-Control") != "no-store" || got.str("token_type") != "Bearer" {
		t.Fatalf("%d %s", got.status, got.text)
	}
	got = w.refresh(id, refresh)
	if !w.good(got.str("access_token")) || !w.good(access) || got.str("refresh_token") == refresh {
		t.Errorf("refreshed: %s", got.text)
	}
	for _, token := range []string{got.str("refresh_token"), "unknown", got.str("access_token")} {
		if gone := w.form(revocationPath, url.Values{"token": {token}, "client_id": {id}}); gone.status != http.StatusOK {
			t.Errorf("revocation: %d %s", gone.status, gone.text)
		}
	}
	if w.good(access) || w.good(got.str("access_token")) {
		t.Error("a revoked sign-in goes on")
	}
	w.refused(w.refresh(id, got.str("refresh_token")), "invalid_grant")
	if strings.Contains(w.log.String(), goodSecret) || strings.Contains(w.log.String(), access) {
		t.Error("the log has a secret")
	}

	p.visit(w.request(id, nil))
	if to := sentTo(t, p.answer("", "deny")); to == nil || to.Query().Get("error") != "access_denied" || to.Query().Get("state") == "" {
		t.Errorf("a no is sent to %v", to)
	}
}

// TestSecretAtRest: neither the ledger with the server's secret nor a token
// without it has what was typed in.
func TestSecretAtRest(t *testing.T) {
	w := newWorld(t)
	of := grants{w.server}
	access, _ := w.tokens(w.register(redirectURL))
	ticket, err := of.read(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	row, err := w.rows.Get(t.Context(), grantKind, ticket.id())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(row.Doc), goodSecret) || strings.Contains(access, goodSecret) {
		t.Error("the secret lies open")
	}
	var g grant
	if err := json.Unmarshal(row.Doc, &g); err != nil {
		t.Fatal(err)
	}
	if secret, err := of.secret(t.Context(), ticket, g); err != nil || secret != goodSecret {
		t.Errorf("%q %v", secret, err)
	}
	without := ticket
	without.share = [32]byte{}
	if _, err := of.secret(t.Context(), without, g); err == nil {
		t.Error("the server opens the secret without the client's half")
	}
	other := ticket
	other.grant = [16]byte{1}
	if _, err := of.secret(t.Context(), other, g); err == nil {
		t.Error("a secret of one sign-in opens as that of another")
	}
}

// TestCodes: what isn't the client's own redemption gets nothing, and a code
// that comes again ends what it gave.
func TestCodes(t *testing.T) {
	w := newWorld(t)
	id, other := w.register(redirectURL), w.register("https://other.example.com/callback")
	code := w.code(id)
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"a wrong verifier":       {map[string]string{"code_verifier": verifier + "x"}, "invalid_grant"},
		"a short verifier":       {map[string]string{"code_verifier": "x"}, "invalid_grant"},
		"no verifier":            {map[string]string{"code_verifier": ""}, "invalid_grant"},
		"the challenge itself":   {map[string]string{"code_verifier": challengeOf(verifier)}, "invalid_grant"},
		"another redirect":       {map[string]string{"redirect_uri": redirectURL + "/x"}, "invalid_grant"},
		"no redirect":            {map[string]string{"redirect_uri": ""}, "invalid_grant"},
		"another client":         {map[string]string{"client_id": other}, "invalid_grant"},
		"no client":              {map[string]string{"client_id": ""}, "invalid_client"},
		"another resource":       {map[string]string{"resource": "https://other.example.com/mcp"}, "invalid_target"},
		"a made-up code":         {map[string]string{"code": Prefix + strings.Repeat("A", 124)}, "invalid_grant"},
		"a changed code":         {map[string]string{"code": code[:20] + "x" + code[21:]}, "invalid_grant"},
		"another grant type":     {map[string]string{"grant_type": "password"}, "unsupported_grant_type"},
		"a code as refresh":      {map[string]string{"grant_type": "refresh_token", "refresh_token": code}, "invalid_grant"},
		"an oversized parameter": {map[string]string{"code": strings.Repeat("x", maxForm)}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(w.form(tokenPath, w.redemption(id, code, c.change)), c.want)
		})
	}
	w.t = t
	if w.good(code) {
		t.Error("a code is an access token")
	}
	twice := w.redemption(id, code, nil)
	twice.Add("code_verifier", "another")
	w.refused(w.form(tokenPath, twice), "invalid_request")

	got := w.form(tokenPath, w.redemption(id, code, nil))
	access, refresh := got.str("access_token"), got.str("refresh_token")
	if !w.good(access) || w.good(refresh) {
		t.Fatalf("the right redemption: %s", got.text)
	}
	w.refused(w.form(tokenPath, w.redemption(id, code, nil)), "invalid_grant")
	if w.good(access) {
		t.Error("a replayed code leaves its tokens good")
	}
	w.refused(w.refresh(id, refresh), "invalid_grant")

	late := w.code(id)
	w.pass(codeLife)
	w.refused(w.form(tokenPath, w.redemption(id, late, nil)), "invalid_grant")
}

// TestCodeAtOnce: of many redemptions at once at most one gives tokens.
func TestCodeAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.register(redirectURL)
	form := w.redemption(id, w.code(id), nil)
	var given sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if got := w.form(tokenPath, form); got.status == http.StatusOK {
				given.Store(i, got.str("access_token"))
			}
		})
	}
	all.Wait()
	n := 0
	given.Range(func(_, access any) bool {
		n++
		if w.good(access.(string)) {
			t.Error("a code that came eight times leaves a token good")
		}
		return true
	})
	if n > 1 {
		t.Errorf("%d redemptions of one code", n)
	}
}

func TestRefreshTokens(t *testing.T) {
	w := newWorld(t)
	id, other := w.register(redirectURL), w.register("https://other.example.com/callback")

	access, first := w.tokens(id)
	second := w.refresh(id, first)
	w.refused(w.refresh(id, first), "invalid_grant") // reused
	for _, token := range []string{access, second.str("access_token")} {
		if w.good(token) {
			t.Error("a reused refresh token leaves its family good")
		}
	}
	w.refused(w.refresh(id, second.str("refresh_token")), "invalid_grant")

	access, first = w.tokens(id)
	w.refused(w.refresh(other, first), "invalid_grant")
	w.refused(w.refresh(id, access), "invalid_grant")
	w.refused(w.form(tokenPath, url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "refresh_token": {first},
		"resource": {"https://other.example.com/mcp"}}), "invalid_target")
	if gone := w.form(revocationPath, url.Values{"token": {access}, "client_id": {other}}); gone.status != http.StatusBadRequest || !w.good(access) {
		t.Errorf("another client revokes: %d", gone.status)
	}

	w.pass(accessLife)
	if _, err := w.server.Credential(httptest.NewRequest(http.MethodPost, w.url+"/mcp", nil), access); !errors.Is(err, ErrExpired) {
		t.Errorf("an old access token: %v", err)
	}
	next := w.refresh(id, first)
	if !w.good(next.str("access_token")) {
		t.Errorf("refreshed after an hour: %s", next.text)
	}
	w.pass(refreshLife)
	w.refused(w.refresh(id, next.str("refresh_token")), "invalid_grant")

	w.pass(-refreshLife)
	access, first = w.tokens(id)
	w.gate.drop()
	w.refused(w.refresh(id, first), "invalid_grant")
	if _, err := w.server.Credential(httptest.NewRequest(http.MethodPost, w.url+"/mcp", nil), access); !errors.Is(err, ErrInvalid) {
		t.Errorf("the holder was taken off the list: %v", err)
	}
}

// TestTokenOfAnotherServer: a token is made out to one resource, also where two
// servers share a ledger and a secret.
func TestTokenOfAnotherServer(t *testing.T) {
	w := newWorld(t)
	access, _ := w.tokens(w.register(redirectURL))
	for _, host := range []string{"https://other.example.com", "http://127.0.0.1:1"} {
		if _, err := w.server.Credential(httptest.NewRequest(http.MethodPost, host+"/mcp", nil), access); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", host, err)
		}
	}
	stranger := newWorld(t)
	if _, err := stranger.server.Credential(httptest.NewRequest(http.MethodPost, w.url+"/mcp", nil), access); !errors.Is(err, ErrInvalid) {
		t.Errorf("another secret: %v", err)
	}
}

// TestReplicas: every step at another replica.
func TestReplicas(t *testing.T) {
	w := newWorld(t)
	first := w.url
	urls := []string{first}
	for range 2 {
		s := w.replica()
		s.PublicURL = first
		urls = append(urls, w.serve(s))
	}
	w.server.PublicURL = first
	step := 0
	next := func() { step++; w.url = urls[step%3] }

	id := w.register(redirectURL)
	p := w.person()
	p.header = http.Header{"Origin": {first}}
	ask := w.request(id, map[string]string{"resource": first + "/mcp"})
	next()
	p.visit(ask)
	next()
	// The jar keeps one host's cookies for all of its ports, as a browser does.
	code := sentTo(t, p.answer(goodSecret, "allow")).Query().Get("code")
	next()
	got := w.form(tokenPath, w.redemption(id, code, map[string]string{"resource": first + "/mcp"}))
	next()
	got = w.refresh(id, got.str("refresh_token"))
	next()
	if !w.good(got.str("access_token")) {
		t.Fatal(got.text)
	}
	if gone := w.form(revocationPath, url.Values{"token": {got.str("access_token")}, "client_id": {id}}); gone.status != http.StatusOK || w.good(got.str("access_token")) {
		t.Error("revocation at one replica doesn't count at another")
	}
}

// TestForms: a form counts only from the browser that was shown it, on a page of
// this server, unchanged and soon.
func TestForms(t *testing.T) {
	w := newWorld(t)
	id := w.register(redirectURL)
	ann, eve := w.person(), w.person()
	ann.visit(w.request(id, nil))
	eve.visit(w.request(id, nil))
	values := func(request string) url.Values {
		return url.Values{"request": {request}, "secret": {goodSecret}, "answer": {"allow"}}
	}
	good := ann.hidden()
	for name, try := range map[string]func() answer{
		"another browser's": func() answer { return ann.send(values(eve.hidden())) },
		"without cookie":    func() answer { return w.person().send(values(good)) },
		"changed":           func() answer { return ann.send(values(good[:30] + "x" + good[31:])) },
		"made up":           func() answer { return ann.send(values("AAAA")) },
		"empty":             func() answer { return ann.send(nil) },
		"from another site": func() answer {
			ann.header = http.Header{"Origin": {"https://evil.example"}}
			return ann.send(values(good))
		},
		"from a sandboxed frame": func() answer {
			ann.header = http.Header{"Origin": {"null"}}
			return ann.send(values(good))
		},
		"that the browser calls cross-site": func() answer {
			ann.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
			return ann.send(values(good))
		},
		"of a neighbour host": func() answer {
			ann.header = http.Header{"Sec-Fetch-Site": {"same-site"}}
			return ann.send(values(good))
		},
		"too late": func() answer {
			w.pass(formLife + time.Second)
			defer w.pass(-formLife - time.Second)
			return ann.send(values(good))
		},
	} {
		ann.header = nil
		if got := try(); got.status/100 != 4 || sentTo(t, got) != nil || strings.Contains(got.text, "code=") {
			t.Errorf("a form %s: %d %v", name, got.status, sentTo(t, got))
		}
	}
	ann.header = nil
	if to := sentTo(t, ann.send(values(good))); to == nil || to.Query().Get("code") == "" {
		t.Error("the right form is refused")
	}
}
