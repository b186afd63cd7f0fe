package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Running is a sandbox that listens.
type Running struct {
	// Server is the handler behind both listeners.
	Server *Server
	// URL is the API's origin, http://127.0.0.1:PORT.
	URL string
	// MediaURL is the origin of the result links.
	MediaURL string

	api, media *http.Server
	cancel     context.CancelFunc
}

// Start listens on addr for the API ("127.0.0.1:0" picks a port) and on a second
// loopback address for results: 127.0.0.2 where there is one, else another port
// of 127.0.0.1. It stops when ctx ends or at [Running.Close].
func Start(ctx context.Context, addr string, o Options) (*Running, error) {
	var listen net.ListenConfig
	api, err := listen.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: listen: %w", err)
	}
	media, err := listen.Listen(ctx, "tcp", "127.0.0.2:0")
	if err != nil { // macOS and some containers have 127.0.0.1 only
		if media, err = listen.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return nil, errors.Join(fmt.Errorf("sandbox: listen for results: %w", err), api.Close())
		}
	}
	s := New(o)
	ctx, cancel := context.WithCancel(ctx)
	r := &Running{
		Server: s, URL: origin(api.Addr()), MediaURL: origin(media.Addr()), cancel: cancel,
		api: quietServer(ctx, s, s.log), media: quietServer(ctx, s.Media(), s.log),
	}
	s.SetMediaURL(r.MediaURL)
	serve := func(hs *http.Server, l net.Listener) {
		if err := hs.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("sandbox stopped serving", "addr", l.Addr().String(), "err", err)
		}
	}
	go serve(r.api, api)
	go serve(r.media, media)
	context.AfterFunc(ctx, func() { _ = r.closeServers() })
	return r, nil
}

// Close stops both listeners and cuts what is being answered.
func (r *Running) Close() error {
	r.cancel()
	return r.closeServers()
}

func (r *Running) closeServers() error { return errors.Join(r.api.Close(), r.media.Close()) }

func quietServer(ctx context.Context, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
}

// origin is how a client on this machine reaches a listener.
func origin(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
