package nexconn

import "strings"

// createFileRequest is CreateFileRequest with its KodoSource.
// vidu-images-files.md 7.1.
type createFileRequest struct {
	Model      string `json:"model"`
	SourceURL  string `json:"source_url,omitempty"`
	KodoSource *Kodo  `json:"kodo_source,omitempty"`
	ExpiresIn  int    `json:"expires_in,omitempty"`
}

// readFileNode reads FileResponse, which is a File, with its FileError; times are
// Unix seconds.
func readFileNode(n node) File {
	f := File{
		ID: n.at("id", "file_id").text(), Status: strings.ToLower(n.at("status").text()), Model: n.at("model").text(),
		Name: n.at("file_name", "filename", "name").text(), MIME: n.at("content_type", "mime_type").text(),
		Bytes:     int64(n.at("file_size", "bytes", "size").count()),
		CreatedAt: n.at("created_at").time(), SyncedAt: n.at("synced_at").time(), ExpiresAt: n.at("expires_at").time(),
	}
	why := n.at("error")
	fault := faultOf(why.one())
	if code := fault.upstreamCode; code != "" || fault.message != "" {
		f.Failure = &Failure{Code: UpstreamError, Message: clip(fault.message, 600), UpstreamCode: code}
		if fault.kind == "invalid_request_error" {
			f.Failure.Code = InvalidArgument
		}
	}
	return f
}
