package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func demoCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Watch a tour on the sandbox: no key, no network, nothing billed", Args: noArguments,
		Long: "Starts the server on the embedded sandbox and calls it as an MCP client would: lists models, chats, draws a\n" +
			"picture, edits it, makes a clip of it, and saves what came. Nothing is really generated and nothing is billed.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), g) },
	}
}

func runDemo(ctx context.Context, g *globals) error {
	outliveReaders()
	if err := g.values["sandbox"].Set("true"); err != nil {
		return err
	}
	s := g.quietSettings()
	if err := together(s.wrong); err != nil {
		return err
	}
	// The tour shows everything, whatever this operator allows; nothing of the
	// operator's own is touched.
	s.Toolsets, s.ReadOnly, s.Money, s.DatabaseURL, s.ModelsFile = nil, false, jobs.Money{}, "", ""
	start := time.Now()
	a, err := build(ctx, g.env, s, overStdio, nil)
	if err != nil {
		return exit{exitFailed, err}
	}
	defer a.close()
	session, err := a.dial(ctx)
	if err != nil {
		return exit{exitFailed, err}
	}
	t := &tour{env: g.env, out: g.env.Stdout, session: session, colour: colour(g.env, g.env.Stdout)}
	err = t.walk(ctx, a)
	if ended := session.close(); err == nil {
		err = ended
	}
	if err != nil {
		return exit{exitFailed, fmt.Errorf("the demo stopped at step %d, %s: %w", t.step, t.name, err)}
	}
	t.farewell(s, time.Since(start))
	return nil
}

// tour is a demo on its way.
type tour struct {
	env     Env
	out     io.Writer
	session *session
	colour  bool

	step  int
	name  string
	image string // the task_id of the picture, and of the clip
	video string
}

