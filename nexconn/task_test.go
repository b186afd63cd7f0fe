package nexconn

import (
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func TestFindTask(t *testing.T) {
	models := catalog.Builtin()
	for task, want := range map[string]string{
		"kling-v3:qvideo-u42-1":          "video",
		"kling-v2-1:image-1-2":           "image",
		"kling-v2-1:qvideo-u42-1":        "video",
		"gemini-2.5-flash-image:local-1": "image",
		"openai/gpt-5.2:local-1":         "chat",
		"kling-v3:a:b:c":                 "video",
	} {
		m, id, err := FindTask(models, TaskID(task))
		if err != nil || string(m.Kind) != want || !strings.HasSuffix(task, ":"+id) {
			t.Errorf("%s: %s %s %v", task, m.Kind, id, err)
		}
	}
	for _, task := range []string{"", "x", "kling-v3:", ":1", strings.Repeat(":", 600_000)} {
		if _, _, err := FindTask(models, TaskID(task)); err == nil {
			t.Errorf("%.20q is taken for a handle", task)
		}
	}
}
