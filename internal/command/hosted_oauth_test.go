package command_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestHostedSignIn signs in through the built binary, each step at another of
// three replicas: in front of tokens and of passthrough, on one state folder and
// on PostgreSQL.
func TestHostedSignIn(t *testing.T) {
	for _, where := range []string{"sqlite", "postgres"} {
		t.Run(where, func(t *testing.T) {
			env := map[string]string{"NEXCONN_OAUTH": "true", "NEXCONN_PUBLIC_URL": "http://127.0.0.1:1"}
			state := t.TempDir()
			if where == "postgres" {
				env["NEXCONN_DATABASE_URL"] = database(t)
			}
			t.Run("tokens", func(t *testing.T) {
				signIn(t, host{args: append([]string{"--sandbox"}, withTokens(t, holder{name: "ann"})...), env: env, state: state}, secretOf("ann"), "a token of nobody")
			})
			t.Run("passthrough", func(t *testing.T) {
				signIn(t, host{args: []string{"--sandbox", "--auth", "passthrough"}, env: env, state: state}, "a-key-of-the-service", "")
			})
		})
	}
}

// signIn has a person with a secret sign in at three replicas of h.
func signIn(t *testing.T, h host, secret, wrong string) {
	replicas := []*process{start(t, h), start(t, h), start(t, h)}
	n := 0
	next := func() *process { n++; return replicas[n%3] }

	challenge := unauthenticated(t, next())
	if want := `resource_metadata="http://127.0.0.1:1/.well-known/oauth-protected-resource/mcp"`; !strings.Contains(challenge, want) {
		t.Errorf("the challenge is %s", challenge)
	}
	in := enter(t, next, secret, wrong)
	id, access, refresh := in.client, in.access, in.refresh

	// The call is the same caller's, whichever way it comes.
	task := next().as(access).must("generate_video", object{"model": "kling-v2-6", "prompt": "a lighthouse", "seconds": 5}).str("task_id")
	next().as(secret).must("query_task", object{"task_id": task})
	for range 3 {
		next().as(access).must("query_task", object{"task_id": task})
	}

	again := tokenOf(t, next(), url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "refresh_token": {refresh}})
	next().as(again["access_token"]).must("query_task", object{"task_id": task})
	// The first refresh token again: everything of this sign-in ends, everywhere.
	if got := tokenOf(t, next(), url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "refresh_token": {refresh}}); got["error"] != "invalid_grant" {
		t.Errorf("a reused refresh token: %v", got)
	}
	for _, p := range replicas {
		for _, token := range []string{access, again["access_token"], "nxo_forged", refresh} {
			if got := p.as(token).call("query_task", object{"task_id": task}); got.status != http.StatusUnauthorized {
				t.Errorf("a token that ended: %d", got.status)
			}
		}
		for _, secret := range []string{secret, access, refresh, in.redemption.Get("code")} {
			if strings.Contains(p.log.String(), secret) {
				t.Error("the log has a secret")
			}
		}
	}
	if got := tokenOf(t, next(), in.redemption); got["error"] != "invalid_grant" {
		t.Errorf("a replayed code: %v", got)
	}

	// A document's address that leads into this network is never asked.
	for _, private := range []string{"https://127.0.0.1/client", "https://10.0.0.1/client", "https://169.254.169.254/latest", "https://[::1]/client", "https://localhost/client"} {
		page := fetchPage(t, http.DefaultClient, http.MethodGet, next().url+strings.Replace(in.ask, url.QueryEscape(id), url.QueryEscape(private), 1), nil)
		if !strings.Contains(page, "can&#39;t be read") || strings.Contains(page, "<form") {
			t.Errorf("%s: %s", private, page)
		}
	}
}

// entry is a person's sign-in: what the client asked for and got.
type entry struct {
	client, ask     string
	redemption      url.Values
	access, refresh string
}

