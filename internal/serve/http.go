package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
	"github.com/nexconn-ai/nexconn-mcp/internal/oauth"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

const (
	defaultMaxBody     = 16 << 20
	defaultConcurrency = 1024
	defaultDrain       = 12 * time.Second

	// sendLimit is how long a caller may take to send its request.
	sendLimit = 60 * time.Second
)

// HTTP serves MCP over Streamable HTTP at /mcp, both protocol eras, without any
// state of its own: any replica can answer any request.
type HTTP struct {
	// Server is ready but for the guards, which Handler adds.
	Server *server.MCPServer
	Log    *slog.Logger

	// Listen and MetricsListen are host:port. Off loopback the metrics are
	// served on MetricsListen only.
	Listen, MetricsListen string

	// Auth is "", "passthrough", "tokens" or "oidc".
	Auth                     string
	TokensFile               string
	OIDCIssuer, OIDCAudience string
	// PublicURL is how callers reach this server, without a slash at its end;
	// empty where it is what they ask by.
	PublicURL string
	// OAuth is the sign-in in front of tokens and passthrough, nil for none;
	// its Gate, Wants, PublicURL and Log are set here. CheckKey asks the service whether a
	// caller's key is good.
	OAuth    *oauth.Server
	CheckKey func(ctx context.Context, key nexconn.Secret) error

	// Links serve what the store keeps, and Uploads take what callers send; nil
	// for none.
	Links   *outputs.Links
	Uploads *outputs.Uploads
	// MediaHosts are the origins besides this server's that results lie on.
	MediaHosts func(ctx context.Context) []string

	// AllowedOrigins are whole origins (https://app.example.com), AllowedHosts
	// are host names, with a port where it matters.
	AllowedOrigins, AllowedHosts []string

	// The first three are off on loopback without Auth; 0 is off.
	RatePerCaller        float64
	Burst                int
	ConcurrencyPerCaller int
	// Concurrency bounds the requests that run at once, 0 is 1024.
	Concurrency int
	// MaxBody bounds a request in bytes, 0 is 16 MiB.
	MaxBody int64

	// Ready says why the server can't do its work, for /readyz.
	Ready func(ctx context.Context) error
	// Toolset names the toolset of a tool, several with commas between them;
	// "" is in every one.
	Toolset func(tool string) string
	// ReadOnlyTool says which tools are left in read-only mode.
	ReadOnlyTool func(tool string) bool
	Version      string

	// Metrics are shown on /metrics; nil is a set of its own.
	Metrics *Metrics
	// Drain is how long running calls get when the server stops, 0 is 12 s.
	Drain time.Duration
	// OnStop, if set, is called when the server stops, so that calls return
	// early.
	OnStop func()
}

// Handler is everything the server answers, behind its guards. It takes the
// Server over: call it once.
func (h HTTP) Handler() (http.Handler, error) {
	app, err := h.build(context.Background())
	if err != nil {
		return nil, err
	}
	return app, nil
}

// app is an HTTP that has been built.
type app struct {
	HTTP
	auth     authenticator
	limits   *limits
	mcp      http.Handler
	lists    *mcpfix.Lists
	mux      *http.ServeMux
	stopping chan struct{}
	sending  chan struct{} // one for each file that is being sent to somebody

	every     time.Duration // between signs of life
	sendLimit time.Duration // for a request to arrive whole
}

func (h HTTP) build(ctx context.Context) (*app, error) {
	if faults := h.Check(); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	h.Log = logger(h.Log)
	if h.Metrics == nil {
		h.Metrics = NewMetrics(h.Version)
	}
	if h.MaxBody == 0 {
		h.MaxBody = defaultMaxBody
	}
	if h.Concurrency == 0 {
		h.Concurrency = defaultConcurrency
	}
	if h.Drain == 0 {
		h.Drain = defaultDrain
	}
	if h.Auth == "" {
		h.RatePerCaller, h.ConcurrencyPerCaller = 0, 0
	}
	auth, err := h.authenticator(ctx)
	if err != nil {
		return nil, err
	}
	guard{server: h.Server, log: h.Log, metrics: h.Metrics, private: h.Auth != ""}.install()
	server.WithToolFilter(toolFilter(h.Toolset, h.ReadOnlyTool))(h.Server)
	a := &app{
		HTTP:      h,
		auth:      auth,
		limits:    newLimits(h.RatePerCaller, h.Burst, h.ConcurrencyPerCaller, h.Concurrency),
		lists:     &mcpfix.Lists{Server: h.Server, Narrowed: narrowed},
		stopping:  make(chan struct{}),
		sending:   make(chan struct{}, h.Concurrency),
		every:     mcpfix.KeepAlive,
		sendLimit: sendLimit,
	}
	a.mcp = server.NewStreamableHTTPServer(h.Server,
		server.WithStateLess(true),
		// The Host check is ours: mcp-go's knows no allow-list.
		server.WithDisableLocalhostProtection(true),
		server.WithDisableStreaming(true),
		server.WithStreamableHTTPLogger(h.Log),
	)
	a.mux = a.routes()
	return a, nil
}

