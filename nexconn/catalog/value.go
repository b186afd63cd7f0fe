package catalog

import (
	"fmt"
	"strings"
)

// value holds a value against a bound; name is what it is called, the argument
// or what makes it up.
func (c *check) value(arg, name string, v any, b Bound) {
	v = normal([]any{v})[0]
	hard, soft := b.Hard.breaks(v), b.Reported.breaks(v)
	switch {
	case noLength(arg, v) && !b.lists(v):
		instead := ""
		if arg == "seconds" {
			instead = "leave it out for the model's own, or "
		}
		c.fault(arg, "%s: %s is no length; %sgive what %s takes: %s.", name, show(v), instead, c.m.ID, b.surest().Want())
	case hard != "" && (b.Reported.isZero() || soft != ""):
		c.outside(arg, name, v, hard, b)
	case hard != "":
		c.warn("%s: %s by the service's documents, but other sources say that %s takes it; sent anyway.", name, hard, c.m.ID)
	case soft != "" && b.Hard.isZero() && b.Reported.farFrom(v):
		c.outside(arg, name, v, soft, b)
	case soft != "" && b.Hard.isZero():
		c.warn("%s: %s by a limit of %s that is not verified; sent anyway.", name, soft, c.m.ID)
	}
	if b.Warning != "" {
		c.warn("%s: %s", arg, b.Warning)
	}
	if b.Fields == nil {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		c.fields(arg, v, b.Fields)
	case []any:
		for i, item := range v {
			if o, ok := item.(map[string]any); ok {
				c.fields(fmt.Sprintf("%s[%d]", arg, i), o, b.Fields)
			}
		}
	}
}

// noLength says that a value is no length of a video or shot, whoever lists the
// limits: a length below 0, and for a video 0, means something only where a
// source names it.
func noLength(arg string, v any) bool {
	n, ok := v.(float64)
	return ok && (arg == "seconds" && n <= 0 || strings.HasSuffix(arg, ".seconds") && n < 0)
}

// lists says that a source names a value, or a range it is in.
func (b Bound) lists(v any) bool {
	return !b.Hard.isZero() && b.Hard.breaks(v) == "" || !b.Reported.isZero() && b.Reported.breaks(v) == ""
}

// farFrom says that a number is more than twice beyond what is listed: that is
// a mistake, whoever says what the limit is.
func (l Limit) farFrom(v any) bool {
	n, ok := v.(float64)
	if !ok {
		return false
	}
	least, most := l.Min, l.Max
	for _, one := range l.OneOf {
		if x, ok := one.(float64); ok {
			if least == nil || x < *least {
				least = &x
			}
			if most == nil || x > *most {
				most = &x
			}
		}
	}
	return most != nil && *most > 0 && n > 2**most || least != nil && *least >= 2 && n < *least/2
}

func (c *check) fields(where string, o map[string]any, takes Takes) {
	for _, name := range sortedKeys(takes) {
		b, arg := takes[name], where+"."+name
		switch {
		case given(o[name]):
			c.value(arg, arg, o[name], b)
		case b.IsRequired:
			c.fault(arg, "%s is required.", arg)
		}
	}
}

// outside refuses a value, or warns where the models file wants no more.
func (c *check) outside(arg, name string, v any, why string, b Bound) {
	if c.m.WarnOnly {
		c.warn("%s: %s; %s takes %s. Sent anyway, as the models file says.", name, why, c.m.ID, b.surest().Want())
		return
	}
	if b.Reason != "" {
		say := b.Reason
		if others := without(idsAccepting(c.set, c.m.Kind, c.op, arg, v), c.m.ID); len(others) > 0 {
			say += fmt.Sprintf(" Models that take it: %s.", list(others))
		}
		c.faults = append(c.faults, Fault{Arg: arg, Unsupported: true, Say: say})
		return
	}
	say := fmt.Sprintf("%s: %s; %s takes %s.", name, why, c.m.ID, b.surest().Want())
	if others := without(idsAccepting(c.set, c.m.Kind, c.op, arg, v), c.m.ID); len(others) > 0 {
		say += fmt.Sprintf(" Models that take it: %s.", list(others))
	}
	c.fault(arg, "%s", say)
}
