package media

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// names is a resolver that knows these names and no others.
func names(t *testing.T, known map[string]string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for {
				if err := answerName(theirs, known); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}}
}

// answerName answers one question as a DNS server does over TCP.
func answerName(conn net.Conn, known map[string]string) error {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return err
	}
	packet := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, packet); err != nil {
		return err
	}
	var msg dnsmessage.Message
	if err := msg.Unpack(packet); err != nil {
		return err
	}
	q := msg.Questions[0]
	msg.Response, msg.Additionals = true, nil
	addr, found := known[strings.TrimSuffix(q.Name.String(), ".")]
	if !found {
		msg.RCode = dnsmessage.RCodeNameError
	} else if at := netip.MustParseAddr(addr); at.Is4() && q.Type == dnsmessage.TypeA {
		msg.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: at.As4()}}}
	} else if at.Is6() && q.Type == dnsmessage.TypeAAAA {
		msg.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AAAAResource{AAAA: at.As16()}}}
	}
	out, err := msg.Pack()
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	return err
}

// badNames are public-looking names that lead where they shouldn't.
func badNames() map[string]string {
	return map[string]string{
		"loop.example.com":   "127.0.0.1",
		"meta.example.com":   "169.254.169.254",
		"ten.example.com":    "10.0.0.7",
		"home.example.com":   "192.168.1.1",
		"cgnat.example.com":  "100.64.0.1",
		"multi.example.com":  "239.1.2.3",
		"zero.example.com":   "0.0.0.0",
		"loop6.example.com":  "::1",
		"local6.example.com": "fe80::1",
		"priv6.example.com":  "fd12::1",
		"mapped.example.com": "::ffff:10.0.0.1",
		"nat64.example.com":  "64:ff9b::7f00:1",
	}
}

func TestNamesThatLeadInside(t *testing.T) {
	known := badNames()
	for _, loopback := range []bool{false, true} {
		d := newDownloader(0, newGuard(loopback, nil, names(t, known)))
		for name, addr := range known {
			for _, scheme := range []string{"https", "http"} {
				_, err := d.Save(t.Context(), scheme+"://"+name+"/1.mp4", Target{Dir: t.TempDir(), Name: "film"}, nil)
				if nexconn.CodeOf(err) != nexconn.Forbidden {
					t.Errorf("%s://%s (%s), loopback %v: %v", scheme, name, addr, loopback, err)
				}
			}
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	g := newGuard(false, nil, net.DefaultResolver)
	for addr, public := range map[string]bool{
		"93.184.215.14": true, "::ffff:93.184.215.14": true, "64:ff9b::5db8:d70e": true, "2606:4700:4700::1111": true,
		"127.0.0.1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "::1": false, "::": false,
		"0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.0.1": false, "100.64.0.1": false, "169.254.169.254": false,
		"224.0.0.1": false, "255.255.255.255": false, "fe80::1%eth0": false, "fd00::1": false, "ff02::1": false, "2002:7f00:1::": false,
	} {
		if err := g.isPublic(netip.MustParseAddr(addr)); (err == nil) != public {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// through is a proxy on this machine that leads every host to one server, and
// counts.
func through(t *testing.T, to string) (func(*http.Request) (*url.URL, error), *atomic.Int32) {
	var used atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used.Add(1)
		if r.Method != http.MethodConnect {
			t.Errorf("the proxy was asked to %s", r.Method)
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		defer far.Close()
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer near.Close()
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(far, near)
		io.Copy(near, far)
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return http.ProxyURL(u), &used
}

func TestThroughAProxy(t *testing.T) {
	film := clip(t)
	var redirectTo atomic.Pointer[string]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := redirectTo.Load(); to != nil && r.URL.Path == "/away" {
			http.Redirect(w, r, *to, http.StatusFound)
			return
		}
		w.Write(film)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	proxy, used := through(t, srv.Listener.Addr().String())
	known := badNames()
	known["good.example.com"] = "93.184.215.14"
	g := newGuard(false, proxy, names(t, known))
	// The test server's certificate is for example.com.
	g.proxied.TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	d := newDownloader(0, g)
	d.pause = time.Millisecond
	save := func(link string) error {
		_, err := d.Save(t.Context(), link, Target{Dir: t.TempDir(), Name: "film"}, nil)
		return err
	}
	for _, host := range []string{"good.example.com", "unknown.example.com", "93.184.215.14"} {
		before := used.Load()
		err := save("https://" + host + "/1.mp4")
		if host == "93.184.215.14" {
			// No certificate for it; what counts is that the proxy was asked.
			err = nil
		}
		if err != nil || used.Load() == before {
			t.Errorf("%s: %v, the proxy was asked %d times", host, err, used.Load()-before)
		}
	}
	before := used.Load()
	bad := []string{"10.0.0.1", "[fd00::1]", "[::ffff:7f00:1]", "127.0.0.1", "localhost", "intranet", "db.internal", "printer.local", "127.1", "2130706433", "0x7f000001", "0x7f.1"}
	for name := range badNames() {
		bad = append(bad, name)
	}
	for _, host := range bad {
		if err := save("https://" + host + "/1.mp4"); nexconn.CodeOf(err) != nexconn.Forbidden {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := used.Load() - before; n != 0 {
		t.Errorf("the proxy was asked %d times for what is refused", n)
	}
	for _, to := range []string{"https://meta.example.com/", "http://good.example.com/", "https://10.0.0.1/", "https://127.0.0.1/"} {
		redirectTo.Store(&to)
		if err := save("https://good.example.com/away"); nexconn.CodeOf(err) != nexconn.Forbidden {
			t.Errorf("redirected to %s: %v", to, err)
		}
	}
}
