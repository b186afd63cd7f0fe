package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

const callLong = `Calls one tool, as an MCP client would, and waits for its job to the end.
The arguments of a tool: nexconn-mcp call TOOL --help

  key=value    a value; numbers and true/false are understood where one is asked for
  key=@file    the text of a file (@- is standard input)
  key:=JSON    a value in JSON; key:=@file reads it from a file
A key given twice makes a list. Pictures and clips are given by path or URL, or
as TASK_ID#N: images=cat.png

Exit codes: 0 done, 1 a tool error or a failed job, 2 a fault of the command line.`

const callExample = `  nexconn-mcp call generate_image model=kling-v2-1 prompt="a red fox in the snow"
  nexconn-mcp call chat model=deepseek-v3 prompt=@question.txt --output json
  nexconn-mcp call generate_video model=kling-v3 prompt="waves" seconds=5 --no-wait
  nexconn-mcp call query_task task_id=TASK_ID
  nexconn-mcp call generate_video --help`

func callCommand(g *globals) *cobra.Command {
	c := callRun{globals: g}
	cmd := &cobra.Command{
		Use: "call TOOL [key=value …]", Short: "Call one tool from the shell", Long: callLong, Example: callExample,
		Args: atLeastOne("a tool", "nexconn-mcp tools lists them"), ValidArgsFunction: g.completeCall,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0], args[1:]) },
	}
	usual := cmd.HelpFunc()
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if given := cmd.Flags().Args(); len(given) > 0 {
			g.helpFault = g.toolHelp(given[0])
			return
		}
		usual(cmd, args)
	})
	f := cmd.Flags()
	f.StringVar(&c.json, "json", "", "all arguments as a JSON object, or @file; key=value goes over it")
	f.StringVar(&c.output, "output", "text", "text, or json for the structured result alone")
	f.BoolVar(&c.show, "show", false, "draw the pictures of the result, in kitty, Ghostty, iTerm2 and WezTerm")
	f.BoolVar(&c.noWait, "no-wait", false, "answer as soon as the job is submitted")
	return cmd
}

// callRun is the call command.
type callRun struct {
	*globals
	json   string
	output string
	noWait bool
	show   bool
}

func (c *callRun) run(ctx context.Context, name string, pairs []string) error {
	if c.output != "text" && c.output != "json" {
		return usage("--output has to be text or json (it is %q)", c.output)
	}
	outliveReaders()
	// An interrupt ends the waiting; what is being submitted needs the rest of
	// the house to the end.
	a, err := build(context.WithoutCancel(ctx), c.env, c.quietSettings(), overStdio, nil)
	if err != nil {
		return err
	}
	defer a.close()
	tool, ok := a.tool(name)
	if !ok {
		return noTool(a.tools, name)
	}
	shape, err := shapeOf(tool)
	if err != nil {
		return err
	}
	args, err := shape.arguments(c.env, c.json, pairs)
	if err != nil {
		return usage("%w", err)
	}
	session, err := a.open(ctx, c.askOnTerminal()...)
	if err != nil {
		return exit{exitFailed, err}
	}
	w := waiting{callRun: c, session: session, name: name, shape: shape, most: a.jobs.WaitCap()}
	got, err := w.run(ctx, args)
	if ended := session.close(); err == nil && ended != nil {
		a.log.Debug("the session ended badly", "error", ended)
	}
	if err != nil {
		return exit{exitFailed, err}
	}
	return c.told(name, got, shape.unknown(args) != "", ctx.Err() != nil)
}

// quietSettings are the settings with a log that tells a person at a shell
// only what is wrong, unless more was asked for.
func (g *globals) quietSettings() Settings {
	s := g.settings()
	if s.LogLevel == slog.LevelInfo {
		s.LogLevel = slog.LevelWarn
	}
	return s
}

func noTool(offered []tools.Tool, name string) error {
	var names []string
	for _, t := range offered {
		names = append(names, t.Tool.Name)
	}
	slices.Sort(names)
	return usage("there is no tool %q.%s On offer: %s", name, nearest(name, names), strings.Join(names, ", "))
}

