package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type chatArgs struct {
	nexconn.ChatRequest
	IncludeReasoning bool `json:"include_reasoning,omitempty"`
	saving
	paid
}

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
	URI            string                   `json:"uri,omitempty"`
	Warnings       []string                 `json:"warnings,omitempty"`
}

func chat(d Deps) Tool {
	return build(d, define{
		name: "chat", title: "Chat", toolsets: []string{"chat"},
		description: "One turn with any chat model, in one vocabulary for all. Give prompt or messages. Costs money.",
		in: schemas.Input[chatArgs](schemas.Options{
			Describe: map[string]string{"model": "One of " + strings.Join(listedIDs(d.Models.Of(catalog.Chat)), ", ") + ", an image model that chats, or another id."},
		}),
		out: schemas.Output[ChatResult](),
	}, func(ctx context.Context, in chatArgs, c *call) (answer, error) {
		w, err := d.Jobs.PlanChat(ctx, in.ChatRequest, jobs.Plan{Tool: "chat", Key: in.key(), Dry: in.DryRun, Args: c.canonical(), Unfit: c.unfit, Faults: c.faults})
		if err != nil {
			return answer{}, err
		}
		c.fill(ctx, &w, "chat", in.paid)
		if in.DryRun {
			return d.dryRun(w), nil
		}
		w.Save = in.save(ctx)
		w.Wait = d.Jobs.WaitCap()
		heard := hearing{report: c.report}
		w.Seen = heard.tick
		o, err := d.Jobs.Chat(ctx, w, heard.piece)
		if err != nil {
			return answer{}, err
		}
		heard.end()
		return d.said(ctx, o, in.IncludeReasoning)
	})
}

// said is an answer as chat tells it, cut where it is too long for a result.
func (d Deps) said(ctx context.Context, o jobs.Outcome, reasoning bool) (answer, error) {
	var said jobs.Said
	if err := json.Unmarshal(o.Answer, &said); err != nil {
		return answer{}, err
	}
	out := ChatResult{Model: said.Model, Text: said.Text, FinishReason: said.FinishReason, ThinkingBlocks: said.ThinkingBlocks,
		ToolCalls: said.ToolCalls, Usage: said.Usage, RequestID: said.RequestID, EstimateUSD: o.Row.USD,
		Warnings: append(append(said.Warnings, o.Warnings...), o.Row.Warnings...)}
	if reasoning {
		out.Reasoning = said.Reasoning
	} else {
		out.ThinkingBlocks = keepIfCalled(out.ThinkingBlocks, out.ToolCalls)
	}
	for i, img := range o.Row.Outputs {
		if strings.HasPrefix(img.MIME, "image/") {
			out.TaskID = o.Row.TaskID()
			out.Images = append(out.Images, jobs.Told(i, out.TaskID, img, !jobs.CallerFrom(ctx).HTTP))
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
	for _, note := range notes {
		text += "\n\n[" + note + "]"
	}
	for _, img := range out.Images {
		text = strings.TrimSpace(text + "\n" + cmp.Or(img.Path, img.URI, img.URL))
	}
	return answer{structured: out, text: text, previews: previewsOf(ctx, o.Row)}, nil
}

// keepIfCalled keeps Claude's signed thoughts where the next turn needs them:
// with tool calls.
func keepIfCalled(blocks []json.RawMessage, calls []nexconn.ToolCallAnswer) []json.RawMessage {
	if len(calls) == 0 {
		return nil
	}
	return blocks
}
