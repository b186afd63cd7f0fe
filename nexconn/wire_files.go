package nexconn

import "time"

// createFileRequest is CreateFileRequest with its KodoSource.
// vidu-images-files.md 7.1.
type createFileRequest struct {
	Model      string `json:"model"`
	SourceURL  string `json:"source_url,omitempty"`
	KodoSource *Kodo  `json:"kodo_source,omitempty"`
	ExpiresIn  int    `json:"expires_in,omitempty"`
}

// fileResponse is FileResponse, which is a File; times are Unix seconds.
type fileResponse struct {
	ID          string     `json:"id"`
	Status      string     `json:"status"`
	Model       string     `json:"model"`
	FileName    string     `json:"file_name"`
	ContentType string     `json:"content_type"`
	FileSize    int64      `json:"file_size"`
	CreatedAt   int64      `json:"created_at"`
	SyncedAt    int64      `json:"synced_at"`
	ExpiresAt   int64      `json:"expires_at"`
	Error       *fileError `json:"error"`
}

// fileError is FileError.
type fileError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Type    string `json:"type"`
	Param   string `json:"param"`
}

// fileListResponse is FileListResponse, newest first.
type fileListResponse struct {
	Data    []fileResponse `json:"data"`
	HasMore bool           `json:"has_more"`
	LastID  string         `json:"last_id"`
}

// fileDeleteResponse is FileDeleteResponse.
type fileDeleteResponse struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

func (f fileResponse) file() File {
	out := File{
		ID: f.ID, Status: f.Status, Model: f.Model, Name: f.FileName, MIME: f.ContentType, Bytes: f.FileSize,
		CreatedAt: unixTime(f.CreatedAt), SyncedAt: unixTime(f.SyncedAt), ExpiresAt: unixTime(f.ExpiresAt),
	}
	if e := f.Error; e != nil && (e.Code != "" || e.Message != "") {
		out.Failure = &Failure{Code: UpstreamError, Message: e.Message, UpstreamCode: e.Code}
		if e.Type == "invalid_request_error" {
			out.Failure.Code = InvalidArgument
		}
	}
	return out
}

// unixTime is a time of the wire; 0 is none.
func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
