package command

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// showModels prints a list of models, or all that is known of one.
func showModels(w io.Writer, list catalog.List) error {
	if len(list.Models) > 0 && list.Models[0].Limits != nil {
		for i, m := range list.Models {
			if i > 0 {
				if err := say(w, "\n"); err != nil {
					return err
				}
			}
			if err := showModel(w, m); err != nil {
				return err
			}
		}
		return showNotes(w, list.Warnings)
	}
	var rows [][]string
	for _, m := range list.Models {
		mark := ""
		if m.Recommended {
			mark = "*"
		}
		can := m.Operations
		if len(can) == 0 {
			can = m.Capabilities
		}
		rows = append(rows, []string{m.Kind, m.ID, mark, strings.Join(slices.DeleteFunc([]string{strings.Join(can, ", "), ending(m)}, empty), "; ")})
	}
	if err := table(w, []string{"KIND", "MODEL", "", "CAN"}, rows); err != nil {
		return err
	}
	if err := say(w, "%d models; * is recommended. Limits, price and aliases of one: nexconn-mcp models MODEL\n", list.Count); err != nil {
		return err
	}
	return showNotes(w, list.Warnings)
}

func empty(text string) bool { return text == "" }

// ending says that a model is retired or will be, and what to take instead.
func ending(m catalog.Entry) string {
	text := ""
	switch {
	case m.Retired:
		text = "retired"
	case m.RetiredOn != "":
		text = "retires on " + m.RetiredOn
	default:
		return ""
	}
	if m.Successor != "" {
		text += ", use " + m.Successor
	}
	return text
}

// showModel prints every limit, the price and the aliases of a model.
func showModel(w io.Writer, m catalog.Entry) error {
	head := m.ID + " (" + strings.Join(slices.DeleteFunc([]string{m.Kind, m.Vendor}, empty), ", ") + ")"
	if m.Recommended {
		head += ", recommended"
	}
	if err := say(w, "%s\n%s\n", head, wrapped(m.Summary, "")); err != nil {
		return err
	}
	live := ""
	if m.Live != nil {
		live = map[bool]string{true: "yes", false: "no"}[*m.Live]
	}
	l := limits(m.Limits)
	err := facts(w, "Aliases", strings.Join(m.Aliases, ", "), "Retirement", ending(m), "On offer today", live,
		"Operations", strings.Join(m.Operations, ", "), "Capabilities", strings.Join(m.Capabilities, ", "),
		"Defaults", pairsIn(l.in("defaults")), "Takes", takesAtLeast(m.Limits), "Documents", m.Docs)
	if err != nil {
		return err
	}
	for _, part := range []func(io.Writer) error{
		l.showArguments, l.in("chat").showChat, l.showMedia, l.showRules,
		func(w io.Writer) error { return showPrice(w, m.Price) },
	} {
		if err := part(w); err != nil {
			return err
		}
	}
	if l.unverified() {
		return say(w, "\nA limit marked ? is not verified: beyond it a call is sent with a warning.\n")
	}
	return nil
}

func takesAtLeast(all limits) string {
	if n, ok := all["takes_at_least_seconds"].(float64); ok {
		return fmt.Sprintf("usually more than %.0f s", n)
	}
	return ""
}

// limits are the limits of a model as list_models tells them, or a part.
type limits map[string]any

func (l limits) in(name string) limits {
	part, _ := l[name].(map[string]any)
	return part
}

// unverified says that one of the limits is.
func (l limits) unverified() bool {
	for name, v := range l {
		if name == "verified" && v == false {
			return true
		}
		switch v := v.(type) {
		case map[string]any:
			if limits(v).unverified() {
				return true
			}
		case []any:
			for _, one := range v {
				if part, ok := one.(map[string]any); ok && limits(part).unverified() {
					return true
				}
			}
		}
	}
	return false
}

// showArguments prints what each argument takes, those of every operation first.
func (l limits) showArguments(w io.Writer) error {
	if err := showLimits(w, "In every operation", l.in("every_operation")); err != nil {
		return err
	}
	operations := l.in("operations")
	for _, op := range slices.Sorted(maps.Keys(operations)) {
		if err := showLimits(w, op, operations.in(op).in("arguments")); err != nil {
			return err
		}
	}
	return nil
}

func (l limits) showChat(w io.Writer) error {
	if l == nil {
		return nil
	}
	if err := showLimits(w, "Arguments", l.in("arguments")); err != nil {
		return err
	}
	rest := limits{}
	for name, v := range l {
		if name != "arguments" {
			rest[name] = v
		}
	}
	return showLimits(w, "Chat", rest)
}

