package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// callTools decides which tools to call: after a user's message only, the one the
// choice names, the first if one is required, and else those the prompt speaks of.
func (a ask) callTools(seed string) []toolCall {
	if len(a.tools) == 0 || len(a.results) > 0 || a.choice == "none" {
		return nil
	}
	var picked []tool
	for _, t := range a.tools {
		if t.name == a.choice || a.choice != "required" && mentions(a.prompt.text, t) {
			picked = append(picked, t)
		}
	}
	switch {
	case a.choice == "required":
		for _, t := range a.tools {
			if mentions(a.prompt.text, t) {
				picked = append(picked, t)
			}
		}
		if len(picked) == 0 {
			picked = a.tools[:1]
		}
	case a.choice != "" && a.choice != "auto":
		picked = slices.DeleteFunc(picked, func(t tool) bool { return t.name != a.choice })
	}
	if !a.parallel && len(picked) > 1 {
		picked = picked[:1]
	}
	var calls []toolCall
	for i, t := range picked {
		arguments, err := inventText(t.schema, a.prompt.text)
		if err != nil {
			arguments = "{}"
		}
		calls = append(calls, toolCall{fmt.Sprintf("call_%s%02d", seed[:22], i), t.name, arguments})
	}
	return calls
}

// mentions tells whether a prompt is about a tool: it has the tool's name, a word
// of the name, or two of the longer words of its description.
func mentions(prompt string, t tool) bool {
	words := map[string]bool{}
	for _, w := range wordsOf(prompt) {
		words[w] = true
	}
	if strings.Contains(strings.ToLower(prompt), strings.ToLower(t.name)) {
		return true
	}
	for _, w := range wordsOf(splitCamel(t.name)) {
		if len(w) > 3 && words[w] {
			return true
		}
	}
	shared := 0
	for _, w := range wordsOf(t.description) {
		if len(w) > 4 && words[w] {
			shared++
			words[w] = false
		}
	}
	return shared >= 2
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
	})
}

func splitCamel(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
