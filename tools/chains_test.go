package tools

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// onSandbox is a house over the stand-in for the service.
func onSandbox(t *testing.T) *house {
	t.Helper()
	s, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Options{TimeScale: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return newHouse(t, s.URL, func(j *jobs.Service) { j.Sandbox = true; j.Inputs.HTTPOK = true })
}

// make calls a tool and waits until what it makes is done.
func (h *house) make(t *testing.T, tool string, args map[string]any) (id string, outputs []map[string]any) {
	t.Helper()
	r := h.call(t, t.Context(), tool, with(args, "wait_seconds", 30))
	if r.Error != nil || r.Structured["status"] != "succeeded" {
		t.Fatalf("%s %v: %v %v", tool, args, r.Error, r.Structured)
	}
	list, _ := r.Structured["outputs"].([]any)
	for _, item := range list {
		out := item.(map[string]any)
		if path, _ := out["path"].(string); path == "" {
			t.Errorf("%s: output %v was not saved: %v", tool, out, r.warnings())
		} else if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", tool, err)
		}
		outputs = append(outputs, out)
	}
	return r.Structured["task_id"].(string), outputs
}

// Jobs chain by TASK_ID#N, whatever form the next model wants its input in.
func TestPictureBecomesFilm(t *testing.T) {
	h := onSandbox(t)
	for _, drawn := range []string{"kling-v2", "gemini-2.5-flash-image"} {
		id, _ := h.make(t, "generate_image", map[string]any{"model": drawn, "prompt": "a lighthouse"})
		for _, films := range []string{"kling-v3", "sora-2", "veo-3.1-generate-001", "viduq2-turbo"} {
			_, clips := h.make(t, "generate_video", map[string]any{"model": films, "prompt": "the lamp turns", "first_frame": id + "#0"})
			if len(clips) != 1 || clips[0]["mime_type"] != "video/mp4" {
				t.Errorf("%s from %s: %v", films, drawn, clips)
			}
		}
		edited, _ := h.make(t, "edit_image", map[string]any{"model": "kling-v2", "prompt": "as a woodcut", "images": []any{id + "#0"}})
		if edited == id {
			t.Error("an edit is the picture it was made of")
		}
	}
	r := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "p", "first_frame": "kling-v2:image-1-sandbox#0"})
	if r.code() != "not_found" && r.code() != "invalid_argument" {
		t.Errorf("a picture of no task: %v", r.Error)
	}
	id, _ := h.make(t, "generate_image", map[string]any{"model": "kling-v2", "prompt": "a lighthouse"})
	r = h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "p", "first_frame": id + "#7"})
	if r.Error == nil || !strings.Contains(r.Text, "no output 7") {
		t.Errorf("an output that isn't there: %v", r.Text)
	}
}

func TestFilmIsRemixed(t *testing.T) {
	h := onSandbox(t)
	id, _ := h.make(t, "generate_video", map[string]any{"model": "sora-2", "prompt": "a lighthouse"})
	remixed, clips := h.make(t, "remix_video", map[string]any{"task_id": id, "prompt": "at night"})
	if remixed == id || len(clips) != 1 {
		t.Errorf("%s: %v", remixed, clips)
	}
	other, _ := h.make(t, "generate_video", map[string]any{"model": "kling-v3", "prompt": "a lighthouse"})
	if r := h.call(t, t.Context(), "remix_video", map[string]any{"task_id": other, "prompt": "at night"}); r.code() != "unsupported" && r.code() != "invalid_argument" {
		t.Errorf("a remix of what can't be remixed: %v", r.Error)
	}
}

func TestLastFrameBecomesFirst(t *testing.T) {
	h := onSandbox(t)
	const model = "bytedance/doubao-seedance-2-0-260128"
	id, outputs := h.make(t, "generate_video", map[string]any{"model": model, "prompt": "a train leaves", "extra": map[string]any{"return_last_frame": true}})
	at := -1
	for i, out := range outputs {
		if out["role"] == "last_frame" {
			at = i
		}
	}
	if at < 0 {
		t.Fatalf("no last frame among %v", outputs)
	}
	next, _ := h.make(t, "generate_video", map[string]any{"model": model, "prompt": "it arrives", "first_frame": fmt.Sprintf("%s#%d", id, at)})
	if next == id {
		t.Error("the next clip is the first one")
	}
}

func TestUploadIsTalkedAbout(t *testing.T) {
	h := onSandbox(t)
	up := h.call(t, t.Context(), "upload_file", map[string]any{"source_url": "https://example.org/lecture.mp4", "wait_seconds": 30})
	id, _ := up.Structured["file_id"].(string)
	if up.Structured["status"] != "ready" || !strings.HasPrefix(id, "qfile-") {
		t.Fatalf("%v %v", up.Structured, up.Error)
	}
	said := h.call(t, t.Context(), "chat", map[string]any{"model": "gemini-3.1-pro-preview", "prompt": "What happens?", "attachments": []any{id}})
	if text, _ := said.Structured["text"].(string); text == "" {
		t.Errorf("%v %v", said.Structured, said.Error)
	}
	if r := h.call(t, t.Context(), "chat", map[string]any{"model": "gemini-3.1-pro-preview", "prompt": "p", "attachments": []any{"qfile-1-2-3"}}); r.Error == nil {
		t.Errorf("a file that isn't there: %v", r.Structured)
	}
}
