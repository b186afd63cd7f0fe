// Package app is the gallery: one page, written by hand, that shows what was
// made and calls the tools for more. It is served as an MCP App, as a page of
// this machine and as a page of the HTTP server.
package app

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html"
	"strings"
)

//go:embed gallery.html
var page []byte

//go:embed icon.svg
var icon []byte

// Icon is the program's icon as a data URI of an SVG, for the server's card.
func Icon() string { return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(icon) }

// What the page is as a resource of an MCP server.
const (
	URI       = "ui://nexconn/gallery.html"
	MIMEType  = "text/html;profile=mcp-app"
	Extension = "io.modelcontextprotocol/ui"
)

// ResultHosts are where the service puts results:
// https://aitoken-video.qnaigc.com/… and https://aitoken-image.qnaigc.com/…
// (apidocs.qnaigc.com, pages of the video and image models).
var ResultHosts = []string{"https://aitoken-video.qnaigc.com", "https://aitoken-image.qnaigc.com"}

// Setup tells the page how it is served. As an MCP App it has none and speaks
// with its host.
type Setup struct {
	// Endpoint takes JSON-RPC by POST.
	Endpoint string `json:"endpoint,omitempty"`
	// Media gives the bytes of an output: ?task=TASK_ID&n=N.
	Media string `json:"media,omitempty"`
	// Inputs takes a file by PUT, ?name=NAME, and answers {"media": "…"}.
	Inputs string `json:"inputs,omitempty"`
	// SignIn is what whoever looks at the page has to show.
	SignIn SignIn `json:"sign_in,omitempty"`
}

// SignIn is how somebody signs in at the page. What they show stays in their
// tab.
type SignIn string

// The ways to sign in.
const (
	NoSignIn  SignIn = ""
	WithToken SignIn = "token"
	WithKey   SignIn = "key"   // of the service
	WithOAuth SignIn = "oauth" // at the server's own sign-in page, below oauth/
)

// Page is the page with its setup written in.
func Page(s Setup) []byte {
	if s == (Setup{}) {
		return page
	}
	doc, _ := json.Marshal(s) // nothing but strings
	return bytes.Replace(page, []byte(`name="nexconn" content=""`), []byte(`name="nexconn" content="`+html.EscapeString(string(doc))+`"`), 1)
}

// Policy is the Content-Security-Policy of the page served over HTTP: its own
// script and style by their hashes, requests to its own origin and those that
// are named, and media from its own origin, hosts, and what it makes itself.
func Policy(hosts, requests []string) string {
	media := strings.Join(append([]string{"'self'", "data:", "blob:"}, hosts...), " ")
	return "default-src 'none'; script-src " + digest("script") + "; style-src " + digest("style") +
		"; connect-src " + strings.Join(append([]string{"'self'"}, requests...), " ") + "; img-src " + media + "; media-src " + media + "; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}

// digest is the hash of the page's one element of that name as a CSP names it.
func digest(element string) string {
	_, rest, _ := bytes.Cut(page, []byte("<"+element+">"))
	text, _, _ := bytes.Cut(rest, []byte("</"+element+">"))
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Meta is the _meta of the page as a resource: the hosts that it may load media
// from, in the two forms that hosts read, and the clipboard for its button.
func Meta(hosts []string) map[string]any {
	return map[string]any{
		"ui": map[string]any{
			"csp":           map[string]any{"resourceDomains": hosts, "connectDomains": hosts},
			"permissions":   map[string]any{"clipboardWrite": map[string]any{}},
			"prefersBorder": false,
		},
		"openai/widgetCSP": map[string]any{"resource_domains": hosts, "connect_domains": hosts},
	}
}

// ToolMeta is the _meta of a tool whose results the page shows.
func ToolMeta() map[string]any {
	return map[string]any{"ui": map[string]any{"resourceUri": URI}}
}
