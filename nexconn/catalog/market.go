package catalog

import (
	"cmp"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Market is the service's own list of what it offers today (market.md 1).
type Market []Offer

// Offer is one model of that list. What the list doesn't say is empty or 0.
type Offer struct {
	ID, Name, Vendor string
	Aliases          []string
	// Outputs are what it makes: text, image, video.
	Outputs []string
	// RetiredOn is a day, as time.DateOnly has it; Successors are those it names.
	RetiredOn  string
	Successors []string
	// Context and MaxOutput are in tokens.
	Context, MaxOutput int
	Tiers              []Tier
}

// Tier is the prices of an offer for prompts and answers of at most so many
// tokens; 0 is any.
type Tier struct {
	UpToInput, UpToOutput int
	// USD is what one token, picture, second or request costs, by the list's word
	// for it.
	USD map[string]float64
}

// The most of a list that is believed.
const (
	marketTokens   = 100_000_000 // of a limit
	marketAliases  = 20          // of a model
	marketFactor   = 100         // between a price of the list and the catalogue's
	marketNewcomer = 500         // models that the catalogue lacks
)

var (
	marketID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$`)
	marketDay = regexp.MustCompile(`^20[2-9]\d-\d\d-\d\d$`)
)

// WithMarket is the set with the service's list laid over it: its prices, days
// of retirement, successors, limits and further aliases, and the chat models
// that the set lacks. What of the list makes no sense changes nothing. day is
// when the list was read.
func (s Set) WithMarket(list Market, day time.Time) Set {
	if len(list) == 0 {
		return s
	}
	out := slices.Clone(s)
	source := &Source{Certainty: ByService, Date: day.UTC().Format(time.DateOnly), Name: "the service's market list"}
	// An offer under a model's own id comes last, so that it counts.
	for _, own := range []bool{false, true} {
		for _, o := range list {
			if marketID.MatchString(o.ID) && own == isModel(out, o.ID) {
				layOffer(out, o, source)
			}
		}
	}
	known, added := Set(slices.Clone(out)), 0
	for _, o := range list {
		if m, ok := o.chat(source); ok && added < marketNewcomer && !offers(known, o) {
			out, known, added = append(out, m), append(known, m), added+1
		}
	}
	sortModels(out)
	return out
}

// Unlisted are the offers that the set has no model for.
func (s Set) Unlisted(list Market) (unlisted Market) {
	for _, o := range list {
		if marketID.MatchString(o.ID) && !offers(s, o) && len(unlisted) < marketNewcomer {
			unlisted = append(unlisted, o)
		}
	}
	return unlisted
}

// names are the id of an offer and its aliases that can be ids.
func (o Offer) names() []string {
	names := []string{o.ID}
	for _, alias := range o.Aliases {
		if marketID.MatchString(alias) && !slices.Contains(names, alias) && len(names) <= marketAliases {
			names = append(names, alias)
		}
	}
	return names
}

// is says that an offer is a model, by any name of either.
func (o Offer) is(m Model) bool {
	if m.Pattern {
		return false
	}
	return slices.ContainsFunc(o.names(), func(name string) bool {
		same := func(other string) bool { return strings.EqualFold(name, other) }
		return same(m.ID) || slices.ContainsFunc(m.Aliases, same)
	})
}

func offers(s Set, o Offer) bool { return slices.ContainsFunc(s, o.is) }

// isModel says that an id is a model's own.
func isModel(s Set, id string) bool {
	return slices.ContainsFunc(s, func(m Model) bool { return m.ID == id && !m.Pattern })
}

// layOffer puts an offer on the models that it means: those with its id, else those
// of which it has a name.
func layOffer(s Set, o Offer, source *Source) {
	own := isModel(s, o.ID)
	for i, m := range s {
		if own && m.ID != o.ID || !own && !o.is(m) || m.Pattern {
			continue
		}
		for _, name := range o.names() {
			taken := slices.ContainsFunc(s, func(other Model) bool {
				same := func(word string) bool { return strings.EqualFold(word, name) }
				return same(other.ID) || slices.ContainsFunc(other.Aliases, same) && (other.ID != m.ID || other.Kind == m.Kind)
			})
			if !taken {
				m.Aliases = append(slices.Clone(m.Aliases), name)
			}
		}
		if marketDay.MatchString(o.RetiredOn) {
			m.RetiredOn = o.RetiredOn
		}
		if names := o.successors(); names != "" {
			m.Successor = names
		}
		if m.Chat != nil {
			facts := *m.Chat
			facts.Context, facts.MaxOutput = believed(o.Context, facts.Context), believed(o.MaxOutput, facts.MaxOutput)
			m.Chat = &facts
		}
		if p := o.price(m, source); p != nil {
			m.Price = p
		}
		s[i] = m
	}
}

func believed(n, known int) int {
	if n > 0 && n <= marketTokens {
		return n
	}
	return known
}

func (o Offer) successors() string {
	var names []string
	for _, name := range o.Successors {
		if marketID.MatchString(name) && len(names) < 5 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// chat is an offer that the set lacks as a chat model; ok is false for models
// that make something else, whose form of request nobody knows.
func (o Offer) chat(source *Source) (m Model, ok bool) {
	if !marketID.MatchString(o.ID) || len(o.Outputs) != 1 || o.Outputs[0] != "text" {
		return m, false
	}
	m = Free(o.ID)
	m.Summary = "In the service's list and newer than this catalogue; passed through as it is."
	m.Vendor = Plain(o.Vendor, 40)
	m.Aliases = o.names()[1:]
	m.Chat.Context, m.Chat.MaxOutput = believed(o.Context, 0), believed(o.MaxOutput, 0)
	if marketDay.MatchString(o.RetiredOn) {
		m.RetiredOn = o.RetiredOn
	}
	m.Successor = o.successors()
	m.Price = o.price(m, source)
	return m, true
}

// Entry is an offer as lists show it.
func (o Offer) Entry() Entry {
	kind := Kind("")
	for word, k := range map[string]Kind{"text": Chat, "image": Image, "video": Video} {
		if slices.Contains(o.Outputs, word) && (kind == "" || k != Chat) {
			kind = k
		}
	}
	here := true
	e := Entry{ID: o.ID, Kind: string(kind), Vendor: Plain(o.Vendor, 40), Live: &here, Successor: o.successors(),
		Summary: "In the service's list and not in this catalogue."}
	if name := Plain(o.Name, 80); name != "" {
		e.Summary = name + ": in the service's list and not in this catalogue."
	}
	if marketDay.MatchString(o.RetiredOn) {
		e.RetiredOn = o.RetiredOn
	}
	return e
}

// Plain is a foreign text without control characters, at most so many
// characters of it.
func Plain(text string, most int) string {
	runes := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, text)))
	return string(runes[:min(len(runes), most)])
}

// price is the price of m by the list, nil where the list has none that can be
// used: prices of another kind than the catalogue's, words that nobody knows, or
// amounts that can't be meant.
func (o Offer) price(m Model, source *Source) *Price {
	p := &Price{}
	if old := m.Price; old != nil {
		p.Lasts, p.VideoTokens, p.Pictures = old.Lasts, old.VideoTokens, old.Pictures
		if old.bills(PerFirstSecond) {
			// The list has the price of the first second alone (market.md 2).
			return nil
		}
	}
	tiers := slices.Clone(o.Tiers)
	slices.SortStableFunc(tiers, func(a, b Tier) int {
		return cmp.Or(cmp.Compare(open(a.UpToInput), open(b.UpToInput)), cmp.Compare(open(a.UpToOutput), open(b.UpToOutput)))
	})
	for _, t := range tiers {
		for _, key := range slices.Sorted(maps.Keys(t.USD)) {
			rate, use, known := marketRate(key, m)
			switch usd := t.USD[key]; {
			case !known:
				return nil
			case !use || rate.Unit == PerImage && m.Kind == Video || rate.Unit == PerSecond && m.Kind == Image:
			case math.IsNaN(usd) || usd < 0:
				return nil
			default:
				rate.USD, rate.UpToInput, rate.UpToOutput, rate.Source = usd, t.UpToInput, t.UpToOutput, source
				if rate.Unit.tokens() {
					rate.USD *= tokensOfRate
				}
				if rate.USD > dearest {
					return nil
				}
				p.Rates = append(p.Rates, rate)
			}
		}
	}
	p.Rates = withoutCommon(p.Rates)
	// The more a rate demands, the sooner it is tried, an operation before all; of
	// equals the dearer one.
	slices.SortStableFunc(p.Rates, func(a, b Rate) int {
		return cmp.Or(cmp.Compare(open(a.UpToInput), open(b.UpToInput)), cmp.Compare(open(a.UpToOutput), open(b.UpToOutput)),
			cmp.Compare(b.demands(), a.demands()), cmp.Compare(b.USD, a.USD))
	})
	if !p.sensible(m) {
		return nil
	}
	p.Rates = append(p.Rates, p.beyond(m.Price)...)
	return p
}

// withoutCommon drops conditions that every rate of a unit has: where the list
// has a price for sound alone, or for one resolution, it is the price.
func withoutCommon(rates []Rate) []Rate {
	out := slices.Clone(rates)
	for i, r := range rates {
		out[i].When = slices.DeleteFunc(slices.Clone(r.When), func(c Cond) bool {
			return len(c.Ops) == 0 && !slices.ContainsFunc(rates, func(other Rate) bool {
				return other.Unit == r.Unit && !slices.ContainsFunc(other.When, func(o Cond) bool { return reflect.DeepEqual(o, c) })
			})
		})
	}
	return out
}

func (r Rate) demands() int {
	n := len(r.When)
	for _, c := range r.When {
		n += 10 * len(c.Ops[:min(1, len(c.Ops))])
	}
	return n
}

// beyond are the catalogue's rates for what the list's say nothing of: longer
// prompts, other values of an argument, and what may be billed besides.
func (p *Price) beyond(old *Price) (rates []Rate) {
	if old == nil {
		return nil
	}
	for _, r := range old.Rates {
		listed := p.bills(r.Unit)
		whole := slices.ContainsFunc(p.Rates, func(l Rate) bool {
			return l.Unit == r.Unit && len(l.When) == 0 && l.UpToInput == 0 && l.UpToOutput == 0
		})
		besides := r.Unit == PerAudioToken || r.Unit == PerSearch || r.Unit == PerCall
		if listed && !whole || !listed && besides {
			rates = append(rates, r)
		}
	}
	return rates
}

// open is a bound for sorting: 0, which is none, comes last.
func open(bound int) int {
	if bound == 0 {
		return math.MaxInt
	}
	return bound
}

// sensible says that a price of the list bills what its kind is billed by, and
// is not far from what was known.
func (p *Price) sensible(m Model) bool {
	most := func(p *Price, unit Unit) (usd float64) {
		for _, r := range p.Rates {
			if r.Unit == unit {
				usd = math.Max(usd, r.USD)
			}
		}
		return usd
	}
	billed := false
	for _, unit := range []Unit{PerInputToken, PerOutputToken, PerPictureToken, PerImage, PerSecond} {
		now := most(p, unit)
		billed = billed || now > 0
		if m.Price == nil {
			continue
		}
		was := most(m.Price, unit)
		switch {
		case was == 0:
		case now == 0 && unit != PerPictureToken:
			return false
		case now > 0 && (now > was*marketFactor || now < was/marketFactor):
			return false
		}
	}
	if m.Kind == Chat {
		return most(p, PerInputToken) > 0 && most(p, PerOutputToken) > 0
	}
	return billed
}
