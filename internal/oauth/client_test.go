package oauth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRedirects(t *testing.T) {
	for own, asked := range map[string]map[string]bool{
		redirectURL: {
			redirectURL: true, redirectURL + "/": false, redirectURL + "?x=1": false, redirectURL + "#x": false,
			"https://app.example.com:443/callback": false, "https://app.example.com/Callback": false, "http://app.example.com/callback": false,
			"https://app.example.com.evil.example/callback": false, "https://app.example.com@evil.example/callback": false,
			"https://app.example.com/x/../callback": false, "https://evil.example/callback": false, "": false, "callback": false,
		},
		"http://127.0.0.1:3000/cb?a=1": {
			"http://127.0.0.1:3000/cb?a=1": true, "http://127.0.0.1:51234/cb?a=1": true, "http://127.0.0.1/cb?a=1": true,
			"http://127.0.0.1:3000/cb": false, "http://localhost:3000/cb?a=1": false, "https://127.0.0.1:3000/cb?a=1": false,
			"http://127.0.0.1:3000@evil.example/cb?a=1": false, "http://127.0.0.2:3000/cb?a=1": false, "http://127.0.0.1.evil.example/cb?a=1": false,
		},
		"http://localhost/cb":  {"http://localhost:8080/cb": true, "http://localhost:8080/cb/x": false, "http://[::1]:8080/cb": false},
		"http://[::1]/cb":      {"http://[::1]:4321/cb": true},
		"com.example.app:/cb":  {"com.example.app:/cb": true, "com.example.app:/cb2": false},
		"cursor://x/callback":  {"cursor://x/callback": true, "cursor://x:80/callback": false},
		"https://127.0.0.1/cb": {"https://127.0.0.1:8443/cb": false},
	} {
		c := client{redirects: []string{own}}
		if why := badRedirect(own); why != "" {
			t.Errorf("%s %s", own, why)
		}
		for address, want := range asked {
			if got := c.allows(address); got != want {
				t.Errorf("of %s: %q is %v", own, address, got)
			}
		}
	}
	for _, bad := range []string{"http://app.example.com/cb", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https:///cb",
		"https://user@app.example.com/", "https://app.example.com/#", "https://app.example.com/a b", "https://app.example.com\\@evil.example",
		"//app.example.com/cb", "JAVASCRIPT:alert(1)", "ms-msdt:/id", "intent://x#Intent;end", "intent:x", "https://b\u00fccher.example/", "http://localhost.evil.example/cb", "https://app.example.com/\n"} {
		if badRedirect(bad) == "" {
			t.Errorf("%q can be registered", bad)
		}
	}
}

func TestRegistration(t *testing.T) {
	w := newWorld(t)
	got := w.post(registerPath, "application/json", `{"client_name":"App","redirect_uris":["http://localhost/cb"],"token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token"],"logo_uri":"https://app.example.com/x.png","unknown":1}`)
	if got.status != http.StatusCreated || got.str("token_endpoint_auth_method") != "none" || got.doc["client_secret"] != nil {
		t.Errorf("%d %s", got.status, got.text)
	}
	if len(got.str("client_id")) > 250 {
		t.Errorf("the id has %d letters", len(got.str("client_id")))
	}
	many := strings.Repeat(`"https://app.example.com/cb",`, maxRedirects+1)
	for body, want := range map[string]string{
		`{`:                     "invalid_client_metadata",
		`[]`:                    "invalid_client_metadata",
		`{}`:                    "invalid_redirect_uri",
		`{"redirect_uris":"x"}`: "invalid_client_metadata",
		`{"redirect_uris":["javascript:alert(1)"]}`:                                                   "invalid_redirect_uri",
		`{"redirect_uris":[` + many[:len(many)-1] + `]}`:                                              "invalid_redirect_uri",
		`{"redirect_uris":["https://app.example.com/` + strings.Repeat("x", maxRedirectBytes) + `"]}`: "invalid_redirect_uri",
		`{"redirect_uris":["https://a.example/cb"],"grant_types":["client_credentials"]}`:             "invalid_client_metadata",
		`{"redirect_uris":["https://a.example/cb"],"response_types":["token"]}`:                       "invalid_client_metadata",
		`{"x":"` + strings.Repeat("x", maxForm) + `"}`:                                                "invalid_client_metadata",
	} {
		w.refused(w.post(registerPath, "application/json", body), want)
	}
	var last answer
	for range registrationsPerMinute {
		last = w.post(registerPath, "application/json", `{"redirect_uris":["http://localhost/cb"]}`)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("after %d registrations: %d", registrationsPerMinute, last.status)
	}
}