func (l limits) showMedia(w io.Writer) error {
	return showLimits(w, "Media", l.in("media"))
}

func (l limits) showRules(w io.Writer) error {
	rules, _ := l["rules"].([]any)
	if len(rules) == 0 {
		return nil
	}
	if err := say(w, "\nRules\n"); err != nil {
		return err
	}
	for _, one := range rules {
		rule, _ := one.(map[string]any)
		text, _ := rule["rule"].(string)
		if rule["verified"] == false {
			text += " ?"
		}
		if err := say(w, "%s\n", wrapped(text, "  ")); err != nil {
			return err
		}
	}
	return nil
}

// showLimits prints a heading and a line for each limit; nothing where there is
// none.
func showLimits(w io.Writer, title string, part limits) error {
	if len(part) == 0 {
		return nil
	}
	if err := say(w, "\n%s\n", title); err != nil {
		return err
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(part)) {
		words := limitWords(name, part[name])
		if words == "" {
			words = "taken"
		}
		pairs = append(pairs, "  "+name, words)
	}
	return facts(w, pairs...)
}

// limitWords are a limit in words; those of what is counted in bytes are sizes.
func limitWords(name string, v any) string {
	l, ok := v.(map[string]any)
	if !ok {
		return valueWords(v)
	}
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	number := valueWords
	if strings.HasSuffix(name, "bytes") {
		number = func(v any) string {
			n, _ := v.(float64)
			return bytesWords(int64(n))
		}
	}
	if l["required"] == true {
		add("required")
	}
	if list, ok := l["one_of"].([]any); ok {
		add("%s", valueWords(list))
	}
	switch least, most := l["min"], l["max"]; {
	case least != nil && most != nil:
		add("%s to %s", number(least), number(most))
	case least != nil:
		add("at least %s", number(least))
	case most != nil:
		add("at most %s", number(most))
	}
	if n := l["max_chars"]; n != nil {
		add("at most %s characters", valueWords(n))
	}
	switch least, most := l["min_items"], l["max_items"]; {
	case least != nil && most != nil:
		add("%s to %s items", valueWords(least), valueWords(most))
	case least != nil:
		add("at least %s items", valueWords(least))
	case most != nil:
		add("at most %s items", valueWords(most))
	}
	known := []string{"required", "one_of", "min", "max", "max_chars", "min_items", "max_items", "verified", "note", "warning"}
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if slices.Contains(known, name) || l[name] == false {
			continue
		}
		said, inner := strings.ReplaceAll(name, "_", " "), limitWords(name, l[name])
		switch _, isObject := l[name].(map[string]any); {
		case isObject:
			said += " (" + inner + ")"
		case inner != "true":
			said += " " + inner
		}
		words = append(words, said)
	}
	text := strings.Join(words, ", ")
	if l["verified"] == false && text != "" {
		text += " ?"
	}
	for _, name := range []string{"note", "warning"} {
		if note, _ := l[name].(string); note != "" {
			text = strings.TrimPrefix(text+" — "+note, " — ")
		}
	}
	return text
}

// valueWords are a value as people write it.
func valueWords(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = valueWords(one)
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}

func pairsIn(values limits) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, name+" "+valueWords(values[name]))
	}
	return strings.Join(parts, ", ")
}

// showPrice prints what a model costs, and how sure that is.
func showPrice(w io.Writer, p *catalog.PriceEntry) error {
	if p == nil || len(p.Rates) == 0 {
		return say(w, "\nPrice unknown; NEXCONN_MODELS_FILE can state it.\n")
	}
	if err := say(w, "\nPrice, an estimate; of several for one unit the first that applies counts\n"); err != nil {
		return err
	}
	var rows [][]string
	for _, r := range p.Rates {
		amount := "$" + strconv.FormatFloat(r.USD, 'f', -1, 64)
		if r.MaxUSD > r.USD {
			amount += " (caps: $" + strconv.FormatFloat(r.MaxUSD, 'f', -1, 64) + ")"
		}
		rows = append(rows, []string{"  " + amount, strings.ReplaceAll(r.Unit, "_", " "), strings.Join(r.When, ", "),
			strings.ReplaceAll(r.Certainty, "_", " "), r.Date})
	}
	return table(w, []string{"  USD", "PER", "WHEN", "FROM", "DATE"}, rows)
}
