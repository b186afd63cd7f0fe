package command

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// healthcheckCommand asks a running server whether it is ready, for container
// images that have no other program to do so.
func healthcheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "healthcheck URL", Short: "Exit 0 if a server answers 200 at URL", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, args[0], nil)
			if err != nil {
				return usage("%w", err)
			}
			answer, err := (&http.Client{Timeout: 4 * time.Second}).Do(request)
			if err != nil {
				return exit{exitFailed, err}
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return exit{exitFailed, fmt.Errorf("%s answers %s", args[0], answer.Status)}
			}
			return nil
		},
	}
}
