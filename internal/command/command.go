// Package command is the command line: one file a command, settings in one
// place, and the wiring of all rooms into a server. It is the only room that
// reads the environment and writes to the terminal.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Env is the process as commands see it.
type Env struct {
	Lookup func(string) (string, bool)
	// Environ lists the variables as os.Environ does; nil where they can't be
	// listed.
	Environ        func() []string
	Home, Dir      string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal says whether a stream is one, for colour and progress bars.
	Terminal func(any) bool
}

// get is a variable's value, empty where it is not set.
func (e Env) get(name string) string {
	v, _ := e.Lookup(name)
	return v
}

// ProcessEnv is the environment of this process.
func ProcessEnv() Env {
	dir, _ := os.Getwd()
	home := homeFolder()
	return Env{Lookup: os.LookupEnv, Environ: os.Environ, Home: home, Dir: dir, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Terminal: isTerminal}
}

// homeFolder is the user's home, "" where there is none. A service's environment
// may name none, or /dev/null; its user may have one all the same.
func homeFolder() string {
	home, err := os.UserHomeDir()
	if err == nil && !isNoFolder(home) {
		return home
	}
	if who, err := user.Current(); err == nil {
		if at, err := os.Stat(who.HomeDir); err == nil && at.IsDir() {
			return who.HomeDir
		}
	}
	return ""
}

// isNoFolder says that something else than a folder stands at a path or on the
// way to it. A folder that is yet to be made is none of it.
func isNoFolder(path string) bool {
	at, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, syscall.ENOTDIR)
	}
	return !at.IsDir()
}

// Exit codes: 0 done, 1 a tool error or a failed job, 2 usage.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is an error with the code the process ends with; a quiet one has been
// told already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return exit{exitUsage, fmt.Errorf(format, args...)}
}

// together is all that is wrong in one, nil where nothing is: a fault of usage,
// unless something failed.
func together(errs ...error) error {
	var all []error
	code := exitUsage
	for _, err := range errs {
		all = append(all, faultsOf(err)...)
		var e exit
		if errors.As(err, &e) {
			code = min(code, e.code)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return exit{code, errors.Join(all...)}
}

// Run runs a command line and is the process but for its exit.
func Run(ctx context.Context, env Env, args []string) int {
	g := &globals{env: env}
	root := newRoot(g)
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = g.helpFault
	}
	if err == nil {
		return 0
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{exitUsage, err}
	}
	if text := e.Error(); text != "" {
		_ = say(env.Stderr, "nexconn-mcp: %s\n", text) // where that fails there is nowhere to say so
	}
	return e.code
}

func newRoot(g *globals) *cobra.Command {
	var shown bool
	root := &cobra.Command{
		Use:     "nexconn-mcp",
		Short:   "The whole Nexconn LLM API (chat, images, video, files) as tools of any MCP client",
		Example: "  nexconn-mcp demo                    a tour, with no key and no bill\n  nexconn-mcp login                   keep your key\n  nexconn-mcp install claude-code     or another client",
		Long:    "Without a command it speaks MCP over stdio, as clients start it.",
		Args:    isCommand,

		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if shown {
				return showVersion(g.env.Stdout)
			}
			return runStdio(cmd, g)
		},
	}
	root.Flags().BoolVar(&shown, "version", false, "version, commit, Go and protocol versions")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(wrongFlag)
	g.bind(root)
	setHelp(root, g)
	for group, commands := range map[string][]*cobra.Command{
		groupServe: {stdioCommand(g), httpCommand(g), sandboxCommand(g), tokenCommand(g)},
		groupUse:   {callCommand(g), toolsCommand(g), modelsCommand(g), tasksCommand(g), usageCommand(g), galleryCommand(g), demoCommand(g)},
		groupSetUp: {loginCommand(g), logoutCommand(g), installCommand(g), uninstallCommand(g), doctorCommand(g), versionCommand(g)},
	} {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	root.AddCommand(healthcheckCommand())
	return root
}

// globals are what every command shares: the flags of the settings.
type globals struct {
	env    Env
	config string
	values map[string]*flagValue
	// helpFault is what is wrong with what help was asked for.
	helpFault error
}

// flagValue is a flag that remembers whether it was given.
type flagValue struct {
	text   string
	given  bool
	toggle bool
}

func (f *flagValue) String() string { return f.text }
func (f *flagValue) Set(v string) error {
	f.text, f.given = v, true
	return nil
}

// Type is what help shows of the value.
func (f *flagValue) Type() string {
	if f.toggle {
		return "bool"
	}
	return "value"
}

// IsBoolFlag lets a switch stand without a value.
func (f *flagValue) IsBoolFlag() bool { return f.toggle }

func (g *globals) bind(root *cobra.Command) {
	g.values = map[string]*flagValue{}
	flags := root.PersistentFlags()
	flags.StringVar(&g.config, "config", "", "the config file (default: nexconn-mcp.toml in the user's config folder)")
	for _, s := range AllSettings() {
		if s.NoFlag {
			continue
		}
		v := &flagValue{toggle: s.Switch}
		g.values[s.Name] = v
		if s.HTTP {
			continue // flags of the http command alone
		}
		f := flags.VarPF(v, s.Name, "", inHelp(s))
		if s.Switch {
			f.NoOptDefVal = "true"
		}
	}
}

// inHelp is what the help of a command says of a setting.
func inHelp(s Setting) string { return plain(s.Help) + " [" + s.Env() + "]" + defaultWords(s) }

func defaultWords(s Setting) string {
	if s.Default == "" || s.Switch {
		return ""
	}
	return " (default " + plain(s.Default) + ")"
}

// plain is text without the marks of the README's table.
func plain(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if r != '`' {
			out = append(out, r)
		}
	}
	return string(out)
}

// settings are as far as they can be read, with what is wrong in them.
func (g *globals) settings() Settings {
	flags := map[string]string{}
	for name, v := range g.values {
		if v.given {
			flags[name] = v.text
		}
	}
	s, err := load(g.env, flags, g.config)
	if s.wrong = err; err == nil && s.Sandbox {
		s.StateDir = filepath.Join(s.StateDir, "sandbox")
		s.OutputDir = filepath.Join(s.OutputDir, "sandbox")
		s.InputDirs = append(s.InputDirs, s.OutputDir)
		if s.Artifacts != "" {
			s.Artifacts = strings.TrimRight(s.Artifacts, "/") + "/sandbox"
		}
	}
	return s
}
