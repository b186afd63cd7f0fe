package nexconn

import "encoding/json"

// ChatRequest asks one turn of any chat model, in one vocabulary.
type ChatRequest struct {
	Model           string         `json:"model"`
	Prompt          string         `json:"prompt,omitempty"`
	Messages        []Message      `json:"messages,omitempty"`
	System          string         `json:"system,omitempty"`
	Attachments     []Media        `json:"attachments,omitempty"`
	Reasoning       string         `json:"reasoning,omitempty"`
	ReasoningBudget int            `json:"reasoning_budget,omitempty"`
	MaxTokens       int            `json:"max_tokens,omitempty"`
	Temperature     *float64       `json:"temperature,omitempty"`
	TopP            *float64       `json:"top_p,omitempty"`
	Stop            []string       `json:"stop,omitempty"`
	Seed            *int64         `json:"seed,omitempty"`
	JSONSchema      any            `json:"json_schema,omitempty"`
	Tools           []any          `json:"tools,omitempty"`
	ToolChoice      string         `json:"tool_choice,omitempty"`
	ImageConfig     *ImageConfig   `json:"image_config,omitempty"`
	Extra           map[string]any `json:"extra,omitempty"`
}

// Message is one message in OpenAI's form, plus attachments. Fields that are
// not named here (tool_calls, tool_call_id, thinking_blocks, …) go to the wire
// as they are.
type Message struct {
	Attachments []Media
	// Fields is the message as the caller wrote it, without attachments.
	Fields map[string]json.RawMessage
}

// ImageConfig shapes the pictures that a Gemini image model makes in a chat.
type ImageConfig struct {
	AspectRatio string `json:"aspect_ratio,omitempty"`
	ImageSize   string `json:"image_size,omitempty"`
}

// ChatAnswer is a whole turn, however it arrived.
type ChatAnswer struct {
	ID        string
	Model     string
	Text      string
	Reasoning string
	// Refusal is what the model says where it declines to answer.
	Refusal      string
	FinishReason string
	ToolCalls    []ToolCallAnswer
	Images       []Output
	// ThinkingBlocks are Claude's signed thoughts, to be sent back in later turns.
	ThinkingBlocks []json.RawMessage
	Usage          Usage
	RequestID      string
	// Interrupted says that the stream fell silent or was cut after text came.
	Interrupted bool
	Warnings    []string
}

// ToolCallAnswer is one call the model wants made.
type ToolCallAnswer struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// Protocol is a vendor's own protocol that the service passes through.
type Protocol string

// The native protocols: chat.md sections 7 and 8.
const (
	AnthropicMessages Protocol = "anthropic"
	BypassAnthropic   Protocol = "bypass_anthropic"
	BypassGemini      Protocol = "bypass_gemini"
	BypassResponses   Protocol = "bypass_responses"
)

// NativeAnswer is the vendor's answer, untouched.
type NativeAnswer struct {
	Status    int
	Body      json.RawMessage
	Usage     Usage
	RequestID string
}
