package command

import (
	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
)

func tokenCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Tokens of callers for --auth tokens",
		RunE: func(_ *cobra.Command, args []string) error {
			return usage("token has one command: nexconn-mcp token new NAME")
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use: "new NAME", Short: "Make a caller's token: show it once, print the entry with its hash", Args: exactlyOne("a name", "for example: nexconn-mcp token new team-video"),
		RunE: func(_ *cobra.Command, args []string) error {
			secret, entry, err := serve.NewToken(args[0])
			if err != nil {
				return usage("%w", err)
			}
			err = say(g.env.Stdout, "The token, shown this once (give it to the caller):\n\n%s\n\nThe entry for the tokens file:\n\n%s\n", secret, entry)
			return err
		},
	})
	return cmd
}
