package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// settler records what the service said of a call.
type settler struct {
	record  *record
	outputs *outputs.Outputs
	log     *slog.Logger
}

// answered records what the service said of a job. An end is durable; of a job
// that goes on only what is new is written, and soon.
func (s *settler) answered(ctx context.Context, row ledger.Row, m catalog.Model, job *nexconn.Job) ledger.Row {
	// Bytes go to a file first, so that what is on record is there.
	made, warnings := s.outputs.Keep(ctx, row, 0, job.Outputs)
	job.Warnings = append(job.Warnings, warnings...)
	now := time.Now().UTC()
	do := func(r *ledger.Row) {
		apply(r, job, made, now)
		settle(r, m)
		warnFewerOutputs(r, job)
	}
	switch {
	case job.Status.Done():
		return s.record.change(ctx, row, do, ledger.Durable)
	case tellsNews(row, job):
		return s.record.change(ctx, row, do, ledger.Soon)
	}
	do(&row)
	row.UpdatedAt = now
	return row
}

// tellsNews says that an answer tells more of a row than how far it is.
func tellsNews(row ledger.Row, job *nexconn.Job) bool {
	return job.Status != row.Status || len(job.Outputs) > 0 || job.Failure != nil ||
		slices.ContainsFunc(job.Warnings, func(w string) bool { return !slices.Contains(row.Warnings, w) })
}

// made stores what an answer held and ends the row: work that is answered at
// once always ends in a file.
func (s *settler) made(ctx context.Context, row ledger.Row, m catalog.Model, job *nexconn.Job) ledger.Row {
	from := len(row.Outputs)
	kept, warnings := s.outputs.Keep(ctx, row, from, job.Outputs)
	now := time.Now().UTC()
	return s.record.change(ctx, row, func(r *ledger.Row) {
		apply(r, &nexconn.Job{Status: job.Status, Failure: job.Failure, Usage: job.Usage, Warnings: append(job.Warnings, warnings...), RequestID: job.RequestID}, nil, now)
		r.Outputs = append(r.Outputs[:min(from, len(r.Outputs))], kept...)
		r.Task, r.SubmittedAt = true, now
		settle(r, m)
		warnFewerOutputs(r, job)
	}, ledger.Durable)
}

// refused records a create that did not succeed: failed where the service
// surely did not take it, unknown where it may have.
func (s *settler) refused(ctx context.Context, row ledger.Row, err error) (ledger.Row, error) {
	var e *nexconn.Error
	if !errors.As(err, &e) {
		e = &nexconn.Error{Code: nexconn.Internal, Message: "the call could not be sent", Cause: err}
	}
	s.log.Warn("a create did not succeed", "task_id", row.TaskID(), "code", e.Code, "status", e.Status,
		"unsure", e.Unsure, "request_id", e.RequestID)
	now := time.Now().UTC()
	row = s.record.change(ctx, row, func(r *ledger.Row) {
		r.RequestID, r.EndedAt = e.RequestID, now
		r.Failure = &nexconn.Failure{Code: e.Code, Message: e.Message, UpstreamCode: e.UpstreamCode}
		if e.Unsure {
			r.Status = nexconn.Unknown
			return
		}
		r.Status, r.Key = nexconn.Failed, ""
		r.Settle(0)
	}, endDurability(row))
	if e.Unsure && row.Task {
		return row, nil
	}
	return row, e
}

// replied ends the row of a call that got its whole answer, which is kept for its
// key if it has one.
func (s *settler) replied(ctx context.Context, row ledger.Row, m catalog.Model, used nexconn.Usage, requestID string, kept []byte) ledger.Row {
	now := time.Now().UTC()
	return s.record.change(ctx, row, func(r *ledger.Row) {
		r.Status, r.SubmittedAt, r.EndedAt = nexconn.Succeeded, now, now
		r.Usage, r.RequestID = used, requestID
		settleBy(r, m, usedOf(used, 0, 0))
		if kept != nil {
			r.Result, r.ResultUntil = kept, now.Add(keepAnswers)
		}
	}, endDurability(row))
}

