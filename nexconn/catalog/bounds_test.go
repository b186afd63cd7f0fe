package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// sample is a value of an argument that no source objects to.
func sample(arg string, b Bound) any {
	switch arg {
	case "subjects":
		return []any{map[string]any{"id": "fox", "images": []any{"https://example.org/fox.png"}}}
	case "shots":
		return []any{map[string]any{"prompt": "x", "seconds": 5.0}}
	case "audio", "music", "watermark", "keep_original_sound":
		return true
	}
	l := b.Hard
	if l.isZero() {
		l = b.Reported
	}
	switch {
	case len(l.OneOf) > 0:
		return l.OneOf[0]
	case l.Min != nil:
		return *l.Min
	case l.MaxItems > 0 || strings.HasSuffix(arg, "s") && arg != "seconds":
		list := []any{"https://example.org/0"}
		for len(list) < l.MinItems {
			list = append(list, fmt.Sprint("https://example.org/", len(list)))
		}
		return list
	}
	return "x"
}

// least is the fewest arguments an operation does with.
func least(m Model, op Op) map[string]any {
	args := map[string]any{}
	for arg, b := range m.TakesFor(op) {
		if b.IsRequired {
			args[arg] = sample(arg, b)
		}
	}
	for _, r := range m.Rules {
		if r.Unverified || !hold(m, r.If, op, args) || hold(m, r.Then, op, args) {
			continue
		}
		for _, c := range r.Then {
			if len(c.Is) > 0 {
				args[c.Arg] = c.Is[0]
			}
		}
	}
	return args
}

// breaking are values that a limit does not allow, one for each of its parts.
func breaking(l Limit) (values []any) {
	if len(l.OneOf) > 0 {
		switch l.OneOf[0].(type) {
		case float64:
			most := 0.0
			for _, v := range l.OneOf {
				most = max(most, v.(float64))
			}
			values = append(values, most+1)
		case bool:
			values = append(values, !l.OneOf[0].(bool))
		default:
			values = append(values, "no-such-value")
		}
	}
	if l.Min != nil {
		values = append(values, *l.Min-1)
	}
	if l.Max != nil {
		values = append(values, *l.Max+1)
	}
	if l.MaxChars > 0 {
		values = append(values, strings.Repeat("字", l.MaxChars+1))
	}
	if l.Like != "" {
		values = append(values, "no-such-value")
	}
	many := func(n int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = "https://example.org/x"
		}
		return list
	}
	if l.MaxItems > 0 {
		values = append(values, many(l.MaxItems+1))
	}
	if l.MinItems > 1 {
		values = append(values, many(l.MinItems-1))
	}
	return values
}

func faultOf(faults []Fault, arg string) bool {
	for _, f := range faults {
		if f.Arg == arg {
			return true
		}
	}
	return false
}

// Each operation goes through with no more than it requires, and each limit is
// held to its mark: what is hard refuses, what is unverified warns.
func TestEveryLimitIsHeldToItsMark(t *testing.T) {
	limits := 0
	for _, m := range Builtin() {
		ops := m.OpNames()
		if m.Kind == Chat {
			ops = []string{string(Turn)}
		}
		for _, name := range ops {
			op, set := Op(name), Builtin()
			base := least(m, op)
			if op == Turn {
				base["prompt"] = "x"
			}
			if faults, _ := m.Check(set, op, base); len(faults) > 0 {
				t.Errorf("%s %s: refuses the least %v: %v", m.ID, op, base, faults)
			}
			for arg, b := range m.TakesFor(op) {
				if b.IsRequired {
					missing := with(base, arg, nil)
					if faults, _ := m.Check(set, op, missing); !faultOf(faults, arg) {
						t.Errorf("%s %s: does without %s", m.ID, op, arg)
					}
				}
				for _, v := range breaking(b.Hard) {
					if !b.Reported.isZero() && b.Reported.breaks(v) == "" {
						continue // softer sources allow it: below
					}
					limits++
					if faults, _ := m.Check(set, op, with(base, arg, v)); !faultOf(faults, arg) {
						t.Errorf("%s %s: takes %s %s", m.ID, op, arg, show(v))
					}
				}
				if !b.Hard.isZero() {
					continue
				}
				for _, v := range breaking(b.Reported) {
					limits++
					faults, warnings := m.Check(set, op, with(base, arg, v))
					if faultOf(faults, arg) || !strings.Contains(strings.Join(warnings, "\n"), arg) {
						t.Errorf("%s %s: %s %s gives %v and warns %v", m.ID, op, arg, show(v), faults, warnings)
					}
				}
			}
			if faults, _ := m.Check(set, op, with(base, "teleport", "x")); !faultOf(faults, "teleport") {
				t.Errorf("%s %s: takes what no model has", m.ID, op)
			}
		}
	}
	if limits < 300 {
		t.Errorf("only %d limits were tried", limits)
	}
}

// What the page forbids and a softer source allows goes through with a warning.
func TestSofterSourcesWarn(t *testing.T) {
	for _, c := range []struct {
		model, arg string
		op         Op
		value      any
	}{
		{"viduq2", "resolution", TextToVideo, "540p"},
		{"viduq1", "prompt", TextToVideo, strings.Repeat("x", 2001)},
		{"kling-video-o1", "seconds", TextToVideo, 7.0},
		{"veo-3.1-generate-001", "resolution", TextToVideo, "4k"},
		{"viduq2-pro", "aspect_ratio", Reference, "7:5"},
		{"kling-v3", "negative_prompt", TextToVideo, "blur"},
		{"kling-v3", "watermark", TextToVideo, true},
		{"viduq2", "movement", TextToVideo, "large"},
		{"kling-v3", "mode", TextToVideo, "4k"},
		{"kling-v2-6", "seconds", TextToVideo, 7.0},
		{"bytedance/doubao-seedance-2-0-260128", "seconds", TextToVideo, 3.0},
	} {
		m, _ := Builtin().Find(Video, c.model)
		faults, warnings := m.Check(Builtin(), c.op, with(least(m, c.op), c.arg, c.value))
		if len(faults) > 0 || !strings.Contains(strings.Join(warnings, "\n"), c.arg) {
			t.Errorf("%s %s %v: %v, %v", c.model, c.arg, show(c.value), faults, warnings)
		}
	}
	kling, _ := Builtin().Find(Image, "kling-v2")
	one := map[string]any{"prompt": "x", "images": []any{"https://example.org/a"}, "scene_image": "https://example.org/b"}
	if faults, warnings := kling.Check(Builtin(), OpOf(Image, one), one); len(faults) > 0 || !strings.Contains(strings.Join(warnings, "\n"), "images") {
		t.Errorf("one subject in a scene: %v, %v", faults, warnings)
	}
}
