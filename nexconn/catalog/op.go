package catalog

import (
	"maps"
	"slices"
)

// inputs are what makes a call an operation: the first line with an input that
// is given decides.
var inputs = map[Kind][]struct {
	op   Op
	args []string
}{
	Image: {
		{MultiImage, []string{"scene_image", "style_image"}}, // or several images
		{ImageToImage, []string{"images", "mask"}},
	},
	Video: {
		{MultiShot, []string{"shots"}},
		{MotionControl, []string{"motion_video"}},
		{EditVideo, []string{"source_video"}},
		{VideoReference, []string{"reference_videos"}},
		{Subject, []string{"subjects"}},
		{Reference, []string{"reference_images", "reference_audios"}},
		{FirstLastFrame, []string{"last_frame"}},
		{ImageToVideo, []string{"first_frame"}},
	},
}

// OpOf is the operation that follows from which inputs are given.
func OpOf(k Kind, args map[string]any) Op {
	if k == Image && count(args["images"]) > 1 {
		return MultiImage
	}
	for _, line := range inputs[k] {
		for _, arg := range line.args {
			if given(args[arg]) {
				return line.op
			}
		}
	}
	if k == Image {
		return TextToImage
	}
	return TextToVideo
}

// opWith is what an operation becomes where one more argument is given.
func opWith(k Kind, op Op, arg string) Op {
	for _, line := range inputs[k] {
		switch {
		case slices.Contains(line.args, arg):
			return line.op
		case line.op == op:
			return op
		}
	}
	return op
}

// chooses says that an argument is one of the inputs that make a call an
// operation.
func chooses(k Kind, op Op, arg string) bool {
	if k == Image && op == MultiImage && arg == "images" {
		return true
	}
	for _, line := range inputs[k] {
		if line.op == op && slices.Contains(line.args, arg) {
			return true
		}
	}
	return false
}

// offers says that the model does an operation at all.
func offersOp(m Model, op Op) bool {
	_, ok := m.Ops[op]
	return ok || op == Turn
}

// bounds are what the model says of an argument of an operation: one bound at
// most. Where it lacks the operation they are those of all others, so that
// the rest of the call can be judged all the same.
func boundsOf(m Model, op Op, arg string) (all []Bound) {
	ops := []string{string(op)}
	if !offersOp(m, op) {
		ops = m.OpNames()
	}
	for _, o := range ops {
		if b, ok := m.TakesFor(Op(o))[arg]; ok && (o != string(Remix) || op == Remix) {
			all = append(all, b)
		}
	}
	return all
}

// Admits says that a call of an operation may be given one more argument,
// which may make it another operation. A chat model without facts takes
// everything.
func (m Model) Admits(op Op, arg string) bool {
	if op == Turn && m.Chat == nil {
		return true
	}
	if op != Turn {
		op = opWith(m.Kind, op, arg)
	}
	return len(boundsOf(m, op, arg)) > 0
}

// MediaFor is what the model asks of a file in an argument of an operation,
// nil where it takes none. Where it lacks the operation it is what another of
// its operations asks, and of the input that chose it only to be readable.
func (m Model) MediaFor(op Op, arg string) *Media {
	for _, b := range boundsOf(m, op, arg) {
		if b.Media != nil {
			return b.Media
		}
	}
	if !offersOp(m, op) && chooses(m.Kind, op, arg) {
		return &Media{Form: DataURI}
	}
	return nil
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
