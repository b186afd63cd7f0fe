package catalog

import "math"

// Quote is what a call costs before it is made.
type Quote struct {
	// Expected is the estimate, and Most never less than what the call can cost;
	// nil is not known.
	Expected, Most *float64
	// Reason says why one of them isn't known.
	Reason string
}

// Used is what a finished call is billed for, as far as the service says.
type Used struct {
	// InputTokens are all of them, those read from a cache and those written to
	// one included; OutputTokens include thinking and PictureTokens.
	InputTokens, CachedTokens, WrittenTokens, HourTokens, AudioTokens int
	OutputTokens, PictureTokens                                       int
	Searches                                                          int
	// Seconds is the length of all videos made, Outputs how many videos or
	// pictures.
	Seconds float64
	Outputs int
}

// Estimate is what a call is expected to cost by its arguments alone. It is not
// ok where no price is known, or nothing tells how much of it the call takes.
func (m Model) Estimate(op Op, args map[string]any) (usd float64, ok bool) {
	var sent Sent
	if n, ok := number(args["max_tokens"]); ok && op == Turn {
		sent.MaxOutput = int(n)
	}
	q := m.Quote(op, args, sent)
	if q.Expected == nil {
		return 0, false
	}
	return *q.Expected, true
}

// Quote prices a call by its arguments and by what its body is read to hold.
func (m Model) Quote(op Op, args map[string]any, sent Sent) Quote {
	if m.Price == nil || len(m.Price.Rates) == 0 {
		return Quote{Reason: "no price is known for " + m.ID}
	}
	args = asSent(args, sent)
	b := bill{m: m, op: op, args: args}
	var likely, most quantities
	switch {
	case m.Kind == Chat || op == Turn:
		likely, most = b.turn(sent)
	case m.Price.Pictures != nil:
		likely, most = b.drawn(sent)
	default:
		likely, most = b.made(sent)
	}
	q := Quote{Reason: most.unknown}
	if likely.unknown == "" {
		q.Expected = b.sum(likely, false)
	} else if q.Reason == "" {
		q.Reason = likely.unknown
	}
	if most.unknown == "" {
		q.Most = b.sum(most, true)
	}
	if q.Expected != nil && q.Most != nil && *q.Most < *q.Expected {
		q.Most = q.Expected
	}
	if q.Expected == nil && q.Reason == "" {
		q.Reason = "the price of " + m.ID + " is known only in part"
	}
	return q
}

// quantities are how much of each unit a call takes.
type quantities struct {
	of map[Unit]float64
	// input and output are the tokens that choose a tier.
	input, output float64
	// unknown says why they can't be told.
	unknown string
}

// made is what a call for videos or pictures takes that are billed one by one.
func (b bill) made(sent Sent) (likely, most quantities) {
	m, op, args := b.m, b.op, b.args
	count := b.count()
	seconds, ok := m.Length(op, args)
	take := func(count, seconds float64, worst bool) quantities {
		q := quantities{of: map[Unit]float64{PerImage: count, PerCall: count}}
		if m.Kind == Image {
			return q
		}
		if f := m.Price.VideoTokens; f != nil {
			likely, most := f(m, with(args, "seconds", seconds))
			if worst {
				likely = most
			}
			q.output = count * likely
			q.of[PerOutputToken] = q.output
			return q
		}
		q.of[PerSecond], q.of[PerFirstSecond] = count*seconds, count
		q.of[PerFurtherSecond] = count * math.Max(0, math.Ceil(seconds)-1)
		return q
	}
	if m.Kind == Video && !ok {
		q := quantities{unknown: "how long the video will be is not known"}
		if !m.Price.bills(PerSecond, PerFirstSecond, PerOutputToken) {
			q = take(count, 0, false)
		}
		return q, q
	}
	return take(count, seconds, false), take(math.Max(count, float64(sent.Answers)), math.Max(seconds, sent.Seconds), true)
}

func (b bill) count() float64 {
	if n, ok := number(valueOf(b.m, "count", b.args)); ok && n > 0 {
		return n
	}
	return 1
}

// bills says that the price has a rate of one of the units.
func (p *Price) bills(units ...Unit) bool {
	for _, r := range p.Rates {
		for _, u := range units {
			if r.Unit == u {
				return true
			}
		}
	}
	return false
}

// Length is how many seconds a call asks for, by the longer of its length and
// its shots.
func (m Model) Length(op Op, args map[string]any) (seconds float64, ok bool) {
	shots := total(args["shots"], "seconds")
	if m.Price != nil {
		for _, l := range m.Price.Lasts {
			if hold(m, l.When, op, args) {
				return math.Max(l.Seconds, shots), true
			}
		}
	}
	asked, _ := number(args["seconds"])
	if seconds = math.Max(shots, asked); seconds > 0 {
		return seconds, true
	}
	seconds, _ = number(m.Defaults["seconds"])
	return seconds, seconds > 0 && !given(args["seconds"])
}

