package catalog

import "time"

// List is models as lists tell them.
type List struct {
	Models   []Entry  `json:"models"`
	Count    int      `json:"count"`
	Warnings []string `json:"warnings,omitempty"`
}

// Entry is a model as the list tells it.
type Entry struct {
	ID           string         `json:"id"`
	Kind         string         `json:"kind,omitempty"`
	Vendor       string         `json:"vendor,omitempty"`
	Summary      string         `json:"summary,omitempty"`
	Operations   []string       `json:"operations,omitempty"`
	Capabilities []string       `json:"capabilities,omitempty"`
	Live         *bool          `json:"live,omitempty"`
	Retired      bool           `json:"retired,omitempty"`
	RetiredOn    string         `json:"retired_on,omitempty"`
	Successor    string         `json:"successor,omitempty"`
	Limits       map[string]any `json:"limits,omitempty"`
	Price        *PriceEntry    `json:"price,omitempty"`
	Docs         string         `json:"docs,omitempty"`
}

// PriceEntry is an estimate and where it comes from.
type PriceEntry struct {
	Unit   string      `json:"unit"`
	Rates  []RateEntry `json:"rates"`
	Source string      `json:"source,omitempty"`
	Date   string      `json:"date,omitempty"`
}

// RateEntry is one price and when it holds.
type RateEntry struct {
	USD  float64  `json:"usd"`
	When []string `json:"when,omitempty"`
}

// Entry is the model as lists and resources tell it; whole adds every limit
// and the price.
func (m Model) Entry(whole bool) Entry {
	e := Entry{ID: m.ID, Kind: string(m.Kind), Vendor: m.Vendor, Summary: m.Summary, Operations: m.OpNames(),
		Capabilities: m.Capabilities, Retired: m.RetiredBy(time.Now()), RetiredOn: m.RetiredOn, Successor: m.Successor}
	if !whole {
		return e
	}
	e.Limits, e.Docs = m.Limits(), m.Docs
	if m.Price != nil {
		e.Price = &PriceEntry{Unit: m.Price.Unit, Source: m.Price.Source, Date: m.Price.Date}
		for _, r := range m.Price.Rates {
			e.Price.Rates = append(e.Price.Rates, RateEntry{USD: r.USD, When: r.Words()})
		}
	}
	return e
}
