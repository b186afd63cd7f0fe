package media

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

// errRefused marks an address that is never fetched: not a matter of trying
// again.
var errRefused = errors.New("not a public address")

type refused struct{ why string }

func (r refused) Error() string { return r.why }
func (r refused) Unwrap() error { return errRefused }

// guard is the way out to the network: https to public addresses only, checked
// for each request, each redirect and, where we dial ourselves, each address
// that a name turns out to have.
type guard struct {
	loopbackOK bool
	public     *ssrf.Guardian
	lookup     func(ctx context.Context, network, host string) ([]netip.Addr, error)
	proxy      func(*http.Request) (*url.URL, error)

	direct, local, proxied *http.Transport
}

func newGuard(loopbackOK bool, proxy func(*http.Request) (*url.URL, error), resolver *net.Resolver) *guard {
	if proxy == nil {
		proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	g := &guard{
		loopbackOK: loopbackOK,
		public:     ssrf.New(ssrf.WithAnyPort()),
		lookup:     resolver.LookupNetIP,
		proxy:      proxy,
	}
	dialer := func(check func(netip.Addr) error) *net.Dialer {
		return &net.Dialer{Timeout: 15 * time.Second, Resolver: resolver, Control: control(check)}
	}
	g.direct = transport(dialer(g.isPublic))
	g.local = transport(dialer(isLoopback))
	g.proxied = transport(&net.Dialer{Timeout: 15 * time.Second, Resolver: resolver})
	g.proxied.Proxy = proxy
	return g
}

func transport(d *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:           d.DialContext,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   2,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
	}
}

// control checks the address itself, after every name was resolved, so that
// what is checked is what is dialled.
func control(check func(netip.Addr) error) func(string, string, syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return refused{"the address can't be read"}
		}
		return check(at.Addr())
	}
}

// RoundTrip sends a request on the way that its address allows.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	host := hostOf(req.URL)
	if loopback.Is(host) {
		if !g.loopbackOK {
			return nil, refused{"it leads to this machine"}
		}
		return g.local.RoundTrip(req)
	}
	if req.URL.Scheme != "https" {
		return nil, refused{"it is not an https link"}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if err := g.isPublic(addr); err != nil {
			return nil, err
		}
	}
	via, err := g.proxy(req)
	if err != nil {
		return nil, err
	}
	if via == nil {
		return g.direct.RoundTrip(req)
	}
	if err := g.throughProxy(req.Context(), host); err != nil {
		return nil, err
	}
	return g.proxied.RoundTrip(req)
}

func hostOf(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")) }

// throughProxy checks a host that a proxy will dial for us. Behind many proxies
// public names can't be resolved; such a name is left to the proxy if it is one
// that only the public DNS gives out.
func (g *guard) throughProxy(ctx context.Context, host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil // checked above
	}
	if !publicName(host) {
		return refused{"its host is not a public name"}
	}
	addrs, err := g.lookup(ctx, "ip", host)
	if err != nil {
		return ctx.Err()
	}
	for _, addr := range addrs {
		if err := g.isPublic(addr); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) isPublic(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if ssrf.IPv6NAT64Prefix.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if g.public.SafeAddr(addr) != nil {
		return refused{"it leads to a private or local address"}
	}
	return nil
}

func isLoopback(addr netip.Addr) error {
	if !addr.Unmap().IsLoopback() {
		return refused{"it leads to a private or local address"}
	}
	return nil
}

// publicName says that a host is a name of the public DNS: not "intranet", not
// "db.internal", and not a number written oddly such as 127.1 or 0x7f000001.
func publicName(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || dot == len(host)-1 || (host[dot+1] >= '0' && host[dot+1] <= '9') {
		return false
	}
	switch host[dot+1:] {
	case "local", "internal", "localhost", "localdomain", "lan", "home", "corp", "intranet", "arpa", "private":
		return false
	}
	return true
}
