package ledger

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// The first six columns of a call never change but for the key, see settle.
const (
	columns = `id, caller, model, args_hash, idem_key, created_at,
		tool, task, kind, operation, prompt_hash, prompt_head, upstream_id, status,
		updated_at, submitted_at, ended_at,
		input_tokens, output_tokens, reasoning_tokens, cached_tokens, seconds, images,
		usd, writer, result, result_until, doc`
	insertCall = `INSERT INTO calls (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6,
		$7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
		ON CONFLICT (caller, idem_key) WHERE idem_key <> '' DO NOTHING`
	updateCall = `UPDATE calls SET tool = $2, task = $3, kind = $4, operation = $5,
		prompt_hash = $6, prompt_head = $7, upstream_id = $8, status = $9,
		updated_at = $10, submitted_at = $11, ended_at = $12,
		input_tokens = $13, output_tokens = $14, reasoning_tokens = $15, cached_tokens = $16, seconds = $17, images = $18,
		usd = $19, writer = $20, result = $21, result_until = $22, doc = $23, idem_key = $24
		WHERE id = $1`
	selectCall = `SELECT ` + columns + ` FROM calls `
)

// doc is the part of a row that no query looks into.
type doc struct {
	Progress  *float64         `json:"progress,omitempty"`
	Outputs   []Output         `json:"outputs,omitempty"`
	Failure   *nexconn.Failure `json:"failure,omitempty"`
	Priced    map[string]any   `json:"priced,omitempty"`
	RequestID string           `json:"request_id,omitempty"`
	Warnings  []string         `json:"warnings,omitempty"`
}

func (r Row) constants() []any {
	return []any{r.ID, r.Caller, r.Model, r.ArgsHash, r.Key, micros(r.CreatedAt)}
}

func (r Row) variables() ([]any, error) {
	rest, err := json.Marshal(doc{r.Progress, r.Outputs, r.Failure, r.Priced, r.RequestID, r.Warnings})
	if err != nil {
		return nil, fmt.Errorf("encode the row: %w", err)
	}
	return []any{
		r.Tool, r.Task, r.Kind, r.Operation, r.PromptHash, r.PromptHead, r.UpstreamID, string(r.Status),
		micros(r.UpdatedAt), micros(r.SubmittedAt), micros(r.EndedAt),
		r.Usage.InputTokens, r.Usage.OutputTokens, r.Usage.ReasoningTokens, r.Usage.CachedTokens, r.Usage.Seconds, r.Usage.Images,
		r.USD, r.Writer, r.Result, micros(r.ResultUntil), string(rest),
	}, nil
}

// scan reads one row in the order of columns; sql.Row and sql.Rows both do.
func scan(from interface{ Scan(...any) error }) (Row, error) {
	var r Row
	var rest string
	var created, updated, submitted, ended, until int64
	err := from.Scan(
		&r.ID, &r.Caller, &r.Model, &r.ArgsHash, &r.Key, &created,
		&r.Tool, &r.Task, &r.Kind, &r.Operation, &r.PromptHash, &r.PromptHead, &r.UpstreamID, &r.Status,
		&updated, &submitted, &ended,
		&r.Usage.InputTokens, &r.Usage.OutputTokens, &r.Usage.ReasoningTokens, &r.Usage.CachedTokens, &r.Usage.Seconds, &r.Usage.Images,
		&r.USD, &r.Writer, &r.Result, &until, &rest,
	)
	if errors.Is(err, sql.ErrNoRows) {
		return Row{}, ErrNotFound
	}
	if err != nil {
		return Row{}, err
	}
	r.CreatedAt, r.UpdatedAt, r.SubmittedAt, r.EndedAt, r.ResultUntil =
		moment(created), moment(updated), moment(submitted), moment(ended), moment(until)
	var d doc
	if err := json.Unmarshal([]byte(rest), &d); err != nil {
		return Row{}, fmt.Errorf("decode row %s: %w", r.ID, err)
	}
	r.Progress, r.Outputs, r.Failure, r.Priced, r.RequestID, r.Warnings =
		d.Progress, d.Outputs, d.Failure, d.Priced, d.RequestID, d.Warnings
	return r, nil
}

func scanAll(rows *sql.Rows) ([]Row, error) {
	defer rows.Close()
	var all []Row
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// stored is r as it reads back: moments in whole microseconds of UTC, numbers
// as JSON has them, and no NUL or broken UTF-8, which PostgreSQL refuses, in
// the head of a prompt.
func stored(r Row) Row {
	for _, t := range []*time.Time{&r.CreatedAt, &r.UpdatedAt, &r.SubmittedAt, &r.EndedAt, &r.ResultUntil} {
		*t = moment(micros(*t))
	}
	r.Outputs = slices.Clone(r.Outputs)
	for i := range r.Outputs {
		r.Outputs[i].ExpiresAt = r.Outputs[i].ExpiresAt.UTC()
	}
	r.PromptHead = strings.ReplaceAll(strings.ToValidUTF8(r.PromptHead, "\uFFFD"), "\x00", "")
	if raw, err := json.Marshal(r.Priced); err == nil && r.Priced != nil {
		r.Priced = nil
		_ = json.Unmarshal(raw, &r.Priced) // what Marshal wrote
	}
	if len(r.Result) == 0 {
		r.Result = nil
	}
	return r
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
