package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type chatArgs struct {
	nexconn.ChatRequest
	chatControls
}

// chatControls are those of a turn, which waits for its whole answer.
type chatControls struct {
	IncludeReasoning bool `json:"include_reasoning,omitempty"`
	saving
	paid
}

func (chatControls) collectsFaults() {}

// ChatResult is what chat answers.
type ChatResult struct {
	Model          string                   `json:"model,omitempty"`
	Text           string                   `json:"text"`
	FinishReason   string                   `json:"finish_reason,omitempty"`
	Reasoning      string                   `json:"reasoning,omitempty"`
	ThinkingBlocks []json.RawMessage        `json:"thinking_blocks,omitempty"`
	TaskID         string                   `json:"task_id,omitempty"`
	Images         []jobs.TaskOutput        `json:"images,omitempty"`
	ToolCalls      []nexconn.ToolCallAnswer `json:"tool_calls,omitempty"`
	Usage          nexconn.Usage            `json:"usage,omitzero"`
	EstimateUSD    *float64                 `json:"estimated_usd,omitempty"`
	RequestID      string                   `json:"request_id,omitempty"`
	Truncated      bool                     `json:"truncated,omitempty"`
	Path           string                   `json:"path,omitempty"`
	URL            string                   `json:"url,omitempty"`
	URI            string                   `json:"uri,omitempty"`
	Warnings       []string                 `json:"warnings,omitempty"`
}

func chat(d Deps) Tool {
	return build(d, define{
		name: "chat", title: "Chat", toolsets: []string{"chat"},
		description: "One turn with any chat model. Give prompt or messages. Costs money.",
		in: schemas.Input[chatArgs]("chat", schemas.Options{
			Models: "One of " + strings.Join(listedIDs(d.Listed.Of(catalog.Chat)), ", ") + ", an image model that chats, or another id.",
		}),
		out: schemas.Output[ChatResult](),
	}, func(ctx context.Context, in chatControls, c *call) (answer, error) {
		o := c.order(ctx, catalog.Chat, controls{saving: in.saving, paid: in.paid}, d.Jobs.WaitCap().Seconds(), c.chatRequest)
		progress := chatProgress{report: c.report}
		o.Progress, o.Text = progress.tick, progress.piece
		r, err := d.Jobs.Do(ctx, o)
		if err != nil {
			return answer{}, err
		}
		if r.Preview != nil {
			return dryRun(r), nil
		}
		progress.end()
		return d.chatAnswer(ctx, r, in.IncludeReasoning)
	})
}

// chatAnswer is an answer as chat tells it, cut where it is too long for a
// result.
func (d Deps) chatAnswer(ctx context.Context, o jobs.Result, reasoning bool) (answer, error) {
	said := o.Chat
	out := ChatResult{Model: said.Model, Text: said.Text, FinishReason: said.FinishReason, ThinkingBlocks: said.ThinkingBlocks,
		ToolCalls: said.ToolCalls, Usage: said.Usage, RequestID: said.RequestID, EstimateUSD: o.Row.EstimateUSD(),
		Warnings: slices.Concat(said.Warnings, o.Warnings, o.Row.Warnings, costNotes(o.Row))}
	if reasoning {
		out.Reasoning = said.Reasoning
	} else {
		out.ThinkingBlocks = keepIfCalled(out.ThinkingBlocks, out.ToolCalls)
	}
	for i, img := range o.Row.Outputs {
		if strings.HasPrefix(img.MIMEType, "image/") {
			out.TaskID = o.Row.TaskID()
			out.Images = append(out.Images, jobs.Told(ctx, d.Jobs.Outputs(), o.Row, i))
		}
	}
	if d.Sandbox {
		out.Warnings = append(out.Warnings, sandboxNote)
	}
	notes := d.fit(ctx, o.Row, &out)
	text := out.Text
	if text == "" && len(out.ToolCalls) > 0 {
		calls, err := nexconn.PlainJSON(out.ToolCalls)
		if err != nil {
			return answer{}, err
		}
		text = string(calls)
	}
	for _, note := range append(notes, chatNotes(out)...) {
		text += "\n\n[" + note + "]"
	}
	for _, img := range out.Images {
		text = strings.TrimSpace(text + "\n" + cmp.Or(img.Path, img.URL, img.URI))
	}
	return answer{structured: out, text: text, previews: d.Previews.of(ctx, o.Row)}, nil
}

// chatNotes are the lines under an answer: why it ends where it does, what its
// caller should know of it, and its cost.
func chatNotes(out ChatResult) (notes []string) {
	switch out.FinishReason {
	case "length":
		notes = append(notes, "The answer was cut off by max_tokens.")
	case "content_filter":
		notes = append(notes, "The answer was cut off by the vendor's content filter.")
	}
	for _, w := range out.Warnings {
		notes = append(notes, "Note: "+w)
	}
	return append(notes, costPhrase(out.EstimateUSD))
}

// keepIfCalled keeps Claude's signed thoughts where the next turn needs them:
// with tool calls.
func keepIfCalled(blocks []json.RawMessage, calls []nexconn.ToolCallAnswer) []json.RawMessage {
	if len(calls) == 0 {
		return nil
	}
	return blocks
}
