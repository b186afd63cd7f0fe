package catalog

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (l Limit) isZero() bool {
	return len(l.OneOf) == 0 && l.Min == nil && l.Max == nil && l.MaxChars == 0 &&
		l.MinItems == 0 && l.MaxItems == 0 && l.Like == ""
}

// surest is the limit of the best source there is.
func (b Bound) surest() Limit {
	if b.Hard.isZero() {
		return b.Reported
	}
	return b.Hard
}

// suits says that nothing that is known speaks against a value.
func (b Bound) suits(v any) bool {
	v = normal([]any{v})[0]
	if b.surest().breaks(v) != "" {
		return false
	}
	o, _ := v.(map[string]any)
	for name, field := range b.Fields {
		if given(o[name]) && !field.suits(o[name]) {
			return false
		}
	}
	return true
}

// breaks is what is wrong with a value, empty if nothing.
func (l Limit) breaks(v any) string {
	if len(l.OneOf) > 0 {
		if !slices.Contains(l.OneOf, v) {
			return fmt.Sprintf("%s is not one of %s", show(v), l.Want())
		}
	}
	switch n := v.(type) {
	case float64:
		if l.Min != nil && n < *l.Min || l.Max != nil && n > *l.Max {
			return fmt.Sprintf("%s is not %s", show(v), l.Want())
		}
	case string:
		if l.Like != "" && !matches(l.Like, n) {
			return fmt.Sprintf("%q is not %s", n, l.Want())
		}
		if l.MaxChars > 0 && utf8.RuneCountInString(n) > l.MaxChars {
			return fmt.Sprintf("%d characters are more than %d", utf8.RuneCountInString(n), l.MaxChars)
		}
	case []any:
		if len(n) < l.MinItems || l.MaxItems > 0 && len(n) > l.MaxItems {
			return fmt.Sprintf("%d items are not %s", len(n), l.Want())
		}
	}
	return ""
}

// Want is the limit in words: the one rendering for errors and lists.
func (l Limit) Want() string {
	switch {
	case len(l.OneOf) > 0:
		words := make([]string, len(l.OneOf))
		for i, v := range l.OneOf {
			words[i] = show(v)
		}
		return strings.Join(words, ", ")
	case l.Min != nil && l.Max != nil:
		return fmt.Sprintf("from %s to %s", show(*l.Min), show(*l.Max))
	case l.Min != nil:
		return "at least " + show(*l.Min)
	case l.Max != nil:
		return "at most " + show(*l.Max)
	case l.Like != "":
		return "a text like " + l.Like
	case l.MaxChars > 0:
		return fmt.Sprintf("at most %d characters", l.MaxChars)
	case l.MaxItems > 0 && l.MinItems == l.MaxItems:
		return fmt.Sprintf("exactly %d items", l.MaxItems)
	case l.MaxItems > 0 && l.MinItems > 0:
		return fmt.Sprintf("%d to %d items", l.MinItems, l.MaxItems)
	case l.MaxItems > 0:
		return fmt.Sprintf("at most %d items", l.MaxItems)
	case l.MinItems > 0:
		return fmt.Sprintf("at least %d items", l.MinItems)
	}
	return "any value"
}

// matches says that all of a text fits an expression of the catalogue.
func matches(expr, text string) bool {
	ok, err := regexp.MatchString("^(?:"+expr+")$", text)
	return err == nil && ok
}

// given says that an argument was said at all. false and 0 are said.
func given(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func show(v any) string {
	if f, ok := v.(float64); ok {
		if f == math.Trunc(f) {
			return strconv.FormatFloat(f, 'f', 0, 64)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	if s, ok := v.(string); ok && utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return fmt.Sprint(v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
