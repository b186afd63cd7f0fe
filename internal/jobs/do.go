package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Result is what came of an order or a query: the row as the call leaves it,
// and what the caller should know.
type Result struct {
	Row ledger.Row
	// Preview is what a dry run shows; nothing else is set beside it.
	Preview *Preview
	// Chat or Native is the whole answer of work that has no task.
	Chat   *nexconn.ChatAnswer
	Native *nexconn.NativeAnswer
	// Warnings come with this call; those of the row are not among them.
	Warnings []string
}

// Progress hears how a job gets on: a fraction from 0 to 1, and words.
type Progress = func(fraction float64, note string)

// Preview is the exact request that would be sent, and what it would cost.
type Preview struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"`
	// USD is the estimated price; nil: not known.
	USD      *float64 `json:"estimated_usd,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// work is an order on its way: its media are in and its request is built.
type work struct {
	order.Order
	Call nexconn.Call
	// Quote is its price, by args and by what sent says of the request.
	catalog.Quote
	sent catalog.Sent
	args map[string]any
	// lowered says that max_tokens was, for a cap, and from asked.
	lowered string
	asked   int
	// known is the row that has the order's key already.
	known *ledger.Row
}

// Do carries out an order. It is the only way to spend: price and consent are
// decided, the intent is on record and the request is sent once, whatever
// becomes of the caller. All that is wrong with the order comes in one error,
// and then nothing is sent.
func (s *Service) Do(ctx context.Context, o order.Order) (Result, error) {
	p, w := s.in(), work{Order: o}
	if err := p.builder.build(ctx, &w); err != nil {
		return Result{}, err
	}
	if w.DryRun {
		p.submit.admit.limit(caller.From(ctx), &w)
		return Result{Preview: w.preview()}, nil
	}
	switch w.Request.(type) {
	case *nexconn.ChatRequest:
		return noted(p.turns.chat(ctx, w))
	case *order.Native:
		return noted(p.turns.native(ctx, w))
	}
	return noted(p.submit.task(ctx, w))
}

// builder builds the request of an order, with its media.
type builder struct {
	models  func() catalog.Set
	inputs  media.Inputs
	record  *record
	tasks   *tasks
	queries *queries
	files   *Files
}

// build takes the media of an order in and builds its request.
func (b *builder) build(ctx context.Context, w *work) error {
	if err := ledger.CheckKey(w.Key); err != nil {
		w.Faults.AddErr("idempotency_key", keyUnfit(err))
	}
	if w.Request == nil {
		return w.Faults.Err()
	}
	if b.repeats(ctx, w) {
		return nil
	}
	switch r := w.Request.(type) {
	case *nexconn.VideoRequest:
		b.prepareMedia(ctx, w, r)
		b.built(w, func() (nexconn.Call, error) { return nexconn.Build(w.Model, w.Op, r) })
	case *nexconn.ImageRequest:
		b.prepareMedia(ctx, w, r)
		b.built(w, func() (nexconn.Call, error) { return nexconn.Build(w.Model, w.Op, r) })
	case *nexconn.ChatRequest:
		b.prepareChat(ctx, w, r)
	case *order.Native:
		b.built(w, func() (nexconn.Call, error) {
			return nexconn.Build(w.Model, w.Op, &nexconn.NativeRequest{Protocol: nexconn.Protocol(r.Protocol), Model: r.Model, Body: r.Body})
		})
		b.checkOwn(ctx, w, "body")
	case *order.Remix:
		return b.prepareRemix(ctx, w, r)
	}
	return w.Faults.Err()
}

// built takes a request that was built, or what is wrong with it.
func (b *builder) built(w *work, build func() (nexconn.Call, error)) {
	call, err := build()
	w.Call = call
	w.AddBuild(err)
	for _, warning := range call.Warnings {
		w.Warnings = addOnce(w.Warnings, warning)
	}
	w.Oversize(int64(call.Body.Len()))
	if err == nil {
		w.priced(w.Given)
	}
}

func (b *builder) prepareMedia(ctx context.Context, w *work, request any) {
	b.checkOwn(ctx, w, "extra")
	wants := func(arg string) *catalog.Media { return w.Model.MediaFor(w.Op, arg) }
	w.Warnings = append(w.Warnings, b.from(w.DryRun).take(ctx, request, wants, &w.Faults)...)
}

func (b *builder) prepareChat(ctx context.Context, w *work, r *nexconn.ChatRequest) {
	w.Warnings = append(w.Warnings, b.from(w.DryRun).attach(ctx, w.Model, r, &w.Faults)...)
	for _, a := range attachments(r) {
		w.Uploads(b.models(), a.arg, a.at.Ref)
	}
	b.built(w, func() (nexconn.Call, error) { return nexconn.Build(w.Model, w.Op, r) })
	b.checkOwn(ctx, w, "attachments")
	w.NeedModel(r.Model)
}

// checkOwn refuses what is another caller's.
func (b *builder) checkOwn(ctx context.Context, w *work, arg string) {
	if err := b.files.checkOwnership(ctx, w.Given); err != nil {
		w.Faults.AddErr(arg, err)
	}
}

// prepareRemix looks up the video that a remix starts from.
func (b *builder) prepareRemix(ctx context.Context, w *work, r *order.Remix) error {
	if len(w.Faults) > 0 {
		return w.Faults.Err()
	}
	row, err := b.queries.source(ctx, r.TaskID, w.DryRun)
	if err != nil {
		return err
	}
	if w.DryRun && !row.Status.Done() {
		w.Warnings = append(w.Warnings, "Whether task "+r.TaskID+" has succeeded is seen when the call is made; a dry run asks nobody.")
		row.Status = nexconn.Succeeded
	}
	if row.Status != nexconn.Succeeded {
		w.Faults.Add(nexconn.InvalidArgument, "task_id", fmt.Sprintf("task %s is %s; only a succeeded video can be remixed.", r.TaskID, row.PublicStatus()))
		return w.Faults.Err()
	}
	call, err := nexconn.Build(w.Model, catalog.Remix, &nexconn.RemixRequest{TaskID: nexconn.NewTaskID(w.Model.ID, row.UpstreamID), Prompt: r.Prompt})
	if err != nil {
		return err
	}
	priced := map[string]any{"prompt": r.Prompt}
	if len(row.Outputs) > 0 && row.Outputs[0].Seconds > 0 {
		priced["seconds"] = row.Outputs[0].Seconds
	}
	w.Call, w.Basis = call, order.Basis(priced)
	w.priced(priced)
	return nil
}

// repeats says that a call is on record under its key, so that its inputs,
// which may be gone by now, are not needed again.
func (b *builder) repeats(ctx context.Context, w *work) bool {
	if w.Key == "" || len(w.Faults) > 0 {
		return false
	}
	row, err := b.record.book().ByKey(ctx, caller.From(ctx).ID, w.Key)
	if err != nil || row.ArgsHash != w.Hash {
		return false
	}
	w.known = &row
	return true
}

func (w work) preview() *Preview {
	p := &Preview{Method: w.Call.Method, Path: w.Call.Path, USD: w.Expected, Warnings: w.Warnings}
	if w.Expected == nil {
		p.Warnings = append(p.Warnings, "Price unknown: "+w.Reason+".")
	}
	if w.lowered != "" {
		p.Warnings = append(p.Warnings, w.lowered)
	}
	if !w.Call.Body.IsZero() {
		p.Body = w.Call.Body.Show()
	}
	return p
}

// report tells the caller how its job gets on.
func (w work) report(row ledger.Row) {
	if w.Progress != nil {
		w.Progress(fraction(row, w.Model.TypicalSeconds), string(row.PublicStatus()))
	}
}

// headChars is how much of a prompt is kept by default.
const headChars = 120

func head(text string, n int) string {
	r := []rune(text)
	return string(r[:min(n, len(r))])
}
