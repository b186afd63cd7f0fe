package command

import (
	"context"
	"encoding/json"
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
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check key, connection, clock and folders, and say how to mend what is wrong", Args: noArguments,
		Long: "Checks what the server needs, one line each: what is all right, and how to mend what isn't.\n" +
			"Nothing is billed. Exit codes: 0 all is well, 1 something isn't.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), g, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the findings as JSON")
	return cmd
}

// checkTime bounds each check.
const checkTime = 10 * time.Second

func runDoctor(ctx context.Context, g *globals, asJSON bool) error {
	d := doctor{env: g.env, colour: colour(g.env, g.env.Stdout), quiet: asJSON}
	s := g.quietSettings()
	// The checks go on with what could be read: one visit, all that is wrong.
	for _, fault := range faultsOf(s.wrong) {
		d.bad("settings", fault.Error(), "correct it")
	}
	for _, note := range s.notes {
		d.note("settings", note)
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
	if asJSON {
		if err := d.writeJSON(); err != nil {
			return exit{exitFailed, err}
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
	// quiet doctors print nothing as they go.
	quiet bool
	found []finding
	wrong int
}

// finding is what a check found.
type finding struct {
	Check  string `json:"check"`
	Status string `json:"status"` // ok, wrong or note
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

func (d *doctor) ok(thing, format string, args ...any) {
	d.say("32", "ok", finding{thing, "ok", fmt.Sprintf(format, args...), ""})
}

// bad says what is wrong and how to mend it.
func (d *doctor) bad(thing, wrong, mend string) {
	d.wrong++
	d.say("31", "!!", finding{thing, "wrong", strings.TrimSuffix(strings.Join(strings.Fields(wrong), " "), "."), mend})
}

// note tells what is neither right nor wrong.
func (d *doctor) note(thing, text string) { d.say("33", "--", finding{thing, "note", text, ""}) }

func (d *doctor) say(colour, mark string, f finding) {
	d.found = append(d.found, f)
	if d.quiet {
		return
	}
	line := f.Check + ": " + f.Text
	if f.Remedy != "" {
		line += " — " + f.Remedy
	}
	_, _ = io.WriteString(d.env.Stdout, d.paint(colour, mark)+"  "+printable(line)+"\n")
}

// writeJSON is all that was found, in one document.
func (d *doctor) writeJSON() error {
	doc, err := json.MarshalIndent(struct {
		OK     bool      `json:"ok"`
		Checks []finding `json:"checks"`
	}{d.wrong == 0, d.found}, "", "  ")
	if err != nil {
		return err
	}
	return say(d.env.Stdout, "%s\n", doc)
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