func (a *app) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.readyz)
	if a.MetricsListen == "" && loopback.Is(a.Listen) {
		mux.Handle("GET /metrics", a.local(a.Metrics.Handler()))
	}
	if a.OAuth != nil {
		a.OAuth.Handle(mux, a.named)
	}
	if meta := a.auth.metadata(); meta != nil {
		mux.Handle("GET "+wellKnown, a.named(meta))
		mux.Handle("GET "+wellKnown+"/mcp", a.named(meta))
	}
	routes := mediaRoutes{a}
	if a.Links != nil {
		route := a.open("GET", routes.output)
		mux.Handle("GET "+outputs.LinksPath+"{name...}", route)
		mux.Handle("OPTIONS "+outputs.LinksPath+"{name...}", route)
	}
	if a.Uploads != nil {
		route := a.open("PUT", routes.upload)
		mux.Handle("PUT "+outputs.UploadsPath+"{address}", route)
		mux.Handle("OPTIONS "+outputs.UploadsPath+"{address}", route)
	}
	mux.Handle("GET "+galleryPath, a.named(http.HandlerFunc(routes.gallery)))
	mux.HandleFunc("/mcp", a.endpoint)
	mux.HandleFunc("/mcp/{$}", a.endpoint)
	return mux
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

func (a *app) readyz(w http.ResponseWriter, r *http.Request) {
	select {
	case <-a.stopping:
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	default:
	}
	if a.Ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := a.Ready(ctx); err != nil {
			a.Log.WarnContext(r.Context(), "not ready", "cause", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(w, "ok")
}

// Run serves until ctx ends, then lets running calls finish. ready is told the
// address once connections are taken.
func (h HTTP) Run(ctx context.Context, ready func(addr string)) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	a, err := h.build(base)
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", a.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	failed := make(chan error, 2)
	web := a.httpServer(base, a)
	servers := []*http.Server{web}
	if a.MetricsListen != "" {
		metrics, err := listen.Listen(ctx, "tcp", a.MetricsListen)
		if err != nil {
			_ = listener.Close()
			return fmt.Errorf("--metrics-listen: %w", err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.Metrics.Handler())
		m := a.httpServer(base, mux)
		m.WriteTimeout = sendLimit
		servers = append(servers, m)
		go func() { failed <- m.Serve(metrics) }()
	}
	go func() { failed <- web.Serve(listener) }()
	if ready != nil {
		ready(listener.Addr().String())
	}

	select {
	case err = <-failed:
	case <-ctx.Done():
		err = nil
	}
	a.stop(servers, cut)
	return err
}

// stop ends the listeners, waits for running calls and cuts off the rest.
func (a *app) stop(servers []*http.Server, cut context.CancelFunc) {
	close(a.stopping)
	if a.OnStop != nil {
		a.OnStop()
	}
	// The metrics stay up while calls finish.
	shutdown := func(d time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return servers[0].Shutdown(ctx)
	}
	if shutdown(a.Drain) != nil {
		a.Log.Warn("calls still running at the end were cut off")
		cut()
		_ = shutdown(mcpfix.StopGrace)
	}
	for _, s := range servers {
		_ = s.Close()
	}
}

func (a *app) httpServer(base context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		// Until the request is there; a call may run longer.
		ReadTimeout:    a.sendLimit,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		BaseContext:    func(net.Listener) context.Context { return base },
		ErrorLog:       slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}
