package catalog

import (
	"fmt"
	"strings"
)

// Limits is what a model takes, as list_models and resources show it. A limit
// is an object like {"max": 15, "verified": false}: verified ones are enforced,
// breaking another gives a warning.
func (m Model) Limits() map[string]any {
	all := map[string]any{}
	put(all, "every_operation", m.Takes.show())
	operations := map[string]any{}
	for op, o := range m.Ops {
		one := map[string]any{"path": o.Path}
		put(one, "arguments", o.Takes.show())
		if o.Docs != "" && o.Docs != m.Docs {
			one["docs"] = o.Docs
		}
		operations[string(op)] = one
	}
	put(all, "operations", operations)
	put(all, "media", mediaOf(m))
	put(all, "defaults", m.Defaults)
	var rules []any
	for _, r := range m.Rules {
		rules = append(rules, map[string]any{"rule": r.Say, "verified": !r.Unverified})
	}
	if len(rules) > 0 {
		all["rules"] = rules
	}
	put(all, "request_bytes", most(int(m.BodyBytes), false))
	if m.TypicalSeconds > 0 {
		all["takes_at_least_seconds"] = m.TypicalSeconds
	}
	if m.Chat != nil {
		all["chat"] = m.Chat.show()
	}
	return all
}

// most is an upper limit, nil where there is none.
func most(n int, verified bool) map[string]any {
	if n == 0 {
		return nil
	}
	return map[string]any{"max": n, "verified": verified}
}

// media is what files have to be, by argument: the same in every operation.
func mediaOf(m Model) map[string]any {
	all := map[string]any{}
	for _, op := range m.OpNames() {
		for arg, b := range m.TakesFor(Op(op)) {
			if b.Media != nil {
				all[arg] = b.Media.show()
			}
		}
	}
	return all
}

func (c ChatFacts) show() map[string]any {
	reasoning := map[string]any{}
	switch r := c.Reasoning; {
	case r.None:
		reasoning["never"] = true
	default:
		put(reasoning, "switch", string(r.Style))
		put(reasoning, "always_on", r.CannotStop)
		put(reasoning, "hidden", r.Hidden)
		if len(r.Levels) > 0 {
			reasoning["levels"] = map[string]any{"one_of": r.Levels, "verified": false}
		}
		put(reasoning, "min_budget", r.MinBudget)
		put(reasoning, "max_budget", r.MaxBudget)
	}
	out := map[string]any{"reasoning": reasoning, "tools": !c.NoTools}
	put(out, "arguments", c.Takes.show())
	if len(c.Inputs) > 0 {
		out["attachments"] = map[string]any{"one_of": c.Inputs, "verified": false}
	}
	put(out, "request_media_bytes", most(int(c.DirectBytes), true))
	put(out, "context_tokens", most(c.Context, false))
	put(out, "max_output_tokens", most(c.MaxOutput, false))
	return out
}

func (t Takes) show() map[string]any {
	all := map[string]any{}
	for arg, b := range t {
		all[arg] = b.show()
	}
	return all
}

func (b Bound) show() map[string]any {
	out := map[string]any{}
	switch {
	case !b.Hard.isZero():
		out = b.Hard.show(true)
		if !b.Reported.isZero() {
			out["also"] = b.Reported.show(false)
		}
	case !b.Reported.isZero():
		out = b.Reported.show(false)
	}
	put(out, "required", b.IsRequired)
	put(out, "fields", b.Fields.show())
	put(out, "note", strings.TrimSpace(b.Reason+" "+b.Note))
	put(out, "warning", b.Warning)
	return out
}

func (l Limit) show(verified bool) map[string]any {
	out := map[string]any{"verified": verified}
	if len(l.OneOf) > 0 {
		out["one_of"] = l.OneOf
	}
	if l.Min != nil {
		out["min"] = *l.Min
	}
	if l.Max != nil {
		out["max"] = *l.Max
	}
	put(out, "max_chars", l.MaxChars)
	put(out, "min_items", l.MinItems)
	put(out, "max_items", l.MaxItems)
	put(out, "like", l.Like)
	return out
}

func (m Media) show() map[string]any {
	out := map[string]any{"class": m.Class, "public_url_only": m.Form == URLOnly}
	if len(m.Types) > 0 {
		out["types"] = map[string]any{"one_of": m.Types, "verified": m.HardTypes}
	}
	put(out, "bytes", most(int(m.Bytes), m.HardBytes))
	put(out, "side_pixels", ends(float64(m.MinSide), float64(m.MaxSide)))
	put(out, "ratio", ends(m.MinRatio, m.MaxRatio))
	return out
}

// ends is a range of what no page of the service states, nil where both ends
// are open.
func ends(least, most float64) map[string]any {
	out := map[string]any{}
	put(out, "min", least)
	put(out, "max", most)
	if len(out) > 0 {
		out["verified"] = false
	}
	return out
}

// put sets what is not the zero of its kind.
func put[V string | bool | int | float64 | map[string]any](out map[string]any, key string, v V) {
	switch v := any(v).(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case int:
		if v == 0 {
			return
		}
	case float64:
		if v == 0 {
			return
		}
	case map[string]any:
		if len(v) == 0 {
			return
		}
	}
	out[key] = v
}

// Words are when a rate holds, "mode pro", "audio true"; none where it always
// does.
func (r Rate) Words() []string {
	var words []string
	for _, c := range r.When {
		words = append(words, c.words())
	}
	if r.UpToInput > 0 {
		words = append(words, fmt.Sprintf("prompt of at most %d tokens", r.UpToInput))
	}
	if r.UpToOutput > 0 {
		words = append(words, fmt.Sprintf("answer of at most %d tokens", r.UpToOutput))
	}
	return words
}

func (c Cond) words() string {
	switch {
	case len(c.Ops) > 0:
		names := make([]string, len(c.Ops))
		for i, op := range c.Ops {
			names[i] = string(op)
		}
		return strings.Join(names, " or ")
	case len(c.Is) > 0:
		values := make([]string, len(c.Is))
		for i, v := range c.Is {
			values[i] = show(v)
		}
		return c.Arg + " " + strings.Join(values, " or ")
	case c.Absent:
		return "no " + c.Arg
	case c.MaxItems > 0:
		return fmt.Sprintf("at most %d of %s", c.MaxItems, list(append([]string{c.Arg}, c.Also...)))
	}
	return strings.Join(append([]string{c.Arg}, c.Also...), " or ")
}
