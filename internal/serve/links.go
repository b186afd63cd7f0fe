package serve

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// origin is how the caller of a request reaches this server, without a slash at
// its end. A proxy that ends TLS says so in X-Forwarded-Proto: it decides
// nothing but the scheme of links that go back to the same caller.
func (h HTTP) origin(r *http.Request) string {
	if h.PublicURL != "" {
		return h.PublicURL
	}
	if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// open lets any page use a route: what it needs to be let in stands in the
// address, and no cookie is read.
func (h HTTP) open(methods string, next http.HandlerFunc) http.Handler {
	return h.named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", "Content-Length, Content-Range, Accept-Ranges, Retry-After")
		if r.Method == http.MethodOptions {
			header.Set("Access-Control-Allow-Methods", methods)
			header.Set("Access-Control-Allow-Headers", "Content-Type, Range, If-Range")
			header.Set("Access-Control-Max-Age", "3600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next(w, r)
	}))
}

// mediaRoutes are the routes of what people see and send: links, uploads, the
// gallery.
type mediaRoutes struct{ *app }

// output serves one file of the store to whoever has a link to it.
func (a mediaRoutes) output(w http.ResponseWriter, r *http.Request) {
	no := func(reason string, status int, text string) {
		a.Metrics.refused(reason)
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, text, status)
	}
	select {
	case a.sending <- struct{}{}:
		defer func() { <-a.sending }()
	default:
		w.Header().Set("Retry-After", "2")
		no("overload", http.StatusServiceUnavailable, "The server is busy. Wait as long as Retry-After says.")
		return
	}
	name := r.PathValue("name")
	from, size, kind, ends, err := a.Links.Open(r.Context(), name, r.URL.Query())
	switch {
	case errors.Is(err, outputs.ErrLinkForged), errors.Is(err, outputs.ErrLinkExpired):
		no("link", http.StatusForbidden, fmt.Sprintf("No: %v. Ask for the result again to get a new one.", err))
		return
	case err != nil && nexconn.CodeOf(err) == nexconn.NotFound:
		no("link", http.StatusNotFound, "This file is not kept any more.")
		return
	case err != nil:
		a.Log.ErrorContext(r.Context(), "a link could not be served", "cause", err)
		no("link", http.StatusServiceUnavailable, "The file can't be read just now. Try again in a minute.")
		return
	}
	defer from.Close()
	h := w.Header()
	h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d", int(time.Until(ends)/time.Second)))
	// Pages of other origins show it: chats, players, the gallery in a host.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("ETag", `"`+fingerprint("output", name)+`"`) // no name is ever given to another file
	WriteOutput(w, r, from, size, kind)
}
