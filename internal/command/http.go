package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

const httpLong = `Speaks MCP over Streamable HTTP at /mcp, both protocol eras, without state of
its own; /healthz, /readyz and /metrics beside it.

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
	var listen, metricsListen, auth, tokensFile string
	cmd := &cobra.Command{
		Use: "http", Short: "Speak MCP over Streamable HTTP", Long: httpLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runHTTP(cmd.Context(), g, serve.HTTP{
				Listen:        g.said(cmd, "listen", listen),
				MetricsListen: g.said(cmd, "metrics-listen", metricsListen),
				Auth:          g.said(cmd, "auth", auth),
				TokensFile:    g.said(cmd, "tokens-file", tokensFile),
			})
		},
	}
	// The settings that matter here alone are hidden elsewhere.
	cmd.SetHelpFunc(func(c *cobra.Command, args []string) {
		for _, s := range AllSettings() {
			if f := c.Root().PersistentFlags().Lookup(s.Name); f != nil && s.HTTP {
				f.Hidden = false
			}
		}
		c.Root().HelpFunc()(c, args)
	})
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on")
	f.StringVar(&metricsListen, "metrics-listen", "", "address of /metrics; off loopback they are served nowhere else")
	f.StringVar(&auth, "auth", "", "passthrough, tokens or oidc")
	f.StringVar(&tokensFile, "tokens-file", "", "the callers of --auth tokens")
	return cmd
}

// said is a command's own flag, or its environment variable.
func (g *globals) said(cmd *cobra.Command, name, value string) string {
	if !cmd.Flags().Changed(name) {
		if v, ok := g.env.Lookup(envOf(name)); ok && v != "" {
			return v
		}
	}
	return value
}

func runHTTP(ctx context.Context, g *globals, h serve.HTTP) error {
	outliveReaders()
	s, err := g.settings()
	if err != nil {
		return err
	}
	tracing, err := traces(ctx, g.env)
	if err != nil {
		return exit{exitUsage, err}
	}
	h.Metrics = serve.NewMetrics(version())
	a, err := build(ctx, g.env, s, overHTTP, h.Metrics, tracing.Options...)
	if err != nil {
		return err
	}
	defer a.close()
	defer flush(tracing)
	h.Server, h.Log, h.Version = a.server, a.log, version()
	h.OIDCIssuer, h.OIDCAudience = s.OIDCIssuer, s.OIDCAudience
	h.AllowedOrigins, h.AllowedHosts = s.AllowedOrigins, s.AllowedHosts
	h.RatePerCaller, h.Burst, h.ConcurrencyPerCaller, h.MaxBody = s.RatePerCaller, s.Burst, s.ConcurrencyPerCaller, s.MaxBody
	h.Ready, h.OnStop = a.jobs.Ready, a.jobs.Stop
	h.Toolset, h.ReadOnlyTool = a.toolset, a.readOnlyTool
	if faults := h.Check(); len(faults) > 0 {
		words := make([]string, len(faults))
		for i, f := range faults {
			words[i] = f.Error()
		}
		return usage("%s", strings.Join(words, "\n"))
	}
	if a.jobs.Client.Key == "" && h.Auth != "passthrough" {
		a.log.Warn("no key is set; calls answer not_configured until NEXCONN_API_KEY is, or a key is in the OS keychain")
	}
	go a.sweep(ctx)
	err = h.Run(ctx, func(addr string) { a.log.Info("speaking MCP over HTTP", "url", fmt.Sprintf("http://%s/mcp", addr)) })
	if err != nil && ctx.Err() == nil {
		return exit{exitFailed, err}
	}
	return nil
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
func traces(ctx context.Context, env Env) (serve.Tracing, error) {
	endpoint := env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := env.get("OTEL_EXPORTER_OTLP_ENDPOINT"); endpoint == "" && base != "" {
		endpoint = strings.TrimRight(base, "/") + "/v1/traces"
	}
	return serve.NewTracing(ctx, endpoint, version(), nil)
}

func flush(t serve.Tracing) {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	// A collector that is gone keeps nothing back.
	_ = t.Shutdown(ctx)
}