func (t *tour) walk(ctx context.Context, a *app) error {
	t.say(t.paint(bold, "nexconn-mcp demo"), "on the sandbox: nothing is really generated and nothing is billed.")
	for _, step := range []struct {
		name, title string
		do          func(context.Context) error
	}{
		{"connect", "Connect to the server over stdio", func(ctx context.Context) error { return t.connect(ctx, a) }},
		{"list_models", "What is there?", t.models},
		{"chat", "Chat, streamed", t.chat},
		{"generate_image", "Draw a picture", t.draw},
		{"edit_image", "Edit it, by its task", t.change},
		{"generate_video", "Make a clip of it", t.film},
		{"query_task", "Ask again how the clip stands", t.query},
		{"save_outputs", "Save it where you want it", t.save},
	} {
		t.step++
		t.name = step.name
		t.say("")
		t.say(t.paint(bold, fmt.Sprintf("%d. %s", t.step, step.title)), t.paint(dim, "("+step.name+")"))
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *tour) connect(ctx context.Context, a *app) error {
	hello, err := t.session.hello(ctx)
	if err != nil {
		return err
	}
	list, err := a.listTools(ctx)
	if err != nil {
		return err
	}
	t.say("   MCP " + printable(hello.ProtocolVersion) + fmt.Sprintf(", %d tools in %d bytes", len(a.tools), len(list)))
	return nil
}

func (t *tour) models(ctx context.Context) error {
	list, err := callFor[catalog.List](ctx, t.session, "list_models", nil, nil)
	if err != nil {
		return err
	}
	count, some := map[string]int{}, map[string][]string{}
	for _, m := range list.Models {
		count[m.Kind]++
		if len(some[m.Kind]) < 3 && !m.Retired {
			some[m.Kind] = append(some[m.Kind], m.ID)
		}
	}
	for _, kind := range []string{"chat", "image", "video"} {
		t.say(fmt.Sprintf("   %-6s %2d  %s", kind, count[kind], t.paint(dim, strings.Join(some[kind], ", ")+", …")))
	}
	return nil
}

func (t *tour) chat(ctx context.Context) error {
	const question = "In one paragraph: what can an agent do with chat, pictures and clips behind one small set of tools?"
	t.say(t.paint(dim, "   deepseek-v3: "+question))
	_ = say(t.out, "   ")
	grown := grower{out: t.out}
	got, err := callFor[toldChat](ctx, t.session, "chat", map[string]any{"model": "deepseek-v3", "prompt": question},
		func(p progress) {
			if p.done < p.total {
				grown.add(p.message)
			}
		})
	if err != nil {
		return err
	}
	grown.finish(got.Text)
	t.say("")
	t.say(t.paint(dim, fmt.Sprintf("   %d tokens in, %d out%s", got.Usage.InputTokens, got.Usage.OutputTokens, price(got.USD))))
	return nil
}

func (t *tour) draw(ctx context.Context) (err error) {
	t.image, err = t.make(ctx, "generate_image", true, map[string]any{
		"model": "kling-v2-1", "prompt": "a red fox in the snow, watercolour", "aspect_ratio": "16:9"})
	return err
}

func (t *tour) change(ctx context.Context) (err error) {
	_, err = t.make(ctx, "edit_image", true, map[string]any{
		"model": "gemini-2.5-flash-image", "prompt": "the same fox at night, with northern lights", "images": []string{t.image + "#0"}})
	return err
}

func (t *tour) film(ctx context.Context) (err error) {
	t.video, err = t.make(ctx, "generate_video", false, map[string]any{
		"model": "kling-v3", "prompt": "the fox trots off through the snow", "first_frame": t.image + "#0", "seconds": 5})
	return err
}

// make calls a tool that makes a job and follows the job to its end, as an
// agent would: submit, then ask with a wait.
func (t *tour) make(ctx context.Context, tool string, save bool, args map[string]any) (taskID string, err error) {
	t.say(t.paint(dim, fmt.Sprintf("   %s: %s%s", args["model"], args["prompt"], from(args))))
	bar := newMeter(t.env, t.out, "  ")
	defer bar.end()
	args["wait_seconds"], args["save"] = 0, save
	got, err := callFor[toldTask](ctx, t.session, tool, args, nil)
	for err == nil && (got.Status == "queued" || got.Status == "running") {
		got, err = callFor[toldTask](ctx, t.session, "query_task", map[string]any{"task_id": got.TaskID, "wait_seconds": 45, "save": save}, bar.tell)
	}
	bar.end()
	switch {
	case err != nil:
		return "", err
	case got.Status != "succeeded":
		return "", fmt.Errorf("task %s is %s", got.TaskID, got.Status)
	}
	t.say("   " + t.paint(green, "done") + "  " + printable(got.TaskID) + t.paint(dim, price(got.USD)))
	if !save {
		return got.TaskID, nil
	}
	return got.TaskID, t.show(got.Outputs)
}

func (t *tour) query(ctx context.Context) error {
	got, err := callFor[toldTask](ctx, t.session, "query_task", map[string]any{"task_id": t.video, "save": false}, nil)
	if err != nil {
		return err
	}
	t.say("   " + t.paint(green, got.Status) + "  " + t.paint(dim, "the task_id works after a restart and on another machine, too"))
	return nil
}

func (t *tour) save(ctx context.Context) error {
	got, err := callFor[toldTask](ctx, t.session, "save_outputs", map[string]any{"task_id": t.video, "directory": "demo"}, nil)
	if err != nil {
		return err
	}
	return t.show(got.Outputs)
}

// show names the files of outputs, and holds the tour to their being there.
func (t *tour) show(outputs []toldOutput) error {
	if len(outputs) == 0 {
		return errors.New("nothing came out")
	}
	for _, o := range outputs {
		info, err := os.Stat(o.Path)
		if err != nil {
			return err
		}
		facts := fmt.Sprintf("%d KB", (info.Size()+1023)/1024)
		if o.Width > 0 {
			facts = fmt.Sprintf("%dx%d, ", o.Width, o.Height) + facts
		}
		if o.Seconds > 0 {
			facts = fmt.Sprintf("%g s, ", o.Seconds) + facts
		}
		t.say("   " + printable(o.Path) + t.paint(dim, "  ("+facts+")"))
	}
	return nil
}

func (t *tour) farewell(s Settings, took time.Duration) {
	t.say("")
	t.say(t.paint(green, fmt.Sprintf("All done in %.1f s.", took.Seconds())), "The files are in "+printable(s.OutputDir))
	t.say("")
	t.say("That was the sandbox. Next:")
	for _, line := range [][2]string{
		{"export NEXCONN_API_KEY=…", "a key from the Nexconn developer console"},
		{"nexconn-mcp doctor", "check that it works"},
		{"nexconn-mcp install claude-desktop", "or " + strings.Join(clientNames()[1:], ", ")},
	} {
		t.say(fmt.Sprintf("  %-36s", line[0]) + t.paint(dim, line[1]))
	}
}

// say prints a line; words are fit to be printed, or painted.
func (t *tour) say(words ...string) {
	_, _ = io.WriteString(t.out, strings.TrimRight(strings.Join(words, " "), " ")+"\n")
}

// The colours of a terminal.
const (
	bold  = "1"
	dim   = "2"
	green = "32"
)

func (t *tour) paint(code, text string) string {
	if text = printable(text); !t.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func price(usd *float64) string {
	if usd == nil {
		return ""
	}
	return fmt.Sprintf("  (about $%.2g on the service)", *usd)
}

// from says which earlier output a call starts from.
func from(args map[string]any) string {
	if frame, ok := args["first_frame"].(string); ok {
		return ", from " + frame
	}
	if images, ok := args["images"].([]string); ok {
		return ", from " + images[0]
	}
	return ""
}

// grower writes a text as it grows, from messages that carry the end of it. What
// falls between two of them comes with the whole.
type grower struct {
	out  io.Writer
	text string // what is written: the beginning of the whole
}

func (g *grower) add(newest string) {
	if rest, fits := strings.CutPrefix(newest, g.text); fits {
		g.write(rest)
		return
	}
	// The longest end of what is there that the newest part begins with; a short
	// one may be chance.
	const least = 20
	for at := max(0, len(g.text)-len(newest)); at <= len(g.text)-least; at++ {
		if strings.HasPrefix(newest, g.text[at:]) {
			g.write(newest[len(g.text)-at:])
			return
		}
	}
}

func (g *grower) finish(whole string) {
	rest, fits := strings.CutPrefix(whole, g.text)
	if !fits { // the first message was an end already
		rest = "\n" + whole
	}
	g.write(rest)
}

func (g *grower) write(text string) {
	g.text += text
	_ = say(g.out, "%s", strings.ReplaceAll(text, "\n", "\n   "))
}
