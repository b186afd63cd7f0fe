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
	Price     *struct {
		Unit string
		USD  float64
	}
}

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
			copies := s.copies(o.Like, id)
			if len(copies) == 0 {
				fault("like names %q, which the catalogue lacks%s", o.Like, s.meant(o.Like))
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
			fault("the catalogue lacks it; say with like which model it is the same as%s", s.meant(id))
		case o.Price != nil && !slices.Contains([]Unit{PerSecond, PerImage, PerCall, PerMillionOutputToken}, o.Price.Unit):
			fault("price.unit %q is not one of %s", o.Price.Unit, list([]string{PerSecond, PerImage, PerCall, PerMillionOutputToken}))
		case o.Price != nil && o.Price.USD < 0:
			fault("price.usd is below 0")
		case !priced:
			fault("price.unit %q says nothing of this model", o.Price.Unit)
		}
	}
	faults = append(faults, out.clashes(file)...)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	out.sort()
	return out, nil
}

// copies are a model, in all its kinds, under another id.
func (s Set) copies(like, id string) Set {
	var out Set
	for _, m := range s {
		if m.ID == like && !m.Pattern {
			m.ID, m.Aliases, m.Off = id, nil, false
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
	if o.Price == nil || !suits(o.Price.Unit, *m) {
		return false
	}
	p := Price{Unit: o.Price.Unit, Rates: []Rate{{USD: o.Price.USD}}, Source: "the models file"}
	if old := m.Price; old != nil {
		p.PerOutput, p.Lasts, p.Tokens = old.PerOutput, old.Lasts, old.Tokens
	}
	m.Price = &p
	return true
}

func suits(unit Unit, m Model) bool {
	switch unit {
	case PerSecond:
		return m.Kind == Video
	case PerImage:
		return m.Kind == Image
	case PerMillionOutputToken:
		return m.Kind == Chat || m.Kind == Image || m.Price != nil && m.Price.Tokens != nil
	}
	return unit == PerCall
}

// clashes are the aliases that already mean something.
func (s Set) clashes(file map[string]Override) (faults []error) {
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

func (s Set) meant(id string) string {
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
