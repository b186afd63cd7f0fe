package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

type usageArgs struct {
	Period string `json:"period,omitempty"`
	By     string `json:"by,omitempty"`
	Billed bool   `json:"billed,omitempty"`
}

// UsageReport is what get_usage answers.
type UsageReport struct {
	Period   string       `json:"period,omitempty"`
	By       string       `json:"by,omitempty"`
	Rows     []UsageRow   `json:"rows"`
	Total    UsageRow     `json:"total"`
	Billed   *UsageBilled `json:"billed,omitempty"`
	Warnings []string     `json:"warnings,omitempty"`
}

// UsageRow is one line of it. USD is left out where no call of the line has a
// known price, and counts the others alone where some have none.
type UsageRow struct {
	Key          string   `json:"key,omitempty"`
	Calls        int      `json:"calls"`
	Succeeded    int      `json:"succeeded"`
	Unpriced     int      `json:"unpriced"`
	InputTokens  int      `json:"input_tokens"`
	OutputTokens int      `json:"output_tokens"`
	Seconds      float64  `json:"seconds"`
	Images       int      `json:"images"`
	USD          *float64 `json:"estimated_usd,omitempty"`
}

// UsageBilled is what the service says that the key has cost, beside the
// estimate of this server for the same days.
type UsageBilled struct {
	USD  float64          `json:"usd"`
	Days []UsageBilledDay `json:"days"`
	Note string           `json:"note"`
}

// UsageBilledDay is one day of it.
type UsageBilledDay struct {
	Day       string   `json:"day"`
	USD       float64  `json:"usd"`
	Estimated *float64 `json:"estimated_usd,omitempty"`
}

func getUsage(d Deps) Tool {
	return build(d, define{
		name: "get_usage", title: "Get usage", toolsets: []string{"tasks"}, readOnly: true,
		description: "What was spent, estimated from this server's records, by UTC day.",
		in:          schemas.Input[usageArgs]("get_usage", schemas.Options{Default: map[string]any{"period": "day", "by": "model"}}),
		out:         schemas.Output[UsageReport](),
	}, func(ctx context.Context, in usageArgs, c *call) (answer, error) {
		in.Period, in.By = cmp.Or(in.Period, "day"), cmp.Or(in.By, "model")
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
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s of unknown price: the sums are at least what was spent. list_models with a model's id tells its price; the operator can state one in NEXCONN_MODELS_FILE.", counted(total.Unpriced, "call is", "calls are")))
		}
		if warning != "" {
			r.Warnings = append(r.Warnings, warning)
		}
		if in.Billed {
			var said []string
			if r.Billed, said, err = d.billed(ctx, c.start, in.Period); err != nil {
				return answer{}, err
			}
			r.Warnings = append(r.Warnings, said...)
		}
		return answer{structured: r}, nil
	})
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// billedNote says what the service's figures are.
const billedNote = "List prices of everything this key was used for, here and elsewhere, before packages and discounts. The service's days are of UTC+8, the estimates' of UTC."

// billedDays is how many days the service answers at once.
const billedDays = 100

// serviceDay is where the days of the service's statistics begin.
var serviceDay = time.FixedZone("UTC+8", 8*60*60)

// billed asks the service. A host without the statistics is a warning.
func (d Deps) billed(ctx context.Context, now time.Time, period string) (*UsageBilled, []string, error) {
	to := now.In(serviceDay)
	from := since(now, period)
	var warnings []string
	if from.IsZero() || now.Sub(from) >= (billedDays-1)*24*time.Hour {
		from = now.AddDate(0, 0, -billedDays+2)
		warnings = append(warnings, fmt.Sprintf("The service answers for the last %d days.", billedDays-1))
	}
	said, err := d.Jobs.Account().Billed(ctx, from, to)
	var e *nexconn.Error
	if errors.As(err, &e) && (e.Code == nexconn.NotFound || e.Code == nexconn.UpstreamError || e.Code == nexconn.UpstreamUnavailable) {
		return nil, append(warnings, "What the service billed could not be read: "+e.Message), nil
	}
	if err != nil {
		return nil, nil, err
	}
	estimates, _, _, err := d.Jobs.Usage(ctx, from.UTC().Truncate(24*time.Hour), "day")
	if err != nil {
		return nil, nil, err
	}
	b := &UsageBilled{USD: toBillionth(said.USD), Days: []UsageBilledDay{}, Note: billedNote}
	for _, day := range said.Days {
		row := UsageBilledDay{Day: day.Date, USD: toBillionth(day.USD)}
		for _, e := range estimates {
			if e.Key == day.Date {
				row.Estimated = usageRow(e).USD
			}
		}
		b.Days = append(b.Days, row)
	}
	return b, warnings, nil
}

func toBillionth(usd float64) float64 { return math.Round(usd*1e9) / 1e9 }

func usageRow(s jobs.Sum) UsageRow {
	row := UsageRow{Key: s.Key, Calls: s.Calls, Succeeded: s.Succeeded, Unpriced: s.Unpriced, InputTokens: s.InputTokens,
		OutputTokens: s.OutputTokens, Seconds: s.Seconds, Images: s.Images}
	if usd := toBillionth(s.USD); usd != 0 || s.Unpriced == 0 {
		row.USD = &usd
	}
	return row
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
