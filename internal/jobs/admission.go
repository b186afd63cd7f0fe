package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Money is what the operator allows, in USD; 0 is no limit.
type Money struct{ PerCall, PerDay, ConfirmAbove float64 }

// admission decides which calls go out: the idempotency key, the caps, the
// user's consent, and whether a call can do without the ledger. It puts the
// intent on record.
type admission struct {
	record  *record
	money   Money
	prompts PromptPolicy
	outputs *outputs.Outputs
}

// enter puts the intent on record, or finds the row that has the call's key;
// known says that nothing is to be sent.
func (a *admission) enter(ctx context.Context, w *work) (row ledger.Row, known bool, err error) {
	if w.known != nil {
		return *w.known, true, nil
	}
	c := caller.From(ctx)
	needs := a.needsLedger(c, *w)
	if w.Key != "" {
		switch row, err := a.record.book().ByKey(ctx, c.ID, w.Key); {
		case err == nil && row.ArgsHash != w.Hash:
			return row, false, keyTaken(w.Key)
		case err == nil:
			return row, true, nil
		case ctx.Err() != nil:
			return row, false, cancelled(row)
		case !errors.Is(err, ledger.ErrNotFound):
			return row, false, noLedger(needs, err)
		}
	}
	if nexconn.Immediate(w.Model) && w.Model.Kind != catalog.Chat {
		// A result that comes as bytes would be lost.
		if err := a.outputs.Check(ctx, w.Model); err != nil {
			return row, false, err
		}
	}
	if err := a.price(ctx, w); err != nil {
		return row, false, err
	}
	begun, err := a.begin(ctx, c, w, needs)
	var over *ledger.OverCap
	var long *ledger.TooLong
	switch {
	case errors.Is(err, ledger.ErrKeyTaken):
		return row, false, keyTaken(w.Key)
	case errors.As(err, &over):
		return row, false, overCap(over)
	case errors.As(err, &long):
		return row, false, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "model", Message: long.Error()}
	case err != nil && ctx.Err() != nil:
		return row, false, cancelled(row)
	case err != nil:
		return row, false, noLedger(cmp.Or(needs, "a paid call"), err)
	}
	if w.lowered != "" {
		w.Warnings = append(w.Warnings, w.lowered)
	}
	if begun.Duplicate != "" {
		w.Warnings = append(w.Warnings, fmt.Sprintf("An identical call was made less than ten minutes ago: %s. This one was sent too; give an idempotency_key to make a repeat safe.", begun.Duplicate))
	}
	if !begun.Existing {
		a.record.changed(begun.Row, "")
	}
	return begun.Row, begun.Existing, nil
}

// beginTries is how often a turn is lowered to what is left of a day's cap, which
// others spend at the same time.
const beginTries = 6

// begin puts the intent on record. A turn that would pass the cap of the day is
// lowered to what is left of it.
func (a *admission) begin(ctx context.Context, c caller.Caller, w *work, needs string) (begun ledger.Begun, err error) {
	for range beginTries {
		begun, err = a.record.book().Begin(ctx, a.row(c, *w), ledger.Caps{All: a.money.PerDay, Caller: c.MaxUSDPerDay, OnRecord: needs != ""})
		var over *ledger.OverCap
		if !errors.As(err, &over) || !w.within(over.CapUSD-over.SpentUSD) {
			break
		}
	}
	return begun, err
}

// limit lowers a turn to the caps as far as they are known before it is on record.
func (a *admission) limit(c caller.Caller, w *work) {
	least := 0.0
	for _, usd := range []float64{a.money.PerCall, a.money.PerDay, c.MaxUSDPerDay} {
		if usd > 0 && (least == 0 || usd < least) {
			least = usd
		}
	}
	if least > 0 && (w.Most == nil || *w.Most > least) {
		w.within(least)
	}
}

// needsLedger names what of a call can't do without the ledger, empty if
// nothing can't.
func (a *admission) needsLedger(c caller.Caller, w work) string {
	switch {
	case w.Key != "":
		return "a call with idempotency_key"
	case w.Confirm != "":
		return "a call with confirm"
	case a.capped(c):
		return "a call under a spending cap"
	case c.Hosted:
		return "a paid call"
	}
	return ""
}

// capped says that a caller's calls stand under a cap.
func (a *admission) capped(c caller.Caller) bool {
	return a.money.PerCall > 0 || a.money.PerDay > 0 || c.MaxUSDPerDay > 0
}

func keyTaken(key string) error {
	return &nexconn.Error{Code: nexconn.InvalidArgument, Field: "idempotency_key",
		Message: fmt.Sprintf("idempotency_key %q was used for a call with other arguments", head(key, 80)),
		Advice:  "Send exactly the same arguments to get that call's result, or a new key for a new call. Nothing was sent."}
}

// keyUnfit says why a key can't be put on record.
func keyUnfit(err error) error {
	e := &nexconn.Error{Code: nexconn.InvalidArgument, Field: "idempotency_key", Message: err.Error(), Advice: "Give a shorter key, such as a UUID."}
	if long := (*ledger.TooLong)(nil); !errors.As(err, &long) {
		e.Advice = "Give a key of plain characters, such as a UUID."
	}
	return e
}

// row is the intent of a call.
func (a *admission) row(c caller.Caller, w work) ledger.Row {
	r := ledger.Row{
		Caller: c.ID, Tool: w.Tool, Kind: string(w.Kind), Model: w.Model.ID, Operation: string(w.Op),
		Task: w.Kind != catalog.Chat, Status: ledger.Intent, ArgsHash: w.Hash, Key: w.Key,
		CreatedAt: w.Start, UpdatedAt: w.Start, Priced: w.Basis,
	}
	r.USD, r.ExpectedUSD = w.reserved(a.capped(c))
	if w.Prompt != "" {
		r.PromptHash = order.Sum("prompt", w.Prompt)
	}
	switch a.prompts {
	case PromptNone:
	case PromptFull:
		r.PromptHead = w.Prompt
	default:
		r.PromptHead = head(w.Prompt, headChars)
	}
	return r
}
