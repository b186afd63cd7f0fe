package oauth

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

//go:embed page.css
var pageCSS string

// pagePolicy is what the page may do: be drawn in its own style and send its
// form here. The way back to the client is a header and a link, which no
// form-action has to allow, wherever the client sends its user next.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
})

// asker is who asks, as the page tells it.
type asker struct {
	// name is what the client gave itself, known the host of its document,
	// empty for a client that registered; to is where the answer goes.
	name, known, to string
	// local says that this is a program of the person's own machine.
	local bool
}

func askerOf(asked request) asker {
	a := asker{name: cmp.Or(asked.ClientName, "A program"), to: hostOf(asked.Redirect), local: loopback.URL(asked.Redirect)}
	if strings.HasPrefix(asked.ClientID, "https://") {
		a.known = hostOf(asked.ClientID)
	}
	return a
}

// hostOf is an address's host, or its scheme where that is an app's own.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return u.Scheme + ":"
	}
	return u.Host
}

// ask shows the form; problem is what was wrong with the last try.
func (s pages) ask(w http.ResponseWriter, r *http.Request, asked request, problem string) {
	asked.Browser = hashed(s.cookie(w, r))
	form, err := s.form(r.Context(), asked)
	if err != nil {
		s.stop(w, r, err)
		return
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusForbidden
	}
	s.show(w, r, status, s.formHTML(askerOf(asked), form, problem))
}

// backHTML is the link to the client.
func backHTML(asked request, to string) string {
	a := askerOf(asked)
	return `<p><a class="button" href="` + html.EscapeString(to) + `" rel="noreferrer">Back to ` + html.EscapeString(a.name) + " (" + html.EscapeString(a.to) + ")</a></p>\n"
}

func problemHTML(text string) string {
	return "<h1>This can’t be done</h1>\n<p role=\"alert\">" + html.EscapeString(text) + "</p>\n"
}

// stop shows what can't be: nobody is sent anywhere.
func (s pages) stop(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := errors.AsType[*fault](err)
	problem, status := "The server can't do this just now. Try again in a minute.", http.StatusServiceUnavailable
	switch {
	case !ok:
		s.Log.ErrorContext(r.Context(), "sign-in", "cause", err)
	case f.code == tooMany.code:
		w.Header().Set("Retry-After", "60")
		problem, status = f.text, http.StatusTooManyRequests
	case f.code == "access_denied":
		problem, status = f.text, http.StatusForbidden
	default:
		problem, status = f.text, http.StatusBadRequest
	}
	s.show(w, r, status, problemHTML(problem))
}

// formHTML is the page that asks. It is written by hand: a template engine
// makes the linker keep every exported method of the program, 6 MB of it.
func (s pages) formHTML(a asker, form, problem string) string {
	name := html.EscapeString(a.name)
	known := `<span>(the name it gave itself)</span>`
	if a.known != "" {
		known = "known by <b>" + html.EscapeString(a.known) + "</b>"
	}
	to := "<b>" + html.EscapeString(a.to) + "</b>"
	if a.local {
		to += " <span>(a program on this computer)</span>"
	}
	label, about := "Your token for this server", "The one you were given by whoever runs this server."
	if s.Wants == Key {
		label, about = "Your Nexconn API key", "The server checks the key and keeps it encrypted."
	}
	wrong, invalid := "", ` aria-describedby="about"`
	if problem != "" {
		wrong = `<p id="wrong" class="wrong" role="alert">` + html.EscapeString(problem) + "</p>\n"
		invalid = ` aria-describedby="wrong about" aria-invalid="true"`
	}
	return `<h1>Connect ` + name + `</h1>
<dl>
<div><dt>Asks</dt><dd><bdi>` + name + `</bdi> ` + known + `</dd></div>
<div><dt>Answer goes to</dt><dd>` + to + `</dd></div>
<div><dt>It may</dt><dd>call every tool of this server as you: make chats, images and videos that cost money, and see and delete what you made here</dd></div>
</dl>
<form method="post" action="authorize" autocomplete="off">
<input type="hidden" name="request" value="` + html.EscapeString(form) + `">
<label for="secret">` + label + `</label>
<input id="secret" name="secret" type="password" required autofocus spellcheck="false" autocapitalize="none" autocomplete="off"` + invalid + `>
` + wrong + `<p id="about" class="about">` + about + ` ` + name + ` doesn’t get it.</p>
<div class="answers">
<button name="answer" value="allow">Connect</button>
<button name="answer" value="deny" class="quiet" formnovalidate>Cancel</button>
</div>
</form>
<p class="about">Go on only if you have just started this yourself.</p>
`
}

func (s pages) show(w http.ResponseWriter, r *http.Request, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy())
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	// The form has to come with its origin, and nobody else learns of the page.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Sign in · Nexconn MCP</title>
<style>`+pageCSS+`</style>
</head>
<body>
<main>
<p class="brand">Nexconn MCP <span>`+html.EscapeString(hostOf(s.issuer(r)))+`</span></p>
`+body+`</main>
</body>
</html>
`) // the browser went away
}
