package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Override is what the models file says of one id.
type Override struct {
	// Like makes the id a model of its own, equal to another but for its id.
	Like string
	// Aliases are further ids that mean this model.
	Aliases   []string
	Retired   *Retirement
	Successor string
	Enabled   *bool
	Price     *PriceOverride
	// Limits is "warn" where a value outside the model's limits is only warned
	// about.
	Limits string
}

// PriceOverride is the operator's own price of a model, in place of all others.
type PriceOverride struct {
	// Unit is second, image, call, million_output_tokens, or million_tokens, which
	// has its own rates.
	Unit      string
	USD       float64
	InputUSD  *float64 `toml:"input_usd"`
	CachedUSD *float64 `toml:"cached_usd"`
	OutputUSD *float64 `toml:"output_usd"`
}

// perMillionTokens is the unit of a price with rates for input and output.
const perMillionTokens = "million_tokens"

// fault is what is wrong with it, empty if nothing.
func (o *PriceOverride) fault() string {
	units := []string{string(PerSecond), string(PerImage), string(PerCall), string(PerOutputToken), perMillionTokens}
	if !slices.Contains(units, o.Unit) {
		return fmt.Sprintf("price.unit %q is not one of %s", o.Unit, list(units))
	}
	amounts := map[string]*float64{"input_usd": o.InputUSD, "cached_usd": o.CachedUSD, "output_usd": o.OutputUSD}
	for _, name := range sortedKeys(amounts) {
		switch v := amounts[name]; {
		case o.Unit != perMillionTokens && v != nil:
			return fmt.Sprintf("price.%s goes with the unit %s", name, perMillionTokens)
		case o.Unit == perMillionTokens && v == nil && name != "cached_usd":
			return fmt.Sprintf("price.%s is missing: the unit %s needs input_usd and output_usd", name, perMillionTokens)
		}
	}
	amounts["usd"] = &o.USD
	for _, name := range sortedKeys(amounts) {
		if v := amounts[name]; v != nil && !(*v >= 0 && *v <= dearest) {
			return fmt.Sprintf("price.%s is %v; it is a number of dollars from 0 to %d", name, *v, int(dearest))
		}
	}
	return ""
}

// dearest is the highest price of a unit that can be meant.
const dearest = 10_000

// price is the override as a model's price.
func (o *PriceOverride) price(old *Price) *Price {
	p := &Price{}
	if old != nil {
		p.Lasts = old.Lasts
	}
	rates := []Rate{{Unit: Unit(o.Unit), USD: o.USD}}
	if o.Unit == perMillionTokens {
		rates = []Rate{{Unit: PerInputToken, USD: *o.InputUSD}, {Unit: PerOutputToken, USD: *o.OutputUSD}}
		if o.CachedUSD != nil {
			rates = append(rates, Rate{Unit: PerCachedToken, USD: *o.CachedUSD})
		}
	}
	if old != nil && (o.Unit == perMillionTokens || o.Unit == string(PerOutputToken)) {
		p.VideoTokens, p.Pictures = old.VideoTokens, old.Pictures
	}
	p.Rates = operatorPrice.rates(rates...)
	return p
}

var operatorPrice = &Source{Certainty: ByOperator, Name: "the models file"}

// Retirement is what the models file says of a model's end: that it is gone or
// isn't, or the day it goes.
type Retirement struct {
	Gone bool
	On   time.Time
}

// UnmarshalTOML takes true, false or a date, as TOML has it or as a text.
func (r *Retirement) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case bool:
		*r = Retirement{Gone: v}
		return nil
	case time.Time:
		*r = Retirement{On: v}
		return nil
	case string:
		if on, err := time.Parse(time.DateOnly, v); err == nil {
			*r = Retirement{On: on}
			return nil
		}
	}
	return errors.New("retired is true, false or a date like 2026-01-31")
}

