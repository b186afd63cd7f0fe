package tools

import (
	"net/http"
	"strings"
	"testing"
)

// Once the service took an upload its file_id is told, whatever becomes of
// asking after it: without it the agent would upload again.
func TestUploadKeepsItsID(t *testing.T) {
	for name, poll := range map[string]http.HandlerFunc{
		"500": envelope(500, "api_error", "internal"),
		"404": envelope(404, "not_found", "no such file"),
		"400": envelope(400, "invalid_request_error", "bad"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					says(200, "application/json", `{"id":"qfile-9","status":"pending"}`)(w, r)
					return
				}
				poll(w, r)
			})
			h := newHouse(t, up.URL, nil)
			keys := []string{"", "k", "k"}
			if name == "500" {
				keys = keys[:1] // asking is tried again for seconds
			}
			for i, key := range keys {
				got := h.call(t, t.Context(), "upload_file", map[string]any{"source_url": "https://ex.am/v.mp4", "wait_seconds": 20, "idempotency_key": key})
				if name == "404" && i == 2 {
					if got.code() != "not_found" { // the key's file is gone
						t.Errorf("the key again: got %v %v", got.Structured, got.Error)
					}
					continue
				}
				if got.Structured["file_id"] != "qfile-9" || got.Structured["status"] != "pending" || got.Structured["next"] == nil {
					t.Errorf("key %q: got %v %v", key, got.Structured, got.Error)
				}
				if len(got.warnings()) != 1 || !strings.Contains(got.warnings()[0].(string), "The upload was taken") {
					t.Errorf("key %q warns %v", key, got.warnings())
				}
			}
			if n := len(up.sent()); n != min(2, len(keys)) {
				t.Errorf("%d uploads were sent, want one without a key and one with", n)
			}
		})
	}
}