// TestRequests: until client and address are known to be right nobody is sent
// anywhere; from then on faults go to the client.
func TestRequests(t *testing.T) {
	w := newWorld(t)
	id := w.register(redirectURL)
	forged := id[:10] + "x" + id[11:]
	for name, change := range map[string]map[string]string{
		"no client":        {"client_id": ""},
		"unknown client":   {"client_id": "someone"},
		"forged client":    {"client_id": forged},
		"another redirect": {"redirect_uri": "https://evil.example/callback"},
		"http redirect":    {"redirect_uri": "http://app.example.com/callback"},
		"script redirect":  {"redirect_uri": "javascript:alert(1)//"},
	} {
		if got := w.person().visit(w.request(id, change)); got.status != http.StatusBadRequest || sentTo(t, got) != nil || strings.Contains(got.text, "<form") {
			t.Errorf("%s: %d %v", name, got.status, sentTo(t, got))
		}
	}
	if got := w.person().visit(w.request(id, nil) + "&redirect_uri=https://evil.example/"); got.status != http.StatusBadRequest || sentTo(t, got) != nil {
		t.Errorf("two redirects: %d", got.status)
	}
	for want, changes := range map[string][]map[string]string{
		"invalid_request": {{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"code_challenge_method": ""}, {"code_challenge": "short"},
			{"response_mode": "fragment"}, {"state": strings.Repeat("x", maxState+1)}},
		"unsupported_response_type": {{"response_type": "token"}, {"response_type": ""}},
		"invalid_target":            {{"resource": "https://other.example.com/mcp"}},
		"request_not_supported":     {{"request_uri": "https://app.example.com/r"}},
	} {
		for _, change := range changes {
			// Anybody can register an address; the person goes there by a link.
			got := w.person().visit(w.request(id, change))
			if got.status != http.StatusBadRequest || sentTo(t, got) != nil || strings.Contains(got.text, "<form") ||
				!strings.Contains(got.text, `href="`+redirectURL+`?error=`+want+`&amp;`) {
				t.Errorf("%v: %d %s", change, got.status, got.text)
			}
		}
	}
	for _, change := range []map[string]string{{"resource": ""}, {"resource": w.url + "/mcp/"}, {"resource": w.url}, {"redirect_uri": ""}, {"state": ""}, {"scope": "mcp offline_access"}} {
		if got := w.person().visit(w.request(id, change)); got.status != http.StatusOK || !strings.Contains(got.text, "<form") {
			t.Errorf("%v: %d %s", change, got.status, got.text)
		}
	}
}

// TestNames: a client's name can't be more on the page than a name.
func TestNames(t *testing.T) {
	w := newWorld(t)
	got := w.post(registerPath, "application/json", `{"client_name":"<script>alert(1)</script>\u202eevil\u0000 {{.Form}}\n\n  x","redirect_uris":["`+redirectURL+`"]}`)
	page := w.person().visit(w.request(got.str("client_id"), nil))
	if strings.Contains(page.text, "<script") || strings.Contains(page.text, "\u202e") || !strings.Contains(page.text, "&lt;script&gt;alert(1)&lt;/script&gt;evil {{.Form}} x") {
		t.Error(page.text)
	}
	if n := len([]rune(cleanName(strings.Repeat("é", 500)))); n != maxName+1 {
		t.Errorf("a name of %d letters", n)
	}
}

func TestSignInLimit(t *testing.T) {
	w := newWorld(t)
	p := w.person()
	p.visit(w.request(w.register(redirectURL), nil))
	for range signInsPerMinute {
		p.answer("a guess", "allow")
	}
	got := p.answer(goodSecret, "allow")
	if sentTo(t, got) != nil || !strings.Contains(got.text, "Too many tries") {
		t.Errorf("guess %d: %d", signInsPerMinute+1, got.status)
	}
	w.pass(time.Minute)
	if sentTo(t, p.answer(goodSecret, "allow")) == nil {
		t.Error("the limit doesn't end")
	}

	behind := &Server{PublicURL: "https://mcp.example.com"}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["X-Forwarded-For"] = []string{"1.1.1.1", "2.2.2.2, 3.3.3.3"}
	if got := behind.address(r); got != "3.3.3.3" {
		t.Errorf("behind a proxy: %s", got)
	}
	if got := w.server.address(r); got != "192.0.2.1" {
		t.Errorf("without proxy: %s", got)
	}
	r.RemoteAddr = "[2001:db8:1:2:3:4:5:6]:1234"
	if got := w.server.address(r); got != "2001:db8:1:2::/64" {
		t.Errorf("of IPv6: %s", got)
	}
	var l limit
	passed := 0
	for i := range maxAddresses + 100 {
		if l.allow(fmt.Sprint(i), 60, time.Unix(0, 0)) {
			passed++
		}
	}
	if passed != 600 || len(l.each) > maxAddresses {
		t.Errorf("%d requests of as many addresses, %d remembered", passed, len(l.each))
	}
}

