package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// keepAll stores outputs that came as bytes and ends the row: work that is
// answered at once always ends in a file.
func (s *Service) keepAll(ctx context.Context, row ledger.Row, w Work, job *nexconn.Job) (ledger.Row, error) {
	c := CallerFrom(ctx)
	outs := make([]ledger.Output, 0, len(job.Outputs))
	var warnings []string
	for i, out := range job.Outputs {
		if out.URL != "" && len(out.Data) == 0 {
			if out.ExpiresAt.IsZero() {
				out.ExpiresAt = time.Now().UTC().Add(nexconn.LinkLife)
			}
			outs = append(outs, ledger.Output{URL: out.URL, MIME: out.MIME, ExpiresAt: out.ExpiresAt, Width: out.Width, Height: out.Height})
			continue
		}
		if len(out.Data) == 0 {
			warnings = append(warnings, fmt.Sprintf("Output %d came empty and is left out.", i))
			continue
		}
		saved, err := s.Saver.put(ctx, c, s.name(c, row, i, ""), out.Data, out.MIME)
		if err != nil {
			s.log().Error("an output could not be kept", "task_id", row.TaskID(), "error", err)
			warnings = append(warnings, fmt.Sprintf("Output %d was made but could not be kept: %v", i, err))
			continue
		}
		outs = append(outs, placed(c, ledger.Output{MIME: out.MIME}, saved))
	}
	row = s.change(ctx, row, func(r *ledger.Row) {
		apply(r, &nexconn.Job{Status: job.Status, Failure: job.Failure, Usage: job.Usage, Warnings: append(job.Warnings, warnings...), RequestID: job.RequestID})
		r.Outputs, r.Task, r.SubmittedAt = outs, true, time.Now().UTC()
		s.settle(r, w.Model)
		short(r, job)
	})
	return row, nil
}

// placed is an output with where it lies.
func placed(c Caller, out ledger.Output, saved media.Saved) ledger.Output {
	out.Bytes = saved.Bytes
	if out.MIME == "" || saved.MIME != "" {
		out.MIME = saved.MIME
	}
	if saved.Width > 0 {
		out.Width, out.Height = saved.Width, saved.Height
	}
	if saved.Seconds > 0 {
		out.Seconds = saved.Seconds
	}
	if c.HTTP {
		out.URI = saved.Name
	} else {
		out.Path = saved.Path
	}
	return out
}

// name is what an output is called: model, time and prompt, in the caller's
// own corner of a store.
func (s *Service) name(c Caller, row ledger.Row, i int, dir string) string {
	prompt := row.PromptHead
	if s.Prompts == PromptNone || c.HTTP {
		prompt = ""
	}
	name := media.Name(row.Model, row.CreatedAt.Local(), prompt)
	if i > 0 {
		name += fmt.Sprintf("-%d", i+1)
	}
	if c.HTTP {
		dir = path.Join(c.ID, row.ID)
	}
	return path.Join(dir, name)
}

// grace is how long a call may go on saving after its wait is over.
const grace = 20 * time.Second

// saveFor saves a finished job for a call that asked for it, as long as the
// call can wait; the saving itself goes on.
func (s *Service) saveFor(ctx context.Context, row ledger.Row, w Work) (ledger.Row, []string) {
	c := CallerFrom(ctx)
	if len(s.missing(c, row)) == 0 {
		return row, nil
	}
	if c.HTTP && s.Saver.NoStore != "" {
		return row, []string{"The outputs were not saved: " + s.Saver.NoStore + ". Their links are left."}
	}
	until := max(time.Until(w.until()), grace)
	if most := time.Until(w.Start.Add(s.WaitCap())); until > most && most > 0 {
		until = most
	}
	got := s.save(ctx, row, "", until, w.Seen)
	return got.row, got.warnings
}

// missing are the outputs that have a link and no copy.
func (s *Service) missing(c Caller, row ledger.Row) []int {
	var list []int
	for i, out := range row.Outputs {
		if out.URL == "" {
			continue
		}
		if c.HTTP && out.URI == "" || !c.HTTP && !exists(out.Path) {
			list = append(list, i)
		}
	}
	return list
}

