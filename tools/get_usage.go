package tools

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type usageArgs struct {
	Period string `json:"period,omitempty" jsonschema:"enum=day,enum=week,enum=month,enum=all"`
	By     string `json:"by,omitempty" jsonschema:"enum=model,enum=day,enum=tool"`
}

// UsageReport is what get_usage answers.
type UsageReport struct {
	Period   string     `json:"period,omitempty"`
	By       string     `json:"by,omitempty"`
	Rows     []UsageRow `json:"rows"`
	Total    UsageRow   `json:"total"`
	Warnings []string   `json:"warnings,omitempty"`
}

// UsageRow is one line of it.
type UsageRow struct {
	Key          string  `json:"key,omitempty"`
	Calls        int     `json:"calls"`
	Succeeded    int     `json:"succeeded"`
	InputTokens  int     `json:"input_tokens"`
	OutputTokens int     `json:"output_tokens"`
	Seconds      float64 `json:"seconds"`
	Images       int     `json:"images"`
	USD          float64 `json:"estimated_usd"`
}

func getUsage(d Deps) Tool {
	return build(d, define{
		name: "get_usage", title: "Get usage", toolsets: []string{"tasks"}, readOnly: true,
		description: "What was spent by this server's record, estimated, by UTC days.",
		in:          schemas.Input[usageArgs](schemas.Options{Default: map[string]any{"period": "day", "by": "model"}}),
		out:         schemas.Output[UsageReport](),
	}, func(ctx context.Context, in usageArgs, c *call) (answer, error) {
		if in.Period == "" {
			in.Period = "day"
		}
		if in.By == "" {
			in.By = "model"
		}
		rows, total, warning, err := d.Jobs.Usage(ctx, since(c.start, in.Period), in.By)
		if err != nil {
			return answer{}, err
		}
		r := UsageReport{Period: in.Period, By: in.By, Rows: make([]UsageRow, 0, len(rows)), Total: usageRow(total)}
		r.Total.Key = ""
		for _, row := range rows {
			r.Rows = append(r.Rows, usageRow(row))
		}
		if total.Unpriced > 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%d of the calls have no known price and are not in the sums; list_models with a model's id tells its price.", total.Unpriced))
		}
		if warning != "" {
			r.Warnings = append(r.Warnings, warning)
		}
		return answer{structured: r}, nil
	})
}

func usageRow(s jobs.Sum) UsageRow {
	return UsageRow{Key: s.Key, Calls: s.Calls, Succeeded: s.Succeeded, InputTokens: s.InputTokens,
		OutputTokens: s.OutputTokens, Seconds: s.Seconds, Images: s.Images, USD: math.Round(s.USD*1e9) / 1e9}
}

// since is where a period begins: this UTC day, or so many days back.
func since(now time.Time, period string) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	switch period {
	case "day":
		return day
	case "week":
		return day.AddDate(0, 0, -6)
	case "month":
		return day.AddDate(0, 0, -29)
	}
	return time.Time{}
}
