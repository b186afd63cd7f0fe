package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// doc is the part of a row that no query looks into.
type doc struct {
	Progress  *float64         `json:"progress,omitempty"`
	Outputs   outputs          `json:"outputs,omitempty"`
	Failure   *nexconn.Failure `json:"failure,omitempty"`
	Priced    map[string]any   `json:"priced,omitempty"`
	Expected  *float64         `json:"expected_usd,omitempty"`
	RequestID string           `json:"request_id,omitempty"`
	Warnings  []string         `json:"warnings,omitempty"`
}

// outputs are written as they are, and read also as older programs wrote them:
// with the type under "mime".
type outputs []nexconn.Output

func (o *outputs) UnmarshalJSON(doc []byte) error {
	var list []struct {
		nexconn.Output
		MIME string `json:"mime"`
	}
	if err := json.Unmarshal(doc, &list); err != nil {
		return err
	}
	*o = make(outputs, len(list))
	for i, out := range list {
		(*o)[i] = out.Output
		(*o)[i].MIMEType = cmp.Or(out.MIMEType, out.MIME)
	}
	return nil
}

func (r Row) doc() (string, error) {
	rest, err := json.Marshal(doc{r.Progress, r.Outputs, r.Failure, r.Priced, r.ExpectedUSD, r.RequestID, r.Warnings})
	if err != nil {
		return "", fmt.Errorf("encode the row: %w", err)
	}
	return string(rest), nil
}

// scanCall reads one row in the order of callColumns.
func scanCall(from scanner) (Row, error) {
	var r Row
	var rest, status string
	var created, updated, submitted, ended, until int64
	var input, output, reasoning, cached, images int64
	err := from.Scan(
		&r.ID, &r.Caller, &r.Model, &r.ArgsHash, &r.Key, &created,
		&r.Tool, &r.Task, &r.Kind, &r.Operation, &r.PromptHash, &r.PromptHead, &r.UpstreamID, &status,
		&updated, &submitted, &ended,
		&input, &output, &reasoning, &cached, &r.Usage.Seconds, &images,
		&r.USD, &r.Writer, &until, &rest,
	)
	if err != nil {
		return Row{}, err
	}
	r.Status = nexconn.Status(status)
	r.Usage.InputTokens, r.Usage.OutputTokens, r.Usage.ReasoningTokens, r.Usage.CachedTokens, r.Usage.Images =
		int(input), int(output), int(reasoning), int(cached), int(images)
	r.CreatedAt, r.UpdatedAt, r.SubmittedAt, r.EndedAt, r.ResultUntil =
		moment(created), moment(updated), moment(submitted), moment(ended), moment(until)
	var d doc
	if err := json.Unmarshal([]byte(rest), &d); err != nil {
		return Row{}, fmt.Errorf("decode row %s: %w", r.ID, err)
	}
	r.Progress, r.Outputs, r.Failure, r.Priced, r.ExpectedUSD, r.RequestID, r.Warnings =
		d.Progress, d.Outputs, d.Failure, d.Priced, d.Expected, d.RequestID, d.Warnings
	return r, nil
}

// stored is r as it reads back: moments in whole microseconds of UTC, numbers
// as JSON has them, and no NUL or broken UTF-8, which PostgreSQL refuses, in
// the head of a prompt and in the service's id.
func stored(r Row) Row {
	for _, t := range []*time.Time{&r.CreatedAt, &r.UpdatedAt, &r.SubmittedAt, &r.EndedAt, &r.ResultUntil} {
		*t = moment(micros(*t))
	}
	r.Outputs = slices.Clone(r.Outputs)
	for i := range r.Outputs {
		r.Outputs[i].ExpiresAt = r.Outputs[i].ExpiresAt.UTC()
	}
	r.PromptHead, r.UpstreamID = text(r.PromptHead), text(r.UpstreamID)
	r.Held = false
	if raw, err := json.Marshal(r.Priced); err == nil && r.Priced != nil {
		r.Priced = nil
		_ = json.Unmarshal(raw, &r.Priced) // what Marshal wrote
	}
	if len(r.Result) == 0 {
		r.Result = nil
	}
	return r
}

func text(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// storable says that PostgreSQL takes s as a text; what it doesn't is not on
// record either.
func storable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
