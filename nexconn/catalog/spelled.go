package catalog

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Spelled is the arguments of an operation with every word that the model
// lists in the list's own spelling: 2k is 2K where that is what it takes. A
// word that is listed as it stands, and one that isn't listed, stays.
func (m Model) Spelled(op Op, args map[string]any) map[string]any {
	out := maps.Clone(args)
	for arg, v := range out {
		for _, b := range boundsOf(m, op, arg) {
			if as, ok := b.spelled(v); ok {
				out[arg] = as
				break
			}
		}
	}
	return out
}

// ratio is two numbers as people write a ratio or a size.
var ratio = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d+)\s*[:x×*/]\s*(\d+)$`) })

// meaning is a word of the lists in the form in which it is compared: in small
// letters, a ratio or a size in any of its spellings, a number of lines with or
// without its p.
func meaning(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	if parts := ratio().FindStringSubmatch(word); parts != nil {
		return parts[1] + ":" + parts[2]
	}
	if number, ok := strings.CutSuffix(word, "p"); ok {
		if _, err := strconv.ParseUint(number, 10, 32); err == nil {
			return number
		}
	}
	return word
}

// spelled is a value as a bound lists it, or its fields as theirs do.
func (b Bound) spelled(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		listed := slices.Concat(b.Hard.OneOf, b.Reported.OneOf)
		if slices.Contains(listed, any(v)) {
			return v, true
		}
		for _, word := range listed {
			if w, ok := word.(string); ok && meaning(w) == meaning(v) {
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