// told prints what came of a tool and is the exit code.
func (c *callRun) told(tool string, r reply, badKey, interrupted bool) error {
	code := 0
	switch {
	case r.IsError && badKey:
		code = exitUsage
	case r.IsError || interrupted || r.outcome().bad():
		code = exitFailed
	}
	if err := c.print(tool, r); err != nil {
		return exit{exitFailed, err}
	}
	if c.show && !r.IsError {
		if err := showPictures(c.env, r.structured); err != nil {
			return exit{exitFailed, err}
		}
	}
	if code != 0 {
		return exit{code: code}
	}
	return nil
}

// readable is JSON over several lines.
func readable(doc []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, legible(doc), "", "  ") != nil {
		return string(doc)
	}
	return out.String()
}

func (c *callRun) print(tool string, r reply) error {
	show := viewFor(tool, r.structured)
	switch {
	case c.output != "json" && r.IsError:
		return say(c.env.Stderr, "%s\n", r.text())
	case c.output != "json" && show != nil:
		return show(c.env.Stdout, r.structured)
	case c.output != "json":
		text := r.text()
		for _, warning := range r.outcome().Warnings {
			// Under an answer to a chat they stand for those who read only text.
			text = strings.ReplaceAll(text, "\n\n[Note: "+warning+"]", "")
		}
		err := say(c.env.Stdout, "%s\n", text)
		for _, warning := range r.outcome().Warnings {
			// An answer to a chat is the text alone.
			if !strings.Contains(text, warning) {
				err = errors.Join(err, say(c.env.Stderr, "Note: %s\n", warning))
			}
		}
		return err
	case r.IsError:
		facts := r.failure()
		if facts == nil {
			facts = map[string]any{"code": string(nexconn.Internal), "message": r.text()}
		}
		doc, err := nexconn.PlainJSON(map[string]any{"error": facts})
		if err != nil {
			return err
		}
		return printJSON(c.env, doc)
	}
	return printJSON(c.env, r.structured)
}

// outcome is what of a structured result tells whether its job goes on.
type outcome struct {
	TaskID   string         `json:"task_id"`
	Status   nexconn.Status `json:"status"`
	Warnings []string       `json:"warnings"`
}

func (r reply) outcome() (o outcome) {
	// A result of another shape has no job.
	_ = json.Unmarshal(r.structured, &o)
	return o
}

func (o outcome) goesOn() bool {
	return o.TaskID != "" && (o.Status == nexconn.Queued || o.Status == nexconn.Running)
}

func (o outcome) bad() bool {
	switch o.Status {
	case nexconn.Failed, nexconn.Canceled, nexconn.Expired, nexconn.Unknown:
		return true
	}
	return false
}

// warned is the result with the warnings of the call that began the job, which
// later answers about it don't repeat.
func (r reply) warned(earlier []string) reply {
	all := r.outcome().Warnings
	var news []string
	for _, warning := range earlier {
		if !slices.Contains(all, warning) {
			news = append(news, warning)
		}
	}
	if len(news) == 0 || r.IsError {
		return r
	}
	if doc, err := setJSON(r.structured, []string{"warnings"}, append(news, all...)); err == nil {
		r.structured = doc
	}
	for _, warning := range news {
		r.notes = append(r.notes, "Note: "+warning)
	}
	return r
}

// waiting is one call and the wait for its job.
type waiting struct {
	*callRun
	session *session
	name    string
	shape   shape
	most    time.Duration
}

// patience is how often in a row a running job may not be asked after.
const patience = 5

