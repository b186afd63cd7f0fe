package tools

import (
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Which models read uploaded files is what the models file has made of them.
func TestReadersOfUploadsAreTheSetsOwn(t *testing.T) {
	off := false
	set, err := catalog.Builtin().Apply(map[string]catalog.Override{
		"my-deepseek": {Like: "deepseek-v3"}, "my-gemini": {Like: "gemini-2.5-flash"}, "gemini-2.5-pro": {Enabled: &off},
		"openai/gpt-5": {Aliases: []string{"five"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	up := answering(t, `{"id":"qfile-9","status":"ready"}`, `{"id":"qfile-9","status":"ready"}`)
	h := newHouse(t, up.URL, func(s *jobs.Service) { s.Models = func() catalog.Set { return set } })
	for model, refused := range map[string]bool{
		"my-deepseek": true, "five": true, "gemini-2.5-pro": true, "fal-ai/veo3.1": true, "kling-v3": true, "veo-9": true, "gpt-image-1": false, "my-gemini": false, "gemini-9": false,
	} {
		for tool, args := range map[string]map[string]any{
			"upload_file": {"source_url": "https://ex.am/a"},
			"chat":        {"prompt": "p", "attachments": []any{"qfile-1"}, "dry_run": true},
		} {
			if _, chats := set.ForChat(model); tool == "chat" && !chats && refused {
				continue // it is for no chat at all, or passed on unheard of
			}
			args["model"] = model
			got := h.call(t, t.Context(), tool, args)
			if (got.Error != nil) != refused {
				t.Errorf("%s with %s: %v", tool, model, got.Error)
			}
			if !refused {
				continue
			}
			if said, _ := got.Error["message"].(string); got.code() != "unsupported" || !strings.Contains(said, "reads no uploaded files; these do: ") ||
				!strings.Contains(said, "my-gemini") || strings.Contains(said, "gemini-2.5-pro,") {
				t.Errorf("%s with %s: %v", tool, model, got.Error)
			}
		}
	}
}
