package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

// fromAllowed refuses requests that a web page could have been made to send:
// an Origin that is not listed, and on loopback a Host that is not this
// machine, by which DNS rebinding shows. It answers for CORS where the Origin
// is fine.
func (a *app) fromAllowed(w http.ResponseWriter, r *http.Request) bool {
	if !a.hostAllowed(r) {
		a.refuse(w, "host", http.StatusForbidden, wrongHost(r))
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	origin := origins[0]
	if len(origins) > 1 || !a.originAllowed(r, origin) {
		a.refuse(w, "origin", http.StatusForbidden, fmt.Sprintf("The origin %q is not allowed here; see NEXCONN_ALLOWED_ORIGINS.", origin))
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id")
	h.Add("Vary", "Origin")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, X-MCP-Toolsets, X-MCP-Readonly, Traceparent")
		h.Set("Access-Control-Max-Age", "3600")
	}
	return true
}

func wrongHost(r *http.Request) string {
	return fmt.Sprintf("The host %q is not allowed here; see NEXCONN_ALLOWED_HOSTS.", r.Host)
}

func (h HTTP) hostAllowed(r *http.Request) bool {
	if matchesHost(h.AllowedHosts, r.Host) {
		return true
	}
	if u, err := url.Parse(h.PublicURL); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	if h.onLoopback(r) {
		return loopback.Is(r.Host)
	}
	return len(h.AllowedHosts) == 0
}

func (h HTTP) originAllowed(r *http.Request, origin string) bool {
	if slices.ContainsFunc(h.AllowedOrigins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	// The gallery is a page of this server: by the name it was asked by, which
	// has been looked at, or by its public one.
	public, err := url.Parse(h.PublicURL)
	if strings.EqualFold(u.Host, r.Host) || err == nil && u.Scheme == public.Scheme && strings.EqualFold(u.Host, public.Host) {
		return true
	}
	return loopback.Is(u.Host) && h.onLoopback(r) && loopback.Is(r.Host)
}

// onLoopback says whether the connection came in on a loopback address, or the
// server listens on nothing else.
func (h HTTP) onLoopback(r *http.Request) bool {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local != nil {
		return loopback.Is(local.String())
	}
	return loopback.Is(h.Listen)
}

// local keeps a page that is for this machine from web pages.
func (a *app) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.fromAllowed(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// matchesHost compares a Host header with a list of hosts; a listed host
// without a port stands for every port.
func matchesHost(allowed []string, host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return slices.ContainsFunc(allowed, func(a string) bool {
		return strings.EqualFold(a, host) || strings.EqualFold(strings.Trim(a, "[]"), name)
	})
}
