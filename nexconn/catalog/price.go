package catalog

import "math"

// Price is an estimate with its source and its date.
type Price struct {
	// Unit is what USD is for.
	Unit Unit
	// Rates are tried in order; the first whose conditions hold is the price.
	Rates        []Rate
	Source, Date string
	// PerOutput says that the price is for each of several outputs.
	PerOutput bool
	// Lasts are the seconds of a clip whose length follows an input: the most
	// the model takes, so that a cap holds. Tried in order, before what was asked.
	Lasts []Rate
	// Tokens says how many tokens a clip costs where tokens are billed.
	Tokens func(m Model, op Op, args map[string]any) (float64, bool)
}

// Unit is what a price is for.
type Unit = string

// The units of prices.
const (
	PerSecond             Unit = "second"
	PerImage              Unit = "image"
	PerCall               Unit = "call"
	PerMillionOutputToken Unit = "million_output_tokens"
)

// Rate is one price of a model, or one length of its clips.
type Rate struct {
	When []Cond
	USD  float64
	// Seconds is set in Price.Lasts.
	Seconds float64
}

// Used is what a finished call is billed for, as far as the service told.
type Used struct {
	// Seconds is the length of all clips made.
	Seconds      float64
	Outputs      int
	OutputTokens int
}

// Estimate is what a call will cost by the model's price. It is not ok where
// no price is known, or nothing tells how much of it the call takes.
func (m Model) Estimate(op Op, args map[string]any) (usd float64, ok bool) {
	rate, ok := m.rate(op, args)
	if !ok {
		return 0, false
	}
	outputs := 1.0
	if m.Price.PerOutput || m.Price.Unit == PerImage {
		if n, ok := number(m.valueOf("count", args)); ok && n > 0 {
			outputs = n
		}
	}
	switch m.Price.Unit {
	case PerSecond:
		seconds, ok := m.Length(op, args)
		return money(rate * seconds * outputs), ok
	case PerImage:
		return money(rate * outputs), true
	case PerMillionOutputToken:
		tokens, ok := m.tokens(op, args)
		return money(rate * tokens / 1e6), ok
	}
	return rate, true
}

// money is an amount to a billionth of a dollar: what binary fractions add
// beyond that is noise.
func money(usd float64) float64 { return math.Round(usd*1e9) / 1e9 }

// Settle is what a finished call cost by what it used. Where the service did
// not tell, it is the estimate.
func (m Model) Settle(op Op, args map[string]any, used Used) (usd float64, ok bool) {
	rate, ok := m.rate(op, args)
	switch {
	case !ok:
		return 0, false
	case m.Price.Unit == PerSecond && used.Seconds > 0:
		return money(rate * used.Seconds), true
	case m.Price.Unit == PerImage && used.Outputs > 0:
		return money(rate * float64(used.Outputs)), true
	case m.Price.Unit == PerMillionOutputToken && used.OutputTokens > 0:
		return money(rate * float64(used.OutputTokens) / 1e6), true
	}
	return m.Estimate(op, args)
}

func (m Model) rate(op Op, args map[string]any) (float64, bool) {
	if m.Price == nil {
		return 0, false
	}
	for _, r := range m.Price.Rates {
		if m.hold(r.When, op, args) {
			return r.USD, true
		}
	}
	return 0, false
}

// Length is how many seconds the arguments ask for.
func (m Model) Length(op Op, args map[string]any) (seconds float64, ok bool) {
	if m.Price != nil {
		for _, l := range m.Price.Lasts {
			if m.hold(l.When, op, args) {
				return l.Seconds, true
			}
		}
	}
	if shots := total(args["shots"], "seconds"); shots > 0 && !given(args["seconds"]) {
		return shots, true
	}
	n, ok := number(m.valueOf("seconds", args))
	return n, ok && n > 0
}

func (m Model) tokens(op Op, args map[string]any) (float64, bool) {
	if m.Price.Tokens != nil {
		return m.Price.Tokens(m, op, args)
	}
	if n, ok := number(args["max_tokens"]); ok {
		return n, true
	}
	if m.Chat != nil && m.Chat.MaxOutput > 0 {
		return float64(m.Chat.MaxOutput), true
	}
	return 0, false
}

// sister is the source of every price we know (video.md 7): the sister brand's
// public catalogue. The service's own prices were not found.
func sister(unit Unit, rates ...Rate) *Price {
	return &Price{Unit: unit, Rates: rates, Source: "a public price list of the same API under another brand (api.modelink.ai)", Date: "2026-11-22"}
}

func usd(amount float64, conds ...Cond) Rate { return Rate{When: conds, USD: amount} }

func lasting(seconds float64, conds ...Cond) Rate { return Rate{When: conds, Seconds: seconds} }

// upTo is the price of clips whose length follows an input.
func (p *Price) upTo(lasts ...Rate) *Price {
	p.Lasts = lasts
	return p
}

// each is the price where it is for each of several outputs.
func (p *Price) each() *Price {
	p.PerOutput = true
	return p
}
