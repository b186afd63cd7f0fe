package outputs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// CheckPlace says why a caller can't have its outputs at a place.
func (o *Outputs) CheckPlace(ctx context.Context, at Place) error {
	c := caller.From(ctx)
	if c.HTTP && o.NoStore != "" {
		return &nexconn.Error{Code: nexconn.NotConfigured, Message: "results can't be kept: " + o.NoStore,
			Advice: "Download the links yourself, or ask the operator to set NEXCONN_ARTIFACTS."}
	}
	if at.FileName != "" {
		if err := plainName(at.FileName); err != nil {
			return &nexconn.Error{Code: nexconn.InvalidArgument, Field: "file_name", Message: "file_name " + err.Error(),
				Advice: "Give a plain name such as sunset or sunset.mp4; directory says where it goes."}
		}
	}
	if at.Directory == "" {
		return nil
	}
	folder, ok := o.Store.(media.Folder)
	if c.HTTP || !ok {
		return &nexconn.Error{Code: nexconn.Forbidden, Field: "directory", Message: "over HTTP results go to the server's store, which has no directories",
			Advice: "Leave directory out."}
	}
	_, err := media.Dir(folder.Root, at.Directory)
	return err
}

// longestName leaves room for a number and an ending: file systems take names
// of 255 bytes.
const longestName = 200

// plainName says why a text is not the name of a file.
func plainName(name string) error {
	base := withoutExtension(name)
	switch {
	case strings.ContainsAny(name, `/\:*?"<>|`) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New(`has a character that file names can't have (one of / \ : * ? " < > | or a control character)`)
	case base == "" || strings.HasPrefix(base, ".") || strings.TrimRight(base, ". ") != base || strings.TrimSpace(base) != base:
		return errors.New("has to begin with a letter, digit or sign other than a dot, and not to end in a dot or blank")
	case len(base) > longestName:
		return fmt.Errorf("has %d bytes, up to %d are taken", len(base), longestName)
	case !filepath.IsLocal(base): // names that Windows keeps for devices
		return errors.New("is a name that the system keeps for itself")
	}
	return nil
}

// withoutExtension drops the ending of a media file, which follows from the
// content: sunset.v2 keeps its dot.
func withoutExtension(name string) string {
	if ext := filepath.Ext(name); ext != "" && media.IsExtension(ext) {
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// Place puts outputs that were saved before where a caller wants them now; the
// copies are the ones given from then on.
func (o *Outputs) Place(ctx context.Context, row ledger.Row, at Place) (ledger.Row, []string) {
	folder, ok := o.Store.(media.Folder)
	if !ok || at.isZero() || caller.From(ctx).HTTP {
		return row, nil
	}
	var warnings []string
	for i, out := range row.Outputs {
		wanted := filepath.Join(folder.Root, filepath.FromSlash(at.name(ctx, row, i)))
		if !Exists(out.Path) || isAt(out.Path, wanted, at) {
			continue
		}
		saved, err := copyTo(ctx, folder, out, at.name(ctx, row, i))
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("Output %d stays at %s, it could not be copied: %s", i, out.Path, sentence(err)))
			continue
		}
		row = o.Record.Change(ctx, row, func(r *ledger.Row) {
			if i < len(r.Outputs) {
				r.Outputs[i] = placed(ctx, r.Outputs[i], saved)
			}
		})
	}
	return row, warnings
}

// isAt says that a file is where it was wanted, under the wanted name if one
// was given (with -2 and so on where the name was taken).
func isAt(file, wanted string, at Place) bool {
	if at.Directory != "" || at.FileName != "" {
		if filepath.Dir(file) != filepath.Dir(wanted) {
			return false
		}
	}
	return at.FileName == "" || strings.HasPrefix(filepath.Base(file), filepath.Base(wanted))
}

func copyTo(ctx context.Context, folder media.Folder, out ledger.Output, name string) (media.Saved, error) {
	f, err := os.Open(out.Path)
	if err != nil {
		return media.Saved{}, err
	}
	defer f.Close()
	return folder.Put(ctx, name, f, out.MIMEType)
}

// StillSaving is told of a download that outlasts its call.
const StillSaving = "The outputs are still being saved; query_task tells their paths when they are."

// NothingSaved is the error of a save that kept no output.
func NothingSaved(ctx context.Context, row ledger.Row, warnings []string, failed error) error {
	if len(warnings) == 0 {
		return &nexconn.Error{Code: nexconn.NotFound, Field: "task_id", Message: fmt.Sprintf("nothing of task %s is left to save", row.TaskID()),
			Advice: "It came without links, and its files are not where they were put."}
	}
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
	case why.Code == nexconn.NotConfigured && caller.From(ctx).HTTP:
		e.Advice = "The operator has to let the server write to its store (NEXCONN_ARTIFACTS, or the state folder)."
	case why.Code == nexconn.NotConfigured:
		e.Advice = "Let this user write there or set NEXCONN_OUTPUT_DIR to another folder; `nexconn-mcp doctor` checks it."
	case why.Code == nexconn.Timeout:
		e.Message, e.Advice = strings.TrimSuffix(StillSaving, "."), "Call save_outputs again in a while; the download goes on meanwhile."
	}
	return e
}
