package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func modelsCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "models", Short: "List the models and what they can do", Args: cobra.NoArgs,
		Long: "Lists the models and what they can do. Every limit of one: nexconn-mcp call list_models model=ID",
		RunE: func(cmd *cobra.Command, _ []string) error { return runModels(cmd.Context(), g, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the structured result of list_models")
	return cmd
}

func runModels(ctx context.Context, g *globals, asJSON bool) error {
	a, err := g.quietApp(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	session, err := a.open(ctx)
	if err != nil {
		return exit{exitFailed, err}
	}
	got, err := session.call(ctx, "list_models", nil, nil)
	if err = errors.Join(err, session.close()); err != nil {
		return exit{exitFailed, err}
	}
	if asJSON {
		return printJSON(g.env, got.structured)
	}
	var list toldModels
	if err := json.Unmarshal(got.structured, &list); err != nil {
		return exit{exitFailed, err}
	}
	kind := ""
	for _, m := range list.Models {
		if m.Kind != kind {
			kind = m.Kind
			fmt.Fprintf(g.env.Stdout, "%s\n", strings.ToUpper(kind))
		}
		can := m.Operations
		if len(can) == 0 {
			can = m.Capabilities
		}
		line := fmt.Sprintf("  %-*s  %s", widest(list.Models), m.ID, strings.Join(can, ", "))
		if word := retired(m); word != "" {
			line += "  (" + word + ")"
		}
		fmt.Fprintln(g.env.Stdout, strings.TrimRight(line, " "))
	}
	_, err = fmt.Fprintf(g.env.Stdout, "%d models\n", list.Count)
	return err
}

func widest(models []toldModel) int {
	most := 0
	for _, m := range models {
		most = max(most, len(m.ID))
	}
	return most
}

func retired(m toldModel) string {
	switch {
	case !m.Retired:
		return ""
	case m.Successor == "":
		return "retired"
	}
	return "retired, use " + m.Successor
}
