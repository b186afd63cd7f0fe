package tools

import (
	"context"
	"fmt"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// FileResult is a qfile as the file tools tell it.
type FileResult struct {
	FileID    string           `json:"file_id,omitempty"`
	Status    string           `json:"status,omitempty"`
	Model     string           `json:"model,omitempty"`
	FileName  string           `json:"file_name,omitempty"`
	MIME      string           `json:"mime_type,omitempty"`
	Bytes     int64            `json:"bytes,omitempty"`
	CreatedAt *time.Time       `json:"created_at,omitempty"`
	ExpiresAt *time.Time       `json:"expires_at,omitempty"`
	Error     *nexconn.Failure `json:"error,omitempty"`
	Next      string           `json:"next,omitempty"`
	Warnings  []string         `json:"warnings,omitempty"`
}

// UploadResult is what upload_file answers: a file, or for local an address that
// takes one file by PUT, and the media that then stands for it.
type UploadResult struct {
	FileResult
	UploadURL string `json:"upload_url,omitempty"`
	Media     string `json:"media,omitempty"`
	MaxBytes  int64  `json:"max_bytes,omitempty"`
}

func (d Deps) fileOf(f nexconn.File) FileResult {
	r := FileResult{FileID: f.ID, Status: f.Status, Model: f.Model, FileName: f.Name, MIME: f.MIME, Bytes: f.Bytes, Error: f.Failure}
	if !f.CreatedAt.IsZero() {
		r.CreatedAt = &f.CreatedAt
	}
	if !f.ExpiresAt.IsZero() {
		r.ExpiresAt = &f.ExpiresAt
	}
	return r
}

func (d Deps) fileAnswer(f nexconn.File, warnings []string) answer {
	r := d.fileOf(f)
	r.Warnings = warnings
	switch r.Status {
	case "pending", "uploading":
		r.Next = "Call query_file with this file_id until its status is ready."
	case "ready":
		r.Next = fmt.Sprintf("Give %q as an attachment of chat with a Gemini model.", r.FileID)
	}
	if d.Sandbox {
		r.Warnings = append(r.Warnings, sandboxNote)
	}
	return answer{structured: r}
}

type uploadArgs struct {
	SourceURL      string        `json:"source_url,omitempty"`
	Kodo           *nexconn.Kodo `json:"kodo,omitempty"`
	Local          bool          `json:"local,omitempty"`
	Model          string        `json:"model,omitempty"`
	ExpiresIn      int           `json:"expires_in_seconds,omitempty"`
	IdempotencyKey string        `json:"idempotency_key,omitempty"`
	waiting
}

func (uploadArgs) collectsFaults() {}

// uploadModel is the model a file is for where none is named: defaults.md.
const uploadModel = "gemini-3.1-pro-preview"

func uploadFile(d Deps) Tool {
	return build(d, define{
		name: "upload_file", title: "Upload file", toolsets: []string{"files"},
		description: "Uploads a large file (15 MB to 2 GB) for Gemini chats, from exactly one source. Returns a file_id.",
		in:          schemas.Input[uploadArgs]("upload_file", schemas.Options{Default: map[string]any{"wait_seconds": 40}}),
		out:         schemas.Output[UploadResult]("created_at"),
	}, func(ctx context.Context, in uploadArgs, c *call) (answer, error) {
		if in.Local {
			return uploadAddress(ctx, d, in, c)
		}
		if in.Model == "" {
			in.Model = uploadModel
		}
		r := nexconn.FileRequest{Model: in.Model, SourceURL: in.SourceURL, Kodo: in.Kodo, ExpiresIn: in.ExpiresIn}
		if err := d.Jobs.Files().Check(ctx, &r, c.faults); err != nil {
			return answer{}, err
		}
		if m, ok := d.Models().ForChat(r.Model); ok {
			r.Model = m.WireID() // an alias is ours
		}
		wait, clamped := c.wait(in.WaitSeconds, 40)
		file, warnings, err := d.Jobs.Files().Upload(ctx, r, order.Canonical(c.args), in.IdempotencyKey, c.start.Add(wait), c.report.tell)
		if err != nil {
			return answer{}, err
		}
		if file.Status == "ready" || file.Status == "failed" {
			c.report.end(file.Status)
		}
		return d.fileAnswer(*file, append(warnings, clamped...)), nil
	})
}

// uploadAddress answers with an address for one file of the caller's own, which
// is then an input of its calls.
func uploadAddress(ctx context.Context, d Deps, in uploadArgs, c *call) (answer, error) {
	faults := c.faults
	if in.SourceURL != "" || in.Kodo != nil {
		faults.Add(nexconn.InvalidArgument, "local", "local needs no source_url and no kodo: give exactly one source")
	}
	if d.Jobs.Uploads == nil {
		faults.AddErr("local", &nexconn.Error{Code: nexconn.Unsupported, Message: "local: over stdio this server has no upload address, because it reads the user's own files",
			Advice: "Give the file's path in the media argument of the call that uses it."})
	}
	if err := faults.Err(); err != nil {
		return answer{}, err
	}
	place, err := d.Jobs.Uploads.Address(ctx)
	if err != nil {
		return answer{}, err
	}
	return answer{structured: UploadResult{UploadURL: place.URL, Media: place.Media, MaxBytes: place.MaxBytes,
		FileResult: FileResult{ExpiresAt: &place.ExpiresAt,
			Next: "PUT the bytes to upload_url, once: curl -T FILE 'UPLOAD_URL'. Then give media in any media argument, for a day."}}}, nil
}

type fileArgs struct {
	FileID string `json:"file_id"`
}

func queryFile(d Deps) Tool {
	return build(d, define{
		name: "query_file", title: "Query file", toolsets: []string{"files"}, readOnly: true,
		description: "Status of an uploaded file: pending, uploading, ready, failed or expired.",
		in:          schemas.Input[fileArgs]("query_file", schemas.Options{}),
		out:         fileSchema(),
	}, func(ctx context.Context, in fileArgs, c *call) (answer, error) {
		file, err := d.Jobs.Files().Get(ctx, in.FileID)
		if err != nil {
			return answer{}, err
		}
		return d.fileAnswer(*file, nil), nil
	})
}

type listFilesArgs struct {
	Limit  int    `json:"limit,omitempty"`
	After  string `json:"after,omitempty"`
	Status string `json:"status,omitempty"`
}

// FilePage is what list_files answers.
type FilePage struct {
	Files      []FileResult `json:"files"`
	NextCursor string       `json:"next_cursor,omitempty"`
}

func listFiles(d Deps) Tool {
	return build(d, define{
		name: "list_files", title: "List files", toolsets: []string{"files"}, readOnly: true,
		description: "Uploaded files, newest first.",
		in:          schemas.Input[listFilesArgs]("list_files", schemas.Options{Default: map[string]any{"limit": 20}}),
		out:         schemas.Output[FilePage](),
	}, func(ctx context.Context, in listFilesArgs, c *call) (answer, error) {
		if in.Limit == 0 {
			in.Limit = 20
		}
		files, next, err := d.Jobs.Files().List(ctx, in.Limit, in.After, in.Status)
		if err != nil {
			return answer{}, err
		}
		page := FilePage{Files: make([]FileResult, 0, len(files)), NextCursor: next}
		for _, f := range files {
			page.Files = append(page.Files, d.fileOf(f))
		}
		return answer{structured: page}, nil
	})
}

// Deleted is what delete_file answers.
type Deleted struct {
	FileID  string `json:"file_id,omitempty"`
	Deleted bool   `json:"deleted"`
}

func deleteFile(d Deps) Tool {
	return build(d, define{
		name: "delete_file", title: "Delete file", toolsets: []string{"files"}, idempotent: true, destructive: true,
		description: "Deletes an uploaded file permanently.",
		in:          schemas.Input[fileArgs]("delete_file", schemas.Options{}),
		out:         schemas.Output[Deleted](),
	}, func(ctx context.Context, in fileArgs, c *call) (answer, error) {
		deleted, err := d.Jobs.Files().Delete(ctx, in.FileID)
		if err != nil {
			return answer{}, err
		}
		return answer{structured: Deleted{FileID: in.FileID, Deleted: deleted}}, nil
	})
}
