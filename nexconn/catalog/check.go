package catalog

import (
	"fmt"
	"strings"
	"time"
)

// Fault is one thing wrong with a call, in words its caller can act on.
type Fault struct {
	Arg string
	// Unsupported says that the model lacks the feature; otherwise the value
	// is wrong.
	Unsupported bool
	Say         string
}

// check is one call being looked at.
type check struct {
	m        Model
	set      Set
	op       Op
	args     map[string]any
	faults   []Fault
	warnings []string
}

// Check finds all that is wrong with args for an operation of m, and what is
// doubtful by second-hand facts. The set is where alternatives are looked for.
// Values are as encoding/json decodes them, words as Spelled gives them; model
// and extra are every model's and are not looked at. Where m lacks the
// operation, its other arguments are held to what m takes in any.
func (m Model) Check(set Set, op Op, args map[string]any) (faults []Fault, warnings []string) {
	c := check{m: m, set: set, op: op, args: args}
	offered := offersOp(m, op)
	if !offered {
		c.faults = append(c.faults, c.lacks())
	}
	c.standing()
	taken := map[string]any{}
	for _, arg := range sortedKeys(args) {
		if arg == "model" || arg == "extra" || !given(args[arg]) {
			continue
		}
		bounds := boundsOf(m, op, arg)
		switch {
		case len(bounds) > 0:
			c.value(arg, arg, args[arg], kindest(bounds, args[arg]))
			taken[arg] = args[arg]
		case !offered && chooses(m.Kind, op, arg):
			// Refused with the operation it makes.
		default:
			c.refuse(arg)
		}
	}
	if offered {
		c.missing(m.TakesFor(op))
		c.shots(taken)
		c.rules(taken)
	}
	return c.faults, c.warnings
}

// kindest is the first bound that lets a value through, else the first.
func kindest(bounds []Bound, v any) Bound {
	for _, b := range bounds {
		if v := normal([]any{v})[0]; b.Hard.breaks(v) == "" {
			return b
		}
	}
	return bounds[0]
}

func (c *check) fault(arg, format string, a ...any) {
	c.faults = append(c.faults, Fault{Arg: arg, Say: fmt.Sprintf(format, a...)})
}

func (c *check) warn(format string, a ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, a...))
}

// standing warns of models that are reported to be gone or going, or known by a
// pattern only.
func (c *check) standing() {
	instead := ""
	if c.m.Successor != "" {
		instead = " Its successor is " + c.m.Successor + "."
	}
	gone := c.m.RetiredBy(time.Now())
	switch {
	case gone && c.m.RetiredOn != "":
		c.warn("%s is reported as retired since %s; sent anyway.%s", c.m.ID, c.m.RetiredOn, instead)
	case gone:
		c.warn("%s is reported as retired; sent anyway.%s", c.m.ID, instead)
	case c.m.RetiredOn != "":
		c.warn("%s is reported to retire on %s.%s", c.m.ID, c.m.RetiredOn, instead)
	}
	if c.m.Pattern {
		c.warn("%s is not in the catalogue; it is passed on as it is, with what is known of its family.", c.m.ID)
	}
}

// shots holds the sum of the shots against the length of a video: it is what is
// sent where no seconds are given.
func (c *check) shots(taken map[string]any) {
	b, ok := c.m.TakesFor(c.op)["seconds"]
	list, _ := taken["shots"].([]any)
	if !ok || len(list) == 0 || given(taken["seconds"]) {
		return
	}
	for _, shot := range list {
		o, _ := shot.(map[string]any)
		if n, ok := number(o["seconds"]); !ok || n < 0 {
			return // which is a fault of its own
		}
	}
	if sum := total(list, "seconds"); sum > 0 {
		c.value("seconds", "the seconds of the shots, together", sum, b)
	}
}

func (c *check) lacks() Fault {
	var offers []string
	for _, op := range c.m.OpNames() {
		if needs := needsOf(c.m, Op(op)); len(needs) > 0 {
			op += " (with " + strings.Join(needs, " and ") + ")"
		}
		offers = append(offers, op)
	}
	say := fmt.Sprintf("%s has no %s; it offers %s.", c.m.ID, c.op, list(offers))
	if others := c.set.Offering(c.m.Kind, c.op); len(others) > 0 {
		say += fmt.Sprintf(" For %s use %s.", c.op, list(others))
	}
	return Fault{Arg: "model", Unsupported: true, Say: say}
}

func (c *check) refuse(arg string) {
	if c.op == Turn {
		say := fmt.Sprintf("%s does not take %s.", c.m.ID, arg)
		if others := idsChatting(c.set, arg, c.args[arg]); len(others) > 0 {
			say += fmt.Sprintf(" Models that do: %s.", list(others))
		}
		c.faults = append(c.faults, Fault{Arg: arg, Unsupported: true, Say: say})
		return
	}
	say := fmt.Sprintf("%s does not take %s", c.m.ID, arg)
	var elsewhere []string
	for _, o := range c.m.OpNames() {
		if _, ok := c.m.TakesFor(Op(o))[arg]; ok {
			elsewhere = append(elsewhere, o)
		}
	}
	if len(elsewhere) > 0 {
		say += fmt.Sprintf(" for %s, only for %s", c.op, list(elsewhere))
	}
	if offersOp(c.m, c.op) {
		say += fmt.Sprintf("; for %s it takes %s", c.op, list(sortedKeys(c.m.TakesFor(c.op))))
	}
	say += "."
	if others := without(idsTaking(c.set, c.m.Kind, c.op, arg), c.m.ID); len(others) > 0 {
		say += fmt.Sprintf(" Models that take %s for %s: %s.", arg, c.op, list(others))
	}
	c.faults = append(c.faults, Fault{Arg: arg, Unsupported: true, Say: say})
}

// needs are the inputs, beyond words, that an operation can't do without:
// what makes a call that operation.
func needsOf(m Model, op Op) []string {
	var args []string
	takes := m.TakesFor(op)
	for _, arg := range sortedKeys(takes) {
		if takes[arg].IsRequired && arg != "prompt" {
			args = append(args, arg)
		}
	}
	return args
}

func (c *check) missing(takes Takes) {
	for _, arg := range sortedKeys(takes) {
		if !takes[arg].IsRequired || given(c.args[arg]) {
			continue
		}
		say := fmt.Sprintf("%s is required by %s for %s.", arg, c.m.ID, c.op)
		if c.op == Turn {
			say = arg + " is required."
		}
		if b := takes[arg]; b.Reason != "" {
			say += " " + b.Reason
		} else if len(b.Hard.OneOf) > 0 {
			say += " It is one of " + b.Hard.Want() + "."
		}
		c.fault(arg, "%s", say)
	}
}

// rules looks at what is taken: of an argument that is refused there is no more
// to say.
func (c *check) rules(taken map[string]any) {
	for _, r := range c.m.Rules {
		if !hold(c.m, r.If, c.op, taken) || hold(c.m, r.Then, c.op, taken) {
			continue
		}
		switch {
		case r.Unverified:
			c.warn("%s This is not verified; sent anyway.", r.Say)
		case c.m.WarnOnly:
			c.warn("%s Sent anyway, as the models file says.", r.Say)
		default:
			c.fault(r.arg(), "%s", r.Say)
		}
	}
}

func without(words []string, word string) []string {
	var out []string
	for _, w := range words {
		if w != word {
			out = append(out, w)
		}
	}
	return out
}

func list(words []string) string { return strings.Join(words, ", ") }
