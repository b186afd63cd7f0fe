package catalog

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Set is models sorted by kind and id. Functions take a Set so that the models
// file and tests can make their own.
type Set []Model

// Builtin is every model the documents name.
var Builtin = sync.OnceValue(func() Set {
	s := make(Set, 0, len(registry))
	for _, model := range registry {
		s = append(s, model())
	}
	sortModels(s)
	return s
})

func sortModels(s Set) {
	slices.SortFunc(s, func(a, b Model) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind))
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Of is the models of one kind that are not off.
func (s Set) Of(k Kind) Set {
	var out Set
	for _, m := range s {
		if m.Kind == k && !m.Off {
			out = append(out, m)
		}
	}
	return out
}

// Find is the model of a kind with an id: by its name, by an alias, by either
// in another letter case, or by a pattern. An alias gives the model under its
// own id; a pattern's model takes the id that was asked for.
func (s Set) Find(k Kind, id string) (Model, bool) {
	alike := func(word string) bool { return strings.EqualFold(word, id) }
	for _, is := range []func(*Model) bool{
		func(m *Model) bool { return m.ID == id },
		func(m *Model) bool { return slices.Contains(m.Aliases, id) },
		func(m *Model) bool { return alike(m.ID) || slices.ContainsFunc(m.Aliases, alike) },
	} {
		for i := range s { // a Model is large to copy
			if m := &s[i]; m.Kind == k && !m.Off && !m.Pattern && is(m) {
				return *m, true
			}
		}
		if s.IsOff(k, id) {
			return Model{}, false
		}
	}
	for i := range s {
		if m := s[i]; m.Kind == k && !m.Off && m.Pattern && strings.HasPrefix(id, m.ID) {
			m.ID = id
			return m, true
		}
	}
	return Model{}, false
}

// IsOff says that the set has a model that is switched off, by its id or an
// alias in any letter case, so that its id is neither passed through nor taken
// for a pattern's.
func (s Set) IsOff(k Kind, id string) bool {
	alike := func(word string) bool { return strings.EqualFold(word, id) }
	for i := range s {
		if m := &s[i]; m.Off && m.Kind == k && !m.Pattern && (alike(m.ID) || slices.ContainsFunc(m.Aliases, alike)) {
			return true
		}
	}
	return false
}

// IsOffInAll says that an id is of a model that is switched off and of no other.
func (s Set) IsOffInAll(id string) bool {
	off := false
	for _, k := range []Kind{Chat, Image, Video} {
		if m, ok := s.Find(k, id); ok && !m.Pattern {
			return false
		}
		off = off || s.IsOff(k, id)
	}
	return off
}

// ForChat is the model that a chat with id goes to: a chat model, or an image
// model that also chats.
func (s Set) ForChat(id string) (Model, bool) {
	if m, ok := s.Find(Chat, id); ok {
		return m, true
	}
	if m, ok := s.Find(Image, id); ok && m.Chat != nil {
		return m, true
	}
	return Model{}, false
}

// IDs are the ids of the models, patterns left out.
func (s Set) IDs() []string {
	var ids []string
	for _, m := range s {
		if !m.Pattern {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// Offering is the ids of a kind's models that offer an operation; retired ones
// only where there is no other.
func (s Set) Offering(k Kind, op Op) []string {
	return matchingIDs(s, k, func(m Model) bool { _, ok := m.Ops[op]; return ok })
}

// taking is the ids of a kind's models that take an argument for an operation.
func idsTaking(s Set, k Kind, op Op, arg string) []string {
	return matchingIDs(s, k, func(m Model) bool {
		_, offers := m.Ops[op]
		_, takes := m.TakesFor(op)[arg]
		return takes && offers
	})
}

// accepting is the ids of a kind's models that take a value of an argument for
// an operation, by all that is known of them.
func idsAccepting(s Set, k Kind, op Op, arg string, v any) []string {
	return matchingIDs(s, k, func(m Model) bool {
		_, offers := m.Ops[op]
		b, takes := m.TakesFor(op)[arg]
		return (offers || op == Turn) && takes && b.suits(v)
	})
}

// chatting is the ids of the models, of whatever kind, that take a value of an
// argument in a chat, by all that is known of them.
func idsChatting(s Set, arg string, v any) []string {
	var ids []string
	for _, m := range s {
		if m.Chat == nil || m.Off {
			continue
		}
		if b, ok := m.Chat.Takes[arg]; ok && b.suits(v) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// RecommendedFirst is the set with the models to try first at the head, in
// their order otherwise.
func (s Set) RecommendedFirst() Set {
	out := slices.Clone(s)
	slices.SortStableFunc(out, func(a, b Model) int {
		switch {
		case a.Recommended == b.Recommended:
			return 0
		case a.Recommended:
			return -1
		}
		return 1
	})
	return out
}

// RetiredBy says that a model is withdrawn at a time: marked so, or its day has
// come.
func (m Model) RetiredBy(now time.Time) bool {
	return m.Retired || m.RetiredOn != "" && m.RetiredOn <= now.UTC().Format(time.DateOnly)
}

// Reading is the ids of the models that understand a kind of attachment.
func (s Set) Reading(input string) []string {
	var ids []string
	now := time.Now()
	for _, m := range s {
		if m.Chat != nil && !m.Off && !m.RetiredBy(now) && slices.Contains(m.Chat.Inputs, input) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// Lacks says that an id is known, of whatever kind, and does not understand a
// kind of attachment.
func (s Set) Lacks(id, input string) bool {
	if m, ok := s.ForChat(id); ok {
		return !slices.Contains(m.Chat.Inputs, input)
	}
	return slices.ContainsFunc([]Kind{Chat, Image, Video}, func(k Kind) bool {
		_, known := s.Find(k, id)
		return known || s.IsOff(k, id)
	})
}

func matchingIDs(s Set, k Kind, fits func(Model) bool) []string {
	var current, retired []string
	now := time.Now()
	for _, m := range s.Of(k) {
		switch {
		case m.Pattern || !fits(m):
		case m.RetiredBy(now):
			retired = append(retired, m.ID)
		default:
			current = append(current, m.ID)
		}
	}
	if len(current) == 0 {
		return retired
	}
	return current
}
