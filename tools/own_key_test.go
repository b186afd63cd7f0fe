package tools

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

// Who is told to mend a key is whoever has it.
func TestARefusedKeyIsItsOwners(t *testing.T) {
	up := newStandIn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"type":"authentication_error","message":"who?"}}`))
	})
	h := newHouse(t, up.URL, nil)
	args := map[string]any{"model": "kling-v3", "prompt": "waves"}
	if r := h.call(t, t.Context(), "generate_video", args); !strings.Contains(r.Text, "NEXCONN_API_KEY") {
		t.Errorf("the server's key: %s", r.Text)
	}
	own := caller.With(t.Context(), caller.Caller{ID: "a", Key: "sk-own", HTTP: true})
	if r := h.call(t, own, "generate_video", args); strings.Contains(r.Text, "NEXCONN_API_KEY") || !strings.Contains(r.Text, "Authorization: Bearer KEY") {
		t.Errorf("the caller's own key: %s", r.Text)
	}
}
