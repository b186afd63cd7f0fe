package command

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/oauth"
	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

const httpLong = `Speaks MCP over Streamable HTTP at /mcp, both protocol eras, without state of
its own; /healthz, /readyz and /metrics beside it, and /gallery, a page of
everything that a caller made.

Who may call is decided by --auth. Off loopback one is required:
  passthrough  the caller's bearer is its own Nexconn key
  tokens       the server holds the key; callers have tokens of --tokens-file
  oidc         the server holds the key; callers have JWTs of --oidc-issuer

The tokens file is TOML and is read again when it changes:
  [[token]]
  name = "team-video"
  sha256 = "…"                 # nexconn-mcp token new team-video prints it
  toolsets = ["video", "tasks"] # optional: these alone
  read_only = false             # optional
  max_usd_per_day = 20          # optional`

func httpCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "http", Short: "Speak MCP over Streamable HTTP", Long: httpLong, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runHTTP(cmd.Context(), g) },
	}
	// The settings that matter here alone are flags here alone.
	for _, s := range AllSettings() {
		if !s.HTTP || s.NoFlag {
			continue
		}
		f := cmd.Flags().VarPF(g.values[s.Name], s.Name, "", inHelp(s))
		if s.Switch {
			f.NoOptDefVal = "true"
		}
	}
	return cmd
}

func runHTTP(ctx context.Context, g *globals) error {
	outliveReaders()
	steadyHeap()
	s := g.settings()
	if s.Listen == "" {
		s.Listen = defaultListen
	}
	tracing, wrong := traces(ctx, g.env, s)
	metrics := serve.NewMetrics(version())
	a, err := build(ctx, g.env, s, overHTTP, metrics, tracing.Options...)
	if a == nil {
		return err
	}
	h := serve.HTTP{
		Server: a.server, Log: a.log, Metrics: metrics, Version: version(),
		Listen: s.Listen, MetricsListen: s.MetricsListen,
		Auth: s.Auth, TokensFile: s.TokensFile, OIDCIssuer: s.OIDCIssuer, OIDCAudience: s.OIDCAudience,
		PublicURL: s.PublicURL, OAuth: a.oauth(), CheckKey: a.checkKey,
		Links: a.jobs.Results.Links, Uploads: a.jobs.Uploads, MediaHosts: a.mediaHosts,
		AllowedOrigins: s.AllowedOrigins, AllowedHosts: s.AllowedHosts,
		RatePerCaller: s.RatePerCaller, Burst: s.Burst, ConcurrencyPerCaller: s.ConcurrencyPerCaller, MaxBody: s.MaxBody,
		Ready: a.jobs.Ledger.Ping, OnStop: a.jobs.Stop, Toolset: a.toolset, ReadOnlyTool: a.readOnlyTool,
	}
	defer a.close()
	if err := together(append([]error{err, wrong}, h.Check()...)...); err != nil {
		return err
	}
	defer flush(tracing)
	if a.jobs.Client.Key == "" && h.Auth != "passthrough" {
		a.log.Warn("no key is set; calls answer not_configured until NEXCONN_API_KEY is, or nexconn-mcp login has kept a key")
	}
	go a.sweep(ctx)
	a.watchMarket(ctx)
	err = h.Run(ctx, func(addr string) { a.log.Info("speaking MCP over HTTP", "url", fmt.Sprintf("http://%s/mcp", addr)) })
	if err != nil && ctx.Err() == nil {
		return exit{exitFailed, err}
	}
	return nil
}

// oauth is the sign-in, nil where it is not switched on.
func (a *app) oauth() *oauth.Server {
	if !a.settings.OAuth {
		return nil
	}
	return &oauth.Server{
		Secret: a.secret, Tokens: a.jobs.Ledger.Tokens(),
		Documents: media.NewDownloader(0, false, http.ProxyFromEnvironment).HTTP,
	}
}

// checkKey asks the service for something that costs nothing.
func (a *app) checkKey(ctx context.Context, key nexconn.Secret) error {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	_, err := a.jobs.Client.WithKey(key).Files(ctx, 1, "", "")
	return err
}

func (a *app) tool(name string) (tools.Tool, bool) {
	i := slices.IndexFunc(a.tools, func(t tools.Tool) bool { return t.ServerTool.Tool.Name == name })
	if i < 0 {
		return tools.Tool{}, false
	}
	return a.tools[i], true
}

func (a *app) toolset(name string) string {
	t, _ := a.tool(name)
	return strings.Join(t.Toolsets, ",")
}

func (a *app) readOnlyTool(name string) bool {
	t, _ := a.tool(name)
	return t.ReadOnly
}

// traces are sent only where the usual variables name a collector.
func traces(ctx context.Context, env Env, s Settings) (serve.Tracing, error) {
	endpoint := env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := env.get("OTEL_EXPORTER_OTLP_ENDPOINT"); endpoint == "" && base != "" {
		endpoint = strings.TrimRight(base, "/") + "/v1/traces"
	}
	headers := env.get("OTEL_EXPORTER_OTLP_HEADERS") + "," + env.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
	return serve.NewTracing(endpoint, headers, version(), newLogger(env, s))
}

func flush(t serve.Tracing) {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	// A collector that is gone keeps nothing back.
	_ = t.Shutdown(ctx)
}
