package nexconn

import "github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"

// seedanceVideo is the body of POST /v3/contents/generations/tasks. tools
// (ToolItem), return_last_frame, callback_url, execution_expires_after and the
// like come through extra. video.md 6.1.
type seedanceVideo struct {
	Model         string         `json:"model" arg:"model"`
	Content       []seedanceItem `json:"content" arg:"prompt,first_frame,last_frame,reference_images,reference_videos,reference_audios,source_video"`
	Resolution    string         `json:"resolution,omitempty" arg:"resolution"`
	Ratio         string         `json:"ratio,omitempty" arg:"aspect_ratio"`
	Duration      *int           `json:"duration,omitempty" arg:"seconds"`
	GenerateAudio *bool          `json:"generate_audio,omitempty" arg:"audio"`
	Seed          *int64         `json:"seed,omitempty" arg:"seed"`
	Watermark     *bool          `json:"watermark,omitempty" arg:"watermark"`
}

// seedanceItem is ContentItem: a text, or ImageUrlObject, VideoUrlObject or
// AudioUrlObject with its role. DraftTaskObject is another model's.
type seedanceItem struct {
	Type     string       `json:"type"`
	Text     string       `json:"text,omitempty"`
	Role     string       `json:"role,omitempty"`
	ImageURL *seedanceURL `json:"image_url,omitempty"`
	VideoURL *seedanceURL `json:"video_url,omitempty"`
	AudioURL *seedanceURL `json:"audio_url,omitempty"`
}

type seedanceURL struct {
	URL string `json:"url"`
}

// seedanceWire is /v3/contents/generations/tasks.
var seedanceWire = wire{
	name: catalog.Seedance, build: of(seedanceBody), path: under("/v3/contents/generations/tasks"),
	created: createdBy(seedanceAnswer), status: statusBy(seedanceAnswer),
}

func seedanceBody(e *encoder, m catalog.Model, _ catalog.Op, r *VideoRequest) any {
	w := seedanceVideo{
		Model: m.WireID(), Content: []seedanceItem{}, Resolution: r.Resolution, Ratio: r.AspectRatio, Duration: r.Seconds,
		GenerateAudio: r.Audio, Seed: r.Seed, Watermark: r.Watermark,
	}
	if r.Prompt != "" {
		w.Content = append(w.Content, seedanceItem{Type: "text", Text: r.Prompt})
	}
	picture := func(p Media, role string) {
		if !p.IsZero() {
			w.Content = append(w.Content, seedanceItem{Type: "image_url", Role: role, ImageURL: &seedanceURL{e.put(p, catalog.DataURI)}})
		}
	}
	picture(r.FirstFrame, "first_frame")
	picture(r.LastFrame, "last_frame")
	for _, p := range r.ReferenceImages {
		picture(p, "reference_image")
	}
	// A clip to edit is a reference that the prompt speaks of: the page has no
	// role of its own for it.
	clips := r.ReferenceVideos
	if !r.SourceVideo.IsZero() {
		clips = append([]Media{r.SourceVideo}, clips...)
	}
	for _, v := range clips {
		w.Content = append(w.Content, seedanceItem{Type: "video_url", Role: "reference_video", VideoURL: &seedanceURL{e.put(v, catalog.URLOnly)}})
	}
	for _, a := range r.ReferenceAudios {
		w.Content = append(w.Content, seedanceItem{Type: "audio_url", Role: "reference_audio", AudioURL: &seedanceURL{e.put(a, catalog.DataURI)}})
	}
	return w
}
