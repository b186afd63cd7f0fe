package tools

import (
	"context"
	"os"
	"strings"
	"testing"
)

// A picture that came as bytes is lost with its file, and saving it says so.
func TestNothingIsLeftOfLostFiles(t *testing.T) {
	const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	up := newStandIn(t, always(`{"created":1,"data":[{"b64_json":"`+dot+`"}]}`))
	h := newHouse(t, up.URL, nil)
	ctx := context.Background()
	made := h.call(t, ctx, "generate_image", map[string]any{"model": "gemini-2.5-flash-image", "prompt": "p"})
	outputs, _ := made.Structured["outputs"].([]any)
	if len(outputs) != 1 {
		t.Fatalf("got %v", made)
	}
	path, _ := outputs[0].(map[string]any)["path"].(string)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	got := h.call(t, ctx, "save_outputs", map[string]any{"task_id": made.Structured["task_id"]})
	if got.code() != "not_found" || !strings.Contains(got.Text, "nothing of task") {
		t.Errorf("got %s: %s", got.code(), got.Text)
	}
}
