package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// view prints a tool's structured result for people.
type view func(w io.Writer, doc json.RawMessage) error

// views are the results that are better read as a table or a few lines than as
// the text that models get. Of the other tools the text is printed.
var views = map[string]view{
	"list_models":  viewOf(showModels),
	"list_tasks":   viewOf(showTasks),
	"get_usage":    viewOf(showReport),
	"list_files":   viewOf(showFiles),
	"query_file":   viewOf(showFile),
	"upload_file":  viewOf(showFile),
	"delete_file":  viewOf(showDeleted),
	"save_outputs": viewOf(showSaved),
	"native_chat":  viewOf(showNative),
}

// viewOf reads a result as its tool wrote it and prints it.
func viewOf[T any](show func(io.Writer, T) error) view {
	return func(w io.Writer, doc json.RawMessage) error {
		var v T
		if err := json.Unmarshal(doc, &v); err != nil {
			return fmt.Errorf("the result can't be read: %w", err)
		}
		return show(w, v)
	}
}

// viewFor is how the result of a tool is printed, nil where its text is.
func viewFor(tool string, doc json.RawMessage) view {
	var kind struct {
		Dry bool `json:"dry_run"`
	}
	// What is no object is no dry run.
	if err := json.Unmarshal(doc, &kind); err == nil && kind.Dry {
		return viewOf(showDryRun)
	}
	return views[tool]
}

func showNotes(w io.Writer, notes []string) error {
	for _, note := range notes {
		if err := say(w, "Note: %s\n", note); err != nil {
			return err
		}
	}
	return nil
}

func showDryRun(w io.Writer, r tools.DryRunResult) error {
	if err := say(w, "Dry run: nothing was sent.\n%s\n%s %s\n", costWords(r.USD), r.Method, r.Path); err != nil {
		return err
	}
	if len(r.Body) > 0 {
		if err := say(w, "%s\n", readable(r.Body)); err != nil {
			return err
		}
	}
	return showNotes(w, r.Warnings)
}

func showTasks(w io.Writer, list jobs.TaskList) error {
	if len(list.Tasks) == 0 {
		if err := say(w, "No tasks.\n"); err != nil {
			return err
		}
		return showNotes(w, list.Warnings)
	}
	rows := make([][]string, 0, len(list.Tasks))
	for _, t := range list.Tasks {
		made := ""
		if t.CreatedAt != nil {
			made = t.CreatedAt.Local().Format("2006-01-02 15:04")
		}
		status := t.Status
		if t.Progress != nil && status == string(nexconn.Running) {
			status = fmt.Sprintf("%s %.0f%%", status, 100**t.Progress)
		}
		rows = append(rows, []string{made, status, t.TaskID, amount(t.EstimateUSD), clipped(taskWords(t), 60)})
	}
	if err := table(w, []string{"CREATED", "STATUS", "TASK", "USD", "WHAT"}, rows); err != nil {
		return err
	}
	if list.NextCursor != "" {
		if err := say(w, "There are more: cursor=%s\n", list.NextCursor); err != nil {
			return err
		}
	}
	return showNotes(w, list.Warnings)
}

// taskWords tell one task from others: where its first output is, why it
// failed, or what was asked.
func taskWords(t jobs.Task) string {
	switch {
	case t.Error != nil:
		return strings.TrimSuffix(string(t.Error.Code)+": "+t.Error.Message, ": ")
	case t.Prompt != "":
		return t.Prompt
	case len(t.Outputs) > 0:
		return place(t.Outputs[0])
	}
	return t.Operation
}

func place(o jobs.TaskOutput) string { return cmp.Or(o.Path, o.URL, o.URI) }

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

func showSaved(w io.Writer, list tools.SavedList) error {
	for _, o := range list.Outputs {
		size := ""
		if o.Bytes > 0 {
			size = " (" + bytesWords(o.Bytes) + ")"
		}
		if err := say(w, "%s%s\n", place(o), size); err != nil {
			return err
		}
	}
	return showNotes(w, list.Warnings)
}

func showFiles(w io.Writer, page tools.FilePage) error {
	if len(page.Files) == 0 {
		return say(w, "No files.\n")
	}
	rows := make([][]string, 0, len(page.Files))
	for _, f := range page.Files {
		rows = append(rows, []string{f.FileID, f.Status, bytesWords(f.Bytes), f.MIME, moment(f.ExpiresAt), f.FileName})
	}
	if err := table(w, []string{"FILE", "STATUS", "SIZE", "TYPE", "EXPIRES", "NAME"}, rows); err != nil {
		return err
	}
	if page.NextCursor == "" {
		return nil
	}
	return say(w, "There are more: after=%s\n", page.NextCursor)
}

func showFile(w io.Writer, f tools.FileResult) error {
	failed := ""
	if f.Error != nil {
		failed = string(f.Error.Code) + ": " + f.Error.Message
	}
	err := facts(w, "File", f.FileID, "Status", f.Status, "Error", failed, "Name", f.FileName, "Type", f.MIME, "Size", bytesWords(f.Bytes),
		"Model", f.Model, "Created", moment(f.CreatedAt), "Expires", moment(f.ExpiresAt), "Next", f.Next)
	if err != nil {
		return err
	}
	return showNotes(w, f.Warnings)
}

func showDeleted(w io.Writer, d tools.Deleted) error {
	if d.Deleted {
		return say(w, "Deleted %s\n", d.FileID)
	}
	return say(w, "The service did not delete %s\n", d.FileID)
}

func showNative(w io.Writer, r tools.NativeResult) error {
	if err := say(w, "%s\n", readable(r.Body)); err != nil {
		return err
	}
	if r.Truncated {
		if err := say(w, "The rest is in %s\n", cmp.Or(r.Path, r.URI)); err != nil {
			return err
		}
	}
	if err := say(w, "%s\n", costWords(r.EstimateUSD)); err != nil {
		return err
	}
	return showNotes(w, r.Warnings)
}

func moment(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04")
}

func costWords(usd *float64) string {
	if usd == nil {
		return "Price unknown"
	}
	return "Estimated cost: " + money(*usd)
}

func amount(usd *float64) string {
	if usd == nil {
		return "unknown"
	}
	return money(*usd)
}

// money is an amount as people read it: cents, and what is less than ten of
// them to four digits after the point.
func money(usd float64) string {
	if usd != 0 && usd < 0.1 {
		return "$" + trimZeros(fmt.Sprintf("%.4f", max(usd, 0.0001)))
	}
	return fmt.Sprintf("$%.2f", usd)
}

func trimZeros(number string) string { return strings.TrimRight(strings.TrimRight(number, "0"), ".") }

func bytesWords(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
