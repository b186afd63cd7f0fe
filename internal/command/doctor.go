package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

func doctorCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check key, connection, clock and folders, and say how to mend what is wrong", Args: noArguments,
		Long: "Checks what the server needs, one line each: what is all right, and how to mend what isn't.\n" +
			"Nothing is billed. Exit codes: 0 all is well, 1 something isn't.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), g) },
	}
}

// checkTime bounds each check.
const checkTime = 10 * time.Second

func runDoctor(ctx context.Context, g *globals) error {
	d := doctor{env: g.env, colour: colour(g.env, g.env.Stdout)}
	s := g.quietSettings()
	// The checks go on with what could be read: one visit, all that is wrong.
	for _, fault := range faultsOf(s.wrong) {
		d.bad("settings", fault.Error(), "correct it")
	}
	for _, note := range s.notes {
		d.line(d.paint("33", "--"), "settings", note)
	}
	d.settings = s
	d.key = d.findKey()
	if s.Sandbox {
		running, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Options{TimeScale: s.TimeScale, StateDir: filepath.Join(s.StateDir, "service")})
		if err != nil {
			return exit{exitFailed, err}
		}
		defer func() { _ = running.Close() }()
		d.settings.BaseURL, d.key = running.URL, "sandbox"
	}
	for _, check := range []func(context.Context, *doctor){
		checkKey, checkAddress, checkNetwork, checkService, checkClock,
		checkState, checkOutput, checkInputs, checkModels, checkArtifacts,
	} {
		within, stop := context.WithTimeout(ctx, checkTime)
		check(within, &d)
		stop()
		if ctx.Err() != nil {
			return exit{exitFailed, errors.New("interrupted")}
		}
	}
	if d.wrong > 0 {
		return exit{code: exitFailed}
	}
	return nil
}

// doctor goes from check to check and says what it finds.
type doctor struct {
	env      Env
	settings Settings
	key      nexconn.Secret
	keyFrom  string
	// skew is how far this clock is from the service's, once it has answered.
	skew   time.Duration
	heard  bool
	colour bool
	wrong  int
}

func (d *doctor) ok(thing, format string, args ...any) {
	d.line(d.paint("32", "ok"), thing, fmt.Sprintf(format, args...))
}

// bad says what is wrong and how to mend it.
func (d *doctor) bad(thing, wrong, mend string) {
	d.wrong++
	line := strings.TrimSuffix(strings.Join(strings.Fields(wrong), " "), ".")
	if mend != "" {
		line += " — " + mend
	}
	d.line(d.paint("31", "!!"), thing, line)
}

func (d *doctor) line(mark, thing, text string) {
	_, _ = io.WriteString(d.env.Stdout, mark+"  "+printable(thing+": "+text)+"\n")
}

func (d *doctor) paint(code, text string) string {
	if !d.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (d *doctor) findKey() nexconn.Secret {
	switch {
	case d.settings.Sandbox:
		return ""
	case d.settings.APIKey != "":
		d.keyFrom = keyVariable
		return d.settings.APIKey
	}
	key, place := storedKey(d.env)
	d.keyFrom = place
	return key
}

// faultsOf are the single errors of a joined one.
func faultsOf(err error) []error {
	var e exit
	if errors.As(err, &e) {
		err = e.err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return several.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
