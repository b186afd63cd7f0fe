package nexconn

import (
	"fmt"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// geminiPicture is POST /v1/images/generations and /v1/images/edits:
// Gemini25FlashImageGenerationRequest, Gemini25FlashImageEditRequest,
// Gemini30ProImageGenerationRequest, Gemini30ProImageEditRequest,
// Gemini31FlashImageGenerationRequest and Gemini31FlashImageEditRequest.
// temperature, top_p and top_k come through extra. vidu-images-files.md 6.3.
type geminiPicture struct {
	Model  string `json:"model" arg:"model"`
	Prompt string `json:"prompt" arg:"prompt"`
	// Image may be one string or a list; we always send the list.
	Image       []string     `json:"image,omitempty" arg:"images,mask"`
	ImageConfig geminiConfig `json:"image_config,omitzero"`
}

// geminiConfig is Gemini25FlashImageConfig, Gemini30ProImageConfig and
// Gemini31FlashImageConfig.
type geminiConfig struct {
	AspectRatio string `json:"aspect_ratio,omitempty" arg:"aspect_ratio"`
	ImageSize   string `json:"image_size,omitempty" arg:"resolution"`
}

// geminiImageWire answers a create with the pictures themselves.
var geminiImageWire = wire{name: catalog.GeminiImages, build: of(geminiImageBody), created: geminiAnswer}

func geminiImageBody(e *encoder, m catalog.Model, _ catalog.Op, r *ImageRequest) any {
	w := geminiPicture{
		Model: m.WireID(), Prompt: r.Prompt, Image: e.putAll(r.Images, catalog.DataURI),
		ImageConfig: geminiConfig{AspectRatio: r.AspectRatio, ImageSize: r.Resolution},
	}
	if !r.Mask.IsZero() {
		// There is no mask field: it is one of the pictures, and the prompt says
		// what it means.
		w.Image = append(w.Image, e.put(r.Mask, catalog.DataURI))
		w.Prompt += fmt.Sprintf(" Change only the white areas of the mask (image %d).", len(w.Image))
	}
	return w
}
