package catalog

import (
	"slices"
	"strings"
	"sync"
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
	for _, m := range s.Of(k) {
		// A vendor before the slash is left out by many.
		names := append([]string{m.ID, m.ID[strings.LastIndex(m.ID, "/")+1:]}, m.Aliases...)
		best := -1
		for _, name := range names {
			word := plainWord(name)
			away := Distance(asked, word)
			switch {
			case asked != "" && (strings.Contains(word, asked) || strings.Contains(asked, word)):
				away = min(away, 2)
			case away > max(len(asked), len(word))/2:
				continue
			}
			if best < 0 || away < best {
				best = away
			}
		}
		if best >= 0 {
			found = append(found, near{m.ID, best})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.away - b.away })
	var ids []string
	for _, f := range found[:min(n, len(found))] {
		ids = append(ids, f.id)
	}
	return ids
}

// synonyms are words that people use for what models are described with, as
// data: plain words, without spaces and in lower case.
var synonyms = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"pdf": {"document"}, "documents": {"document"}, "docs": {"document"}, "file": {"document", "qfile"}, "files": {"document", "qfile"}, "longvideo": {"qfile"},
		"character": {"reference", "subject", "image_reference"}, "characters": {"reference", "subject", "image_reference"},
		"characterconsistency": {"reference", "subject", "image_reference"}, "consistentcharacter": {"reference", "subject", "image_reference"}, "face": {"image_reference"},
		"lipsync": {"speech"}, "talking": {"speech"}, "dialogue": {"speech"}, "voice": {"speech"}, "avatar": {"speech", "motion_control"},
		"audio": {"audio", "native audio"}, "sound": {"sound", "native audio"}, "music": {"music"},
		"endframe": {"last_frame"}, "lastimage": {"last_frame"}, "keyframes": {"last_frame"}, "startframe": {"first_frame"}, "img2video": {"image_to_video"}, "animate": {"image_to_video"},
		"text2image": {"text_to_image"}, "txt2img": {"text_to_image"}, "img2img": {"image_to_image"}, "text2video": {"text_to_video"}, "video2video": {"edit_video"}, "videoediting": {"edit_video"}, "motiontransfer": {"motion_control"},
		"inpaint": {"mask"}, "edit": {"image_to_image", "edit_video"}, "editing": {"image_to_image", "edit_video"}, "blending": {"blend"}, "styletransfer": {"style_image"},
		"storyboard": {"multi_shot"}, "multiplescenes": {"multi_shot"}, "extend": {"extend", "edit_video"},
		"uhd": {"4k"}, "2160p": {"4k"}, "fullhd": {"1080p"}, "hd": {"720p", "1080p"},
		"images": {"image"}, "imageinput": {"vision"}, "ocr": {"vision"}, "multimodal": {"vision"}, "videounderstanding": {"video"}, "transcription": {"audio"},
		"think": {"reasoning"}, "coding": {"code"}, "programming": {"code"}, "structuredoutput": {"json_schema"}, "json": {"json_schema"}, "functioncalls": {"tools"},
		"quick": {"fast"}, "speed": {"fast"}, "inexpensive": {"cheap"}, "budget": {"cheap"}, "lowcost": {"cheap"},
		"transparent": {}, "transparentbackground": {}, "upscale": {},
	}
})

// With is the models of a kind, or of every kind where k is empty, that have a
// capability: an operation, an argument or a value they take, or a word of
// their own, also by a synonym. Case, hyphens, underscores and spaces don't
// matter.
func (s Set) With(capability string, k Kind) Set {
	want := plainWord(capability)
	wants := []string{want}
	for _, word := range synonyms()[want] {
		wants = append(wants, plainWord(word))
	}
	var out Set
	for _, m := range s {
		if !m.Off && (k == "" || m.Kind == k) && (want == "" || slices.ContainsFunc(wordsOf(m), func(w string) bool {
			return slices.Contains(wants, plainWord(w))
		})) {
			out = append(out, m)
		}
	}
	return out
}

// words is all that a model may be looked for by.
func wordsOf(m Model) []string {
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
			for _, v := range slices.Concat(b.Hard.OneOf, b.Reported.OneOf) {
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
