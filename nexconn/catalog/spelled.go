package catalog

import (
	"maps"
	"slices"
	"strings"
)

// Spelled is the arguments of an operation with every word that the model
// lists in the list's own spelling: 2k is 2K where that is what it takes. A
// word that is listed as it stands, and one that isn't listed, stays.
func (m Model) Spelled(op Op, args map[string]any) map[string]any {
	out := maps.Clone(args)
	for arg, v := range out {
		for _, b := range m.bounds(op, arg) {
			if as, ok := b.spelled(v); ok {
				out[arg] = as
				break
			}
		}
	}
	return out
}

// spelled is a value as a bound lists it, or its fields as theirs do.
func (b Bound) spelled(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		listed := slices.Concat(b.Hard.OneOf, b.Told.OneOf)
		if slices.Contains(listed, any(v)) {
			return v, true
		}
		for _, word := range listed {
			if w, ok := word.(string); ok && strings.EqualFold(w, v) {
				return w, true
			}
		}
	case map[string]any:
		if b.Fields == nil {
			return nil, false
		}
		out := maps.Clone(v)
		for name, field := range b.Fields {
			if as, ok := field.spelled(v[name]); ok {
				out[name] = as
			}
		}
		return out, true
	}
	return nil, false
}
