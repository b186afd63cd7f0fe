package sandbox

import (
	"encoding/json"
	"net/http"
)

// chatRequest is ChatCompletionRequest, with what "compatible with the OpenAI SDK"
// adds to it.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []chatMessage   `json:"messages"`
	Stream              bool            `json:"stream"`
	StreamOptions       *streamOptions  `json:"stream_options"`
	MaxTokens           int             `json:"max_tokens"`
	MaxCompletionTokens int             `json:"max_completion_tokens"`
	PresencePenalty     *float64        `json:"presence_penalty"`
	FrequencyPenalty    *float64        `json:"frequency_penalty"`
	Temperature         *float64        `json:"temperature"`
	TopP                *float64        `json:"top_p"`
	Stop                json.RawMessage `json:"stop"` // a string or an array of them
	Tools               []chatTool      `json:"tools"`
	ToolChoice          json.RawMessage `json:"tool_choice"`     // a word or an object
	ResponseFormat      json.RawMessage `json:"response_format"` // a word or an object
	ParallelToolCalls   *bool           `json:"parallel_tool_calls"`
	Modalities          []string        `json:"modalities"`
	ImageConfig         *imageConfig    `json:"image_config"`

	// The switches of reasoning: each model has its own, all are taken.
	ReasoningEffort string         `json:"reasoning_effort"`
	EnableThinking  *bool          `json:"enable_thinking"`
	Thinking        *thinkType     `json:"thinking"`
	Reasoning       *reasoningType `json:"reasoning"`
	TemplateArgs    *struct {
		Thinking       *bool `json:"thinking"`
		EnableThinking *bool `json:"enable_thinking"`
		ThinkingBudget *int  `json:"thinking_budget"`
	} `json:"chat_template_kwargs"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// thinkType is ThinkType.
type thinkType struct {
	Type         string `json:"type"`
	BudgetTokens *int   `json:"budget_tokens"`
}

// reasoningType is ReasoningType.
type reasoningType struct {
	Effort    string `json:"effort"`
	MaxTokens *int   `json:"max_tokens"`
	Exclude   bool   `json:"exclude"`
	Enabled   *bool  `json:"enabled"`
}

// chatMessage is ChatCompletionRequestMessage.
type chatMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"` // a string or an array of parts
	Name       string          `json:"name"`
	ToolCallID string          `json:"tool_call_id"`
	ToolCalls  []chatToolCall  `json:"tool_calls"`
}

// chatPart is MessageContent.
type chatPart struct {
	Type       string          `json:"type"`
	Text       string          `json:"text"`
	ImageURL   *urlObject      `json:"image_url"`
	VideoURL   *urlObject      `json:"video_url"`
	FileURL    *urlObject      `json:"file_url"`
	Video      json.RawMessage `json:"video"`
	InputAudio *struct {
		Data   string `json:"data"`
		Format string `json:"format"`
	} `json:"input_audio"`
	File *struct {
		FileID   string `json:"file_id"`
		FileData string `json:"file_data"`
		Format   string `json:"format"`
	} `json:"file"`
	CacheControl *struct {
		Type string `json:"type"`
		TTL  string `json:"ttl"`
	} `json:"cache_control"`
}

// chatTool is ToolObject.
type chatTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// chatToolCall is ToolCall.
type chatToolCall struct {
	Index    int              `json:"index"`
	ID       string           `json:"id,omitempty"`
	Type     string           `json:"type,omitempty"`
	Function chatToolFunction `json:"function"`
}

type chatToolFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

// chat answers POST /v1/chat/completions.
func (s *Server) chat(r *http.Request) (answer, error) {
	q, err := decode[chatRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := required("model", q.Model); err != nil {
		return answer{}, err
	}
	if err := checkChatModel(q.Model); err != nil {
		return answer{}, err
	}
	a, err := s.readChat(q)
	if err != nil {
		return answer{}, err
	}
	p, err := s.think(a)
	if err != nil {
		return answer{}, err
	}
	out := answer{wait: a.prompt.slow, cut: a.prompt.cut}
	if q.Stream {
		usage := q.StreamOptions != nil && q.StreamOptions.IncludeUsage
		out.stream = func(e *eventStream) error { return streamChat(e, a.model, p, usage) }
	} else {
		out.body = wholeChat(a.model, p)
	}
	return out, nil
}

// readChat makes a chat request a question.
func (s *Server) readChat(q chatRequest) (ask, error) {
	a := ask{model: q.Model, turns: 0, choice: "auto", parallel: deref(q.ParallelToolCalls, true), maxTokens: or(q.MaxTokens, q.MaxCompletionTokens)}
	if len(q.Messages) == 0 {
		return a, bad("messages", "messages is required")
	}
	if q.PresencePenalty != nil && *q.PresencePenalty < -2 || q.FrequencyPenalty != nil && *q.FrequencyPenalty < -2 {
		return a, bad("presence_penalty", "presence_penalty and frequency_penalty must be at least -2")
	}
	if err := checkThinking(q.Model, q.Thinking, a.maxTokens); err != nil {
		return a, err
	}
	if err := s.readMessages(q, &a); err != nil {
		return a, err
	}
	for _, t := range q.Tools {
		if t.Function.Name == "" {
			return a, bad("tools", "tools.function.name is required")
		}
		a.tools = append(a.tools, tool{t.Function.Name, t.Function.Description, t.Function.Parameters})
	}
	var err error
	if a.choice, err = readChoice(q.ToolChoice); err != nil {
		return a, err
	}
	if err := readFormat(q.ResponseFormat, &a); err != nil {
		return a, err
	}
	if a.stop, err = oneOrMany("stop", q.Stop); err != nil {
		return a, err
	}
	a.effort, a.hideReason = q.effort()
	if offers("gemini image", q.Model) {
		if err := q.ImageConfig.check(q.Model); err != nil {
			return a, err
		}
		if len(q.Modalities) == 0 || contains(q.Modalities, "image") {
			a.image = or(q.ImageConfig, &imageConfig{})
		}
	}
	return a, nil
}
