package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Every fault of a call comes in one answer, and each of them once.
func TestEveryFaultOnce(t *testing.T) {
	const data = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	tests := []struct {
		name, tool, args string
		// faults are words of each fault; there are no others.
		faults []string
	}{
		{"no such operation", "generate_video",
			`{"model":"veo-3.1-generate-001","prompt":"p","reference_images":["/nope.png"],"seconds":5,"aspect_ratio":"1:1","watermark":true,"extra":{"model":"x"}}`,
			[]string{"has no reference", "seconds: 5", "aspect_ratio: 1:1", "does not take watermark", "reference_images[0]", "extra.model"}},
		{"no such operation, with a link for bytes", "generate_video",
			`{"model":"kling-v3","prompt":"p","motion_video":"` + data + `","first_frame":"bad://x"}`,
			[]string{"has no motion_control", "first_frame"}},
		{"no size", "generate_video",
			`{"model":"kling-v2-6","prompt":"p","resolution":"4k","extra":{"model":"x"},"first_frame":"bad://x"}`,
			[]string{"resolution: 4k", "first_frame", "extra.model"}},
		{"half a size", "generate_video", `{"model":"kling-v2-6","prompt":"p","aspect_ratio":"wide","extra":{"stream":true,"size":"1x1"}}`,
			[]string{"aspect_ratio: wide", "extra.size"}},
		{"shots that don't fit", "generate_video", `{"model":"kling-v3","shots":[{"prompt":"a"}]}`, []string{"shots[0].seconds is required"}},
		{"shots that are none", "generate_video", `{"model":"kling-v3","shots":7,"seconds":"x"}`, []string{"shots[0] must be an object", "seconds must be"}},
		{"subjects that don't fit", "generate_video", `{"model":"viduq1","prompt":"p","subjects":[{"id":"a","images":["https://x.example/a.png"]},{"id":"b"}],"style":"anime"}`,
			[]string{"subjects[1].images is required", "does not take style for subject"}},
		{"too many and one bad", "generate_video", `{"model":"viduq1","prompt":"p","subjects":[{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"}],"mode":"best"}`,
			append(slices.Repeat([]string{".images is required"}, 8), "8 items are not 1 to 7", "mode must be")},
		{"no prompt to edit by", "edit_image", `{"model":"kling-v2","images":["https://x.example/a.png"]}`, []string{"prompt is required"}},
		{"no prompt to draw by", "generate_image", `{"model":"kling-v2","count":"x"}`, []string{"prompt is required", "count must be"}},
		{"no prompt to remix by", "remix_video", `{"task_id":"sora-2:qvideo-1"}`, []string{"prompt is required"}},
		{"no messages that fit", "chat", `{"model":"openai/gpt-5","messages":7,"temperature":"x"}`, []string{"messages[0] must be", "temperature must be"}},
		{"a picture that has no link", "edit_image", `{"model":"kling-image-o1","prompt":"p","images":["` + data + `","` + data + `"]}`,
			[]string{"images[0]", "images[1]"}},
		{"a clip that has no link", "generate_video", `{"model":"kling-v3-omni","prompt":"p","source_video":"` + data + `"}`, []string{"source_video"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, "http://127.0.0.1:1", nil)
			got := h.call(t, context.Background(), tt.tool, parse(t, tt.args))
			said, _ := got.Error["message"].(string)
			lines := []string{said}
			if head, list, ok := strings.Cut(said, " things are wrong:\n- "); ok {
				lines = strings.Split(list, "\n- ")
				if head != fmt.Sprint(len(lines)) {
					t.Errorf("%s are announced", head)
				}
			}
			left := slices.Clone(lines)
			for _, fault := range tt.faults {
				at := slices.IndexFunc(left, func(line string) bool { return strings.Contains(line, fault) })
				if at < 0 {
					t.Errorf("%q is missing", fault)
					continue
				}
				left = slices.Delete(left, at, at+1)
			}
			if len(left) > 0 || t.Failed() {
				t.Errorf("too much is %q of %q", left, lines)
			}
		})
	}
}

// What a call says in another case, or by extra alone, goes out as the
// documents have it.
func TestSaidAnotherWay(t *testing.T) {
	tests := []struct{ tool, args, body, warning string }{
		{"generate_image", `{"model":"gemini-3.0-pro-image-preview","prompt":"p","resolution":"2k"}`, `"image_size":"2K"`, "google/gemini-3-pro-image"},
		{"generate_image", `{"model":"kling-image-o1","prompt":"p","resolution":"2k"}`, `"resolution":"2k"`, ""},
		{"generate_video", `{"model":"kling-v2-6","prompt":"p","resolution":"1080P","mode":"PRO"}`, `"mode":"pro","model":"kling-v2-6","prompt":"p","size":"1920x1080"`, ""},
		{"chat", `{"model":"gemini-3.0-pro-image-preview","prompt":"p","image_config":{"image_size":"2k"}}`, `"image_size":"2K"`, "google/gemini-3-pro-image"},
		{"generate_video", `{"model":"kling-v2-1","first_frame":"https://x.example/a.png","prompt":"p","extra":{"sound":"on"}}`, `"sound":"on"`, "extra.sound"},
		{"generate_video", `{"model":"viduq3-pro","first_frame":"https://x.example/a.png","extra":{"aspect_ratio":"1:1"}}`, `"aspect_ratio":"1:1"`, "extra.aspect_ratio"},
		{"generate_video", `{"model":"viduq2-pro","prompt":"p","reference_images":["https://x.example/a.png"],"seconds":0}`, `"duration":0`, "seconds: 0"},
		{"generate_video", `{"model":"kling-v3","shots":[{"prompt":"a","seconds":10},{"prompt":"b","seconds":10}]}`, `"seconds":"20"`, "from 3 to 15"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			h := newHouse(t, "http://127.0.0.1:1", nil)
			args := parse(t, tt.args)
			args["dry_run"] = true
			got := h.call(t, context.Background(), tt.tool, args)
			body, err := json.Marshal(got.Structured["body"])
			if err != nil || got.Error != nil || !strings.Contains(string(body), tt.body) {
				t.Fatalf("%s %v, %v", body, got.Error, err)
			}
			if w := fmt.Sprint(got.warnings()...); !strings.Contains(w, tt.warning) || (tt.warning == "") != (w == "") {
				t.Errorf("warns %s", w)
			}
		})
	}
}

func TestAModelThatIsOffSaysHowItIsOn(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:1", nil)
	got := h.call(t, context.Background(), "generate_video", map[string]any{"model": "fal-ai/veo3.1", "prompt": "p"})
	if got.code() != "unknown_model" || !strings.Contains(got.Text, "models file") || !strings.Contains(got.Text, "enabled = true") {
		t.Errorf("got %s", got.Text)
	}
}

func parse(t *testing.T, doc string) map[string]any {
	t.Helper()
	var args map[string]any
	if err := json.Unmarshal([]byte(doc), &args); err != nil {
		t.Fatal(err)
	}
	return args
}