// endDurability is how the end of a row is written: one that nobody can ask
// after again, a turn without a key, shares the commit of the next.
func endDurability(row ledger.Row) ledger.Durability {
	if row.Task || row.Key != "" {
		return ledger.Durable
	}
	return ledger.Soon
}

// warnFewerOutputs warns of a job that succeeded with less than was asked for, unless the
// service said so itself.
func warnFewerOutputs(r *ledger.Row, job *nexconn.Job) {
	asked, _ := r.Priced["count"].(float64)
	got := float64(mainOutputs(r.Outputs))
	if r.Status == nexconn.Succeeded && got > 0 && got < asked && len(job.Warnings) == 0 {
		r.Warnings = addOnce(r.Warnings, fmt.Sprintf("%v of the %v asked for arrived; the service gave no reason.", got, asked))
	}
}

// mainOutputs counts the outputs that were asked for: a last frame comes beside.
func mainOutputs(outputs []ledger.Output) (n int) {
	for _, out := range outputs {
		if out.Role == "" {
			n++
		}
	}
	return n
}

// apply takes what the service said of a job into its row. It only adds: a row
// that has ended keeps its end. made are its outputs as they are kept, now is when
// the service said it.
func apply(r *ledger.Row, job *nexconn.Job, made []ledger.Output, now time.Time) {
	r.Status = job.Status
	if job.Progress != nil {
		r.Progress = job.Progress
	}
	if job.RequestID != "" {
		r.RequestID = job.RequestID
	}
	if job.Failure != nil {
		r.Failure = job.Failure
	}
	r.Usage = merge(r.Usage, job.Usage)
	for _, warning := range job.Warnings {
		r.Warnings = addOnce(r.Warnings, warning)
	}
	for i, out := range made {
		if i >= len(r.Outputs) {
			r.Outputs = append(r.Outputs, out)
			continue
		}
		was := r.Outputs[i]
		if out.URL != "" && out.URL == was.URL {
			out.ExpiresAt = was.ExpiresAt
		}
		if out.Path == "" && out.URI == "" {
			out.Path, out.URI, out.Bytes = was.Path, was.URI, was.Bytes
		}
		r.Outputs[i] = out
	}
	if job.Status.Done() && r.EndedAt.IsZero() {
		r.EndedAt = now
	}
}

// settle replaces a reservation by what the job really used. A job that
// failed is not billed; one that we know nothing of keeps its reservation.
func settle(r *ledger.Row, m catalog.Model) {
	switch r.Status {
	case nexconn.Failed, nexconn.Canceled, nexconn.Expired:
		r.Settle(0)
		return
	case nexconn.Succeeded:
	default:
		return
	}
	outputs, length := mainOutputs(r.Outputs), 0.0
	asked := 0.0
	if r.Priced != nil {
		asked, _ = m.Length(catalog.Op(r.Operation), r.Priced)
	}
	for _, out := range r.Outputs {
		switch {
		case out.Role != "":
		case out.Seconds > 0:
			length += out.Seconds
		default: // not every answer tells it
			length += asked
		}
	}
	switch catalog.Kind(r.Kind) {
	case catalog.Image:
		r.Usage.Images = outputs
	case catalog.Video:
		r.Usage.Seconds = length
	}
	if r.USD == nil {
		return
	}
	settleBy(r, m, usedOf(r.Usage, length, outputs))
}

func merge(a, b nexconn.Usage) nexconn.Usage {
	return nexconn.Usage{
		InputTokens: max(a.InputTokens, b.InputTokens), OutputTokens: max(a.OutputTokens, b.OutputTokens),
		ReasoningTokens: max(a.ReasoningTokens, b.ReasoningTokens), CachedTokens: max(a.CachedTokens, b.CachedTokens),
		CacheWriteTokens: max(a.CacheWriteTokens, b.CacheWriteTokens), CacheHourTokens: max(a.CacheHourTokens, b.CacheHourTokens),
		AudioTokens: max(a.AudioTokens, b.AudioTokens), ImageTokens: max(a.ImageTokens, b.ImageTokens), Searches: max(a.Searches, b.Searches),
		Seconds: max(a.Seconds, b.Seconds), Images: max(a.Images, b.Images),
	}
}

func addOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
