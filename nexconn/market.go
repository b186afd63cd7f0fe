package nexconn

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// marketPath is the list of what the service offers today, with prices. It
// needs no key, and not every host has it (market.md 1.1).
const marketPath = "/v1/market/models"

// yuanPerDollar is the rate of the list throughout (market.md 1.3).
const yuanPerDollar = 6.9

// MarketDocument is the service's market list as it came, for [ReadMarket]. No
// key is sent. A host without the list answers NotFound or Unauthorized.
func (c *Client) MarketDocument(ctx context.Context) ([]byte, error) {
	open := *c
	open.Key = ""
	a, err := sender{&open}.ask(ctx, Call{Op: "market list", Method: http.MethodGet, Path: marketPath}, limitsOf(c).answer, marketLimit)
	if err != nil {
		return nil, err
	}
	if !a.ok() {
		return nil, a.refusal()
	}
	return a.body, nil
}

// marketLimit is the largest list that is read, in bytes.
const marketLimit = 8 << 20

// ReadMarket reads a market list (market.md 1.2). Models that can't be read are
// left out; the error says that it is no such list.
func ReadMarket(document []byte) (catalog.Market, error) {
	n, broken := parse(document)
	if broken != nil {
		return nil, Errorf(UpstreamError, "the market list can't be read: %v", broken)
	}
	if n.isFalse("status") {
		return nil, Errorf(UpstreamError, "the market list says that it failed")
	}
	items := n.at("data", "models")
	if !n.isObject() {
		items = n
	}
	if !items.isList() {
		return nil, Errorf(UpstreamError, "the market list holds no list of models")
	}
	var list catalog.Market
	for _, item := range items.items() {
		if o := readOffer(item); o.ID != "" && !slices.ContainsFunc(list, func(other catalog.Offer) bool { return other.ID == o.ID }) {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil, Errorf(UpstreamError, "the market list holds no model")
	}
	return list, nil
}

func readOffer(n node) catalog.Offer {
	limits, architecture := n.at("model_constraints"), n.at("architecture")
	o := catalog.Offer{
		ID: strings.TrimSpace(n.at("id").text()), Name: n.at("name").text(), Vendor: n.at("issuer").at("name").text(),
		Aliases: words(n.at("model_alias")), Outputs: words(architecture.at("output_modalities")), Successors: words(n.at("suggested_model")),
		Context: limits.at("context_length").count(), MaxOutput: limits.at("max_completion_tokens", "max_tokens").count(),
	}
	if day := n.at("retirement_at"); !day.empty() {
		at := day.time()
		if at.IsZero() {
			at, _ = time.Parse(time.DateOnly, strings.TrimSpace(day.text()))
		}
		if !at.IsZero() {
			o.RetiredOn = at.UTC().Format(time.DateOnly)
		}
	}
	for _, rule := range n.at("pricing_rules_v2").items() {
		if t, ok := readTier(rule); ok {
			o.Tiers = append(o.Tiers, t)
		}
	}
	return o
}

// words are a list of texts, or one text with commas between them.
func words(n node) (all []string) {
	for _, item := range n.items() {
		for word := range strings.SplitSeq(item.text(), ",") {
			if word = strings.TrimSpace(word); word != "" {
				all = append(all, word)
			}
		}
	}
	return all
}

// unbounded is from where on a bound of a range means none.
const unbounded = 99_999_999

func readTier(n node) (t catalog.Tier, ok bool) {
	t.UpToInput, t.UpToOutput = upper(n.at("input_range")), upper(n.at("output_range"))
	t.USD = map[string]float64{}
	details, _ := n.at("details_v2").v.(map[string]any)
	for key, v := range details {
		d := node{v}
		usd, given := d.at("unit_price_usd").number()
		if yuan, other := d.at("unit_price").number(); !given && other {
			usd, given = yuan/yuanPerDollar, true
		}
		size, sized := d.at("unit_size").number()
		if !given || sized && size <= 0 {
			continue
		}
		if sized {
			usd /= size
		}
		t.USD[key] = usd
	}
	return t, len(t.USD) > 0
}

// upper is the upper bound of a range, 0 where it is open.
func upper(n node) int {
	bounds := n.items()
	if len(bounds) < 2 {
		return 0
	}
	if most := bounds[1].count(); most < unbounded {
		return most
	}
	return 0
}

// Billed is what the service says that a key has cost: list prices, before
// packages and discounts (market.md 3).
type Billed struct {
	// Days are by the service's calendar, UTC+8.
	Days []BilledDay
	USD  float64
}

// BilledDay is one day's cost by model.
type BilledDay struct {
	Date   string // as time.DateOnly has it
	Models map[string]float64
	USD    float64
}

const billedPath = "/v2/stat/usage/apikey/cost-detail"

// Billed asks what c's key has cost on the days from one to another, both
// included, by the service's calendar. At most 100 days are answered at once.
// A host without the statistics answers NotFound.
func (c *Client) Billed(ctx context.Context, from, to time.Time) (*Billed, error) {
	query := url.Values{"start_date": {from.Format(time.DateOnly)}, "end_date": {to.Format(time.DateOnly)}, "grain": {"day"}}
	n, err := list(ctx, c, Call{Op: "billed cost", Method: http.MethodGet, Path: billedPath + "?" + query.Encode()}, "api_keys", "bills")
	if err != nil {
		return nil, err
	}
	keys := n.at("api_keys").items()
	if !n.given("api_keys") {
		keys = []node{n}
	}
	b := &Billed{}
	for _, key := range keys {
		currency := firstWord(key.at("currency").text(), n.at("currency").text(), "CNY")
		for _, bill := range key.at("bills").items() {
			b.add(readBill(bill, currency))
		}
	}
	slices.SortFunc(b.Days, func(x, y BilledDay) int { return strings.Compare(x.Date, y.Date) })
	return b, nil
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return strings.ToUpper(w)
		}
	}
	return ""
}

func readBill(n node, currency string) BilledDay {
	day := BilledDay{Date: n.at("date").text(), Models: map[string]float64{}}
	for _, m := range n.at("models").items() {
		id := m.at("model_id", "model", "id").text()
		fee, ok := m.at("total_fee").number()
		if !ok {
			for _, item := range m.at("items").items() {
				part, _ := item.at("fee").number()
				fee += part
			}
		}
		day.Models[id] += dollars(fee, currency)
		day.USD += dollars(fee, currency)
	}
	if total, ok := n.at("total_fee").number(); ok {
		day.USD = dollars(total, currency)
	}
	return day
}

func dollars(fee float64, currency string) float64 {
	if currency == "USD" {
		return fee
	}
	return fee / yuanPerDollar
}

// add puts a day's bill to the others; several keys have the same days.
func (b *Billed) add(day BilledDay) {
	b.USD += day.USD
	for i, known := range b.Days {
		if known.Date == day.Date {
			b.Days[i].USD += day.USD
			for id, usd := range day.Models {
				known.Models[id] += usd
			}
			return
		}
	}
	b.Days = append(b.Days, day)
}
