package command

import (
	"context"

	"github.com/spf13/cobra"
)

func modelsCommand(g *globals) *cobra.Command {
	var asJSON bool
	var kind, capability string
	cmd := &cobra.Command{
		Use: "models [MODEL]", Short: "List the models, or every limit, the price and the aliases of one",
		Example: "  nexconn-mcp models\n  nexconn-mcp models kling-v3\n  nexconn-mcp models --capability \"last frame\" --json",
		Args:    atMostOne("a model"), ValidArgsFunction: g.completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			given := map[string]any{"kind": kind, "capability": capability}
			if len(args) > 0 {
				given["model"] = args[0]
			}
			return g.show(cmd.Context(), "list_models", given, asJSON)
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "chat, image or video")
	cmd.Flags().StringVar(&capability, "capability", "", "an operation, an argument or a feature: lip sync, pdf, 4k, cheap")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the structured result of list_models")
	return cmd
}

// show calls a tool that only looks and prints its result.
func (g *globals) show(ctx context.Context, tool string, args map[string]any, asJSON bool) error {
	c := callRun{globals: g, output: "text"}
	if asJSON {
		c.output = "json"
	}
	return c.look(ctx, func(s *session, _ *app) error {
		got, err := s.call(ctx, tool, args, nil)
		if err != nil {
			return exit{exitFailed, err}
		}
		return c.told(tool, got, false, false)
	})
}

// look opens the server for a command that only looks. What agents are not
// offered is there all the same.
func (g *globals) look(ctx context.Context, do func(*session, *app) error) error {
	settings := g.quietSettings()
	settings.Toolsets = nil
	a, err := build(ctx, g.env, settings, overStdio, nil)
	if err != nil {
		return err
	}
	defer a.close()
	s, err := a.open(ctx)
	if err != nil {
		return exit{exitFailed, err}
	}
	err = do(s, a)
	if ended := s.close(); err == nil && ended != nil {
		return exit{exitFailed, ended}
	}
	return err
}
