package oauth

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits keep strangers from filling the page, the registration and what they
// ask of others. Each replica counts for itself.
type limits struct {
	pages, signIns, registrations, fetches limit
}

// tooMany is the fault of who asks too often.
var tooMany = wrong("slow_down", "Too many requests. Wait a minute and try again.")

// limit is one rate for each address and one for all.
type limit struct {
	mu     sync.Mutex
	all    *rate.Limiter
	each   map[string]*rate.Limiter
	filled time.Time
}

// maxAddresses is how many addresses a limit remembers; an hour is how long.
const maxAddresses = 10_000

// allow counts a request of an address: perMinute of them, and ten addresses'
// worth at once in all.
func (l *limit) allow(address string, perMinute int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.each == nil || len(l.each) >= maxAddresses || now.Sub(l.filled) > time.Hour {
		l.each, l.filled = map[string]*rate.Limiter{}, now
	}
	every := rate.Limit(float64(perMinute) / 60)
	if l.all == nil {
		l.all = rate.NewLimiter(10*every, 10*perMinute)
	}
	one := l.each[address]
	if one == nil {
		one = rate.NewLimiter(every, perMinute)
		l.each[address] = one
	}
	// Who is over its own limit takes nothing from the others.
	return one.AllowN(now, 1) && l.all.AllowN(now, 1)
}

// What one address may do in a minute.
const (
	pagesPerMinute         = 60
	signInsPerMinute       = 10
	registrationsPerMinute = 60
	fetchesPerMinute       = 10 // of one host's documents
)

// address is whose request it is. A server with an https public URL is behind a
// proxy that ends TLS, which appends the address that it saw.
func (s *Server) address(r *http.Request) string {
	if strings.HasPrefix(s.PublicURL, "https:") {
		seen := r.Header.Values("X-Forwarded-For")
		if len(seen) > 0 {
			all := seen[len(seen)-1]
			return network(strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:]))
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return network(host)
}

// network is who has an address: of IPv6 everybody has 2^64 of them.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	if prefix, err := addr.WithZone("").Prefix(64); err == nil {
		return prefix.String()
	}
	return address
}
