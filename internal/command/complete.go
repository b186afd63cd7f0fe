package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// Completion of the shell: what stands under the cursor may become what.

// kindOf is the kind of model that a tool takes; every kind where it takes any.
var kindOf = map[string]catalog.Kind{
	"chat": catalog.Chat, "native_chat": catalog.Chat, "upload_file": catalog.Chat,
	"generate_image": catalog.Image, "edit_image": catalog.Image, "generate_video": catalog.Video,
}

// completeCall knows tools, their arguments and what these take: the words of a
// list, models, and the ids of tasks on record.
func (g *globals) completeCall(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	const silent = cobra.ShellCompDirectiveNoFileComp
	offered, models := g.offered()
	if len(args) == 0 {
		var names []string
		for _, t := range offered {
			names = append(names, t.Tool.Name+"\t"+t.Tool.Annotations.Title)
		}
		return names, silent
	}
	at := slices.IndexFunc(offered, func(t tools.Tool) bool { return t.Tool.Name == args[0] })
	if at < 0 {
		return nil, silent
	}
	schema, err := argumentsOf(offered[at])
	if err != nil {
		return nil, silent
	}
	key, _, hasValue := strings.Cut(typed, "=")
	if !hasValue {
		return argumentsLeft(schema, args[1:]), silent | cobra.ShellCompDirectiveNoSpace
	}
	at = slices.IndexFunc(schema.Properties, func(a argument) bool { return a.Name == key })
	if at < 0 {
		return nil, silent
	}
	var values []string
	switch a := schema.Properties[at]; {
	case key == "model":
		values = modelIDs(models, kindOf[args[0]])
	case key == "task_id" || key == "task_ids":
		values = g.taskIDs(cmd)
	case a.Type == "boolean":
		values = []string{"true", "false"}
	case len(a.Enum) > 0:
		values = strings.Split(valueWords(a.Enum), ", ")
	default:
		return nil, cobra.ShellCompDirectiveDefault // a file, perhaps
	}
	for i, v := range values {
		values[i] = key + "=" + v
	}
	return values, silent
}

// argumentsLeft are the arguments that are not given yet; lists may be given again.
func argumentsLeft(schema toolSchema, given []string) []string {
	var left []string
	for _, a := range schema.Properties {
		taken := slices.ContainsFunc(given, func(pair string) bool {
			key, _, _ := strings.Cut(pair, "=")
			return strings.TrimSuffix(key, ":") == a.Name
		})
		if !taken || a.Type == "array" {
			left = append(left, a.Name+"=")
		}
	}
	return left
}

func modelIDs(models catalog.Set, kind catalog.Kind) []string {
	var ids []string
	for _, m := range models {
		if (kind == "" || m.Kind == kind) && m.Listed && !m.Pattern && !m.Off {
			ids = append(ids, m.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (g *globals) completeModels(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	_, models := g.offered()
	return modelIDs(models, ""), cobra.ShellCompDirectiveNoFileComp
}

// taskIDs are the newest tasks on record; none where they can't be read.
func (g *globals) taskIDs(cmd *cobra.Command) (ids []string) {
	err := g.look(cmd.Context(), func(s *session, _ *app) error {
		list, err := callFor[jobs.TaskList](cmd.Context(), s, "list_tasks", map[string]any{"limit": 50}, nil)
		for _, t := range list.Tasks {
			ids = append(ids, t.TaskID)
		}
		return err
	})
	if err != nil {
		cobra.CompDebugln(err.Error(), false)
	}
	return ids
}
