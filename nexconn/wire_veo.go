package nexconn

import (
	"net/url"
	"path"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// veoVideo is CreateVideoGenerationRequest. video.md 3.1.
type veoVideo struct {
	Model      string        `json:"model" arg:"model"`
	Instances  []veoInstance `json:"instances" arg:"prompt,first_frame,last_frame,source_video,reference_images"`
	Parameters veoParameters `json:"parameters,omitzero"`
}

// veoInstance is Instance; there is exactly one.
type veoInstance struct {
	Prompt          string         `json:"prompt,omitempty"`
	Image           *veoMedia      `json:"image,omitempty"`
	LastFrame       *veoMedia      `json:"lastFrame,omitempty"`
	Video           *veoMedia      `json:"video,omitempty"`
	ReferenceImages []veoReference `json:"referenceImages,omitempty"`
}

// veoMedia is ImageInput, LastFrameInput and VideoInput: one of bytes and URI.
type veoMedia struct {
	BytesBase64Encoded string `json:"bytesBase64Encoded,omitempty"`
	URI                string `json:"uri,omitempty"`
	MIMEType           string `json:"mimeType"`
}

// veoReference is ReferenceImage; what a caller gives is always an asset.
type veoReference struct {
	Image         *veoMedia `json:"image"`
	ReferenceType string    `json:"referenceType"`
}

// veoParameters is Parameters, as far as arguments name it; personGeneration,
// fps, enhancePrompt, compressionQuality and resizeMode come through extra.
type veoParameters struct {
	AspectRatio     string `json:"aspectRatio,omitempty" arg:"aspect_ratio"`
	DurationSeconds *int   `json:"durationSeconds,omitempty" arg:"seconds"`
	SampleCount     int    `json:"sampleCount,omitempty" arg:"count"`
	Seed            *int64 `json:"seed,omitempty" arg:"seed"`
	NegativePrompt  string `json:"negativePrompt,omitempty" arg:"negative_prompt"`
	GenerateAudio   *bool  `json:"generateAudio,omitempty" arg:"audio"`
	Resolution      string `json:"resolution,omitempty" arg:"resolution"`
}

// veoWire is /v1/videos/generations.
var veoWire = wire{
	name: catalog.VeoVideo, build: of(veoBody), path: under("/v1/videos/generations"),
	created: createdBy(veoAnswer), status: veoStatus,
}

func veoBody(e *encoder, m catalog.Model, _ catalog.Op, r *VideoRequest) any {
	one := veoInstance{
		Prompt:    r.Prompt,
		Image:     e.veoMedia(r.FirstFrame, "image/jpeg"),
		LastFrame: e.veoMedia(r.LastFrame, "image/jpeg"),
		Video:     e.veoMedia(r.SourceVideo, "video/mp4"),
	}
	for _, p := range r.ReferenceImages {
		one.ReferenceImages = append(one.ReferenceImages, veoReference{e.veoMedia(p, "image/jpeg"), "asset"})
	}
	return veoVideo{
		Model: m.WireID(), Instances: []veoInstance{one},
		Parameters: veoParameters{
			AspectRatio: r.AspectRatio, DurationSeconds: r.Seconds, SampleCount: r.Count, Seed: r.Seed,
			NegativePrompt: r.NegativePrompt, GenerateAudio: r.Audio, Resolution: r.Resolution,
		},
	}
}

// veoMedia names the type besides, which the service wants: of bytes their
// own, of a URL by the ending of its path, else the usual one.
func (e *encoder) veoMedia(m Media, usual string) *veoMedia {
	switch {
	case m.IsZero():
		return nil
	case m.Blob != nil:
		return &veoMedia{BytesBase64Encoded: e.put(m, catalog.Base64), MIMEType: m.Blob.MIME}
	}
	if head, data, ok := strings.Cut(m.Ref, ","); ok && strings.HasPrefix(head, "data:") {
		mime, _, _ := strings.Cut(strings.TrimPrefix(head, "data:"), ";")
		return &veoMedia{BytesBase64Encoded: data, MIMEType: mime}
	}
	return &veoMedia{URI: m.Ref, MIMEType: typeOf(m.Ref, usual)}
}

// typeOf is the MIME type that the ending of a URL's path tells.
func typeOf(link, usual string) string {
	u, err := url.Parse(link)
	if err != nil {
		return usual
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".gif":
		return "image/gif"
	case ".mp4":
		return "video/mp4"
	case ".mov":
		return "video/quicktime"
	case ".webm":
		return "video/webm"
	}
	return usual
}

// veoQueueVideo is Veo31ImageToVideoInput and Veo31FirstLastFrameToVideoInput,
// and the same without a picture for text. The path is the model. video.md 3.4.
type veoQueueVideo struct {
	Prompt         string `json:"prompt" arg:"prompt"`
	ImageURL       string `json:"image_url,omitempty" arg:"first_frame"`
	FirstFrameURL  string `json:"first_frame_url,omitempty" arg:"first_frame"`
	LastFrameURL   string `json:"last_frame_url,omitempty" arg:"last_frame"`
	AspectRatio    string `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
	Duration       string `json:"duration,omitempty" arg:"seconds"`
	Resolution     string `json:"resolution,omitempty" arg:"resolution"`
	GenerateAudio  *bool  `json:"generate_audio,omitempty" arg:"audio"`
	NegativePrompt string `json:"negative_prompt,omitempty" arg:"negative_prompt"`
	Seed           *int64 `json:"seed,omitempty" arg:"seed"`
}

// veoQueueWire is the queue's form of Veo 3.1.
var veoQueueWire = wire{
	name: catalog.VeoQueue, build: of(veoQueueBody), path: queueStatusPath,
	created: createdBy(queueCreated), status: queueAnswer,
}

func veoQueueBody(e *encoder, _ catalog.Model, op catalog.Op, r *VideoRequest) any {
	w := veoQueueVideo{
		Prompt: r.Prompt, LastFrameURL: e.put(r.LastFrame, catalog.URLOnly), AspectRatio: r.AspectRatio,
		Resolution: r.Resolution, GenerateAudio: r.Audio, NegativePrompt: r.NegativePrompt, Seed: r.Seed,
	}
	if r.Seconds != nil {
		w.Duration = digits(r.Seconds) + "s"
	}
	if first := e.put(r.FirstFrame, catalog.URLOnly); op == catalog.FirstLastFrame {
		w.FirstFrameURL = first
	} else {
		w.ImageURL = first
	}
	return w
}