// enter registers a client and has a person sign in for it, after a try with a
// wrong secret; next names the server of each step.
func enter(t *testing.T, next func() *process, secret, wrong string) entry {
	t.Helper()
	id := registerApp(t, next())
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	ask := "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {id}, "redirect_uri": {"http://localhost:7000/cb"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	person := &http.Client{Jar: jar}
	page := fetchPage(t, person, http.MethodGet, next().url+ask, nil)
	answer := func(secret string) (string, url.Values) {
		form := regexp.MustCompile(`name="request" value="([^"]*)"`).FindStringSubmatch(page)
		if form == nil {
			t.Fatalf("no form: %s", page)
		}
		page = fetchPage(t, person, http.MethodPost, next().url+"/oauth/authorize",
			url.Values{"request": {html.UnescapeString(form[1])}, "secret": {secret}, "answer": {"allow"}})
		to := regexp.MustCompile(`href="(http://localhost:7000/cb[^"]*)"`).FindStringSubmatch(page)
		if to == nil {
			return page, nil
		}
		u, err := url.Parse(html.UnescapeString(to[1]))
		if err != nil {
			t.Fatal(err)
		}
		return page, u.Query()
	}
	if _, to := answer(wrong); to != nil {
		t.Errorf("the secret %q signs in", wrong)
	}
	_, to := answer(secret)
	if to.Get("code") == "" || to.Get("state") != "s" {
		t.Fatalf("no code: %v %s", to, page)
	}
	redemption := url.Values{"grant_type": {"authorization_code"}, "client_id": {id}, "code": {to.Get("code")},
		"redirect_uri": {"http://localhost:7000/cb"}, "code_verifier": {verifier}}
	got := tokenOf(t, next(), redemption)
	return entry{client: id, ask: ask, redemption: redemption, access: got["access_token"], refresh: got["refresh_token"]}
}

// TestHostedSignInEnds: who is taken out of the tokens file is out, however it
// signed in.
func TestHostedSignInEnds(t *testing.T) {
	args := withTokens(t, holder{name: "ann"}, holder{name: "bob"})
	p := start(t, host{args: append([]string{"--sandbox"}, args...), env: map[string]string{"NEXCONN_OAUTH": "true"}})
	at := func() *process { return p }
	ann, bob := enter(t, at, secretOf("ann"), "x"), enter(t, at, secretOf("bob"), "x")
	p.as(ann.access).must("get_usage", nil)

	left, err := os.ReadFile(tokensFile(t, holder{name: "bob"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(args[len(args)-1], left, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := p.as(ann.access).call("get_usage", nil); got.status != http.StatusUnauthorized {
		t.Errorf("a holder who was taken out: %d", got.status)
	}
	if got := tokenOf(t, p, url.Values{"grant_type": {"refresh_token"}, "client_id": {ann.client}, "refresh_token": {ann.refresh}}); got["error"] != "invalid_grant" {
		t.Errorf("and refreshes: %v", got)
	}
	p.as(bob.access).must("get_usage", nil)
}

// unauthenticated is the challenge that a client without a token gets.
func unauthenticated(t *testing.T, p *process) string {
	t.Helper()
	body, err := p.as("").message("tools/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.as("").open(t.Context(), body, "tools/list", "")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", answer.Status)
	}
	return answer.Header.Get("WWW-Authenticate")
}

func registerApp(t *testing.T, p *process) string {
	t.Helper()
	answer, err := http.Post(p.url+"/oauth/register", "application/json", strings.NewReader(`{"client_name":"App","redirect_uris":["http://localhost:7000/cb"]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		ID string `json:"client_id"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.ID == "" {
		t.Fatalf("%s %v", answer.Status, err)
	}
	return got.ID
}

func fetchPage(t *testing.T, client *http.Client, method, address string, form url.Values) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tokenOf is what the token endpoint answers, its texts alone.
func tokenOf(t *testing.T, p *process, form url.Values) map[string]string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(fetchPage(t, http.DefaultClient, http.MethodPost, p.url+"/oauth/token", form)), &doc); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, value := range doc {
		texts[name], _ = value.(string)
	}
	return texts
}
