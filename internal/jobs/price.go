package jobs

import (
	"fmt"
	"maps"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// priced reads what the built request asks for, and prices it: what an argument,
// extra or a vendor's own body multiplies or lengthens counts alike.
func (w *work) priced(args map[string]any) {
	w.sent = catalog.Read(w.Call.Body.Document())
	w.Quote = w.Model.Quote(w.Op, args, w.sent)
	w.args = args
	if w.Basis = maps.Clone(w.Basis); w.Basis == nil {
		w.Basis = map[string]any{}
	}
	// What it settles by is what was sent.
	for name, v := range w.sent.Fields {
		if _, given := w.Basis[name]; !given {
			w.Basis[name] = v
		}
	}
	if length, ok := w.Model.Length(w.Op, w.Basis); ok && w.sent.Seconds > length {
		w.Basis["seconds"] = w.sent.Seconds
	}
}

// leastAnswer is the shortest answer, in tokens, that a turn is lowered to: less
// is hardly what its caller wants to pay for.
const leastAnswer = 16

// within lowers how long the answer of a turn may be, or limits it, so that the
// call can't cost more than usd. It says whether it could.
func (w *work) within(usd float64) bool {
	r, ok := w.Request.(*nexconn.ChatRequest)
	if !ok || usd <= 0 {
		return false
	}
	sent := w.sent
	sent.TextBytes += len(`,"max_tokens":1000000`) // which the limit itself adds
	tokens, ok := w.Model.OutputWithin(usd, sent)
	if !ok || tokens < leastAnswer || r.MaxTokens > 0 && tokens >= r.MaxTokens {
		return false
	}
	lower := *r
	lower.MaxTokens = tokens
	call, err := nexconn.Build(w.Model, w.Op, &lower)
	if err != nil {
		return false
	}
	before := *w
	w.Call = call
	w.priced(w.args)
	if w.Most == nil || *w.Most > usd {
		*w = before
		return false
	}
	w.lowered = fmt.Sprintf("max_tokens was set to %d, so that the call can't pass the spending cap.", tokens)
	if asked := max(r.MaxTokens, w.asked); asked > 0 {
		w.asked = asked
		w.lowered = fmt.Sprintf("max_tokens was lowered from %d to %d, so that the call can't pass the spending cap.", asked, tokens)
	}
	w.Request = &lower
	return true
}

// reserved is what the row of a call reserves, and its estimate where that is
// another amount.
func (w *work) reserved(capped bool) (usd, expected *float64) {
	if !capped || w.Most == nil {
		return w.Expected, nil
	}
	if w.Expected != nil && *w.Expected == *w.Most {
		return w.Most, nil
	}
	return w.Most, w.Expected
}

// usedOf is what an answer is billed for.
func usedOf(u nexconn.Usage, seconds float64, outputs int) catalog.Used {
	return catalog.Used{
		InputTokens: u.InputTokens, CachedTokens: u.CachedTokens, AudioTokens: u.AudioTokens,
		WrittenTokens: u.CacheWriteTokens - u.CacheHourTokens, HourTokens: u.CacheHourTokens,
		OutputTokens: u.OutputTokens, PictureTokens: u.ImageTokens, Searches: u.Searches,
		Seconds: seconds, Outputs: outputs,
	}
}

// settleBy puts what an answer did cost in the place of the estimate, where the
// price is known.
func settleBy(r *ledger.Row, m catalog.Model, used catalog.Used) {
	if usd, ok := m.Settle(catalog.Op(r.Operation), r.Priced, used); ok {
		r.Settle(usd)
	}
}
