package catalog

import (
	"maps"
	"slices"
)

// OpOf is the operation that follows from which inputs are given.
func OpOf(k Kind, args map[string]any) Op {
	has := func(arg string) bool { return given(args[arg]) }
	if k == Image {
		switch {
		case has("scene_image"), has("style_image"), count(args["images"]) > 1:
			return MultiImage
		case has("images"), has("mask"):
			return ImageToImage
		}
		return TextToImage
	}
	switch {
	case has("shots"):
		return MultiShot
	case has("motion_video"):
		return MotionControl
	case has("source_video"):
		return EditVideo
	case has("reference_videos"):
		return VideoReference
	case has("subjects"):
		return Subject
	case has("reference_images"), has("reference_audios"):
		return Reference
	case has("last_frame"):
		return FirstLastFrame
	case has("first_frame"):
		return ImageToVideo
	}
	return TextToVideo
}

// TakesFor is what the model takes in an operation: its own list and the
// operation's, whose bounds win. Turn gives what a chat takes.
func (m Model) TakesFor(op Op) Takes {
	if op == Turn && m.Chat != nil {
		return m.Chat.Takes
	}
	all := Takes{}
	maps.Copy(all, m.Takes)
	maps.Copy(all, m.Ops[op].Takes)
	return all
}

// OpNames are the operations the model offers, sorted.
func (m Model) OpNames() []string {
	names := make([]string, 0, len(m.Ops))
	for op := range m.Ops {
		names = append(names, string(op))
	}
	slices.Sort(names)
	return names
}
