package catalog

import (
	"math"
	"strings"
	"testing"
	"time"
)

var marketRead = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

func offered(id string, usd map[string]float64) Offer {
	return Offer{ID: id, Outputs: []string{"text"}, Tiers: []Tier{{USD: usd}}}
}

// A list that makes no sense changes no price.
func TestAbsurdMarketChangesNothing(t *testing.T) {
	price := func(set Set, k Kind, id string) *Price {
		m, ok := set.Find(k, id)
		if !ok {
			t.Fatal(id + " is gone")
		}
		return m.Price
	}
	for name, o := range map[string]Offer{
		"a free model":         offered("deepseek-v3", map[string]float64{"input": 0, "output": 0}),
		"no output":            offered("deepseek-v3", map[string]float64{"input": 3e-7}),
		"a thousandth":         offered("deepseek-v3", map[string]float64{"input": 3e-10, "output": 1e-9}),
		"a thousand times":     offered("deepseek-v3", map[string]float64{"input": 3e-4, "output": 1e-3}),
		"no number":            offered("deepseek-v3", map[string]float64{"input": math.NaN(), "output": 1e-6}),
		"negative":             offered("deepseek-v3", map[string]float64{"input": -3e-7, "output": 1e-6}),
		"infinite":             offered("deepseek-v3", map[string]float64{"input": math.Inf(1), "output": 1e-6}),
		"an unknown word":      offered("deepseek-v3", map[string]float64{"input": 3e-7, "output": 1e-6, "surcharge": 1}),
		"seconds of a chat":    offered("deepseek-v3", map[string]float64{"v_duration": .1}),
		"nothing":              {ID: "deepseek-v3"},
		"an id that is no id":  offered("deepseek-v3\x1b[31m", map[string]float64{"input": 1e-9, "output": 1e-9}),
		"another model's name": {ID: "cheap", Aliases: []string{"x"}, Tiers: []Tier{{USD: map[string]float64{"input": 1e-9, "output": 1e-9}}}},
	} {
		set := Builtin().WithMarket(Market{o}, marketRead)
		if price(set, Chat, "deepseek-v3") != price(Builtin(), Chat, "deepseek-v3") {
			t.Errorf("%s: the price changed", name)
		}
	}
	// An offer under another id can't take the place of a model's own.
	set := Builtin().WithMarket(Market{offered("deepseek-v3", map[string]float64{"input": 4e-7, "output": 2e-6}),
		{ID: "cheap", Aliases: []string{"deepseek-v3"}, Tiers: []Tier{{USD: map[string]float64{"input": 1e-8, "output": 1e-7}}}}}, marketRead)
	if p := price(set, Chat, "deepseek-v3"); math.Abs(p.Rates[0].USD-.4) > 1e-9 && math.Abs(p.Rates[1].USD-.4) > 1e-9 {
		t.Errorf("the price is %+v", p.Rates)
	}
	if p := price(Builtin().WithMarket(Market{{ID: "viduq2", Tiers: []Tier{{USD: map[string]float64{"720p_t2v_duration": .07}}}}}, marketRead), Video, "viduq2"); p != price(Builtin(), Video, "viduq2") {
		t.Error("the first second's price is taken for every second's")
	}
}

func TestMarketAliasesRetirementLimits(t *testing.T) {
	set := Builtin().WithMarket(Market{
		{ID: "kling-v3", Aliases: []string{"kling-three", "sora-2", "no good\n"}, RetiredOn: "2027-01-01", Successors: []string{"kling-v4", "<b>"}},
		{ID: "google/gemini-2.5-pro", Aliases: []string{"gemini-2.5-pro"}, Context: 2_000_000, MaxOutput: -5,
			Tiers: []Tier{{UpToInput: 200_000, USD: map[string]float64{"input": 2e-6, "output": 12e-6}}}},
		{ID: "new/chat", Outputs: []string{"text"}, Vendor: "New\x1b[2J", Tiers: []Tier{{USD: map[string]float64{"input": 1e-6, "output": 2e-6}}}},
		{ID: "new/video", Outputs: []string{"video"}, Name: "New video"},
	}, marketRead)
	if m, ok := set.Find(Video, "kling-three"); !ok || m.ID != "kling-v3" || m.RetiredOn != "2027-01-01" || m.Successor != "kling-v4" {
		t.Errorf("an alias finds %s, %s, %s", m.ID, m.RetiredOn, m.Successor)
	}
	if m, _ := set.Find(Video, "sora-2"); m.ID != "sora-2" {
		t.Errorf("sora-2 is %s now", m.ID)
	}
	m, ok := set.Find(Chat, "google/gemini-2.5-pro")
	if !ok || m.ID != "gemini-2.5-pro" || m.Chat.Context != 2_000_000 || m.Chat.MaxOutput <= 0 {
		t.Errorf("%s: %+v", m.ID, m.Chat)
	}
	if usd, ok := m.Settle(Turn, nil, Used{InputTokens: 1000, OutputTokens: 1000}); !ok || usd != .014 {
		t.Errorf("a short prompt costs %v by the list", usd)
	}
	if usd, ok := m.Settle(Turn, nil, Used{InputTokens: 300_000, OutputTokens: 1000}); !ok || usd != .765 {
		t.Errorf("a long prompt, of which the list says nothing, costs %v", usd)
	}
	if m, ok := set.Find(Chat, "new/chat"); !ok || m.Vendor != "New[2J" || m.Price == nil || m.Listed {
		t.Errorf("%+v", m)
	}
	if _, ok := set.Find(Video, "new/video"); ok {
		t.Error("a video model whose requests nobody knows is in the set")
	}
	unlisted := set.Unlisted(Market{{ID: "new/video", Outputs: []string{"video"}, Name: "New video"}, {ID: "kling-v3"}})
	if len(unlisted) != 1 || unlisted[0].Entry().Kind != "video" || !strings.Contains(unlisted[0].Entry().Summary, "New video") {
		t.Errorf("%+v", unlisted)
	}
	if _, err := set.Apply(map[string]Override{"kling-v3": {Price: &PriceOverride{Unit: "second", USD: 1}}}); err != nil {
		t.Error(err)
	}
}

// Of thinking and not thinking, and of hours, the dearer one is the price.
func TestMarketTakesTheDearer(t *testing.T) {
	set := Builtin().WithMarket(Market{offered("deepseek-v3", map[string]float64{
		"input_peak": 5e-7, "input_offpeak": 2e-7, "th_output": 3e-6, "nth_output": 1e-6, "bi_input": 1e-9, "cache": 1e-7})}, marketRead)
	m, _ := set.Find(Chat, "deepseek-v3")
	if usd, _ := m.Settle(Turn, nil, Used{InputTokens: 1_000_000, OutputTokens: 1_000_000, CachedTokens: 500_000}); math.Abs(usd-3.3) > 1e-9 {
		t.Errorf("it costs %v", usd)
	}
}