func exists(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// saved is what came of a job's download.
type saved struct {
	row      ledger.Row
	warnings []string
	// failed is what kept the last output that was not saved.
	failed error
}

// save downloads what is missing of a job and waits for it, so long. Who asks
// while that goes on gets what comes of it; who goes away does not stop it.
func (s *Service) save(ctx context.Context, row ledger.Row, dir string, most time.Duration, seen Seen) saved {
	coming := s.Saver.saves.DoChan(row.ID, func() (any, error) {
		s.detached.Add(1)
		defer s.detached.Done()
		defer s.Saver.far.Delete(row.ID)
		return s.download(context.WithoutCancel(ctx), row, dir), nil
	})
	over := time.NewTimer(most)
	defer over.Stop()
	tick := time.NewTicker(s.tick())
	defer tick.Stop()
	for {
		select {
		case got := <-coming:
			return got.Val.(saved)
		case <-tick.C:
			if seen != nil {
				far, _ := s.Saver.far.Load(row.ID)
				part, _ := far.(float64)
				seen(0.95+0.04*part, "saving")
			}
			continue
		case <-ctx.Done():
		case <-s.stop():
		case <-over.C:
		}
		// What is kept by now can be told.
		if fresh, err := s.look(ctx, "", row.ID); err == nil {
			row = fresh
		}
		return saved{row: row, warnings: []string{stillSaving},
			failed: &nexconn.Error{Code: nexconn.Timeout, Retryable: true, Message: "the outputs are still being saved"}}
	}
}

// stillSaving is told of a download that outlasts its call.
const stillSaving = "The outputs are still being saved; query_task tells their paths when they are."

// download saves what is missing of a job, output by output.
func (s *Service) download(ctx context.Context, row ledger.Row, dir string) (got saved) {
	c := CallerFrom(ctx)
	s.sweep(c)
	if fresh, err := s.look(ctx, "", row.ID); err == nil {
		row = fresh
	}
	for _, i := range s.missing(c, row) {
		out := row.Outputs[i]
		kept, err := s.Saver.storeFor(c).Fetch(ctx, s.Saver.Down, out.URL, s.name(c, row, i, dir), out.MIME, func(done, total int64) {
			if total > 0 {
				s.Saver.far.Store(row.ID, float64(done)/float64(total))
			}
		})
		if err != nil {
			s.log().Warn("an output could not be saved", "task_id", row.TaskID(), "output", i, "error", err)
			got.warnings = append(got.warnings, fmt.Sprintf("Output %d could not be saved: %s The link is left.", i, sentence(err)))
			got.failed = err
			continue
		}
		row = s.change(ctx, row, func(r *ledger.Row) {
			if i < len(r.Outputs) {
				r.Outputs[i] = placed(c, r.Outputs[i], kept)
			}
		})
	}
	got.row = row
	return got
}

func sentence(err error) string {
	text := err.Error()
	var e *nexconn.Error
	if errors.As(err, &e) {
		text = e.Message
	}
	return strings.TrimSuffix(text, ".") + "."
}

// Save downloads what a finished task made; directory is inside the output
// folder. It is an error only where nothing was saved.
func (s *Service) Save(ctx context.Context, taskID, directory string, seen Seen) (Outcome, error) {
	c := CallerFrom(ctx)
	if directory != "" {
		if c.HTTP {
			return Outcome{}, &nexconn.Error{Code: nexconn.Forbidden, Field: "directory", Message: "over HTTP results go to the server's store, which has no directories",
				Advice: "Leave directory out."}
		}
		if _, err := media.Dir(s.Saver.Folder.Root, directory); err != nil {
			return Outcome{}, err
		}
	}
	if c.HTTP && s.Saver.NoStore != "" {
		return Outcome{}, &nexconn.Error{Code: nexconn.NotConfigured, Message: "results can't be kept: " + s.Saver.NoStore,
			Advice: "Download the links yourself, or ask the operator to set NEXCONN_ARTIFACTS."}
	}
	start := time.Now()
	o, err := s.Query(ctx, Asked{TaskID: taskID, Start: start})
	if err != nil {
		return o, err
	}
	if o.Row.Status != nexconn.Succeeded {
		return o, noOutput(o.Row, 0)
	}
	got := s.save(ctx, o.Row, directory, max(time.Until(start.Add(s.WaitCap())), time.Second), seen)
	row, warnings := got.row, got.warnings
	o.Row, o.Warnings = row, append(o.Warnings, warnings...)
	if directory != "" {
		var more []string
		o.Row, more = s.copyInto(ctx, o.Row, directory)
		warnings = append(warnings, more...)
		o.Warnings = append(o.Warnings, more...)
	}
	kept := 0
	for _, out := range o.Row.Outputs {
		if c.HTTP && out.URI != "" || !c.HTTP && exists(out.Path) {
			kept++
		}
	}
	if kept == 0 && len(warnings) == 0 {
		return o, &nexconn.Error{Code: nexconn.NotFound, Field: "task_id", Message: fmt.Sprintf("nothing of task %s is left to save", o.Row.TaskID()),
			Advice: "It came without links, and its files are not where they were put."}
	}
	if kept == 0 {
		return o, nothingSaved(c, warnings, got.failed)
	}
	return o, nil
}

// nothingSaved is the error of a save that kept no output.
func nothingSaved(c Caller, warnings []string, failed error) error {
	e := &nexconn.Error{Code: nexconn.UpstreamUnavailable, Message: "nothing could be saved: " + strings.Join(warnings, " "),
		Advice: "The links may have expired; query_task shows their expires_at."}
	var why *nexconn.Error
	if !errors.As(failed, &why) {
		return e
	}
	e.Code, e.Retryable = why.Code, why.Retryable
	switch {
	case why.Advice != "":
		e.Advice = why.Advice
	case why.Code == nexconn.Forbidden:
		e.Advice = "Only public https links are fetched. Tell the user the link that query_task shows."
	case why.Code == nexconn.NotConfigured && c.HTTP:
		e.Advice = "The operator has to let the server write to its store (NEXCONN_ARTIFACTS, or the state folder)."
	case why.Code == nexconn.NotConfigured:
		e.Advice = "Let this user write there or set NEXCONN_OUTPUT_DIR to another folder; `nexconn-mcp doctor` checks it."
	case why.Code == nexconn.Timeout:
		e.Message, e.Advice = strings.TrimSuffix(stillSaving, "."), "Call save_outputs again in a while; the download goes on meanwhile."
	}
	return e
}

// copyInto puts outputs that were saved elsewhere before into the folder that
// was asked for; the copies are the ones told of from now on.
func (s *Service) copyInto(ctx context.Context, row ledger.Row, directory string) (ledger.Row, []string) {
	var warnings []string
	c := CallerFrom(ctx)
	folder := filepath.Join(s.Saver.Folder.Root, filepath.FromSlash(directory))
	for i, out := range row.Outputs {
		if !exists(out.Path) || filepath.Dir(out.Path) == filepath.Clean(folder) {
			continue
		}
		saved, err := s.copyOne(ctx, out, s.name(c, row, i, directory))
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("Output %d stays at %s, it could not be copied: %s", i, out.Path, sentence(err)))
			continue
		}
		row = s.change(ctx, row, func(r *ledger.Row) {
			if i < len(r.Outputs) {
				r.Outputs[i] = placed(c, r.Outputs[i], saved)
			}
		})
	}
	return row, warnings
}

func (s *Service) copyOne(ctx context.Context, out ledger.Output, name string) (media.Saved, error) {
	f, err := os.Open(out.Path)
	if err != nil {
		return media.Saved{}, err
	}
	defer f.Close()
	return s.Saver.Folder.Put(ctx, name, f, out.MIME)
}
