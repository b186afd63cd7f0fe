package catalog

import (
	"maps"
	"slices"
)

// Rule ties arguments together: where If holds, Then must.
type Rule struct {
	If   []Cond
	Then []Cond
	// Unverified means a warning, not a refusal.
	Unverified bool
	// Say is the sentence a caller reads when the rule is broken.
	Say string
}

// Cond is a condition on one argument, by the caller's word. Defaults count.
// With no field but Arg set, it holds where the argument is given.
type Cond struct {
	Arg string
	// Is holds where the value is one of these.
	Is []any
	// Absent holds where the argument is not given.
	Absent bool
	// MinItems and MaxItems hold where the list is at least, at most so long.
	// Also are arguments that are counted with Arg; what is no list counts one.
	MinItems, MaxItems int
	Also               []string
	// Below holds where the number is below that of another argument, or
	// either is not given.
	Below string
	// Field is a field of the objects of a list, summed over them: items where
	// it is a list, else its number. TotalMax holds where the sum is at most
	// that, TotalIs where it is the value of another argument or that is not
	// given.
	Field    string
	TotalMax float64
	TotalIs  string
	// Ops holds where the operation is one of these; Arg is then empty.
	Ops []Op
}

// Given holds where arg is given.
func Given(arg string) Cond { return Cond{Arg: arg} }

// Absent holds where arg is not given.
func Absent(arg string) Cond { return Cond{Arg: arg, Absent: true} }

// Is holds where arg has one of the values.
func Is(arg string, values ...any) Cond { return Cond{Arg: arg, Is: normal(values)} }

// AtMost holds where the lists args have at most n items together.
func AtMost(n int, args ...string) Cond {
	return Cond{Arg: args[0], Also: args[1:], MaxItems: n}
}

// Some holds where at least one of args is given.
func Some(args ...string) Cond {
	return Cond{Arg: args[0], Also: args[1:], MinItems: 1}
}

// During holds where the call is one of the operations.
func During(ops ...Op) Cond { return Cond{Ops: ops} }

// when is a rule's If, then a rule's Then: short forms for the model files.
func when(conds ...Cond) []Cond { return conds }

func hold(m Model, conds []Cond, op Op, args map[string]any) bool {
	for _, c := range conds {
		if !holds(m, c, op, args) {
			return false
		}
	}
	return true
}

func holds(m Model, c Cond, op Op, args map[string]any) bool {
	if len(c.Ops) > 0 {
		return slices.Contains(c.Ops, op)
	}
	v := args[c.Arg]
	switch {
	case len(c.Is) > 0:
		return slices.Contains(c.Is, valueOf(m, c.Arg, args))
	case c.Absent:
		return !given(v)
	case c.Below != "":
		a, aok := number(v)
		b, bok := number(args[c.Below])
		return !aok || !bok || a < b
	case c.TotalIs != "":
		want, ok := number(args[c.TotalIs])
		return !ok || total(v, c.Field) == want
	case c.TotalMax > 0:
		return total(v, c.Field) <= c.TotalMax
	case c.MaxItems > 0 || c.MinItems > 0:
		n := count(v)
		for _, arg := range c.Also {
			n += count(args[arg])
		}
		return n >= c.MinItems && (c.MaxItems == 0 || n <= c.MaxItems)
	}
	return given(v)
}

// mayHold says that conditions hold, or would if the service did of itself what
// nobody asked for and no document says.
func mayHold(m Model, conds []Cond, op Op, args map[string]any) bool {
	for _, c := range conds {
		open := len(c.Is) > 0 && !given(args[c.Arg]) && m.Defaults[c.Arg] == nil
		if !open && !holds(m, c, op, args) {
			return false
		}
	}
	return true
}

// with is args with one changed.
func with(args map[string]any, arg string, v any) map[string]any {
	out := maps.Clone(args)
	if out == nil {
		out = map[string]any{}
	}
	out[arg] = v
	return out
}

// valueOf is what an argument says, or what the service does where it says
// nothing.
func valueOf(m Model, arg string, args map[string]any) any {
	if v := args[arg]; given(v) {
		return normal([]any{v})[0]
	}
	return normal([]any{m.Defaults[arg]})[0]
}

func (r Rule) arg() string {
	for _, c := range slices.Concat(r.If, r.Then) {
		if c.Arg != "" {
			return c.Arg
		}
	}
	return ""
}

func number(v any) (float64, bool) {
	n, ok := normal([]any{v})[0].(float64)
	return n, ok
}

func count(v any) int {
	if l, ok := v.([]any); ok {
		return len(l)
	}
	if given(v) {
		return 1
	}
	return 0
}

func total(v any, field string) float64 {
	var sum float64
	list, _ := v.([]any)
	for _, item := range list {
		o, _ := item.(map[string]any)
		if n, ok := number(o[field]); ok {
			sum += n
			continue
		}
		sum += float64(count(o[field]))
	}
	return sum
}
