package schemas

import (
	"reflect"
	"slices"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// ForModel is the exact schema of a tool's arguments for one model: the fields
// it takes in any operation, with the limits that are enforced.
func ForModel(tool *Schema, m catalog.Model) *Schema {
	out := *tool
	out.Properties = nil
	takes := catalog.Takes{}
	for _, op := range m.OpNames() {
		if op == string(catalog.Remix) {
			continue // a tool of its own
		}
		for arg, b := range m.TakesFor(catalog.Op(op)) {
			if have, ok := takes[arg]; ok {
				b = wider(have, b)
			}
			takes[arg] = b
		}
	}
	if m.Kind == catalog.Chat {
		takes = m.TakesFor(catalog.Turn)
	}
	for _, p := range tool.Properties {
		b, ok := takes[p.Name]
		switch {
		case p.Name == "model":
			out.Properties = append(out.Properties, Property{p.Name, &Schema{Type: "string", Enum: []any{m.ID}}})
		case ok:
			out.Properties = append(out.Properties, Property{p.Name, bounded(p.Schema, b)})
		case !slices.Contains(modelFields, p.Name):
			out.Properties = append(out.Properties, p)
		}
	}
	return &out
}

// modelFields are the arguments that a model has a say in, in any kind.
var modelFields = []string{
	"prompt", "negative_prompt", "first_frame", "last_frame", "reference_images", "reference_videos", "reference_audios",
	"subjects", "source_video", "keep_original_sound", "motion_video", "motion_orientation", "shots", "seconds",
	"aspect_ratio", "resolution", "mode", "audio", "music", "style", "movement", "count", "seed", "watermark",
	"images", "mask", "scene_image", "style_image", "image_reference", "image_fidelity", "human_fidelity", "image_config", "reasoning_budget",
}

// wider is the bound that allows what either of two does.
func wider(a, b catalog.Bound) catalog.Bound {
	out := a
	out.Required = a.Required && b.Required
	out.Hard, out.Told = either(passing(a), passing(b)), catalog.Limit{}
	return out
}

// passing is what goes through, by whatever source.
func passing(b catalog.Bound) catalog.Limit {
	none := func(l catalog.Limit) bool { return reflect.DeepEqual(l, catalog.Limit{}) }
	if none(b.Hard) || none(b.Told) {
		return b.Hard
	}
	return either(b.Hard, b.Told)
}

// either is the limit that allows what one of two does.
func either(a, b catalog.Limit) (out catalog.Limit) {
	if len(a.OneOf) > 0 && len(b.OneOf) > 0 {
		out.OneOf = slices.Clone(a.OneOf)
		for _, v := range b.OneOf {
			if !slices.Contains(out.OneOf, v) {
				out.OneOf = append(out.OneOf, v)
			}
		}
		return out
	}
	if a.Min != nil && b.Min != nil {
		lowest := min(*a.Min, *b.Min)
		out.Min = &lowest
	}
	if a.Max != nil && b.Max != nil {
		highest := max(*a.Max, *b.Max)
		out.Max = &highest
	}
	out.MaxChars = widest(a.MaxChars, b.MaxChars)
	out.MaxItems = widest(a.MaxItems, b.MaxItems)
	out.MinItems = min(a.MinItems, b.MinItems)
	return out
}

func widest(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

func bounded(s *Schema, b catalog.Bound) *Schema {
	out := *s
	hard := passing(b)
	out.Enum = s.Enum
	if len(hard.OneOf) > 0 {
		out.Enum = hard.OneOf
	}
	if hard.Min != nil {
		out.Minimum = hard.Min
	}
	if hard.Max != nil {
		out.Maximum = hard.Max
	}
	out.MaxLength = hard.MaxChars
	if s.Type == "array" {
		out.MinItems, out.MaxItems = hard.MinItems, hard.MaxItems
	}
	if b.Note != "" {
		out.Description = b.Note
	}
	return &out
}
