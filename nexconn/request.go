package nexconn

import (
	"encoding/json"
	"fmt"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Request is what is asked of a model, in one vocabulary. There are five:
// *VideoRequest, *ImageRequest, *ChatRequest, *NativeRequest and *RemixRequest.
type Request interface {
	// ModelID is the model that is asked.
	ModelID() string
	// EachMedia calls do with every input that is given, and where it stands:
	// "first_frame", "subjects[0].images[1]". What do puts in its place is sent.
	EachMedia(do func(arg string, m *Media))
	// sealed keeps the five the only ones.
	sealed()
}

// NativeRequest is a vendor's own request, which the service passes through.
type NativeRequest struct {
	Protocol Protocol `json:"protocol"`
	Model    string   `json:"model"`
	// Body is a JSON object. It goes out as it is, but for the model, which is
	// written where the protocol has it, and stream, which is left out.
	Body json.RawMessage `json:"body"`
}

// RemixRequest asks for a finished Sora video once more, changed as the prompt
// says.
type RemixRequest struct {
	TaskID TaskID `json:"task_id"`
	Prompt string `json:"prompt"`
}

func (r *VideoRequest) ModelID() string  { return r.Model }
func (r *ImageRequest) ModelID() string  { return r.Model }
func (r *ChatRequest) ModelID() string   { return r.Model }
func (r *NativeRequest) ModelID() string { return r.Model }

// ModelID is the model of the task.
func (r *RemixRequest) ModelID() string {
	model, _ := r.TaskID.cut()
	return model
}

func (*VideoRequest) sealed()  {}
func (*ImageRequest) sealed()  {}
func (*ChatRequest) sealed()   {}
func (*NativeRequest) sealed() {}
func (*RemixRequest) sealed()  {}

// EachMedia gives the frames, references, subjects and clips.
func (r *VideoRequest) EachMedia(do func(string, *Media)) {
	each(do, "first_frame", &r.FirstFrame)
	each(do, "last_frame", &r.LastFrame)
	eachOf(do, "reference_images", r.ReferenceImages)
	eachOf(do, "reference_videos", r.ReferenceVideos)
	eachOf(do, "reference_audios", r.ReferenceAudios)
	for i := range r.Subjects {
		eachOf(do, fmt.Sprintf("subjects[%d].images", i), r.Subjects[i].Images)
	}
	each(do, "source_video", &r.SourceVideo)
	each(do, "motion_video", &r.MotionVideo)
}

// EachMedia gives the images, the mask, the scene and the style.
func (r *ImageRequest) EachMedia(do func(string, *Media)) {
	eachOf(do, "images", r.Images)
	each(do, "mask", &r.Mask)
	each(do, "scene_image", &r.SceneImage)
	each(do, "style_image", &r.StyleImage)
}

// EachMedia gives the attachments of the turn and of its messages.
func (r *ChatRequest) EachMedia(do func(string, *Media)) {
	eachOf(do, "attachments", r.Attachments)
	for i := range r.Messages {
		eachOf(do, fmt.Sprintf("messages[%d].attachments", i), r.Messages[i].Attachments)
	}
}

// EachMedia gives nothing: a native body is the caller's own.
func (r *NativeRequest) EachMedia(func(string, *Media)) {}

// EachMedia gives nothing: a remix has no inputs of its own.
func (r *RemixRequest) EachMedia(func(string, *Media)) {}

func each(do func(string, *Media), arg string, m *Media) {
	if !m.IsZero() {
		do(arg, m)
	}
}

func eachOf(do func(string, *Media), arg string, list []Media) {
	for i := range list {
		each(do, fmt.Sprintf("%s[%d]", arg, i), &list[i])
	}
}

// extra are a request's further fields of the wire.
func extra(r Request) map[string]any {
	switch r := r.(type) {
	case *VideoRequest:
		return r.Extra
	case *ImageRequest:
		return r.Extra
	case *ChatRequest:
		return r.Extra
	}
	return nil
}

// operation is what follows from the inputs that a request gives.
func operation(r Request) catalog.Op {
	given := map[string]any{}
	switch r := r.(type) {
	case *VideoRequest:
		if len(r.Shots) > 0 {
			given["shots"] = r.Shots
		}
		if len(r.Subjects) > 0 {
			given["subjects"] = r.Subjects
		}
		r.EachMedia(func(arg string, m *Media) { given[argumentOf(arg)] = m.Ref + "blob" })
		return catalog.OpOf(catalog.Video, given)
	case *ImageRequest:
		r.EachMedia(func(arg string, m *Media) {
			switch name := argumentOf(arg); name {
			case "images":
				list, _ := given[name].([]any)
				given[name] = append(list, arg)
			default:
				given[name] = arg
			}
		})
		return catalog.OpOf(catalog.Image, given)
	case *RemixRequest:
		return catalog.Remix
	}
	return catalog.Turn
}

// argumentOf is the argument that a place is in.
func argumentOf(place string) string {
	for i, c := range place {
		if c == '[' || c == '.' {
			return place[:i]
		}
	}
	return place
}
