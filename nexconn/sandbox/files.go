package sandbox

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// fileRequest is CreateFileRequest.
type fileRequest struct {
	Model      string `json:"model"`
	SourceURL  string `json:"source_url"`
	ExpiresIn  *int64 `json:"expires_in"`
	KodoSource *struct {
		Bucket string `json:"bucket"`
		Key    string `json:"key"`
	} `json:"kodo_source"`
}

// file is FileResponse.
type file struct {
	ID          string     `json:"id"`
	Object      string     `json:"object"`
	Status      string     `json:"status"`
	Model       string     `json:"model"`
	CreatedAt   int64      `json:"created_at"`
	SyncedAt    int64      `json:"synced_at,omitempty"`
	ExpiresAt   int64      `json:"expires_at"`
	FileName    string     `json:"file_name,omitempty"`
	ContentType string     `json:"content_type,omitempty"`
	FileSize    int64      `json:"file_size,omitempty"`
	Error       *fileError `json:"error,omitempty"`
}

// fileError is FileError.
type fileError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Type    string `json:"type"`
	Param   string `json:"param"`
}

// createFile answers POST /v1/files.
func (s *Server) createFile(r *http.Request) (answer, error) {
	q, err := decode[fileRequest](r)
	if err != nil {
		return answer{}, err
	}
	switch {
	case q.Model == "":
		return answer{}, bad("model", "model is required")
	case !strings.HasPrefix(q.Model, "gemini-"):
		return answer{}, bad("model", "files are only for Gemini models, got %s", q.Model)
	case (q.SourceURL == "") == (q.KodoSource == nil):
		return answer{}, bad("source_url", "source_url or kodo_source is required, one of them")
	case q.KodoSource != nil && (q.KodoSource.Bucket == "" || q.KodoSource.Key == ""):
		return answer{}, bad("kodo_source", "kodo_source needs bucket and key")
	}
	// A phrase in a URL arrives escaped.
	source, err := url.QueryUnescape(q.SourceURL)
	if err != nil {
		source = q.SourceURL
	}
	st := steer(source)
	if q.SourceURL != "" && !isURL(st.text) {
		return answer{}, bad("source_url", "source_url must be a public http or https URL")
	}
	if err := within("expires_in", q.ExpiresIn, 3600, 604800); err != nil {
		return answer{}, err
	}
	if q.KodoSource != nil {
		st.text = "kodo://" + q.KodoSource.Bucket + "/" + q.KodoSource.Key
	}
	j := job{Face: faceFile, Model: q.Model, Expires: deref(q.ExpiresIn, 172800)}
	u, err := url.Parse(st.text)
	if err == nil {
		j.FileName = path.Base(u.Path)
		if strings.HasSuffix(u.Hostname(), ".invalid") { // RFC 6761: resolves nowhere
			st.fate = failOther
		}
	}
	if j.FileName == "" || j.FileName == "." || j.FileName == "/" {
		j.FileName = "file"
	}
	j.FileType = fileType(path.Ext(j.FileName))
	j.FileSize = 16<<20 + int64(hash(st.text)%(200<<20))
	j, err = s.begin(j, st, fileID)
	if err != nil {
		return answer{}, err
	}
	return answer{body: fileAnswer(j), cut: st.cut}, nil
}

// fileType is the type of an ending; the same on every machine, unlike package mime.
func fileType(ext string) string {
	kinds := map[string]string{
		".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".mp3": "audio/mpeg", ".wav": "audio/wav",
		".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".pdf": "application/pdf",
	}
	return or(kinds[strings.ToLower(ext)], "application/octet-stream")
}

// fileAnswer is a file as it stands now: pending, uploading, ready or failed, and
// expired in the end.
func fileAnswer(j job) file {
	f := file{
		ID: j.ID, Object: "file", Status: fileStatus(j), Model: j.Model,
		CreatedAt: j.Made.Unix(), ExpiresAt: j.Made.Unix() + j.Expires,
	}
	switch f.Status {
	case "failed":
		f.Error = &fileError{"file_adapter_sync_failed", "Failed to download file from source URL", "invalid_request_error", "source_url"}
	case "ready", "expired":
		f.SyncedAt, f.FileName, f.ContentType, f.FileSize = j.ends().Unix(), j.FileName, j.FileType, j.FileSize
	}
	return f
}

func fileStatus(j job) string {
	switch {
	case j.failed():
		return "failed"
	case time.Now().Unix() >= j.Made.Unix()+j.Expires:
		return "expired"
	case j.over():
		return "ready"
	}
	return j.stage("pending", "uploading", "uploading")
}

// queryFile answers GET /v1/files/{id}.
func (s *Server) queryFile(r *http.Request) (answer, error) {
	j, err := s.file(r)
	if err != nil {
		return answer{}, err
	}
	return answer{body: fileAnswer(j)}, nil
}

func (s *Server) file(r *http.Request) (job, error) {
	j, ok, err := s.find(r.PathValue("id"), faceFile)
	if err == nil && !ok {
		err = refusal{status: http.StatusNotFound, code: "file_not_found", message: "the file does not exist"}
	}
	return j, err
}

// deleteFile answers DELETE /v1/files/{id} with FileDeleteResponse.
func (s *Server) deleteFile(r *http.Request) (answer, error) {
	j, err := s.file(r)
	if err != nil {
		return answer{}, err
	}
	if err := s.store.remove(j.ID); err != nil {
		return answer{}, refusal{status: http.StatusInternalServerError, message: "the file could not be deleted"}
	}
	return answer{body: map[string]any{"id": j.ID, "object": "file.deleted", "deleted": true}}, nil
}

// fileList is FileListResponse.
type fileList struct {
	Object  string `json:"object"`
	Data    []file `json:"data"`
	HasMore bool   `json:"has_more"`
	FirstID string `json:"first_id"`
	LastID  string `json:"last_id"`
}

// listFiles answers GET /v1/files, newest first, expired ones too.
func (s *Server) listFiles(r *http.Request) (answer, error) {
	query := r.URL.Query()
	limit := 20
	if v := query.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return answer{}, bad("limit", "limit must be a whole number from 1")
		}
		limit = min(n, 100)
	}
	jobs, err := s.store.all("qfile-")
	if err != nil {
		return answer{}, refusal{status: http.StatusInternalServerError, message: "the files could not be listed"}
	}
	newestFirst(jobs)
	list := fileList{Object: "list", Data: []file{}}
	after := query.Get("after")
	for _, j := range jobs {
		if after != "" {
			if j.ID == after {
				after = ""
			}
			continue
		}
		f := fileAnswer(j)
		if want := query.Get("status"); want != "" && f.Status != want {
			continue
		}
		if len(list.Data) == limit {
			list.HasMore = true
			break
		}
		list.Data = append(list.Data, f)
	}
	if n := len(list.Data); n > 0 {
		list.FirstID, list.LastID = list.Data[0].ID, list.Data[n-1].ID
	}
	return answer{body: list}, nil
}