// Settle is what a finished call cost by what it used. Where the service did
// not say, it is the estimate.
func (m Model) Settle(op Op, args map[string]any, used Used) (usd float64, ok bool) {
	if m.Price == nil || len(m.Price.Rates) == 0 {
		return 0, false
	}
	q := quantities{of: map[Unit]float64{}}
	switch {
	case used.InputTokens+used.OutputTokens > 0 && m.Price.bills(PerInputToken, PerOutputToken):
		q = bill{m: m, op: op, args: args}.spent(used)
	case m.Price.Pictures != nil && used.Outputs > 0:
		likely, _ := bill{m: m, op: op, args: with(args, "count", float64(used.Outputs))}.drawn(Sent{})
		q = likely
	case m.Kind == Video && used.Seconds > 0 && m.Price.bills(PerSecond, PerFirstSecond):
		videos := math.Max(1, float64(used.Outputs))
		q.of[PerSecond], q.of[PerFirstSecond], q.of[PerCall] = used.Seconds, videos, videos
		q.of[PerFurtherSecond] = math.Max(0, math.Ceil(used.Seconds-1e-3)-videos)
	case m.Kind == Image && used.Outputs > 0 && m.Price.bills(PerImage):
		q.of[PerImage], q.of[PerCall] = float64(used.Outputs), float64(used.Outputs)
	default:
		return m.Estimate(op, args)
	}
	sum := bill{m: m, op: op, args: args}.sum(q, false)
	if sum == nil {
		return 0, false
	}
	return *sum, true
}

// spent is what tokens were used for.
func (b bill) spent(used Used) quantities {
	pictures := used.PictureTokens
	if p := b.m.Price.Pictures; p != nil && pictures == 0 {
		resolution, _ := valueOf(b.m, "resolution", b.args).(string)
		pictures = min(used.OutputTokens, used.Outputs*p.of(resolution))
	}
	plain := used.InputTokens - used.CachedTokens - used.WrittenTokens - used.HourTokens - used.AudioTokens
	return quantities{input: float64(used.InputTokens), output: float64(used.OutputTokens), of: map[Unit]float64{
		PerInputToken: float64(max(0, plain)), PerCachedToken: float64(used.CachedTokens), PerAudioToken: float64(used.AudioTokens),
		PerWrittenToken: float64(used.WrittenTokens), PerHourToken: float64(used.HourTokens),
		PerOutputToken: float64(max(0, used.OutputTokens-pictures)), PerPictureToken: float64(pictures),
		PerSearch: float64(used.Searches), PerCall: 1,
	}}
}

// bill is a call that is being priced.
type bill struct {
	m    Model
	op   Op
	args map[string]any
}

// sum is what quantities cost, nil where a rate that is needed isn't known;
// worst takes the dearest rate that may hold.
func (b bill) sum(q quantities, worst bool) *float64 {
	var usd float64
	billed := false
	for unit, n := range q.of {
		if n == 0 {
			continue
		}
		rate, ok := b.rate(unit, q, worst)
		if !ok && unit == PerSearch {
			return nil
		}
		if !ok {
			continue
		}
		billed = true
		if unit.tokens() {
			n /= tokensOfRate
		}
		usd += rate * n
	}
	if !billed {
		return nil
	}
	usd = money(usd)
	return &usd
}

func (u Unit) tokens() bool { return len(u) > 7 && u[:7] == "million" }

// rate is what a unit costs.
func (b bill) rate(unit Unit, q quantities, worst bool) (usd float64, ok bool) {
	for {
		usd, ok = b.own(unit, q, worst)
		next, more := counterpart[unit]
		if ok || !more {
			return usd, ok
		}
		unit = next
	}
}

func (b bill) own(unit Unit, q quantities, worst bool) (usd float64, ok bool) {
	for _, r := range b.m.Price.Rates {
		if r.Unit != unit {
			continue
		}
		short := (r.UpToInput == 0 || q.input <= float64(r.UpToInput)) && (r.UpToOutput == 0 || q.output <= float64(r.UpToOutput))
		holds := hold(b.m, r.When, b.op, b.args)
		if !worst {
			if holds && short {
				return r.USD, true
			}
			continue
		}
		if holds || mayHold(b.m, r.When, b.op, b.args) {
			usd, ok = math.Max(usd, math.Max(r.USD, r.MostUSD)), true
		}
		if holds && short {
			break
		}
	}
	return usd, ok
}
