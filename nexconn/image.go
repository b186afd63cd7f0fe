package nexconn

// ImageRequest asks for pictures, from words alone or from other pictures, in
// one vocabulary for every image model.
type ImageRequest struct {
	Model          string         `json:"model"`
	Prompt         string         `json:"prompt"`
	Images         []Media        `json:"images,omitempty"`
	Mask           Media          `json:"mask,omitzero"`
	SceneImage     Media          `json:"scene_image,omitzero"`
	StyleImage     Media          `json:"style_image,omitzero"`
	ImageReference string         `json:"image_reference,omitempty"`
	ImageFidelity  *float64       `json:"image_fidelity,omitempty"`
	HumanFidelity  *float64       `json:"human_fidelity,omitempty"`
	NegativePrompt string         `json:"negative_prompt,omitempty"`
	AspectRatio    string         `json:"aspect_ratio,omitempty"`
	Resolution     string         `json:"resolution,omitempty"`
	Count          int            `json:"count,omitempty"`
	Extra          map[string]any `json:"extra,omitempty"`
}
