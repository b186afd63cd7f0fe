package command_test

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestHostedSignInOff: nothing of the sign-in can be reached unless it is
// switched on, and it can't be switched on where it wouldn't be safe.
func TestHostedSignInOff(t *testing.T) {
	p := start(t, host{args: append([]string{"--sandbox"}, withTokens(t, holder{name: "ann"})...)})
	for _, path := range []string{"/oauth/authorize", "/oauth/token", "/oauth/register", "/oauth/revoke",
		"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/.well-known/oauth-protected-resource"} {
		if got := statusOf(t, p.url+path); got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
	if challenge := unauthenticated(t, p); strings.Contains(challenge, "resource_metadata") {
		t.Errorf("the challenge is %s", challenge)
	}

	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	tokens := withTokens(t, holder{name: "ann"})
	for want, c := range map[string]struct{ args, env []string }{
		"needs NEXCONN_PUBLIC_URL":        {append(tokens, "--listen", "0.0.0.0:0"), nil},
		"only on loopback":                {append(tokens, "--listen", "127.0.0.1:0", "--allowed-hosts", "mcp.example.com"), nil},
		`--auth is ""`:                    {[]string{"--listen", "127.0.0.1:0"}, nil},
		`--auth is "oidc"`:                {[]string{"--listen", "127.0.0.1:0", "--auth", "oidc", "--oidc-issuer", "https://issuer.example.com", "--oidc-audience", "x"}, nil},
		"has to be an https URL":          {tokens, []string{"NEXCONN_PUBLIC_URL=http://mcp.example.com"}},
		"has to be without /mcp":          {tokens, []string{"NEXCONN_PUBLIC_URL=https://mcp.example.com/mcp"}},
		"has to have at least 32":         {tokens, []string{"NEXCONN_SECRET=short-secret"}},
		"unknown flag: --secret":          {append(slices.Clone(tokens), "--secret", strings.Repeat("x", 32)), nil},
		"NEXCONN_OAUTH has to be true or": {tokens, []string{"NEXCONN_OAUTH=maybe"}},
	} {
		cmd := exec.Command(path, append([]string{"http", "--sandbox"}, c.args...)...)
		cmd.Env = append([]string{"NEXCONN_OAUTH=true", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, c.env...)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || strings.Contains(string(out), "short-secret") {
			t.Errorf("%v %v: %v, and not %q:\n%s", c.args, c.env, err, want, out)
		}
	}
}

// TestHostedCard: what a client shows of the server.
func TestHostedCard(t *testing.T) {
	p := start(t, host{args: []string{"--sandbox"}})
	for _, modern := range []bool{false, true} {
		client := p.as("")
		client.modern = modern
		method, params := "initialize", object{"protocolVersion": "2025-11-25", "capabilities": object{}, "clientInfo": object{"name": "x", "version": "1"}}
		if modern {
			method, params = "server/discover", nil
		}
		got := client.request(method, params, "")
		for _, want := range []string{`"title":"Nexconn"`, `"description":"Chat, images and video`, `"websiteUrl":"https://`, `"src":"data:image/svg+xml;base64,PHN2Zy`, `"sizes":["any"]`} {
			if !strings.Contains(string(got.result), want) {
				t.Errorf("%s has no %s: %s", method, want, got.raw)
			}
		}
	}
}

// TestHostedSignInFromWebPages: what scripts of a web client need. The documents
// and the endpoints of the sign-in are for every page; the server itself is for
// the origins that are listed.
func TestHostedSignInFromWebPages(t *testing.T) {
	p := start(t, host{args: append([]string{"--sandbox", "--allowed-origins", "https://client.example.com"}, withTokens(t, holder{name: "ann"})...),
		env: map[string]string{"NEXCONN_OAUTH": "true"}})
	type seen struct {
		status int
		header http.Header
	}
	ask := func(method, path, origin string) seen {
		req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		req.Header.Set("Accept", "application/json, text/event-stream")
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return seen{answer.StatusCode, answer.Header}
	}
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"} {
		if got := ask(http.MethodGet, path, "https://any.example.org"); got.status != http.StatusOK || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	for _, path := range []string{"/oauth/token", "/oauth/register", "/oauth/revoke"} {
		got := ask(http.MethodOptions, path, "https://any.example.org")
		if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Content-Type") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
		if got := ask(http.MethodPost, path, "https://any.example.org"); got.status != http.StatusBadRequest || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	if got := ask(http.MethodGet, "/oauth/authorize", "https://any.example.org"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("scripts of other pages can read the page")
	}
	got := ask(http.MethodPost, "/mcp", "https://client.example.com")
	if got.status != http.StatusUnauthorized || got.header.Get("Access-Control-Allow-Origin") != "https://client.example.com" ||
		!strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") || !strings.Contains(got.header.Get("WWW-Authenticate"), "resource_metadata") {
		t.Errorf("/mcp: %d %v", got.status, got.header)
	}
	if got := ask(http.MethodOptions, "/mcp", "https://client.example.com"); !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("/mcp: %d %v", got.status, got.header)
	}
	if got := ask(http.MethodPost, "/mcp", "https://any.example.org"); got.status != http.StatusForbidden {
		t.Errorf("/mcp of a page that isn't listed: %d", got.status)
	}
}
