package command

import (
	"github.com/spf13/cobra"
)

func tasksCommand(g *globals) *cobra.Command {
	var asJSON bool
	var kind, status, model, cursor string
	var limit int
	cmd := &cobra.Command{
		Use: "tasks", Short: "List the tasks on record, newest first", Args: noArguments,
		Example: "  nexconn-mcp tasks\n  nexconn-mcp tasks --kind video --status running\n  nexconn-mcp call query_task task_id=TASK_ID     how one stands now",
		RunE: func(cmd *cobra.Command, _ []string) error {
			args := map[string]any{"kind": kind, "status": status, "model": model, "cursor": cursor}
			if cmd.Flags().Changed("limit") {
				args["limit"] = limit
			}
			return g.show(cmd.Context(), "list_tasks", args, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "", "image, video or chat")
	f.StringVar(&status, "status", "", "queued, running, succeeded, failed, cancelled, expired or unknown")
	f.StringVar(&model, "model", "", "of this model alone")
	f.IntVar(&limit, "limit", 20, "how many, at most 100")
	f.StringVar(&cursor, "cursor", "", "go on where the last list ended")
	f.BoolVar(&asJSON, "json", false, "the structured result of list_tasks")
	return cmd
}
