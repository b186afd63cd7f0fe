package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Money is what the operator allows, in USD; 0 is no limit.
type Money struct{ PerCall, PerDay, ConfirmAbove float64 }

// confirmFor is how long a confirmation can be used.
const confirmFor = 10 * time.Minute

// Question is the price put to the user: the caller asks, and sends the same
// call again with Token as its consent.
type Question struct{ Text, Token string }

func (q *Question) Error() string { return q.Text }

// admit decides whether a call of a price may go out: the cap per call, then
// the user's consent. The cap per day is decided with the intent.
func (s *Service) admit(ctx context.Context, w Work, usd *float64) error {
	c := CallerFrom(ctx)
	capped := s.Money.PerCall > 0 || s.Money.PerDay > 0 || c.MaxUSDPerDay > 0
	if usd == nil {
		if capped {
			return &nexconn.Error{Code: nexconn.BudgetExceeded,
				Message: fmt.Sprintf("no price is known for %s, and a spending cap is set, so its cost can't be held to the cap", w.Model.ID),
				Advice:  "Ask the operator to state its price in the models file (NEXCONN_MODELS_FILE), or use a model whose list_models entry has a price."}
		}
		return nil
	}
	if s.Money.PerCall > 0 && *usd > s.Money.PerCall {
		return &nexconn.Error{Code: nexconn.BudgetExceeded,
			Message: fmt.Sprintf("this call is estimated at %s, over the cap of %s per call", dollars(*usd), dollars(s.Money.PerCall)),
			Advice:  "Ask for less (fewer seconds, a smaller resolution, mode std, a count of 1) or for a cheaper model; dry_run shows a price without sending anything."}
	}
	if s.Money.ConfirmAbove > 0 && *usd > s.Money.ConfirmAbove {
		return s.consent(ctx, w, *usd)
	}
	return nil
}

func (s *Service) consent(ctx context.Context, w Work, usd float64) error {
	book, bookErr := s.ledger(ctx)
	if bookErr != nil {
		return noLedger("a call that needs the user's confirmation", bookErr)
	}
	bound := sum("confirm", CallerFrom(ctx).ID, w.hash(), strconv.FormatFloat(usd, 'f', 6, 64))
	if w.Confirm != "" {
		ok, err := book.Take(ctx, w.Confirm, bound)
		if err != nil {
			return noLedger("a call that needs the user's confirmation", err)
		}
		if ok {
			return nil
		}
	}
	if w.Declined {
		return &nexconn.Error{Code: nexconn.Cancelled, Message: "the user did not agree to the price; nothing was sent"}
	}
	token, err := book.Keep(ctx, bound, confirmFor)
	if err != nil {
		return noLedger("a call that needs the user's confirmation", err)
	}
	if w.CanAsk && w.Confirm == "" {
		return &Question{Token: token, Text: fmt.Sprintf("%s with %s is estimated to cost %s. Go ahead?", w.Tool, w.Model.ID, dollars(usd))}
	}
	msg := fmt.Sprintf("this call is estimated at %s, above %s, and needs the user's agreement", dollars(usd), dollars(s.Money.ConfirmAbove))
	if w.Confirm != "" {
		msg = "the confirm token is spent, expired or was given for another call; " + msg
	}
	return &nexconn.Error{Code: nexconn.ConfirmationNeeded, Message: msg, Confirm: token,
		Advice: fmt.Sprintf("Ask the user. If they agree, send the same call again with confirm set to %q (good once, for ten minutes).", token)}
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
			Message: fmt.Sprintf("this call is estimated at %s, which would pass the server's cap of %s per day", dollars(err.AskedUSD), dollars(err.CapUSD))}
	}
	return &nexconn.Error{Code: nexconn.BudgetExceeded,
		Message: fmt.Sprintf("%s are spent or reserved today, this call is estimated at %s, and the cap is %s per day",
			dollars(err.SpentUSD), dollars(err.AskedUSD), dollars(err.CapUSD)),
		Advice: advice}
}

func dollars(usd float64) string { return "$" + strconv.FormatFloat(usd, 'f', -1, 64) }

// sum is a hash over parts that can't be mistaken for one another.
func sum(parts ...string) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(parts) // a hash takes every write, and texts encode
	return hex.EncodeToString(h.Sum(nil))
}
