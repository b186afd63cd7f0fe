package catalog

import (
	"math"
	"slices"
	"strings"
)

// Price is what a model costs, as far as it is known: an estimate. A model
// whose price isn't known has none.
type Price struct {
	// Rates are what each unit costs. Of several rates of a unit the first whose
	// conditions hold is the price.
	Rates []Rate
	// Lasts are the seconds of a video whose length follows an input: the most
	// the model takes. Tried in order, before what was asked.
	Lasts []Last
	// VideoTokens says how many output tokens a video is, where those are billed.
	VideoTokens func(m Model, args map[string]any) (likely, most float64)
	// Pictures is set where the tokens of a picture are billed.
	Pictures *Pictures
}

// Unit is what a rate is for.
type Unit string

// The units. Rates for tokens are for a million of them.
const (
	PerSecond        Unit = "second"
	PerFirstSecond   Unit = "first_second"   // of each video
	PerFurtherSecond Unit = "further_second" // each one after the first
	PerImage         Unit = "image"
	PerCall          Unit = "call" // beside what else is billed
	PerSearch        Unit = "web_search"

	PerInputToken      Unit = "million_input_tokens"
	PerCachedToken     Unit = "million_cached_input_tokens" // read from a cache
	PerAudioToken      Unit = "million_audio_input_tokens"
	PerWrittenToken    Unit = "million_cache_write_tokens"    // kept for 5 minutes
	PerHourToken       Unit = "million_cache_write_1h_tokens" // kept for an hour
	PerOutputToken     Unit = "million_output_tokens"         // thinking is output
	PerPictureToken    Unit = "million_image_output_tokens"
	tokensOfRate            = 1e6
	billionthOfADollar      = 1e9
)

// counterpart is the unit that is billed where a unit has no rate of its own.
var counterpart = map[Unit]Unit{
	PerCachedToken: PerInputToken, PerAudioToken: PerInputToken, PerWrittenToken: PerInputToken, PerHourToken: PerWrittenToken,
	PerPictureToken: PerOutputToken,
}

// Rate is one price of a unit.
type Rate struct {
	Unit Unit
	USD  float64
	// MostUSD is the highest price that a source names, where it is above USD:
	// what a cap is held to.
	MostUSD float64
	When    []Cond
	// UpToInput and UpToOutput are the longest prompt and the longest answer, in
	// tokens, that the rate is for; 0 is any. The whole call is billed at one rate.
	UpToInput, UpToOutput int
	Source                *Source
}

// Source says where a price comes from.
type Source struct {
	// Name is who publishes it, with the copy it was read from.
	Name string
	// Date is the day it was read or published, as far as that is known.
	Date      string
	Certainty Certainty
}

// Certainty is how sure a price is.
type Certainty string

// The certainties, the surest first.
const (
	ByOperator  Certainty = "models_file"   // the operator's own
	ByService   Certainty = "service_list"  // the service's own market list
	BySister    Certainty = "sister_list"   // the same API under another brand
	ByVendor    Certainty = "vendor_list"   // what the model's vendor asks
	ByTwo       Certainty = "two_sources"   // put together from two sources
	ByLikeModel Certainty = "similar_model" // the price of another version
)

// Last is the length of a video that follows from its inputs.
type Last struct {
	When    []Cond
	Seconds float64
}

// Pictures is how pictures are billed that cost tokens.
type Pictures struct {
	// Tokens are those of one picture, by resolution; "" is where none is named.
	Tokens map[string]int
	// Most is how many pictures one answer may hold, drafts of its thinking
	// included, and Text how many tokens of text and thinking.
	Most, Text int
}

// of is the output tokens of one picture; of a resolution that isn't known, the
// most.
func (p Pictures) of(resolution string) (n int) {
	if n, ok := p.Tokens[strings.ToUpper(resolution)]; ok {
		return n
	}
	for _, tokens := range p.Tokens {
		n = max(n, tokens)
	}
	return n
}

// The sources of prices. Rows in prices.tsv and prices-vidu-q2.tsv name them.
var (
	sisterList = &Source{Certainty: BySister, Date: "2026-10-07",
		Name: "price list of the same API under another brand (api.modelink.ai; copy: sunqirui1987/xhub pricedata.json, commit 67968331)"}
	likeSister = &Source{Certainty: ByLikeModel, Date: "2026-10-07",
		Name: "price of another version of this model in the list of api.modelink.ai (copy: sunqirui1987/xhub pricedata.json, commit 67968331)"}
)

// modelsDev is a vendor's list price as anomalyco/models.dev has it.
func modelsDev(file string) *Source {
	return &Source{Certainty: ByVendor, Date: "2026-07-02", Name: "vendor's list (copy: anomalyco/models.dev " + file + ", commit f3fc6922)"}
}

// price is a model's price by rates of several sources, the first to be tried
// first.
func price(lists ...[]Rate) *Price {
	p := &Price{}
	for _, l := range lists {
		p.Rates = append(p.Rates, l...)
	}
	return p
}

// rates are what this source says.
func (s *Source) rates(all ...Rate) []Rate {
	for i := range all {
		all[i].Source = s
	}
	return all
}

// cny is a price in yuan at the rate of the sister's list, 6.9 to the dollar
// throughout (market.md 1.3).
func cny(yuan float64) float64 { return yuan / 6.9 }

func per(unit Unit, usd float64, conds ...Cond) Rate { return Rate{Unit: unit, USD: usd, When: conds} }

func usdSecond(usd float64, conds ...Cond) Rate { return per(PerSecond, usd, conds...) }
func cnySecond(yuan float64, conds ...Cond) Rate {
	return per(PerSecond, cny(yuan), conds...)
}

// in and out are the rates of most chats.
func in(usd float64) Rate     { return per(PerInputToken, usd) }
func cached(usd float64) Rate { return per(PerCachedToken, usd) }
func out(usd float64) Rate    { return per(PerOutputToken, usd) }
func search(usd float64) Rate { return per(PerSearch, usd) }

// answersUpTo is the rate for answers of at most so many tokens.
func (r Rate) answersUpTo(tokens int) Rate { r.UpToOutput = tokens; return r }

// most is the rate with a higher one for caps.
func (r Rate) most(usd float64) Rate { r.MostUSD = usd; return r }

// prompts is several rates for prompts of at most so many tokens.
func prompts(upTo int, all ...Rate) []Rate {
	for i := range all {
		all[i].UpToInput = upTo
	}
	return all
}

func lasting(seconds float64, conds ...Cond) Last { return Last{When: conds, Seconds: seconds} }

// upTo is the price of videos whose length follows an input.
func (p *Price) upTo(lasts ...Last) *Price { p.Lasts = lasts; return p }

// money is an amount to a billionth of a dollar: what binary fractions add
// beyond that is noise.
func money(usd float64) float64 { return math.Round(usd*billionthOfADollar) / billionthOfADollar }

// like is a model's price as that of another, which is made equal to it.
func (p *Price) like(id string) *Price {
	if p == nil {
		return nil
	}
	out := *p
	out.Rates = slices.Clone(p.Rates)
	for i, r := range out.Rates {
		s := *r.Source
		s.Certainty, s.Name = ByLikeModel, "the price of "+id+": "+s.Name
		out.Rates[i].Source = &s
	}
	return &out
}
