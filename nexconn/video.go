package nexconn

// VideoRequest asks for a clip in one vocabulary for every video model. Which
// fields a model takes is the catalogue's; how they are spelled on the wire is
// the wire files'.
type VideoRequest struct {
	Model             string         `json:"model" jsonschema:"required"`
	Prompt            string         `json:"prompt,omitempty" jsonschema_description:"Needed but for some inputs."`
	NegativePrompt    string         `json:"negative_prompt,omitempty"`
	FirstFrame        Media          `json:"first_frame,omitzero" jsonschema_description:"Media: https or data URL, local path (stdio), or TASK_ID#N."`
	LastFrame         Media          `json:"last_frame,omitzero" jsonschema_description:"Media."`
	ReferenceImages   []Media        `json:"reference_images,omitempty" jsonschema_description:"Media."`
	ReferenceVideos   []Media        `json:"reference_videos,omitempty" jsonschema_description:"Media."`
	ReferenceAudios   []Media        `json:"reference_audios,omitempty" jsonschema_description:"Media."`
	Subjects          []Subject      `json:"subjects,omitempty" jsonschema_description:"Figures the prompt calls @id."`
	SourceVideo       Media          `json:"source_video,omitzero" jsonschema_description:"Media: the clip to edit."`
	KeepOriginalSound *bool          `json:"keep_original_sound,omitempty"`
	MotionVideo       Media          `json:"motion_video,omitzero" jsonschema_description:"Media: the movement; first_frame is the character."`
	MotionOrientation string         `json:"motion_orientation,omitempty" jsonschema:"enum=image,enum=video"`
	Shots             []Shot         `json:"shots,omitempty" jsonschema_description:"Multi-shot: takes in order."`
	Seconds           *int           `json:"seconds,omitempty"`
	AspectRatio       string         `json:"aspect_ratio,omitempty" jsonschema_description:"E.g. 16:9, 9:16, 1:1."`
	Resolution        string         `json:"resolution,omitempty" jsonschema_description:"E.g. 720p, 1080p."`
	Mode              string         `json:"mode,omitempty" jsonschema:"enum=std,enum=pro"`
	Audio             *bool          `json:"audio,omitempty"`
	Music             *bool          `json:"music,omitempty"`
	Style             string         `json:"style,omitempty" jsonschema_description:"general or anime."`
	Movement          string         `json:"movement,omitempty" jsonschema_description:"auto, small, medium or large."`
	Count             int            `json:"count,omitempty" jsonschema:"minimum=1" jsonschema_description:"How many clips."`
	Seed              *int64         `json:"seed,omitempty"`
	Watermark         *bool          `json:"watermark,omitempty"`
	Extra             map[string]any `json:"extra,omitempty" jsonschema_description:"Further wire fields, merged in."`
}

// Subject is a figure that the prompt calls @id (Vidu's subject invocation).
type Subject struct {
	ID      string  `json:"id" jsonschema:"required"`
	Images  []Media `json:"images" jsonschema:"required"`
	VoiceID string  `json:"voice_id,omitempty"`
}

// Shot is one take of a multi-shot clip.
type Shot struct {
	Prompt  string `json:"prompt" jsonschema:"required"`
	Seconds int    `json:"seconds" jsonschema:"required"`
}
