package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

func usageCommand(g *globals) *cobra.Command {
	var asJSON, billed bool
	cmd := &cobra.Command{
		Use: "usage", Short: "What was spent today, this week and this month, and what is left of the caps", Args: noArguments,
		Long: "Shows what was spent, by this server's own records, and what is left of the caps. Days are UTC days.\n" +
			"Another period or order: nexconn-mcp call get_usage period=all by=day",
		Example: "  nexconn-mcp usage\n  nexconn-mcp usage --billed     beside it, what the service says the key has cost",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.usage(cmd.Context(), billed, asJSON) },
	}
	cmd.Flags().BoolVar(&billed, "billed", false, "also ask the service what it billed to the key, day by day")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as JSON")
	return cmd
}

// usageSummary is what the usage command prints: the periods as get_usage
// reports them, by model.
type usageSummary struct {
	Today tools.UsageReport `json:"today"`
	Week  tools.UsageReport `json:"week"`
	Month tools.UsageReport `json:"month"`
	Caps  usageCaps         `json:"caps"`
}

// usageCaps are the caps that are set, and what is left of the day's.
type usageCaps struct {
	PerCall      float64  `json:"max_usd_per_call,omitempty"`
	PerDay       float64  `json:"max_usd_per_day,omitempty"`
	LeftToday    *float64 `json:"left_today_usd,omitempty"`
	ConfirmAbove float64  `json:"confirm_above_usd,omitempty"`
}

// capsOf are the caps and what is left of them. What calls reserve counts as
// spent, as it does where a cap is held.
func capsOf(m jobs.Money, today tools.UsageRow) usageCaps {
	caps := usageCaps{PerCall: m.PerCall, PerDay: m.PerDay, ConfirmAbove: m.ConfirmAbove}
	if m.PerDay > 0 {
		left := m.PerDay
		if today.USD != nil {
			left = max(0, left-*today.USD)
		}
		caps.LeftToday = &left
	}
	return caps
}

func (g *globals) usage(ctx context.Context, billed, asJSON bool) error {
	return g.look(ctx, func(s *session, a *app) error {
		var sum usageSummary
		for _, p := range []struct {
			report *tools.UsageReport
			period string
		}{{&sum.Today, "day"}, {&sum.Week, "week"}, {&sum.Month, "month"}} {
			var err error
			args := map[string]any{"period": p.period, "by": "model", "billed": billed && p.period == "month"}
			if *p.report, err = callFor[tools.UsageReport](ctx, s, "get_usage", args, nil); err != nil {
				return exit{exitFailed, err}
			}
		}
		sum.Caps = capsOf(a.settings.Money, sum.Today.Total)
		if !asJSON {
			return showSummary(g.env.Stdout, sum)
		}
		doc, err := json.Marshal(sum)
		if err != nil {
			return exit{exitFailed, err}
		}
		return printJSON(g.env, doc)
	})
}

func showSummary(w io.Writer, sum usageSummary) error {
	var rows [][]string
	for _, p := range []struct {
		name  string
		total tools.UsageRow
	}{{"today", sum.Today.Total}, {"last 7 days", sum.Week.Total}, {"last 30 days", sum.Month.Total}} {
		rows = append(rows, []string{p.name, strconv.Itoa(p.total.Calls), strconv.Itoa(p.total.Succeeded), spent(p.total)})
	}
	if err := table(w, []string{"PERIOD", "CALLS", "SUCCEEDED", "ESTIMATED"}, rows); err != nil {
		return err
	}
	if len(sum.Month.Rows) > 0 {
		if err := say(w, "\nLast 30 days by model\n"); err != nil {
			return err
		}
		if err := showRows(w, "MODEL", sum.Month.Rows); err != nil {
			return err
		}
	}
	if err := say(w, "\n%s\n", sum.Caps.words()); err != nil {
		return err
	}
	if err := showBilled(w, sum.Month.Billed); err != nil {
		return err
	}
	return showNotes(w, sum.Month.Warnings)
}

// words are the caps in a line each.
func (c usageCaps) words() string {
	text := "No cap is set for a day (NEXCONN_MAX_USD_PER_DAY)."
	if c.LeftToday != nil {
		text = fmt.Sprintf("Cap of a day: %s, %s left today. It starts anew at midnight UTC.", money(c.PerDay), money(*c.LeftToday))
	}
	if c.PerCall > 0 {
		text += fmt.Sprintf("\nCap of a call: %s.", money(c.PerCall))
	}
	if c.ConfirmAbove > 0 {
		text += fmt.Sprintf("\nAbove %s a call needs your agreement.", money(c.ConfirmAbove))
	}
	return text
}

// showReport prints what get_usage answers.
func showReport(w io.Writer, r tools.UsageReport) error {
	if r.Total.Calls == 0 {
		if err := say(w, "No calls in this period (%s).\n", r.Period); err != nil {
			return err
		}
	} else if err := showRows(w, map[string]string{"day": "DAY", "tool": "TOOL"}[r.By], append(r.Rows, r.Total)); err != nil {
		return err
	}
	if err := showBilled(w, r.Billed); err != nil {
		return err
	}
	return showNotes(w, r.Warnings)
}

func showRows(w io.Writer, title string, rows []tools.UsageRow) error {
	if title == "" {
		title = "MODEL"
	}
	var cells [][]string
	for _, r := range rows {
		name := r.Key
		if name == "" {
			name = "total"
		}
		cells = append(cells, []string{name, strconv.Itoa(r.Calls), strconv.Itoa(r.Succeeded), strconv.Itoa(r.InputTokens), strconv.Itoa(r.OutputTokens),
			strconv.FormatFloat(r.Seconds, 'f', -1, 64), strconv.Itoa(r.Images), spent(r)})
	}
	return table(w, []string{title, "CALLS", "SUCCEEDED", "TOKENS IN", "TOKENS OUT", "SECONDS", "IMAGES", "ESTIMATED"}, cells)
}

// spent is what a line comes to: at least, where calls of unknown price are in
// it.
func spent(r tools.UsageRow) string {
	switch {
	case r.USD == nil:
		return "unknown"
	case r.Unpriced > 0:
		return "at least " + money(*r.USD)
	}
	return money(*r.USD)
}

func showBilled(w io.Writer, b *tools.UsageBilled) error {
	if b == nil {
		return nil
	}
	if err := say(w, "\nBilled by the service: %s\n", money(b.USD)); err != nil {
		return err
	}
	var rows [][]string
	for _, day := range b.Days {
		estimated := "-"
		if day.Estimated != nil {
			estimated = money(*day.Estimated)
		}
		rows = append(rows, []string{day.Day, money(day.USD), estimated})
	}
	if len(rows) > 0 {
		if err := table(w, []string{"DAY", "BILLED", "ESTIMATED"}, rows); err != nil {
			return err
		}
	}
	return say(w, "%s\n", wrapped(b.Note, ""))
}
