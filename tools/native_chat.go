package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type nativeArgs struct {
	Protocol string          `json:"protocol"`
	Model    string          `json:"model"`
	Body     json.RawMessage `json:"body"`
	nativeControls
}

// nativeControls are those of a native request, which waits for its whole
// answer.
type nativeControls struct{ paid }

func (nativeControls) collectsFaults() {}

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
	URL         string          `json:"url,omitempty"`
	URI         string          `json:"uri,omitempty"`
	Warnings    []string        `json:"warnings,omitempty"`
}

func nativeChat(d Deps) Tool {
	return build(d, define{
		name: "native_chat", title: "Native chat", toolsets: []string{"chat"},
		description: "A vendor's own protocol, passed through unchanged, for what chat does not offer. Costs money.",
		in:          schemas.Input[nativeArgs]("native_chat", schemas.Options{}),
		out:         schemas.Output[NativeResult](),
	}, func(ctx context.Context, in nativeControls, c *call) (answer, error) {
		o := c.order(ctx, catalog.Chat, controls{paid: in.paid}, d.Jobs.WaitCap().Seconds(), c.nativeRequest)
		r, err := d.Jobs.Do(ctx, o)
		if err != nil {
			return answer{}, err
		}
		if r.Preview != nil {
			return dryRun(r), nil
		}
		c.report.end("done")
		protocol, _ := c.args["protocol"].(string)
		model, _ := c.args["model"].(string)
		out := NativeResult{Protocol: protocol, Model: model, Status: r.Native.Status, Body: r.Native.Body,
			EstimateUSD: r.Row.EstimateUSD(), RequestID: r.Native.RequestID, Warnings: slices.Concat(r.Warnings, r.Row.Warnings, costNotes(r.Row))}
		if d.Sandbox {
			out.Warnings = append(out.Warnings, sandboxNote)
		}
		if !bytes.HasPrefix(bytes.TrimSpace(out.Body), []byte("{")) {
			if out.Body, err = nexconn.PlainJSON(map[string]json.RawMessage{"answer": out.Body}); err != nil {
				return answer{}, err
			}
			out.Warnings = append(out.Warnings, "The vendor's answer is no JSON object; it stands in body.answer.")
		}
		return d.nativeAnswer(ctx, r, out)
	})
}

// nativeAnswer keeps a body that is too long for a result in a file, and puts
// its head in its place as text.
func (d Deps) nativeAnswer(ctx context.Context, o jobs.Result, out NativeResult) (answer, error) {
	if len(out.Body) <= longBody && weight(out) <= mostStructured {
		return answer{structured: out}, nil
	}
	place, err := d.Jobs.Outputs().KeepText(ctx, o.Row, "answer.json", out.Body)
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
	out.Body, out.Truncated, out.Path, out.URL, out.URI = first, true, place.Path, place.URL, place.URI
	return answer{structured: out}, nil
}

// longBody is the longest native body that goes into a result whole.
const longBody = 40 << 10
