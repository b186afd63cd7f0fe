package sandbox

import (
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

func (in *inventor) text(name string, s map[string]any) string {
	format, _ := s["format"].(string)
	if v, ok := map[string]string{
		"date": "2026-01-02", "time": "03:04:05Z", "date-time": "2026-01-02T03:04:05Z", "duration": "PT5S",
		"email": "someone@example.org", "uri": "https://example.org/", "url": "https://example.org/", "hostname": "example.org",
		"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uuid": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
	}[format]; ok {
		return v
	}
	if pattern, ok := s["pattern"].(string); ok {
		if v, ok := matching(pattern); ok {
			return v
		}
	}
	v := or(named(in.prompt), head(in.prompt, 80), name, "text")
	for least := integer(s["minLength"]); len([]rune(v)) < least; {
		v += " " + or(name, "text")
	}
	if most := s["maxLength"]; most != nil && len([]rune(v)) > integer(most) {
		v = string([]rune(v)[:max(0, integer(most))])
	}
	return v
}

// matching makes a text that a regular expression matches, if it is one Go reads.
func matching(pattern string) (string, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	spell(&b, re.Simplify())
	whole, err := regexp.Compile(pattern)
	return b.String(), err == nil && whole.MatchString(b.String())
}

// spell writes the shortest text for an expression, letters before other signs.
func spell(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		for _, r := range "aA0-_ " {
			for i := 0; i+1 < len(re.Rune); i += 2 {
				if re.Rune[i] <= r && r <= re.Rune[i+1] {
					b.WriteRune(r)
					return
				}
			}
		}
		if len(re.Rune) > 0 {
			b.WriteRune(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			spell(b, sub)
		}
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		spell(b, re.Sub[0])
	}
}

// named is what a prompt seems to be about: the text it quotes, else the last word
// with a capital that does not open a sentence.
func named(prompt string) string {
	for _, q := range [][2]string{{`"`, `"`}, {"“", "”"}} {
		if _, rest, ok := strings.Cut(prompt, q[0]); ok {
			if quoted, _, ok := strings.Cut(rest, q[1]); ok && quoted != "" && len(quoted) < 80 {
				return quoted
			}
		}
	}
	found, opens := "", true
	for _, w := range strings.Fields(prompt) {
		bare := strings.Trim(w, ".,;:!?()")
		if !opens && bare != "" && bare[0] >= 'A' && bare[0] <= 'Z' && bare != "I" {
			found = bare
		}
		opens = strings.ContainsAny(w[len(w)-1:], ".!?:")
	}
	return found
}

// number makes one within the schema's bounds: the prompt's next number if it fits.
func (in *inventor) number(s map[string]any, whole bool) float64 {
	low, hasLow := bound(s, "minimum", "exclusiveMinimum", whole, 1)
	high, hasHigh := bound(s, "maximum", "exclusiveMaximum", whole, -1)
	v := 1.0
	if len(in.numbers) > 0 {
		v, in.numbers = in.numbers[0], in.numbers[1:]
	}
	if whole {
		v = math.Round(v)
	}
	if hasLow && v < low {
		v = low
	}
	if hasHigh && v > high {
		v = high
	}
	if step, ok := s["multipleOf"].(float64); ok && step > 0 {
		v = math.Ceil(v/step) * step
		if hasHigh && v > high {
			v = math.Floor(high/step) * step
		}
	}
	return v
}

// bound reads a limit; an exclusive one is moved inward by one, or a little for
// numbers that need not be whole.
func bound(s map[string]any, inclusive, exclusive string, whole bool, inward float64) (float64, bool) {
	if v, ok := s[inclusive].(float64); ok {
		return v, true
	}
	v, ok := s[exclusive].(float64)
	if !ok {
		return 0, false
	}
	if !whole {
		inward *= 0.001
	}
	return v + inward, true
}

// integer reads a count of a schema, from 0 to as many values as are made.
func integer(v any) int {
	f, _ := v.(float64)
	return int(min(max(f, 0), maxValues))
}

func numbersOf(prompt string) []float64 {
	var out []float64
	for _, w := range strings.Fields(prompt) {
		if f, err := strconv.ParseFloat(strings.Trim(w, ".,;:!?()°%$"), 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			out = append(out, f)
		}
	}
	return out
}
