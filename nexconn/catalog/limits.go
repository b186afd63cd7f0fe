package catalog

import (
	"fmt"
	"strings"
)

// Limits is what a model takes, as list_models and resources tell it: for every
// operation and argument what is enforced and what is only told.
func (m Model) Limits() map[string]any {
	all := map[string]any{}
	put(all, "every_operation", m.Takes.tell())
	operations := map[string]any{}
	for op, o := range m.Ops {
		one := map[string]any{"path": o.Path}
		put(one, "arguments", o.Takes.tell())
		if o.Docs != "" && o.Docs != m.Docs {
			one["docs"] = o.Docs
		}
		operations[string(op)] = one
	}
	put(all, "operations", operations)
	put(all, "media", m.media())
	put(all, "defaults", m.Defaults)
	var enforced, told []string
	for _, r := range m.Rules {
		if r.Told {
			told = append(told, r.Say)
		} else {
			enforced = append(enforced, r.Say)
		}
	}
	rules := map[string]any{}
	if len(enforced) > 0 {
		rules["enforced"] = enforced
	}
	if len(told) > 0 {
		rules["told"] = told
	}
	put(all, "rules", rules)
	put(all, "request_bytes_told", int(m.BodyBytes))
	if m.TypicalSeconds > 0 {
		all["takes_at_least_seconds"] = m.TypicalSeconds
	}
	if m.Chat != nil {
		all["chat"] = m.Chat.tell()
	}
	return all
}

// media is what files have to be, by argument: the same in every operation.
func (m Model) media() map[string]any {
	all := map[string]any{}
	for _, op := range m.OpNames() {
		for arg, b := range m.TakesFor(Op(op)) {
			if b.Media != nil {
				all[arg] = b.Media.tell()
			}
		}
	}
	return all
}

func (c ChatFacts) tell() map[string]any {
	reasoning := map[string]any{}
	switch r := c.Reasoning; {
	case r.None:
		reasoning["never"] = true
	default:
		put(reasoning, "switch", string(r.Style))
		put(reasoning, "always_on", r.CannotStop)
		put(reasoning, "hidden", r.Hidden)
		if len(r.Levels) > 0 {
			reasoning["levels_told"] = r.Levels
		}
		put(reasoning, "min_budget", r.MinBudget)
		put(reasoning, "max_budget", r.MaxBudget)
	}
	out := map[string]any{"reasoning": reasoning, "tools": !c.NoTools}
	put(out, "arguments", c.Takes.tell())
	if len(c.Inputs) > 0 {
		out["attachments_told"] = c.Inputs
	}
	put(out, "media_bytes_of_a_request", int(c.DirectBytes))
	put(out, "context_tokens_told", c.Context)
	put(out, "max_output_tokens_told", c.MaxOutput)
	return out
}

func (t Takes) tell() map[string]any {
	all := map[string]any{}
	for arg, b := range t {
		all[arg] = b.tell()
	}
	return all
}

func (b Bound) tell() map[string]any {
	out := map[string]any{}
	put(out, "required", b.Required)
	if !b.Hard.isZero() {
		out["enforced"] = b.Hard
	}
	if !b.Told.isZero() {
		out["told"] = b.Told
	}
	put(out, "fields", b.Fields.tell())
	put(out, "note", strings.TrimSpace(b.Why+" "+b.Note))
	put(out, "doubt", b.Doubt)
	return out
}

func (m Media) tell() map[string]any {
	out := map[string]any{"class": m.Class, "public_url_only": m.Form == URLOnly}
	limits := map[string]any{}
	put(limits, "min_side", m.MinSide)
	put(limits, "max_side", m.MaxSide)
	put(limits, "min_ratio", m.MinRatio)
	put(limits, "max_ratio", m.MaxRatio)
	enforced := map[string]any{}
	tell := func(hard bool, word string, v any, given bool) {
		switch {
		case given && hard:
			enforced[word] = v
		case given:
			limits[word] = v
		}
	}
	tell(m.HardBytes, "max_bytes", m.Bytes, m.Bytes > 0)
	tell(m.HardTypes, "types", m.Types, len(m.Types) > 0)
	put(out, "enforced", enforced)
	put(out, "told", limits)
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