// Apply is the set with a models file laid over it. All that is wrong with the
// file is told at once, each fault naming its model.
func (s Set) Apply(file map[string]Override) (Set, error) {
	out := slices.Clone(s)
	var faults []error
	for _, id := range slices.Sorted(maps.Keys(file)) {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("models.%q: %s", id, fmt.Sprintf(format, args...)))
		}
		o := file[id]
		if o.Like != "" {
			copies := copiesOf(s, o.Like, id)
			if len(copies) == 0 {
				fault("like names %q, which the catalogue lacks%s", o.Like, nearIDs(s, o.Like))
				continue
			}
			out = slices.DeleteFunc(out, func(m Model) bool {
				return m.ID == id && slices.ContainsFunc(copies, func(c Model) bool { return c.Kind == m.Kind })
			})
			out = append(out, copies...)
		}
		known, priced := false, o.Price == nil
		for i := range out {
			if out[i].ID == id {
				known = true
				priced = o.lay(&out[i]) || priced
			}
		}
		switch {
		case !known:
			fault("the catalogue lacks it; say with like which model it is the same as%s", nearIDs(s, id))
		case o.Limits != "" && o.Limits != "warn":
			fault("limits is %q; it is \"warn\" or left out", o.Limits)
		case o.Price != nil && o.Price.fault() != "":
			fault("%s", o.Price.fault())
		case !priced:
			fault("price.unit %q says nothing of this model", o.Price.Unit)
		}
	}
	yieldAliases(out, file)
	faults = append(faults, aliasClashes(out, file)...)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	sortModels(out)
	return out, nil
}

// yield takes from all other models the built-in aliases that the file gives to
// one, or uses as an id.
func yieldAliases(s Set, file map[string]Override) {
	for i, m := range s {
		if _, named := file[m.ID]; named {
			continue
		}
		s[i].Aliases = slices.DeleteFunc(slices.Clone(m.Aliases), func(alias string) bool {
			for id, o := range file {
				if id == alias || slices.Contains(o.Aliases, alias) {
					return true
				}
			}
			return false
		})
	}
}

// copies are a model, in all its kinds, under another id.
func copiesOf(s Set, like, id string) Set {
	var out Set
	for _, m := range s {
		if m.ID == like && !m.Pattern {
			m.ID, m.Aliases, m.Off, m.Price = id, nil, false, m.Price.like(like)
			m.Retired, m.RetiredOn, m.Successor, m.Recommended = false, "", "", false // marks of the other alone
			out = append(out, m)
		}
	}
	return out
}

// lay puts an override on a model and says whether its price meant something.
func (o Override) lay(m *Model) (priced bool) {
	m.Aliases = append(slices.Clone(m.Aliases), o.Aliases...)
	if r := o.Retired; r != nil {
		m.Retired, m.RetiredOn = r.Gone, ""
		if !r.On.IsZero() {
			m.RetiredOn = r.On.Format(time.DateOnly)
		}
	}
	if o.Successor != "" {
		m.Successor = o.Successor
	}
	if o.Enabled != nil {
		m.Off = !*o.Enabled
	}
	m.WarnOnly = m.WarnOnly || o.Limits == "warn"
	if o.Price == nil || o.Price.fault() != "" || !suits(o.Price.Unit, *m) {
		return false
	}
	m.Price = o.Price.price(m.Price)
	return true
}

func suits(unit string, m Model) bool {
	switch unit {
	case string(PerSecond):
		return m.Kind == Video
	case string(PerImage):
		return m.Kind == Image
	case string(PerOutputToken), perMillionTokens:
		return m.Kind == Chat || m.Kind == Image || m.Price != nil && m.Price.VideoTokens != nil
	}
	return unit == string(PerCall)
}

// clashes are the aliases that already mean something.
func aliasClashes(s Set, file map[string]Override) (faults []error) {
	for _, id := range slices.Sorted(maps.Keys(file)) {
		for _, alias := range file[id].Aliases {
			for _, m := range s {
				switch {
				case m.ID == alias && !m.Pattern:
					faults = append(faults, fmt.Errorf("models.%q: the alias %q is the id of a %s model", id, alias, m.Kind))
				case m.ID != id && slices.Contains(m.Aliases, alias):
					faults = append(faults, fmt.Errorf("models.%q: the alias %q is %s's too", id, alias, m.ID))
				}
			}
		}
	}
	return faults
}

func nearIDs(s Set, id string) string {
	var near []string
	for _, k := range []Kind{Chat, Image, Video} {
		near = append(near, s.Nearest(k, id, 2)...)
	}
	if len(near) == 0 {
		return ""
	}
	slices.Sort(near)
	return "; near it are " + list(slices.Compact(near))
}
