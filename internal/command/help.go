package command

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// The groups of commands, as the help of the program lists them.
const (
	groupServe = "serve"
	groupUse   = "use"
	groupSetUp = "setup"
)

// helpTemplate has examples first. The settings are every command's: one line.
const helpTemplate = `{{.Short}}
{{with .Example}}
Examples:
{{. | trimTrailingWhitespaces}}
{{end}}
Usage:
  {{if .Runnable}}{{.UseLine}}{{end}}{{if and .Runnable .HasAvailableSubCommands}}
  {{end}}{{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{end}}
{{with .Long}}
{{. | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableSubCommands}}{{$all := .Commands}}{{range $group := .Groups}}
{{$group.Title}}{{range $all}}{{if and (eq .GroupID $group.ID) .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{if not .AllChildCommandsHaveGroup}}{{if .Groups}}
Other{{else}}
Commands{{end}}{{range $all}}{{if and (eq .GroupID "") (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalNonPersistentFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}
Settings, like --sandbox or --output-dir, go with every command: nexconn-mcp help settings
`

func setHelp(root *cobra.Command, g *globals) {
	root.AddGroup(&cobra.Group{ID: groupServe, Title: "Serve"}, &cobra.Group{ID: groupUse, Title: "Use from the shell"}, &cobra.Group{ID: groupSetUp, Title: "Set up"})
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(helpTemplate)
	root.SetHelpCommand(helpCommand(g))
}

func helpCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help of a command, of a tool (help call TOOL) or of the settings (help settings)",
		Example: "  nexconn-mcp help call\n  nexconn-mcp help call generate_video\n  nexconn-mcp help settings",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch {
			case len(args) == 0:
				return root.Help()
			case args[0] == "settings":
				return showSettings(g.env.Stdout)
			case len(args) > 1 && args[0] == "call":
				return g.toolHelp(args[1])
			}
			found, rest, err := root.Find(args)
			if err != nil || found == root || len(rest) > 0 && found.HasSubCommands() {
				return noCommand(root, strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// showSettings lists every setting with its ways in.
func showSettings(w io.Writer) error {
	err := say(w, "%s\n\n", wrapped("A flag beats the environment, which beats nexconn-mcp.toml in the user's config folder (--config FILE, or NEXCONN_CONFIG). "+
		"--max-wait is NEXCONN_MAX_WAIT in the environment and max_wait in the file. nexconn-mcp doctor shows what is set and where it came from.", ""))
	if err != nil {
		return err
	}
	for _, s := range AllSettings() {
		name := "--" + s.Name
		switch {
		case s.NoFlag:
			name = s.Env()
		case s.HTTP:
			name += " (of nexconn-mcp http)"
		}
		text := plain(s.Help)
		if s.Default != "" {
			text += " Default: " + strings.TrimSuffix(plain(s.Default), ".") + "."
		}
		if err := say(w, "%s\n%s\n", name, wrapped(text, "    ")); err != nil {
			return err
		}
	}
	return nil
}

// builtinTools are the tools as they are on offer without any setting; offered
// are those under the settings, as far as these can be read. Both are there to
// be described, not to be called.
func builtinTools() []tools.Tool {
	return tools.All(tools.Deps{Models: catalog.Builtin, Listed: catalog.Builtin()})
}

func (g *globals) offered() ([]tools.Tool, catalog.Set) {
	s := g.settings()
	models, err := loadModels(s.ModelsFile)
	if err != nil {
		models = catalog.Builtin()
	}
	deps := tools.Deps{Models: func() catalog.Set { return models }, Listed: models, Toolsets: s.Toolsets, ReadOnly: s.ReadOnly}
	return tools.All(deps), models
}

// toolSchema is what help and completion need of a tool's arguments.
type toolSchema struct {
	Properties propertyList `json:"properties"`
	Required   []string     `json:"required"`
}

// propertyList are arguments in the order of the schema.
type propertyList []argument

// argument is one argument of a tool.
type argument struct {
	Name        string      `json:"-"`
	Type        string      `json:"type"`
	Description string      `json:"description"`
	Enum        []any       `json:"enum"`
	Default     any         `json:"default"`
	Minimum     *float64    `json:"minimum"`
	Maximum     *float64    `json:"maximum"`
	Items       *toolSchema `json:"items"`
	toolSchema
}

// UnmarshalJSON reads an object and keeps its order.
func (p *propertyList) UnmarshalJSON(doc []byte) error {
	list, _, err := members(doc, 0)
	if err != nil {
		return err
	}
	for _, m := range list {
		a := argument{Name: m.name}
		if err := json.Unmarshal(doc[m.value:m.after], &a); err != nil {
			return err
		}
		*p = append(*p, a)
	}
	return nil
}

// argumentsOf are the arguments of a tool.
func argumentsOf(t tools.Tool) (toolSchema, error) {
	var s toolSchema
	err := json.Unmarshal(t.Tool.RawInputSchema, &s)
	return s, err
}

// callExamples are the arguments of a call of each tool, as a shell takes them.
var callExamples = map[string]string{
	"list_models":    "model=kling-v3",
	"chat":           `model=gemini-2.5-pro prompt="What is in this picture?" attachments=cat.png`,
	"native_chat":    "protocol=anthropic model=claude-4.5-sonnet body:=@request.json",
	"generate_image": `model=gemini-2.5-flash-image prompt="a red fox in the snow" aspect_ratio=16:9`,
	"edit_image":     `model=gemini-2.5-flash-image prompt="make it night" images=fox.png`,
	"generate_video": `model=kling-v3 prompt="waves at dusk" seconds=5 aspect_ratio=16:9`,
	"remix_video":    `task_id=TASK_ID prompt="the same at night"`,
	"query_task":     "task_id=TASK_ID wait_seconds=45",
	"list_tasks":     "kind=video status=running",
	"save_outputs":   "task_id=TASK_ID directory=clips",
	"upload_file":    "source_url=https://example.com/lecture.mp4",
	"query_file":     "file_id=FILE_ID",
	"list_files":     "status=ready",
	"delete_file":    "file_id=FILE_ID",
	"get_usage":      "period=month by=day",
}

// toolHelp prints what a tool does and its arguments.
func (g *globals) toolHelp(name string) error {
	offered, _ := g.offered()
	at := slices.IndexFunc(offered, func(t tools.Tool) bool { return t.Tool.Name == name })
	if at < 0 {
		return noTool(offered, name)
	}
	t := offered[at]
	schema, err := argumentsOf(t)
	if err != nil {
		return exit{exitFailed, err}
	}
	w := g.env.Stdout
	if err := say(w, "%s\n\nExample:\n  nexconn-mcp call %s\n", wrapped(t.Tool.Description, ""), strings.TrimSpace(name+" "+callExamples[name])); err != nil {
		return err
	}
	if len(schema.Properties) == 0 {
		return nil
	}
	if err := say(w, "\nArguments (key=value; * is required):\n"); err != nil {
		return err
	}
	var pairs []string
	for _, a := range schema.Properties {
		pairs = append(pairs, a.line(schema.Required, "  ")...)
	}
	if err := facts(w, pairs...); err != nil {
		return err
	}
	return say(w, "\n%s\n", wrapped("key=@file reads a value from a file, key:=JSON gives JSON; a key given twice makes a list. How calls work: nexconn-mcp call --help", ""))
}

// line is an argument in words, and under it the fields of its objects.
func (a argument) line(required []string, indent string) []string {
	mark := ""
	if slices.Contains(required, a.Name) {
		mark = " *"
	}
	kind := a.Type
	fields := a.toolSchema
	if a.Items != nil {
		kind, fields = "list", *a.Items
	}
	words := []string{kind}
	if len(a.Enum) > 0 {
		words = []string{"one of " + valueWords(a.Enum)}
	}
	if ends := limitWords(a.Name, numberEnds(a)); ends != "" {
		words = append(words, ends)
	}
	if a.Default != nil {
		words = append(words, "default "+valueWords(a.Default))
	}
	text := strings.Join(words, "; ")
	if a.Description != "" {
		text += ". " + a.Description
	}
	lines := []string{indent + a.Name + mark, text}
	for _, field := range fields.Properties {
		lines = append(lines, field.line(fields.Required, indent+"  ")...)
	}
	return lines
}

func numberEnds(a argument) map[string]any {
	ends := map[string]any{}
	if a.Minimum != nil {
		ends["min"] = *a.Minimum
	}
	if a.Maximum != nil {
		ends["max"] = *a.Maximum
	}
	return ends
}
