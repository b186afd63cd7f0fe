package command_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fleet is three replicas on one database, behind a proxy that takes turns.
type fleet struct {
	t         *testing.T
	service   *service
	hosts     [3]host
	replicas  [3]*process
	addresses []string
	proxy     proxy
}

// proxy is what stands in front of the replicas.
type proxy interface {
	url() string
	// sentTo is the replica that a call (X-Call) went to last.
	sentTo(call string) string
}

// fleetPrices makes every call of the load cost a cent.
const fleetPrices = `
[models."kling-v1"]
price = {unit = "call", usd = 0.01}
[models."gemini-2.5-pro"]
price = {unit = "call", usd = 0.01}
`

func newFleet(t *testing.T, address string, holders ...holder) *fleet {
	t.Helper()
	f := &fleet{t: t, service: newService(t)}
	models := filepath.Join(t.TempDir(), "models.toml")
	if err := os.WriteFile(models, []byte(fleetPrices), 0o600); err != nil {
		t.Fatal(err)
	}
	args, artifacts := withTokens(t, holders...), t.TempDir()
	for i := range f.hosts {
		f.hosts[i] = host{args: args, state: t.TempDir(), listen: freeAddress(t), env: map[string]string{
			"NEXCONN_DATABASE_URL": address, "NEXCONN_API_KEY": "sk-of-the-server", "NEXCONN_BASE_URL": f.service.door(t, i+1),
			"NEXCONN_ARTIFACTS": "file://" + artifacts, "NEXCONN_MODELS_FILE": models}}
		f.addresses = append(f.addresses, f.hosts[i].listen)
		f.replicas[i] = start(t, f.hosts[i])
	}
	if long() {
		f.proxy = newNginx(t, f.addresses)
	} else {
		f.proxy = newTurns(t, f.addresses)
	}
	return f
}

// as is a caller who reaches whichever replica has its turn.
func (f *fleet) as(name string) caller {
	return caller{t: f.t, url: f.proxy.url(), token: secretOf(name), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// renew starts a replica again, stopping it first if it runs.
func (f *fleet) renew(i int) (stopped time.Duration) {
	f.t.Helper()
	select {
	case <-f.replicas[i].ended:
	default:
		stopped = f.replicas[i].stop()
	}
	f.replicas[i] = start(f.t, f.hosts[i])
	return stopped
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// turns is the smallest proxy that does it right: one replica after the other,
// and the next one only where nothing was sent.
type turns struct {
	targets []string
	at      string
	next    atomic.Int64
	calls   sync.Map // X-Call -> target
}

func newTurns(t *testing.T, targets []string) *turns {
	p := &turns{targets: targets}
	reverse := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", targets[0] },
		Transport:     p,
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	srv := httptest.NewServer(reverse)
	t.Cleanup(srv.Close)
	p.at = srv.URL
	return p
}

var once = &http.Transport{DisableKeepAlives: true}

func (p *turns) RoundTrip(r *http.Request) (*http.Response, error) {
	first := int(p.next.Add(1))
	var body []byte
	var err error
	if r.Body != nil { // a GET has none here
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	for i := range p.targets {
		target := p.targets[(first+i)%len(p.targets)]
		p.calls.Store(r.Header.Get("X-Call"), target)
		out := r.Clone(r.Context())
		out.URL.Host, out.Body = target, io.NopCloser(bytes.NewReader(body))
		var answer *http.Response
		if answer, err = once.RoundTrip(out); err == nil {
			return answer, nil
		}
		if dial, ok := errors.AsType[*net.OpError](err); !ok || dial.Op != "dial" {
			return nil, err
		}
	}
	return nil, err
}

func (p *turns) url() string { return p.at }

func (p *turns) sentTo(call string) string {
	target, _ := p.calls.Load(call)
	name, _ := target.(string)
	return name
}

// nginx is nginx with the configuration that is packaged.
type nginx struct {
	t       *testing.T
	at, log string
}

func newNginx(t *testing.T, targets []string) *nginx {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx here (apt-get install nginx-light)")
	}
	packaged, err := os.ReadFile(filepath.Join("..", "..", "packaging", "proxy", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	dir, listen := t.TempDir(), freeAddress(t)
	n := &nginx{t: t, at: "http://" + listen, log: filepath.Join(dir, "access.log")}
	conf := string(packaged)
	for pattern, with := range map[string]string{
		`(?m)^    least_conn;$`:                        "",
		`(?m)^    server 127\.0\.0\.1:8080;\n.*8081;$`: "    server " + strings.Join(targets, ";\n    server ") + ";",
		`(?m)^    listen 443 ssl;$`:                    "    listen " + listen + ";",
		`(?m)^    ssl_.*\n`:                            "",
		`(?ms)^server \{\n    listen 80;.*`:            "",
	} {
		changed := regexp.MustCompile(pattern).ReplaceAllString(conf, with)
		if changed == conf {
			t.Fatalf("packaging/proxy/nginx.conf has nothing like %s", pattern)
		}
		conf = changed
	}
	conf = "daemon off;\nworker_processes 1;\npid " + dir + "/pid;\nerror_log " + dir + "/error.log;\nevents {}\nhttp {\n" +
		"log_format calls '$http_x_call|$status|$upstream_addr';\naccess_log " + n.log + " calls;\n" +
		"client_body_temp_path " + dir + "/body;\nproxy_temp_path " + dir + "/proxy;\nfastcgi_temp_path " + dir + "/f;\nuwsgi_temp_path " + dir + "/u;\nscgi_temp_path " + dir + "/s;\n" +
		conf + "\n}\n"
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &output{}
	ctx, end := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-c", file, "-e", dir+"/error.log")
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end()
		_ = cmd.Wait() // killed
	})
	waitFor(t, 10*time.Second, "nginx", func() bool {
		c, err := net.Dial("tcp", listen)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return n
}

func (n *nginx) url() string { return n.at }

func (n *nginx) sentTo(call string) string {
	lines, err := os.ReadFile(n.log)
	if err != nil {
		n.t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), call+"|"); ok {
			_, addresses, _ := strings.Cut(rest, "|")
			return addresses[strings.LastIndex(addresses, " ")+1:]
		}
	}
	return ""
}
