package nexconn

// chatBody is the body of POST /v1/chat/completions: ChatCompletionRequest,
// and for pictures in a chat Gemini25FlashImageChatCompletionRequest,
// Gemini30ProImageChatCompletionRequest and
// Gemini31FlashImageChatCompletionRequest, which are the same with
// image_config. chat.md 3.1. Of its fields presence_penalty,
// frequency_penalty, repetition_penalty, top_k, type, reasoning
// (ReasoningType), modalities and safety_settings (SafetySetting) have no
// argument and come through extra.
type chatBody struct {
	Model    string        `json:"model" arg:"model"`
	Messages []chatMessage `json:"messages" arg:"messages"`
	Stream   bool          `json:"stream" arg:"stream"`
	// StreamOptions is OpenAI's; asked for because no document says whether
	// usage comes without it.
	StreamOptions      *streamOptions      `json:"stream_options,omitempty"`
	MaxTokens          int                 `json:"max_tokens,omitempty" arg:"max_tokens"`
	Temperature        *float64            `json:"temperature,omitempty" arg:"temperature"`
	TopP               *float64            `json:"top_p,omitempty" arg:"top_p"`
	Stop               []string            `json:"stop,omitempty" arg:"stop"`
	Seed               *int64              `json:"seed,omitempty" arg:"seed"`
	ReasoningEffort    string              `json:"reasoning_effort,omitempty" arg:"reasoning?"`
	Thinking           *thinkType          `json:"thinking,omitempty"`
	EnableThinking     *bool               `json:"enable_thinking,omitempty" arg:"reasoning?"`
	ChatTemplateKwargs *chatTemplateKwargs `json:"chat_template_kwargs,omitempty"`
	ResponseFormat     *responseFormat     `json:"response_format,omitempty" arg:"json_schema?"`
	Tools              []toolObject        `json:"tools,omitempty" arg:"tools"`
	ToolChoice         any                 `json:"tool_choice,omitempty" arg:"tool_choice"`
	ImageConfig        *chatImageConfig    `json:"image_config,omitempty" arg:"image_config"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// thinkType is ThinkType.
type thinkType struct {
	Type         string `json:"type" arg:"reasoning?"`
	BudgetTokens int    `json:"budget_tokens,omitempty" arg:"reasoning_budget?"`
}

// chatTemplateKwargs is ChatTemplateKwargs.
type chatTemplateKwargs struct {
	ThinkingBudget int `json:"thinking_budget,omitempty" arg:"reasoning_budget?"`
}

// chatImageConfig is ImageConfig, per model Gemini25FlashImageConfig,
// Gemini30ProImageConfig and Gemini31FlashImageConfig.
type chatImageConfig struct {
	AspectRatio string `json:"aspect_ratio,omitempty"`
	ImageSize   string `json:"image_size,omitempty"`
}

// responseFormat is OpenAI's object; the schema page declares a string, and
// clients send the object.
type responseFormat struct {
	Type       string     `json:"type"`
	JSONSchema jsonSchema `json:"json_schema"`
}

type jsonSchema struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Strict      *bool  `json:"strict,omitempty"`
	Schema      any    `json:"schema"`
}

// toolObject is ToolObject; its function is ToolFunction, whose parameters are
// ToolParameters, kept as the caller wrote them.
type toolObject struct {
	Type     string `json:"type"`
	Function object `json:"function"`
}

// chatMessage is ChatCompletionRequestMessage (ChatMessage on the Gemini image
// pages). What a caller wrote beside role and content goes along as it is:
// tool_calls (ToolCall, ToolCallFunction), function_call (FunctionCall),
// tool_call_id, images (Image), thinking_blocks (ThinkingBlock).
type chatMessage struct {
	role    string
	content any
	rest    object
}

// MarshalJSON writes role and content first, as the pages do.
func (m chatMessage) MarshalJSON() ([]byte, error) {
	role, err := PlainJSON(m.role)
	if err != nil {
		return nil, err
	}
	o := object{{"role", role}}
	if m.content != nil {
		content, err := PlainJSON(m.content)
		if err != nil {
			return nil, err
		}
		o.set("content", content)
	}
	return append(o, m.rest...).MarshalJSON()
}

// part is MessageContent, one part of a message's content. A caller's own
// parts go along as they are, cache_control (CacheControl) included.
type part struct {
	Type       string      `json:"type"`
	Text       string      `json:"text,omitempty"`
	ImageURL   *mediaURL   `json:"image_url,omitempty"` // ImageUrl
	VideoURL   *mediaURL   `json:"video_url,omitempty"` // VideoUrl
	FileURL    *mediaURL   `json:"file_url,omitempty"`  // FileUrl
	InputAudio *inputAudio `json:"input_audio,omitempty"`
	File       *filePart   `json:"file,omitempty"`
}

type mediaURL struct {
	URL string `json:"url"`
}

// inputAudio is InputAudio: bare base64 and a short name for its form.
type inputAudio struct {
	Data   string `json:"data"`
	Format string `json:"format"`
}

// filePart names an uploaded qfile. chat.md 3.3.
type filePart struct {
	FileID string `json:"file_id"`
}
