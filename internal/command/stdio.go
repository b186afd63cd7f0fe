package command

import (
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
)

func stdioCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "stdio", Short: "Speak MCP over stdio (the same as no command)", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStdio(cmd, g) },
	}
}

// stdioDrain is how long calls go on when the client has closed its end.
const stdioDrain = 10 * time.Second

func runStdio(cmd *cobra.Command, g *globals) error {
	ctx := cmd.Context()
	outliveReaders()
	easeStart()
	s := g.settings()
	tracing, wrong := traces(ctx, g.env, s)
	a, err := build(ctx, g.env, s, overStdio, nil, tracing.Options...)
	if err := together(err, wrong); err != nil {
		return err
	}
	defer a.close()
	defer flush(tracing)
	a.hint(g.env)
	a.watchMarket(ctx)
	err = serve.Stdio{Server: a.server, Log: a.log, Drain: stdioDrain, OnStop: a.jobs.Stop}.Serve(ctx, g.env.Stdin, g.env.Stdout)
	if err != nil && ctx.Err() == nil {
		return exit{exitFailed, err}
	}
	return nil
}

// easeStart puts off the first garbage collection. What a start allocates just
// reaches the size at which one begins, and it would cost the first answer two
// milliseconds to free next to nothing.
func easeStart() {
	usual := debug.SetGCPercent(400)
	time.AfterFunc(time.Second, func() { debug.SetGCPercent(usual) })
}

// hint tells a person who started the server by hand what it is waiting for.
func (a *app) hint(env Env) {
	if env.Terminal == nil || !env.Terminal(env.Stdin) {
		return
	}
	a.log.Info("speaking MCP over stdio; a client is to start this program. To see it work: nexconn-mcp demo")
}
