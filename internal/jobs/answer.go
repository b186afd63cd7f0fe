package jobs

import (
	"encoding/json"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// answer is a whole answer of work that has no task: one of the two.
type answer struct {
	chat   *nexconn.ChatAnswer
	native *nexconn.NativeAnswer
}

func (a answer) result(row ledger.Row, w work) Result {
	return Result{Row: row, Chat: a.chat, Native: a.native, Warnings: w.Warnings}
}

// keptAnswer is an answer as the ledger keeps it for its idempotency key.
type keptAnswer struct {
	// Status and Body are those of a native answer.
	Status int             `json:"status,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`

	Model          string                   `json:"model,omitempty"`
	Text           string                   `json:"text,omitempty"`
	FinishReason   string                   `json:"finish_reason,omitempty"`
	Reasoning      string                   `json:"reasoning,omitempty"`
	ToolCalls      []nexconn.ToolCallAnswer `json:"tool_calls,omitempty"`
	ThinkingBlocks []json.RawMessage        `json:"thinking_blocks,omitempty"`
	Usage          nexconn.Usage            `json:"usage"`
	RequestID      string                   `json:"request_id,omitempty"`
	Warnings       []string                 `json:"warnings,omitempty"`
}

func (a answer) encode() ([]byte, error) {
	if n := a.native; n != nil {
		return nexconn.PlainJSON(keptAnswer{Status: n.Status, Body: n.Body, RequestID: n.RequestID, Usage: n.Usage})
	}
	c := a.chat
	return nexconn.PlainJSON(keptAnswer{Model: c.Model, Text: c.Text, FinishReason: c.FinishReason, Reasoning: c.Reasoning,
		ToolCalls: c.ToolCalls, ThinkingBlocks: c.ThinkingBlocks, Usage: c.Usage, RequestID: c.RequestID, Warnings: c.Warnings})
}

func decodeAnswer(doc []byte) (answer, error) {
	var k keptAnswer
	if err := json.Unmarshal(doc, &k); err != nil {
		return answer{}, err
	}
	if k.Body != nil {
		return answer{native: &nexconn.NativeAnswer{Status: k.Status, Body: k.Body, RequestID: k.RequestID, Usage: k.Usage}}, nil
	}
	return answer{chat: &nexconn.ChatAnswer{Model: k.Model, Text: k.Text, FinishReason: k.FinishReason, Reasoning: k.Reasoning,
		ToolCalls: k.ToolCalls, ThinkingBlocks: k.ThinkingBlocks, Usage: k.Usage, RequestID: k.RequestID, Warnings: k.Warnings}}, nil
}
