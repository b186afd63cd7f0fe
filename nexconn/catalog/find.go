package catalog

import (
	"slices"
	"strings"
)

// Nearest is up to n ids of a kind that a misspelt id may have meant, the
// nearest first. Ids that have little in common with it are left out.
func (s Set) Nearest(k Kind, id string, n int) []string {
	type near struct {
		id   string
		away int
	}
	var found []near
	asked := plainWord(id)
	for _, have := range s.Of(k).IDs() {
		word := plainWord(have)
		away := Distance(asked, word)
		switch {
		case asked != "" && (strings.Contains(word, asked) || strings.Contains(asked, word)):
			away = min(away, 2)
		case away > max(len(asked), len(word))/2:
			continue
		}
		found = append(found, near{have, away})
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.away - b.away })
	var ids []string
	for _, f := range found[:min(n, len(found))] {
		ids = append(ids, f.id)
	}
	return ids
}

// With is the models of a kind, or of every kind where k is empty, that have a
// capability: an operation, an argument or a value they take, or a word of
// their own. Case, hyphens, underscores and spaces don't matter.
func (s Set) With(capability string, k Kind) Set {
	want := plainWord(capability)
	var out Set
	for _, m := range s {
		if !m.Off && (k == "" || m.Kind == k) && (want == "" || slices.ContainsFunc(m.words(), func(w string) bool {
			return plainWord(w) == want
		})) {
			out = append(out, m)
		}
	}
	return out
}

// words is all that a model may be looked for by.
func (m Model) words() []string {
	words := slices.Concat(m.Capabilities, m.OpNames())
	takes := []Takes{m.Takes}
	for _, op := range m.Ops {
		takes = append(takes, op.Takes)
	}
	if c := m.Chat; c != nil {
		words = append(words, c.Inputs...)
		words = append(words, "chat", "streaming", "json_schema")
		if !c.NoTools {
			words = append(words, "tools", "tool_calls", "function_calling")
		}
		if !c.Reasoning.None {
			words = append(words, "reasoning", "thinking")
		}
		if slices.Contains(c.Inputs, "image") {
			words = append(words, "vision")
		}
		if c.ImageConfig {
			words = append(words, "image_config")
		}
	}
	for _, t := range takes {
		for arg, b := range t {
			words = append(words, arg)
			if arg == "audio" {
				words = append(words, "sound")
			}
			for _, v := range slices.Concat(b.Hard.OneOf, b.Told.OneOf) {
				if s, ok := v.(string); ok {
					words = append(words, s)
				}
			}
		}
	}
	return words
}

func plainWord(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// Distance is how many slips lie between two texts: a letter left out, added or
// changed, or two next to each other exchanged.
func Distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := above[j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			row[j] = min(cost, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
