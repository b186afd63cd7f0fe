package sandbox

import (
	"encoding/base64"
	"encoding/json"
)

// vertexAnswer is GenerateContentResponse.
type vertexAnswer struct {
	Candidates     []vertexCandidate `json:"candidates,omitempty"`
	PromptFeedback *vertexFeedback   `json:"promptFeedback,omitempty"`
	UsageMetadata  map[string]int    `json:"usageMetadata,omitempty"`
	ModelVersion   string            `json:"modelVersion"`
	ResponseID     string            `json:"responseId"`
}

type vertexCandidate struct {
	Index        int           `json:"index"`
	Content      vertexContent `json:"content"`
	FinishReason string        `json:"finishReason,omitempty"`
}

type vertexFeedback struct {
	BlockReason string `json:"blockReason"`
}

func newVertex(model string, p reply, parts ...vertexPart) vertexAnswer {
	return vertexAnswer{
		ModelVersion: model, ResponseID: p.id,
		Candidates: []vertexCandidate{{Content: vertexContent{Role: "model", Parts: parts}}},
	}
}

// close ends an answer: why it ended and what it used.
func (v *vertexAnswer) close(p reply) {
	v.UsageMetadata = map[string]int{
		"promptTokenCount": p.inTokens, "candidatesTokenCount": p.outTokens - p.reasonTokens,
		"thoughtsTokenCount": p.reasonTokens, "totalTokenCount": p.inTokens + p.outTokens,
	}
	switch p.finish {
	case finishContent:
		v.Candidates, v.PromptFeedback = nil, &vertexFeedback{"SAFETY"}
	case finishLength:
		v.Candidates[0].FinishReason = "MAX_TOKENS"
	default:
		v.Candidates[0].FinishReason = "STOP"
	}
}

// vertexRest is what of a reply is not words: calls and pictures.
func vertexRest(p reply) []vertexPart {
	parts := []vertexPart{}
	for _, c := range p.calls {
		parts = append(parts, vertexPart{FunctionCall: &vertexCall{Name: c.name, Args: json.RawMessage(c.arguments)}})
	}
	for _, data := range p.images {
		parts = append(parts, vertexPart{InlineData: &vertexBlob{"image/png", base64.StdEncoding.EncodeToString(data)}})
	}
	return parts
}

func wholeVertex(model string, p reply) vertexAnswer {
	var parts []vertexPart
	if p.reasoning != "" {
		parts = append(parts, vertexPart{Text: p.reasoning, Thought: true})
	}
	if p.text != "" {
		parts = append(parts, vertexPart{Text: p.text})
	}
	v := newVertex(model, p, append(parts, vertexRest(p)...)...)
	v.close(p)
	return v
}

// streamVertex sends a reply as answers with a part each; there is no [DONE].
func streamVertex(e *eventStream, model string, p reply) error {
	if p.reasoning != "" {
		if err := e.data(newVertex(model, p, vertexPart{Text: p.reasoning, Thought: true})); err != nil {
			return err
		}
	}
	if err := e.each(p.text, func(piece string) error { return e.data(newVertex(model, p, vertexPart{Text: piece})) }); err != nil {
		return err
	}
	if p.text == "" {
		if err := e.finish(); err != nil {
			return err
		}
	}
	last := newVertex(model, p, vertexRest(p)...)
	last.close(p)
	return e.data(last)
}
