package nexconn

// VideoRequest asks for a clip in one vocabulary for every video model. Which
// fields a model takes is the catalogue's; how they are spelled on the wire is
// the wire files'.
type VideoRequest struct {
	Model             string         `json:"model"`
	Prompt            string         `json:"prompt,omitempty"`
	NegativePrompt    string         `json:"negative_prompt,omitempty"`
	FirstFrame        Media          `json:"first_frame,omitzero"`
	LastFrame         Media          `json:"last_frame,omitzero"`
	ReferenceImages   []Media        `json:"reference_images,omitempty"`
	ReferenceVideos   []Media        `json:"reference_videos,omitempty"`
	ReferenceAudios   []Media        `json:"reference_audios,omitempty"`
	Subjects          []Subject      `json:"subjects,omitempty"`
	SourceVideo       Media          `json:"source_video,omitzero"`
	KeepOriginalSound *bool          `json:"keep_original_sound,omitempty"`
	MotionVideo       Media          `json:"motion_video,omitzero"`
	MotionOrientation string         `json:"motion_orientation,omitempty"`
	Shots             []Shot         `json:"shots,omitempty"`
	Seconds           *int           `json:"seconds,omitempty"`
	AspectRatio       string         `json:"aspect_ratio,omitempty"`
	Resolution        string         `json:"resolution,omitempty"`
	Mode              string         `json:"mode,omitempty"`
	Audio             *bool          `json:"audio,omitempty"`
	Music             *bool          `json:"music,omitempty"`
	Style             string         `json:"style,omitempty"`
	Movement          string         `json:"movement,omitempty"`
	Count             int            `json:"count,omitempty"`
	Seed              *int64         `json:"seed,omitempty"`
	Watermark         *bool          `json:"watermark,omitempty"`
	Extra             map[string]any `json:"extra,omitempty"`
}

// Subject is a figure that the prompt calls @id (Vidu's subject invocation).
type Subject struct {
	ID      string  `json:"id"`
	Images  []Media `json:"images"`
	VoiceID string  `json:"voice_id,omitempty"`
}

// Shot is one take of a multi-shot clip.
type Shot struct {
	Prompt  string `json:"prompt"`
	Seconds int    `json:"seconds"`
}
