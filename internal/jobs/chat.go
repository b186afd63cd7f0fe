package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// keepAnswers is how long a chat's answer is kept for its key.
const keepAnswers = 24 * time.Hour

// Said is a chat's answer as tools tell it and as the ledger keeps it.
type Said struct {
	Model          string                   `json:"model"`
	Text           string                   `json:"text"`
	FinishReason   string                   `json:"finish_reason,omitempty"`
	Reasoning      string                   `json:"reasoning,omitempty"`
	ToolCalls      []nexconn.ToolCallAnswer `json:"tool_calls,omitempty"`
	ThinkingBlocks []json.RawMessage        `json:"thinking_blocks,omitempty"`
	Usage          nexconn.Usage            `json:"usage"`
	RequestID      string                   `json:"request_id,omitempty"`
	Warnings       []string                 `json:"warnings,omitempty"`
}

// Chat runs one turn. The stream goes on although the caller goes away; hear
// gets the text as it comes.
func (s *Service) Chat(ctx context.Context, w Work, hear func(text string, reasoning bool)) (Outcome, error) {
	return s.talk(ctx, w, func(ctx context.Context, client *nexconn.Client, row ledger.Row) (ledger.Row, []byte, error) {
		said, err := client.Chat(ctx, w.Call, hear)
		if err != nil {
			row, err = s.refused(ctx, row, err)
			return row, nil, err
		}
		answer, err := nexconn.PlainJSON(Said{
			Model: w.Model.ID, Text: said.Text, FinishReason: said.FinishReason, Reasoning: said.Reasoning,
			ToolCalls: said.ToolCalls, ThinkingBlocks: said.ThinkingBlocks, Usage: said.Usage, RequestID: said.RequestID,
			Warnings: said.Warnings,
		})
		if err != nil {
			return row, nil, err
		}
		row = s.answered(ctx, row, w, said.Usage, said.RequestID, answer)
		if len(said.Images) > 0 {
			row, err = s.keepAll(ctx, row, w, &nexconn.Job{Status: nexconn.Succeeded, Outputs: said.Images, Usage: said.Usage, RequestID: said.RequestID})
		}
		return row, answer, err
	})
}

// Native sends a vendor's own request and gives the vendor's own answer.
func (s *Service) Native(ctx context.Context, w Work) (Outcome, error) {
	return s.talk(ctx, w, func(ctx context.Context, client *nexconn.Client, row ledger.Row) (ledger.Row, []byte, error) {
		got, err := client.Native(ctx, w.Call)
		if err != nil {
			row, err = s.refused(ctx, row, err)
			return row, nil, err
		}
		body, row := s.lift(ctx, row, got.Body)
		answer, err := nexconn.PlainJSON(NativeSaid{Status: got.Status, Body: body, RequestID: got.RequestID, Usage: got.Usage})
		if err != nil {
			return row, nil, err
		}
		return s.answered(ctx, row, w, got.Usage, got.RequestID, answer), answer, nil
	})
}

// NativeSaid is a native answer as tools tell it and as the ledger keeps it.
type NativeSaid struct {
	Status    int             `json:"status"`
	Body      json.RawMessage `json:"body"`
	RequestID string          `json:"request_id,omitempty"`
	Usage     nexconn.Usage   `json:"usage"`
}

func (s *Service) answered(ctx context.Context, row ledger.Row, w Work, used nexconn.Usage, requestID string, answer []byte) ledger.Row {
	return s.change(ctx, row, func(r *ledger.Row) {
		now := time.Now().UTC()
		r.Status, r.SubmittedAt, r.EndedAt = nexconn.Succeeded, now, now
		r.Usage, r.RequestID = used, requestID
		if usd, ok := w.Model.Settle(w.Op, w.priced(), catalog.Used{OutputTokens: used.OutputTokens}); ok {
			r.USD = &usd
		}
		if w.Key != "" {
			r.Result, r.ResultUntil = answer, now.Add(keepAnswers)
		}
	})
}

type exchange func(context.Context, *nexconn.Client, ledger.Row) (ledger.Row, []byte, error)

// talk runs work that is answered whole and has no task.
func (s *Service) talk(ctx context.Context, w Work, do exchange) (Outcome, error) {
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		return Outcome{}, err
	}
	row, known, err := s.enter(ctx, &w)
	if err != nil {
		return Outcome{Row: row}, err
	}
	if known {
		return s.again(ctx, row, w)
	}
	run := s.running.start(row.ID)
	s.detach(ctx, func(ctx context.Context) {
		row, answer, err := do(ctx, client, row)
		run.answer = answer
		run.end(row, err)
	})
	row, err = s.join(ctx, run, row, w)
	if err != nil {
		return Outcome{Row: row}, unsure(err)
	}
	return s.withPictures(ctx, Outcome{Row: row, Warnings: w.Warnings, Answer: run.answer}, w), nil
}

// withPictures saves the pictures that an answer has links to.
func (s *Service) withPictures(ctx context.Context, o Outcome, w Work) Outcome {
	if o.Row.Task && w.Save {
		var warnings []string
		o.Row, warnings = s.saveFor(ctx, o.Row, w)
		o.Warnings = append(o.Warnings, warnings...)
	}
	return o
}

// unsure names an error after which the caller must not just call again.
func unsure(err error) error {
	var e *nexconn.Error
	if !errors.As(err, &e) || !e.Unsure {
		return err
	}
	named := *e
	named.Code, named.Retryable = nexconn.SubmissionUnknown, false
	named.Advice = "It may have been accepted and billed; don't just call again. get_usage counts it; an idempotency_key keeps a repeat from being sent."
	return &named
}

// again gives the result that a key has, or waits for it.
func (s *Service) again(ctx context.Context, row ledger.Row, w Work) (Outcome, error) {
	if run := s.running.get(row.ID); run != nil {
		row, err := s.join(ctx, run, row, w)
		if err != nil {
			return Outcome{Row: row}, unsure(err)
		}
		return s.withPictures(ctx, Outcome{Row: row, Warnings: w.Warnings, Answer: run.answer}, w), nil
	}
	end := time.Now().Add(s.WaitCap())
	for row.Status == ledger.Intent && time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return Outcome{Row: row}, cancelled(row)
		case <-s.stop():
			end = time.Now()
		case <-time.After(500 * time.Millisecond):
			w.tell(row)
		}
		s.reap(ctx)
		var err error
		if row, err = s.look(ctx, row.Caller, row.ID); err != nil {
			return Outcome{}, err
		}
	}
	switch {
	case row.Status == ledger.Intent:
		return Outcome{Row: row}, &nexconn.Error{Code: nexconn.Timeout, Retryable: true, RetryAfter: 15 * time.Second,
			Message: "the first call with this idempotency_key is still being answered",
			Advice:  "Send the same call again in a while; it is not sent twice."}
	case row.Status == nexconn.Unknown:
		return Outcome{Row: row}, unsure(&nexconn.Error{Code: nexconn.SubmissionUnknown, Unsure: true,
			Message: "the call with this idempotency_key was sent and no whole answer came"})
	case len(row.Result) == 0 || time.Now().After(row.ResultUntil):
		return Outcome{Row: row}, &nexconn.Error{Code: nexconn.InvalidArgument, Field: "idempotency_key",
			Message: "this idempotency_key is spent: its answer was kept for 24 hours",
			Advice:  "Use a new key for a new call."}
	}
	w.Warnings = append(w.Warnings, "This is the answer that this idempotency_key already has; nothing was sent.")
	return s.withPictures(ctx, Outcome{Row: row, Warnings: w.Warnings, Answer: row.Result}, w), nil
}
