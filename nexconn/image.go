package nexconn

// ImageRequest asks for pictures, from words alone or from other pictures, in
// one vocabulary for every image model.
type ImageRequest struct {
	Model          string         `json:"model" jsonschema:"required"`
	Prompt         string         `json:"prompt" jsonschema:"required"`
	Images         []Media        `json:"images,omitempty" jsonschema:"minItems=1" jsonschema_description:"Https or data URL, local path (stdio), or TASK_ID#N."`
	Mask           Media          `json:"mask,omitzero" jsonschema_description:"White may change."`
	SceneImage     Media          `json:"scene_image,omitzero"`
	StyleImage     Media          `json:"style_image,omitzero"`
	ImageReference string         `json:"image_reference,omitempty" jsonschema:"enum=subject,enum=face"`
	ImageFidelity  *float64       `json:"image_fidelity,omitempty"`
	HumanFidelity  *float64       `json:"human_fidelity,omitempty"`
	NegativePrompt string         `json:"negative_prompt,omitempty"`
	AspectRatio    string         `json:"aspect_ratio,omitempty" jsonschema_description:"E.g. 16:9, 1:1."`
	Resolution     string         `json:"resolution,omitempty" jsonschema_description:"E.g. 1K, 2K, 4K."`
	Count          int            `json:"count,omitempty" jsonschema:"minimum=1"`
	Extra          map[string]any `json:"extra,omitempty" jsonschema_description:"Further wire fields, merged in."`
}
