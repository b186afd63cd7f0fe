package tools

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type nativeArgs struct {
	Protocol string          `json:"protocol" jsonschema:"required,enum=anthropic,enum=bypass_anthropic,enum=bypass_gemini,enum=bypass_responses"`
	Model    string          `json:"model" jsonschema:"required"`
	Body     json.RawMessage `json:"body" jsonschema:"required" jsonschema_description:"The vendor's own request; model may be left out, stream is dropped."`
	paid
}

// NativeResult is what native_chat answers.
type NativeResult struct {
	Protocol    string          `json:"protocol,omitempty"`
	Model       string          `json:"model,omitempty"`
	Status      int             `json:"status,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"`
	EstimateUSD *float64        `json:"estimated_usd,omitempty"`
	RequestID   string          `json:"request_id,omitempty"`
	Truncated   bool            `json:"truncated,omitempty"`
	Path        string          `json:"path,omitempty"`
	URI         string          `json:"uri,omitempty"`
	Warnings    []string        `json:"warnings,omitempty"`
}

func nativeChat(d Deps) Tool {
	return build(d, define{
		name: "native_chat", title: "Native chat", toolsets: []string{"chat"},
		description: "A vendor's own protocol, passed through untouched, for what chat does not offer. Costs money.",
		in:          schemas.Input[nativeArgs](schemas.Options{}),
		out:         schemas.Output[NativeResult](),
	}, func(ctx context.Context, in nativeArgs, c *call) (answer, error) {
		w, err := d.Jobs.PlanNative(ctx, in.Protocol, in.Model, in.Body, c.canonical(), c.faults)
		if err != nil {
			return answer{}, err
		}
		c.fill(ctx, &w, "native_chat", in.paid)
		if in.DryRun {
			return d.dryRun(w), nil
		}
		w.Wait = d.Jobs.WaitCap()
		o, err := d.Jobs.Native(ctx, w)
		if err != nil {
			return answer{}, err
		}
		c.report.end("done")
		var said jobs.NativeSaid
		if err := json.Unmarshal(o.Answer, &said); err != nil {
			return answer{}, err
		}
		out := NativeResult{Protocol: in.Protocol, Model: in.Model, Status: said.Status, Body: said.Body,
			EstimateUSD: o.Row.USD, RequestID: said.RequestID, Warnings: append(o.Warnings, o.Row.Warnings...)}
		if d.Sandbox {
			out.Warnings = append(out.Warnings, sandboxNote)
		}
		if !bytes.HasPrefix(bytes.TrimSpace(out.Body), []byte("{")) {
			if out.Body, err = nexconn.PlainJSON(map[string]json.RawMessage{"answer": out.Body}); err != nil {
				return answer{}, err
			}
			out.Warnings = append(out.Warnings, "The vendor's answer is no JSON object; it stands in body.answer.")
		}
		return d.nativeAnswer(ctx, o, out)
	})
}

// nativeAnswer keeps a body that is too long for a result in a file, and puts
// its head in its place as text.
func (d Deps) nativeAnswer(ctx context.Context, o jobs.Outcome, out NativeResult) (answer, error) {
	if len(out.Body) <= longBody && weight(out) <= mostStructured {
		return answer{structured: out}, nil
	}
	place, err := d.Jobs.KeepText(ctx, o.Row, "answer.json", out.Body)
	most := longAnswer
	if err != nil {
		if weight(out) <= mostStructured {
			return answer{structured: out}, nil
		}
		most = mostStructured
		out.Warnings = append(out.Warnings, "The answer is longer than a result may be, and the whole of it could not be kept: "+err.Error())
	}
	bare := out
	bare.Body = nil
	first, err := nexconn.PlainJSON(map[string]string{"head": light(cut(string(out.Body), most), mostStructured-weight(bare)-slack)})
	if err != nil {
		return answer{}, err
	}
	out.Body, out.Truncated, out.Path, out.URI = first, true, place.Path, place.URI
	return answer{structured: out}, nil
}

// longBody is the longest native body that goes into a result whole.
const longBody = 40 << 10
