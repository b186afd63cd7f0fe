package command

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

func sandboxCommand(g *globals) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Run the embedded stand-in for the service on its own",
		Long: "Runs the stand-in for the Nexconn service: same paths, statuses, errors and traps, nothing generated and nothing billed.\n" +
			"Any key is taken. Phrases in a prompt steer it, for example [[fail:content]]; docs/sandbox.md lists them.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			outliveReaders()
			s := g.settings()
			models, err := loadModels(s.ModelsFile)
			if err := together(s.wrong, err); err != nil {
				return err
			}
			// What the config file says of listening is meant for http.
			if v := g.env.get(envOf("listen")); v != "" && !cmd.Flags().Changed("listen") {
				listen = v
			}
			state := s.StateDir
			if !s.Sandbox {
				state = filepath.Join(state, "sandbox")
			}
			log := newLogger(g.env, s)
			r, err := sandbox.Start(ctx, listen, sandbox.Options{Models: models.IDs(), TimeScale: s.TimeScale, StateDir: filepath.Join(state, "service"), Log: log})
			if err != nil {
				return exit{exitFailed, err}
			}
			log.Info("the sandbox listens", "base_url", r.URL+"/v1", "results", r.MediaURL)
			<-ctx.Done()
			return r.Close()
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8900", "the address to listen on ["+envOf("listen")+"]")
	return cmd
}
