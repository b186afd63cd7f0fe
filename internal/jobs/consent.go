package jobs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// A confirmation is a token of confirmKind that can be used for confirmFor.
const (
	confirmKind = "confirm"
	confirmFor  = 10 * time.Minute
)

// Question is the price put to the user: the caller asks, and sends the same
// call again with Token as its consent.
type Question struct{ Text, Token string }

func (q *Question) Error() string { return q.Text }

// price decides whether a call of a price may go out: the cap per call, then
// the user's consent. The cap per day is decided with the intent. Caps are held
// to what the call can cost at most, consent to what it is expected to.
func (a *admission) price(ctx context.Context, w *work) error {
	c := caller.From(ctx)
	if a.capped(c) {
		a.limit(c, w)
		if w.Most == nil {
			return &nexconn.Error{Code: nexconn.BudgetExceeded,
				Message: w.Reason + ", and a spending cap is set, so the cost of this call can't be held to it",
				Advice:  "Leave out what has no price, use a model whose list_models entry has one, or ask the operator to state it in the models file (NEXCONN_MODELS_FILE). Nothing was sent."}
		}
		if a.money.PerCall > 0 && *w.Most > a.money.PerCall {
			return &nexconn.Error{Code: nexconn.BudgetExceeded,
				Message: fmt.Sprintf("this call can cost %s, over the cap of %s per call", dollars(*w.Most), dollars(a.money.PerCall)),
				Advice:  "Ask for less (" + lessOf(w.Kind) + ") or for a cheaper model; dry_run shows a price without sending anything."}
		}
	}
	if a.money.ConfirmAbove > 0 && w.Expected != nil && *w.Expected > a.money.ConfirmAbove {
		return a.consent(ctx, *w, *w.Expected)
	}
	return nil
}

// lessOf is how a call of a kind is made cheaper.
func lessOf(k catalog.Kind) string {
	if k == catalog.Chat {
		return "a smaller max_tokens, also in extra or the body, one answer, a shorter input"
	}
	return "fewer seconds, a smaller resolution, mode std, a count of 1"
}

func (a *admission) consent(ctx context.Context, w work, usd float64) error {
	bound := order.Sum("confirm", caller.From(ctx).ID, w.Hash, strconv.FormatFloat(usd, 'f', 6, 64))
	if w.Confirm != "" {
		_, err := a.record.book().Tokens().Use(ctx, confirmKind, w.Confirm, bound)
		if !errors.Is(err, ledger.ErrNotFound) {
			if err != nil {
				err = noLedger("a call that needs the user's confirmation", err)
			}
			return err
		}
	}
	if w.Declined {
		return &nexconn.Error{Code: nexconn.Cancelled, Message: "the user did not agree to the price; nothing was sent"}
	}
	token, err := a.record.book().Tokens().Issue(ctx, ledger.Token{Kind: confirmKind, Caller: caller.From(ctx).ID, Bound: bound, EndsAt: time.Now().Add(confirmFor)})
	if err != nil {
		return noLedger("a call that needs the user's confirmation", err)
	}
	if w.CanAsk && w.Confirm == "" {
		return &Question{Token: token.ID, Text: fmt.Sprintf("%s with %s is estimated to cost %s. Go ahead?", w.Tool, w.Model.ID, dollars(usd))}
	}
	msg := fmt.Sprintf("this call is estimated at %s, above %s, and needs the user's agreement", dollars(usd), dollars(a.money.ConfirmAbove))
	if w.Confirm != "" {
		msg = "the confirm token is spent, expired or was given for another call; " + msg
	}
	return &nexconn.Error{Code: nexconn.ConfirmationNeeded, Message: msg, Confirm: token.ID,
		Advice: fmt.Sprintf("Ask the user. If they agree, send the same call again with confirm set to %q (good once, for ten minutes).", token.ID)}
}

func noLedger(what string, err error) error {
	return &nexconn.Error{Code: nexconn.NotConfigured,
		Message: what + " needs the ledger, and it can't be opened", Cause: err,
		Advice: "Run `nexconn-mcp doctor`; it says what is wrong with the state folder or the database."}
}

// overCap tells what is left of a cap; of one for all callers only that it is
// reached: what others spend is theirs to know.
func overCap(err *ledger.OverCap) error {
	const advice = "The cap starts anew at midnight UTC; get_usage shows what it went on. Nothing was sent."
	if err.Shared {
		return &nexconn.Error{Code: nexconn.BudgetExceeded, Advice: advice,
			Message: fmt.Sprintf("this call can cost %s, which would pass the server's cap of %s per day", dollars(err.AskedUSD), dollars(err.CapUSD))}
	}
	return &nexconn.Error{Code: nexconn.BudgetExceeded,
		Message: fmt.Sprintf("%s are spent or reserved today, this call can cost %s, and the cap is %s per day",
			dollars(err.SpentUSD), dollars(err.AskedUSD), dollars(err.CapUSD)),
		Advice: advice}
}

// dollars is an amount as people read it: to a hundredth of a cent, and what is
// less than that to two digits.
func dollars(usd float64) string {
	rounded := math.Round(usd*1e4) / 1e4
	if rounded == 0 && usd != 0 {
		rounded, _ = strconv.ParseFloat(strconv.FormatFloat(usd, 'g', 2, 64), 64)
	}
	return "$" + strconv.FormatFloat(rounded, 'f', -1, 64)
}
