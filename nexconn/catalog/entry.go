package catalog

import "time"

// List is models as lists show them.
type List struct {
	Models   []Entry  `json:"models"`
	Count    int      `json:"count"`
	Warnings []string `json:"warnings,omitempty"`
}

// Entry is a model as the list shows it.
type Entry struct {
	ID           string         `json:"id"`
	Aliases      []string       `json:"aliases,omitempty"`
	Kind         string         `json:"kind,omitempty"`
	Vendor       string         `json:"vendor,omitempty"`
	Summary      string         `json:"summary,omitempty"`
	Operations   []string       `json:"operations,omitempty"`
	Capabilities []string       `json:"capabilities,omitempty"`
	Recommended  bool           `json:"recommended,omitempty"`
	Live         *bool          `json:"live,omitempty"`
	Retired      bool           `json:"retired,omitempty"`
	RetiredOn    string         `json:"retired_on,omitempty"`
	Successor    string         `json:"successor,omitempty"`
	Limits       map[string]any `json:"limits,omitempty"`
	Price        *PriceEntry    `json:"price,omitempty"`
	Docs         string         `json:"docs,omitempty"`
}

// PriceEntry is what a model costs, an estimate.
type PriceEntry struct {
	Rates []RateEntry `json:"rates"`
}

// RateEntry is one price: for what, when it holds and how sure it is. Of several
// for one unit the first whose conditions hold counts.
type RateEntry struct {
	Unit string  `json:"unit"`
	USD  float64 `json:"usd"`
	// MaxUSD is what caps are held to, where a source asks more.
	MaxUSD    float64  `json:"max_usd,omitempty"`
	When      []string `json:"when,omitempty"`
	Certainty string   `json:"certainty,omitempty"`
	Source    string   `json:"source,omitempty"`
	Date      string   `json:"date,omitempty"`
}

// Entry is the model as lists and resources show it; whole adds every limit
// and the price.
func (m Model) Entry(whole bool) Entry {
	e := Entry{ID: m.ID, Kind: string(m.Kind), Vendor: m.Vendor, Summary: m.Summary, Operations: m.OpNames(),
		Capabilities: m.Capabilities, Recommended: m.Recommended, Retired: m.RetiredBy(time.Now()), RetiredOn: m.RetiredOn, Successor: m.Successor}
	if !whole {
		return e
	}
	e.Aliases, e.Limits, e.Docs = m.Aliases, m.Limits(), m.Docs
	if m.Price != nil {
		e.Price = m.Price.entry()
	}
	return e
}

func (p *Price) entry() *PriceEntry {
	e := &PriceEntry{}
	for _, r := range p.Rates {
		e.Rates = append(e.Rates, RateEntry{Unit: string(r.Unit), USD: money(r.USD), MaxUSD: money(r.MostUSD), When: r.Words(),
			Certainty: string(r.Source.Certainty), Source: r.Source.Name, Date: r.Source.Date})
	}
	return e
}
