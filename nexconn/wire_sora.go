package nexconn

import (
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

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

// soraWire is Sora's form of /v1/videos, and its remix.
var soraWire = wire{
	name: catalog.SoraVideo, path: under("/v1/videos"),
	created: createdBy(videoAnswer), status: statusBy(videoAnswer),
	build: func(e *encoder, m catalog.Model, _ catalog.Op, r Request) any {
		switch r := r.(type) {
		case *VideoRequest:
			return soraBody(e, m, r)
		case *RemixRequest:
			return remixBody(e, r)
		}
		return nil
	},
}

func soraBody(e *encoder, m catalog.Model, r *VideoRequest) any {
	return soraVideo{
		Model: m.WireID(), Prompt: r.Prompt, InputReference: e.put(r.FirstFrame, catalog.DataURI),
		Seconds: digits(r.Seconds), Size: e.size(m, r.AspectRatio, r.Resolution),
	}
}

// remixBody is the prompt alone: length and size are inherited.
func remixBody(e *encoder, r *RemixRequest) any {
	_, upstreamID := r.TaskID.cut()
	id, bad := taskSegment(upstreamID)
	if bad != nil {
		e.fault(bad)
		return nil
	}
	e.call.Path = strings.ReplaceAll(e.call.Path, "{id}", id)
	return soraRemix{Prompt: r.Prompt}
}
