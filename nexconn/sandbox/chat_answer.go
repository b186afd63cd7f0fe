package sandbox

import (
	"encoding/base64"
	"strings"
)

// chatCompletion is ChatCompletionResponse, and with another object name the chunk
// of a stream.
type chatCompletion struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []chatChoice `json:"choices"`
	Usage   *chatUsage   `json:"usage,omitempty"`
}

type chatChoice struct {
	Index        int        `json:"index"`
	Message      *chatReply `json:"message,omitempty"`
	Delta        *chatReply `json:"delta,omitempty"`
	FinishReason *finish    `json:"finish_reason"`
}

type chatReply struct {
	Role             string          `json:"role,omitempty"`
	Content          *string         `json:"content,omitempty"`
	ReasoningContent string          `json:"reasoning_content,omitempty"`
	ToolCalls        []chatToolCall  `json:"tool_calls,omitempty"`
	Images           []chatImage     `json:"images,omitempty"`
	ThinkingBlocks   []thinkingBlock `json:"thinking_blocks,omitempty"`
}

// chatImage is Image.
type chatImage struct {
	Type     string    `json:"type"`
	ImageURL urlObject `json:"image_url"`
	Index    int       `json:"index"`
}

// thinkingBlock is ThinkingBlock: Claude's signed thinking, to be sent back.
type thinkingBlock struct {
	Type      string `json:"type"`
	Thinking  string `json:"thinking"`
	Signature string `json:"signature"`
}

// chatUsage counts reasoning and image tokens in completion_tokens.
type chatUsage struct {
	PromptTokens     int            `json:"prompt_tokens"`
	CompletionTokens int            `json:"completion_tokens"`
	TotalTokens      int            `json:"total_tokens"`
	PromptDetails    map[string]int `json:"prompt_tokens_details,omitempty"`
	OutDetails       map[string]int `json:"completion_tokens_details,omitempty"`
}

func usageOf(p reply) *chatUsage {
	u := &chatUsage{
		PromptTokens: p.inTokens, CompletionTokens: p.outTokens, TotalTokens: p.inTokens + p.outTokens,
		PromptDetails: map[string]int{"text_tokens": p.inTokens},
		OutDetails:    map[string]int{"reasoning_tokens": p.reasonTokens},
	}
	if p.cachedTokens > 0 {
		u.PromptDetails["cached_tokens"] = p.cachedTokens
	}
	if p.imageTokens > 0 {
		u.OutDetails["image_tokens"] = p.imageTokens
	}
	return u
}

func wholeChat(model string, p reply) chatCompletion {
	m := &chatReply{Role: "assistant", Content: &p.text, ReasoningContent: p.reasoning, Images: chatImages(p)}
	if p.reasoning != "" && strings.HasPrefix(model, "claude") {
		m.ThinkingBlocks = []thinkingBlock{{"thinking", p.reasoning, signature(p.reasoning)}}
	}
	for i, c := range p.calls {
		m.ToolCalls = append(m.ToolCalls, chatToolCall{i, c.id, "function", chatToolFunction{c.name, c.arguments}})
	}
	return chatCompletion{
		ID: "chatcmpl-" + p.id, Object: "chat.completion", Created: p.created, Model: model,
		Choices: []chatChoice{{Message: m, FinishReason: &p.finish}}, Usage: usageOf(p),
	}
}

// streamChat sends a reply as chunks: role, reasoning, text, tool calls in
// fragments, images, the end, and [DONE]. Usage is always sent: with the end, or
// after it in a chunk without choices if include_usage asked for that.
func streamChat(e *eventStream, model string, p reply, usageApart bool) error {
	chunk := chatCompletion{ID: "chatcmpl-" + p.id, Object: "chat.completion.chunk", Created: p.created, Model: model}
	send := func(delta chatReply) error {
		c := chunk
		c.Choices = []chatChoice{{Delta: &delta}}
		return e.data(c)
	}
	empty := ""
	if err := send(chatReply{Role: "assistant", Content: &empty}); err != nil {
		return err
	}
	if p.reasoning != "" {
		for _, piece := range pieces(p.reasoning) {
			if err := send(chatReply{ReasoningContent: piece}); err != nil {
				return err
			}
		}
		if strings.HasPrefix(model, "claude") {
			if err := send(chatReply{ThinkingBlocks: []thinkingBlock{{"thinking", p.reasoning, signature(p.reasoning)}}}); err != nil {
				return err
			}
		}
	}
	if err := e.each(p.text, func(piece string) error { return send(chatReply{Content: &piece}) }); err != nil {
		return err
	}
	if p.text == "" {
		if err := e.finish(); err != nil {
			return err
		}
	}
	for i, c := range p.calls {
		call := chatToolCall{i, c.id, "function", chatToolFunction{Name: c.name}}
		if err := send(chatReply{ToolCalls: []chatToolCall{call}}); err != nil {
			return err
		}
		for _, fragment := range fragments(c.arguments) {
			call := chatToolCall{Index: i, Function: chatToolFunction{Arguments: fragment}}
			if err := send(chatReply{ToolCalls: []chatToolCall{call}}); err != nil {
				return err
			}
		}
	}
	if images := chatImages(p); images != nil {
		if err := send(chatReply{Images: images}); err != nil {
			return err
		}
	}
	last := chunk
	last.Choices = []chatChoice{{Delta: &chatReply{}, FinishReason: &p.finish}}
	if !usageApart {
		last.Usage = usageOf(p)
	}
	if err := e.data(last); err != nil {
		return err
	}
	if usageApart {
		chunk.Choices, chunk.Usage = []chatChoice{}, usageOf(p)
		if err := e.data(chunk); err != nil {
			return err
		}
	}
	return e.raw("data: [DONE]\n\n")
}

func chatImages(p reply) []chatImage {
	var out []chatImage
	for i, data := range p.images {
		u := "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
		out = append(out, chatImage{"image_url", urlObject{u}, i})
	}
	return out
}

// fragments cuts the JSON of a call's arguments at places where it is no JSON.
func fragments(s string) []string {
	var out []string
	for len(s) > 0 {
		n := min(len(s), 12)
		for n < len(s) && s[n]&0xC0 == 0x80 { // not within a character
			n++
		}
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

// signature stands where Claude signs its thinking.
func signature(thinking string) string {
	return base64.StdEncoding.EncodeToString([]byte(linkToken("thinking", thinking, 0)))
}