func (w waiting) run(ctx context.Context, args map[string]any) (done reply, err error) {
	_, said := args["wait_seconds"]
	follow := !w.noWait && !said
	if w.shape.waits() && !said {
		// A job is submitted first and waited for then: its id is known as soon
		// as there is one, and an interrupt can tell it.
		args["wait_seconds"] = 0
		if !w.shape.submits && follow {
			args["wait_seconds"] = w.most.Seconds()
		}
	}
	bar := newMeter(w.env, w.env.Stderr, w.name)
	bar.onlyBar = !w.shape.waits()
	defer bar.end()
	got, err := w.first(ctx, args, bar)
	if err != nil || got.IsError || !follow {
		return got, err
	}
	told := got.outcome().Warnings
	defer func() { done = done.warned(told) }()
	failures := 0
	for got.outcome().goesOn() && ctx.Err() == nil {
		id := got.outcome().TaskID
		next, err := w.session.call(ctx, "query_task", map[string]any{"task_id": id, "wait_seconds": w.most.Seconds()}, bar.tell)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			return got, fmt.Errorf("%w (the job goes on: %s)", err, id)
		case !next.IsError:
			got, failures = next, 0
		default:
			facts := next.failure()
			if retryable, _ := facts["retryable"].(bool); !retryable || failures == patience {
				return next, nil
			}
			failures++
			rest(ctx, facts)
		}
	}
	if ctx.Err() != nil && got.outcome().goesOn() {
		bar.end()
		_ = say(w.env.Stderr, "Interrupted. The job goes on: %s\nTo wait for it again: nexconn-mcp call query_task task_id=%[1]s\n", got.outcome().TaskID)
	}
	return got, nil
}

// first is the call itself. One that submits is not cut off by an interrupt:
// it may have been paid for, and its id is on the way.
func (w waiting) first(ctx context.Context, args map[string]any, bar *meter) (reply, error) {
	if !w.shape.submits {
		got, err := w.session.call(ctx, w.name, args, bar.tell)
		if ctx.Err() != nil && err != nil {
			return got, errors.New("interrupted")
		}
		return got, err
	}
	hint := context.AfterFunc(ctx, func() {
		_ = say(w.env.Stderr, "Still being submitted; its task_id comes in a moment. Interrupt again to leave without it.\n")
	})
	defer hint()
	return w.session.call(context.WithoutCancel(ctx), w.name, args, bar.tell)
}

// rest waits as long as an error asks for before the next try.
func rest(ctx context.Context, facts map[string]any) {
	seconds, _ := facts["retry_after_seconds"].(float64)
	timer := time.NewTimer(time.Duration(min(max(seconds, 5), 60) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// askOnTerminal lets the server put a question, like whether a price is all
// right, to the person at the terminal.
func (c *callRun) askOnTerminal() []client.ClientOption {
	if c.env.Terminal == nil || !c.env.Terminal(c.env.Stdin) || !c.env.Terminal(c.env.Stderr) {
		return nil
	}
	return []client.ClientOption{client.WithElicitationHandler(terminalQuestion{c.env})}
}

type terminalQuestion struct{ env Env }

func (q terminalQuestion) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if err := say(q.env.Stderr, "\n%s [y/N] ", request.Params.Message); err != nil {
		return nil, err
	}
	var word string
	if _, err := fmt.Fscanln(q.env.Stdin, &word); err != nil {
		word = "" // an empty line or the end of the input is a no
	}
	result := &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionDecline}}
	if word = strings.ToLower(word); word == "y" || word == "yes" {
		result.Action, result.Content = mcp.ElicitationResponseActionAccept, map[string]any{}
	}
	return result, nil
}

// shapeOf is what the command line needs to know of a tool.
func shapeOf(t tools.Tool) (shape, error) {
	var in, out struct {
		Properties map[string]property `json:"properties"`
	}
	if err := errors.Join(json.Unmarshal(t.Tool.RawInputSchema, &in), json.Unmarshal(t.Tool.RawOutputSchema, &out)); err != nil {
		return shape{}, fmt.Errorf("the schema of %s: %w", t.Tool.Name, err)
	}
	s := shape{properties: in.Properties}
	_, hasJob := out.Properties["task_id"]
	s.submits = s.waits() && hasJob && !t.ReadOnly
	return s, nil
}
