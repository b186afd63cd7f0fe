package serve

import (
	"net/http"
	"net/url"

	gallery "github.com/nexconn-ai/nexconn-mcp/app"
)

// galleryPath is where the gallery is.
const galleryPath = "/gallery"

// gallery serves the page, which is the same for everybody: what it shows it
// asks of /mcp, with the credential of whoever looks at it.
func (a mediaRoutes) gallery(w http.ResponseWriter, r *http.Request) {
	media, own := gallery.ResultHosts, a.origin(r)
	if a.MediaHosts != nil {
		media = append(a.MediaHosts(r.Context()), media...)
	}
	var requests []string
	if u, err := url.Parse(own); err == nil && u.Host != r.Host { // links and upload addresses are below the public URL
		requests = []string{u.Scheme + "://" + u.Host}
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", gallery.Policy(append(media, requests...), requests))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(gallery.Page(gallery.Setup{Endpoint: "mcp", SignIn: a.signInWith()})) // the browser went away
}

// signInWith is what the page asks whoever looks at it for.
func (a mediaRoutes) signInWith() gallery.SignIn {
	switch {
	case a.Auth == "":
		return gallery.NoSignIn
	case a.OAuth != nil:
		return gallery.WithOAuth
	case a.Auth == "passthrough":
		return gallery.WithKey
	}
	return gallery.WithToken
}
