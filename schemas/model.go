package schemas

import (
	"reflect"
	"slices"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// ForModel is the exact schema of a tool's arguments for one model: the fields
// it takes in any operation, with the limits that a call passes without a
// refusal, and required where every operation requires them.
func ForModel(tool *Schema, m catalog.Model) *Schema {
	out := *tool
	out.Properties, out.Required = nil, nil
	takes, requiring, ops := catalog.Takes{}, map[string]int{}, operations(m)
	for _, op := range ops {
		for arg, b := range m.TakesFor(op) {
			if b.IsRequired {
				requiring[arg]++
			}
			if have, ok := takes[arg]; ok {
				b = wider(have, b)
			}
			takes[arg] = b
		}
	}
	for _, p := range tool.Properties {
		b, ok := takes[p.Name]
		theirs := slices.Contains(modelFields, p.Name)
		switch {
		case p.Name == "model":
			p.Schema = &Schema{Type: "string", Enum: []any{m.ID}}
		case ok:
			p.Schema = bounded(p.Schema, b)
		case theirs:
			continue
		}
		out.Properties = append(out.Properties, p)
		if theirs && requiring[p.Name] == len(ops) || !theirs && slices.Contains(tool.Required, p.Name) {
			out.Required = append(out.Required, p.Name)
		}
	}
	return &out
}

// operations are what a model offers in its kind's own tool.
func operations(m catalog.Model) []catalog.Op {
	if m.Kind == catalog.Chat {
		return []catalog.Op{catalog.Turn}
	}
	var ops []catalog.Op
	for _, op := range m.OpNames() {
		if op != string(catalog.Remix) { // a tool of its own
			ops = append(ops, catalog.Op(op))
		}
	}
	return ops
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
	out.Hard, out.Reported = either(passing(a), passing(b)), catalog.Limit{}
	return out
}

// passing is what goes through, by whatever source.
func passing(b catalog.Bound) catalog.Limit {
	none := func(l catalog.Limit) bool { return reflect.DeepEqual(l, catalog.Limit{}) }
	if none(b.Hard) || none(b.Reported) {
		return b.Hard
	}
	return either(b.Hard, b.Reported)
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