// TestDocuments: a client whose id is the address of its metadata.
func TestDocuments(t *testing.T) {
	w := newWorld(t)
	var fetched atomic.Int64
	var site *httptest.Server
	site = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		id := site.URL + r.URL.Path
		doc := func(more string) string {
			return `{"client_id":"` + id + `","client_name":"Documented","redirect_uris":["` + redirectURL + `"]` + more + `}`
		}
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch r.URL.Path {
		case "/good":
			fmt.Fprint(rw, doc(`,"token_endpoint_auth_method":"none"`))
		case "/other-id":
			fmt.Fprint(rw, strings.Replace(doc(""), id, site.URL+"/good", 1))
		case "/prefix":
			fmt.Fprint(rw, strings.Replace(doc(""), id, id+"/", 1))
		case "/secret":
			fmt.Fprint(rw, doc(`,"client_secret":"x"`))
		case "/secret-method":
			fmt.Fprint(rw, doc(`,"token_endpoint_auth_method":"client_secret_basic"`))
		case "/bad-redirect":
			fmt.Fprint(rw, strings.Replace(doc(""), redirectURL, "javascript:alert(1)", 1))
		case "/huge":
			fmt.Fprint(rw, doc(`,"x":"`+strings.Repeat("x", maxDocument)+`"`))
		case "/html":
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, doc(""))
		case "/not-json":
			fmt.Fprint(rw, "<html>")
		case "/redirected":
			http.Redirect(rw, r, "/good", http.StatusFound)
		case "/slow":
			<-r.Context().Done()
		default:
			http.NotFound(rw, r)
		}
	}))
	defer site.Close()
	w.server.Documents = site.Client()

	for range 2 {
		page := w.person().visit(w.request(site.URL+"/good", nil))
		if host := strings.TrimPrefix(site.URL, "https://"); !strings.Contains(page.text, "Documented") || !strings.Contains(page.text, host) {
			t.Errorf("%d %s", page.status, page.text)
		}
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("a document was fetched %d times", n)
	}
	id := site.URL + "/good"
	if got := w.form(tokenPath, w.redemption(id, w.code(id), nil)); !w.good(got.str("access_token")) {
		t.Errorf("%s", got.text)
	}
	if got := w.person().visit(w.request(id, map[string]string{"redirect_uri": "https://evil.example/"})); sentTo(t, got) != nil || got.status != http.StatusBadRequest {
		t.Errorf("an address that the document doesn't have: %d", got.status)
	}
	// The clock goes on, so that the limit of one host's documents isn't met.
	refused := func(id string) answer {
		t.Helper()
		w.pass(time.Minute)
		got := w.person().visit(w.request(id, nil))
		if got.status != http.StatusBadRequest || sentTo(t, got) != nil || strings.Contains(got.text, "<form") {
			t.Errorf("%s: %d %s", id, got.status, got.text)
		}
		return got
	}
	for _, path := range []string{"/other-id", "/prefix", "/secret", "/secret-method", "/bad-redirect", "/huge", "/html", "/not-json", "/redirected", "/missing"} {
		refused(site.URL + path)
	}
	for _, bad := range []string{site.URL, site.URL + "/", site.URL + "/good#x", site.URL + "/a/../good", site.URL + "/./good",
		strings.Replace(site.URL, "https://", "https://user@", 1) + "/good", "http" + strings.TrimPrefix(site.URL, "https") + "/good",
		site.URL + "/" + strings.Repeat("x", maxDocumentURL)} {
		refused(bad)
	}
	w.server.patience = 50 * time.Millisecond
	refused(site.URL + "/slow")

	before := fetched.Load()
	for i := range 2 * fetchesPerMinute {
		w.person().visit(w.request(fmt.Sprintf("%s/missing-%d", site.URL, i), nil))
	}
	if n := fetched.Load() - before; n > fetchesPerMinute+1 {
		t.Errorf("%d documents of one host in a moment", n)
	}
}

// TestPublicURL: below a path of a proxy, behind TLS.
func TestPublicURL(t *testing.T) {
	w := newWorld(t)
	s := w.replica()
	s.PublicURL = "https://example.com/tools/nexconn"
	w.url = w.serve(s)
	for _, path := range []string{protectedResource + "/tools/nexconn/mcp", protectedResource} {
		if got := w.get(path); got.str("resource") != s.PublicURL+"/mcp" {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	if got := w.get(authorizationServer + "/tools/nexconn"); got.str("issuer") != s.PublicURL || got.str("authorization_endpoint") != s.PublicURL+authorizePath {
		t.Errorf("%d %s", got.status, got.text)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if got := s.ResourceMetadataURL(r); got != "https://example.com/.well-known/oauth-protected-resource/tools/nexconn/mcp" {
		t.Error(got)
	}
	page := w.get(w.request(w.register(redirectURL), map[string]string{"resource": s.PublicURL + "/mcp"}))
	cookie := page.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-nexconn_sign_in=", "Path=/;", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("%q has no %s", cookie, want)
		}
	}
	form, err := url.Parse("https://example.com/tools/nexconn/oauth/authorize")
	if err != nil || !strings.Contains(page.text, `action="authorize"`) || form.JoinPath("..", "authorize").Path != "/tools/nexconn/oauth/authorize" {
		t.Error("the form goes somewhere else")
	}
}
