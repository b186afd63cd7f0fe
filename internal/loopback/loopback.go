// Package loopback says whether an address names this machine.
package loopback

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Is says whether host or host:port names this machine's loopback by its very
// name: localhost (in any letter case, with or without its final dot, or a name
// under it), or an address of 127.0.0.0/8 or ::1, also mapped into IPv6. A name
// that merely resolves there does not, nor one that begins like one, as
// 127.evil.example does.
func Is(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().WithZone("").IsLoopback()
}

// URL says whether a link leads to this machine's loopback by its host's name.
func URL(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Host != "" && Is(u.Host)
}
