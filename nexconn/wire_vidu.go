package nexconn

import "github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"

// viduVideo is Vidu's four operations; the path is the model and the
// operation, and the pages name no schema. voice_id of a picture, is_rec and
// callback_url come through extra. vidu-images-files.md 3.3.
type viduVideo struct {
	Prompt             string        `json:"prompt,omitempty" arg:"prompt"`
	ImageURL           string        `json:"image_url,omitempty" arg:"first_frame"`
	StartImageURL      string        `json:"start_image_url,omitempty" arg:"first_frame"`
	EndImageURL        string        `json:"end_image_url,omitempty" arg:"last_frame"`
	ReferenceImageURLs []string      `json:"reference_image_urls,omitempty" arg:"reference_images"`
	ReferenceVideoURLs []string      `json:"reference_video_urls,omitempty" arg:"reference_videos"`
	Subjects           []viduSubject `json:"subjects,omitempty" arg:"subjects"`
	Seed               *int64        `json:"seed,omitempty" arg:"seed"`
	Duration           *int          `json:"duration,omitempty" arg:"seconds"`
	Resolution         string        `json:"resolution,omitempty" arg:"resolution"`
	AspectRatio        string        `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
	MovementAmplitude  string        `json:"movement_amplitude,omitempty" arg:"movement"`
	Style              string        `json:"style,omitempty" arg:"style"`
	Audio              *bool         `json:"audio,omitempty" arg:"audio"`
	BGM                *bool         `json:"bgm,omitempty" arg:"music"`
	Watermark          *bool         `json:"watermark,omitempty" arg:"watermark"`
}

// viduSubject is one of subjects. voice_id stands in the table as required and
// is empty where the service picks the voice.
type viduSubject struct {
	ID      string   `json:"id"`
	Images  []string `json:"images"`
	VoiceID string   `json:"voice_id"`
}

// viduWire is the queue's form of Vidu.
var viduWire = wire{
	name: catalog.Vidu, build: of(viduBody), path: queueStatusPath,
	created: createdBy(queueCreated), status: queueAnswer,
}

func viduBody(e *encoder, _ catalog.Model, op catalog.Op, r *VideoRequest) any {
	w := viduVideo{
		Prompt: r.Prompt, EndImageURL: e.put(r.LastFrame, catalog.DataURI),
		ReferenceImageURLs: e.putAll(r.ReferenceImages, catalog.DataURI),
		ReferenceVideoURLs: e.putAll(r.ReferenceVideos, catalog.URLOnly),
		Seed:               r.Seed, Duration: r.Seconds, Resolution: r.Resolution, AspectRatio: r.AspectRatio,
		MovementAmplitude: r.Movement, Style: r.Style, Audio: r.Audio, BGM: r.Music, Watermark: r.Watermark,
	}
	if first := e.put(r.FirstFrame, catalog.DataURI); op == catalog.FirstLastFrame {
		w.StartImageURL = first
	} else {
		w.ImageURL = first
	}
	for _, s := range r.Subjects {
		w.Subjects = append(w.Subjects, viduSubject{s.ID, e.putAll(s.Images, catalog.DataURI), s.VoiceID})
	}
	return w
}
