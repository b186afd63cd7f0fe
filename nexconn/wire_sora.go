package nexconn

import "github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"

// soraVideo is Sora's form of POST /v1/videos; its page names no schema.
// video.md 4.1.
type soraVideo struct {
	Model          string `json:"model" arg:"model"`
	Prompt         string `json:"prompt" arg:"prompt"`
	InputReference string `json:"input_reference,omitempty" arg:"first_frame"`
	Seconds        string `json:"seconds,omitempty" arg:"seconds"`
	Size           string `json:"size,omitempty" arg:"aspect_ratio,resolution"`
}

// soraRemix is all that POST /v1/videos/{id}/remix takes. video.md 4.3.
type soraRemix struct {
	Prompt string `json:"prompt"`
}

func soraWire(in *inliner, m catalog.Model, _ catalog.Op, r VideoRequest) any {
	return soraVideo{
		Model: m.WireID(), Prompt: r.Prompt, InputReference: in.put(r.FirstFrame, catalog.DataURI),
		Seconds: digits(r.Seconds), Size: in.size(m, r.AspectRatio, r.Resolution),
	}
}
