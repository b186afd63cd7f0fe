// Package order is what is asked of the service: one paid call with its model
// found, its arguments checked against that model, and hashed. It is
// pure: no network, no files, no clock, no context. What needs those (media,
// the ledger, sending) is package jobs' part.
package order

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Input is a call as an adapter hands it over.
type Input struct {
	// Tool is the name of the tool that was called.
	Tool string
	Kind catalog.Kind
	// Given are the arguments as they fit the tool's schema, by the caller's
	// words; Unfit are those that were given and don't fit: they still tell
	// which operation was meant.
	Given, Unfit map[string]any
	// Faults are what the schema found.
	Faults Faults
	// Decode makes the request of arguments: a *nexconn.VideoRequest,
	// *nexconn.ImageRequest, *nexconn.ChatRequest, *Native or *Remix. It is
	// called once, with the arguments in the model's own spelling.
	Decode  func(given map[string]any) (request any, err error)
	Options Options
}

// Options say how a call is run, not what it asks for: they make no call
// another call.
type Options struct {
	// Key is the caller's idempotency key, Confirm its consent to the price.
	Key, Confirm string
	// CanAsk says that the caller's client can put a question to its user,
	// Declined that the user said no.
	CanAsk, Declined bool
	// DryRun checks and prices, and sends nothing.
	DryRun bool
	// Save says that outputs are to be downloaded.
	Save bool
	// Wait is how long the caller waits, counted from Start.
	Start time.Time
	Wait  time.Duration
	// Progress, which may be nil, hears how the work gets on: a fraction from 0
	// to 1, and words. Text hears a chat's answer as it comes.
	Progress func(fraction float64, note string)
	Text     func(piece string, reasoning bool)
}

// Until is when the caller stops waiting.
func (o Options) Until() time.Time { return o.Start.Add(o.Wait) }

// unhashed are arguments that do not make a call another call.
var unhashed = []string{"wait_seconds", "save", "confirm", "idempotency_key", "dry_run"}

// Native is a request in a vendor's own protocol.
type Native struct {
	Protocol string `json:"protocol"`
	Model    string `json:"model"`
	// Body is a JSON object, byte for byte as the caller wrote it.
	Body []byte `json:"-"`
}

// Remix asks for a finished video once more, changed as the prompt says.
type Remix struct {
	TaskID string `json:"task_id"`
	Prompt string `json:"prompt"`
	// UpstreamID and Seconds are the source's, once it has been looked up.
	UpstreamID string  `json:"-"`
	Seconds    float64 `json:"-"`
}

// Order is one paid call, ready to be carried out unless it has Faults.
type Order struct {
	Options
	Tool  string
	Kind  catalog.Kind
	Model catalog.Model
	Op    catalog.Op
	// Request is what Input.Decode made; its media are still as the caller
	// wrote them. nil where the faults leave nothing to build.
	Request any
	// Given are the canonical arguments: without the options, words in the
	// model's spelling.
	Given map[string]any
	// Prompt is what a person would recognise the call by.
	Prompt string
	// Hash tells this call from every other: tool, model and Given.
	Hash string
	// Basis is what the price depends on: numbers, switches and short words, no
	// prompts and no links.
	Basis map[string]any
	// Warnings are what is doubtful and goes through all the same.
	Warnings []string
	// Faults are what is wrong; a call with faults is not sent.
	Faults Faults

	refused Faults // found by the schema: what follows from them says nothing new
	listed  bool   // Model is one of the catalogue's
}

// New resolves, checks and hashes a call. What is wrong with it is in
// the order's Faults.
func New(models catalog.Set, in Input) Order {
	o := Order{Options: in.Options, Tool: in.Tool, Kind: in.Kind, Given: Canonical(in.Given),
		Faults: slices.Clone(in.Faults), refused: in.Faults}
	if o.DryRun {
		o.Key = "" // which a dry run neither reads nor uses up
	}
	model, _ := in.Given["model"].(string)
	switch {
	case in.Tool == "native_chat":
		o.native(models, in, model)
	case in.Tool == "remix_video":
		o.remix(models, in)
	case in.Kind == catalog.Chat:
		o.chat(models, in, model)
	default:
		o.generate(models, in, model)
	}
	return o
}

// generate is an order of images or video.
func (o *Order) generate(models catalog.Set, in Input, id string) {
	if id == "" {
		if len(o.Faults) == 0 {
			o.Faults.Add(nexconn.InvalidArgument, "model", "model is required.")
		}
		return
	}
	m, ok := models.Find(in.Kind, id)
	if !ok {
		o.Faults.AddErr("model", noModel(models, in.Kind, id))
		return
	}
	delete(o.Given, "model")
	o.use(m, catalog.OpOf(in.Kind, asked(in)))
	o.Prompt, _ = o.Given["prompt"].(string)
	o.check(models, in)
	o.decode(in)
	switch r := o.Request.(type) {
	case *nexconn.VideoRequest:
		r.Model = m.ID
	case *nexconn.ImageRequest:
		r.Model = m.ID
	}
	o.unnamed()
	o.Basis = Basis(o.Given)
}

// use takes a model for an operation of the order.
func (o *Order) use(m catalog.Model, op catalog.Op) {
	o.Model, o.Op = m, op
	o.Given = m.Spelled(op, o.Given)
	o.Hash = hash(o.Tool, m.ID, o.Given)
}

// check holds all that was given to what the model takes.
func (o *Order) check(models catalog.Set, in Input) {
	all := asked(in)
	for name, v := range o.Given {
		if _, ok := all[name]; ok {
			all[name] = v
		}
	}
	wrong, warnings := o.Model.Check(models, o.Op, all)
	o.Faults.addCheck(wrong)
	o.Warnings = append(o.Warnings, warnings...)
}

func (o *Order) decode(in Input) {
	request, err := in.Decode(o.Given)
	if err != nil {
		o.Faults.AddBuild(o.refused, err)
		return
	}
	o.Request = request
}

// asked are all arguments that were given and that a model has a say in.
func asked(in Input) map[string]any {
	all := make(map[string]any, len(in.Given)+len(in.Unfit))
	for _, args := range []map[string]any{in.Unfit, in.Given} {
		for name, v := range args {
			if name != "model" && name != "extra" && !slices.Contains(unhashed, name) {
				all[name] = v
			}
		}
	}
	return all
}

// Canonical are the arguments that make the call what it is.
func Canonical(given map[string]any) map[string]any {
	out := make(map[string]any, len(given))
	for name, v := range given {
		if !slices.Contains(unhashed, name) {
			out[name] = v
		}
	}
	return out
}

// Row says what of a prompt is kept: its first n characters.
func head(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

// Oversize warns of a request larger than the model is said to take.
func (o *Order) Oversize(bytes int64) {
	if o.Model.BodyBytes > 0 && bytes > o.Model.BodyBytes {
		o.Warnings = append(o.Warnings, fmt.Sprintf("The request has %.1f MB, and %s takes up to %d MB as reported by third parties; it is sent all the same. Smaller files, or links instead of files, make it smaller.",
			float64(bytes)/(1<<20), o.Model.ID, o.Model.BodyBytes>>20))
	}
}

// AddBuild takes what building the request found wrong.
func (o *Order) AddBuild(err error) { o.Faults.AddBuild(o.refused, err) }

// NeedModel refuses a call without a model, unless that was said before.
func (o *Order) NeedModel(id string) {
	if id == "" && !o.refused.Has("model") {
		o.Faults.Add(nexconn.InvalidArgument, "model", "model is required.")
	}
}
