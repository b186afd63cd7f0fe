package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// What a command line has besides flags, and what is said where it is wrong.

// nearest asks whether a name that isn't there was meant as another; empty
// where none is near.
func nearest(name string, names []string) string {
	if near := schemas.Nearest(name, names); near != "" {
		return " Did you mean " + near + "?"
	}
	return ""
}

// nameOf is a command as its user typed it, without the program.
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage("%s takes no arguments, and there are %d: %s", nameOf(cmd), len(args), strings.Join(args, " "))
}

// exactlyOne and atLeastOne say what a command is missing, and what would do.
func exactlyOne(what, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s needs %s: %s", nameOf(cmd), what, hint)
		}
		return atMostOne(what)(cmd, args)
	}
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage("%s takes %s alone, and there are %d: %s", nameOf(cmd), what, len(args), strings.Join(args, " "))
		}
		return nil
	}
}

func atLeastOne(what, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s needs %s: %s", nameOf(cmd), what, hint)
		}
		return nil
	}
}

// isCommand refuses what stands where a command should.
func isCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return noCommand(cmd.Root(), args[0])
}

func noCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := nearest(name, names)
	for _, t := range builtinTools() {
		if t.Tool.Name == name {
			hint = " It is a tool: nexconn-mcp call " + name + "."
		}
	}
	return usage("there is no command %q.%s Commands: %s", name, hint, strings.Join(names, ", "))
}

// wrongFlag says what is wrong with a flag, and of one that isn't there what may
// be meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	var missing interface {
		error
		GetSpecifiedName() string
	}
	if !errors.As(err, &missing) {
		return usage("%w", err)
	}
	name := missing.GetSpecifiedName()
	for _, s := range AllSettings() {
		switch {
		case s.Name != name:
		case s.NoFlag:
			return usage("%w; it is set in the environment alone, as %s", err, s.Env())
		case s.HTTP:
			return usage("%w; it is one of nexconn-mcp http", err)
		}
	}
	if nameOf(cmd) == "call" {
		return usage("%w; an argument of a tool is key=value: %s=…", err, name)
	}
	return usage("%w%s", err, nearFlag(cmd, name))
}

func nearFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := schemas.Nearest(name, names); near != "" {
		return "; did you mean --" + near + "?"
	}
	return ""
}
