package nexconn

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Media go out in the form each wire wants, whether they came as bytes or as a
// data URL; where the service fetches by itself they are refused.
func TestMediaForms(t *testing.T) {
	raw := []byte("a picture")
	data := base64.StdEncoding.EncodeToString(raw)
	uri := "data:image/png;base64," + data
	for _, c := range []struct{ model, want string }{
		{"kling-v2-5-turbo", `"input_reference":"` + data + `"`},
		{"kling-v3-omni", `"image":"` + data + `"`},
		{"sora-2", `"input_reference":"` + uri + `"`},
		{"veo-3.1-generate-001", `"image":{"bytesBase64Encoded":"` + data + `","mimeType":"image/png"}`},
		{"bytedance/doubao-seedance-2-0-260128", `"url":"` + uri + `"`},
		{"viduq3-pro", `"image_url":"` + uri + `"`},
	} {
		m, _ := catalog.Builtin().Find(catalog.Video, c.model)
		for name, picture := range map[string]Media{"bytes": Inline("image/png", raw), "data URL": Link(uri)} {
			call, err := builtVideo(m, catalog.ImageToVideo, VideoRequest{Prompt: "x", FirstFrame: picture})
			if err != nil {
				t.Errorf("%s, %s: %v", c.model, name, err)
				continue
			}
			if body, _ := io.ReadAll(call.Body.Open()); !strings.Contains(string(body), c.want) {
				t.Errorf("%s, %s: %s lacks %s", c.model, name, body, c.want)
			}
		}
	}
	o1, _ := catalog.Builtin().Find(catalog.Image, "kling-image-o1")
	for _, picture := range []Media{Inline("image/png", raw), Link(uri)} {
		_, err := builtImage(o1, catalog.ImageToImage, ImageRequest{Prompt: "x", Images: []Media{picture}})
		if CodeOf(err) != InvalidArgument {
			t.Errorf("kling-image-o1 takes what its service can't fetch: %v", err)
		}
	}
}

func TestSizeOf(t *testing.T) {
	kling, _ := catalog.Builtin().Find(catalog.Video, "kling-v3")
	sora, _ := catalog.Builtin().Find(catalog.Video, "sora-2-pro")
	for _, c := range []struct {
		m                        catalog.Model
		aspect, resolution, want string
	}{
		{kling, "", "", ""},
		{kling, "16:9", "1080p", "1920x1080"}, {kling, "9:16", "1080p", "1080x1920"}, {kling, "1:1", "1080p", "1080x1080"},
		{kling, "16:9", "720p", "1280x720"}, {kling, "9:16", "720p", "720x1280"}, {kling, "1:1", "720p", "720x720"},
		{kling, "", "720p", "1280x720"}, {kling, "9:16", "", "1080x1920"},
		{sora, "9:16", "1024p", "1024x1792"}, {sora, "16:9", "1024p", "1792x1024"}, {sora, "", "1024p", "1792x1024"},
		{sora, "9:16", "", "720x1280"}, {sora, "4:3", "720p", "960x720"},
		{kling, "wide", "720p", "aspect_ratio"}, {kling, "16:9", "4k", "resolution"}, {kling, "0:9", "720p", "aspect_ratio"},
	} {
		got, err := sizeOf(c.m, c.aspect, c.resolution)
		if e, ok := errors.AsType[*Error](err); ok {
			got = e.Field
		}
		if got != c.want {
			t.Errorf("%s %q %q: %s, want %s", c.m.ID, c.aspect, c.resolution, got, c.want)
		}
	}
}

// All that is wrong with a call is told at once.
func TestBuildingTellsAllFaults(t *testing.T) {
	kling, _ := catalog.Builtin().Find(catalog.Video, "kling-v2-6")
	r := VideoRequest{Prompt: "x", Resolution: "4k", MotionVideo: Inline("video/mp4", nil), Extra: map[string]any{"model": "x", "size": "1x1"}}
	for op, want := range map[catalog.Op]string{
		catalog.TextToVideo:   "resolution extra.model",
		catalog.MotionControl: "resolution  extra.model", // the medium's has no field
		catalog.MultiShot:     "model extra.model",
	} {
		_, err := builtVideo(kling, op, r)
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("%s: %v", op, err)
		}
		var fields []string
		for _, err := range joined.Unwrap() {
			if e, ok := errors.AsType[*Error](err); ok {
				fields = append(fields, e.Field)
			}
		}
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("%s: %s, want %s: %v", op, got, want, err)
		}
	}
}

// A length of 0 is sent where a model has a meaning for it.
func TestALengthOfZero(t *testing.T) {
	vidu, _ := catalog.Builtin().Find(catalog.Video, "viduq2-pro")
	for _, c := range []struct {
		seconds *int
		want    bool
	}{{nil, false}, {new(0), true}} {
		call, err := builtVideo(vidu, catalog.Reference, VideoRequest{Prompt: "x", ReferenceImages: []Media{Link("https://x/a.png")}, Seconds: c.seconds})
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(call.Body.Open()); strings.Contains(string(body), `"duration":0`) != c.want {
			t.Errorf("%s", body)
		}
	}
}

// extra is refused only where saying it by its argument helps.
func TestExtraWithoutAnArgument(t *testing.T) {
	for _, c := range []struct {
		model, extra string
		op           catalog.Op
		clash        string
	}{
		{"kling-v2-1", `{"sound":"on"}`, catalog.ImageToVideo, ""},
		{"kling-video-o1", `{"sound":"on"}`, catalog.TextToVideo, ""},
		{"kling-v2-6", `{"watermark_info":{"enabled":true}}`, catalog.TextToVideo, ""},
		{"kling-v2-6", `{"multi_prompt":[]}`, catalog.TextToVideo, ""},
		{"kling-v2-6", `{"video_url":"https://x/v.mp4"}`, catalog.TextToVideo, "motion_video"},
		{"viduq3-pro", `{"aspect_ratio":"1:1"}`, catalog.ImageToVideo, ""},
		{"viduq3-pro", `{"aspect_ratio":"1:1"}`, catalog.TextToVideo, "aspect_ratio"},
		{"kling-v3", `{"input_reference":"https://x/a.png"}`, catalog.TextToVideo, "first_frame"},
		{"viduq2-pro", `{"image_url":"https://x/a.png"}`, catalog.Reference, ""},
	} {
		m, _ := catalog.Builtin().Find(catalog.Video, c.model)
		extra := value(t, c.extra).(map[string]any)
		call, err := builtVideo(m, c.op, VideoRequest{Prompt: "x", Extra: extra})
		switch {
		case c.clash != "":
			if err == nil || !strings.Contains(err.Error(), "the argument "+c.clash) {
				t.Errorf("%s %s: %v", c.model, c.extra, err)
			}
		case err != nil:
			t.Errorf("%s %s: %v", c.model, c.extra, err)
		default:
			sent, _ := io.ReadAll(call.Body.Open())
			for key := range extra {
				if !strings.Contains(string(sent), `"`+key+`"`) || len(call.Warnings) != 1 || !strings.Contains(call.Warnings[0], "extra."+key) {
					t.Errorf("%s %s: %s, %q", c.model, c.extra, sent, call.Warnings)
				}
			}
		}
	}
	m, _ := catalog.Builtin().ForChat("openai/gpt-5")
	call, warnings, err := builtChat(m, ChatRequest{Prompt: "x", Extra: map[string]any{"image_config": map[string]any{"image_size": "1K"}}})
	if err != nil || len(warnings) != 1 || call.Body.IsZero() {
		t.Errorf("image_config in a chat without pictures: %q, %v", warnings, err)
	}
}

// extra can't say a second time what an argument says.
func TestExtraOfVideosAndImages(t *testing.T) {
	for _, c := range []struct{ model, extra, want string }{
		{"kling-v3", `{"sound":"on"}`, "audio"}, {"kling-v3", `{"size":"1x1"}`, "aspect_ratio"},
		{"kling-v3", `{"multi_prompt":[]}`, "shots"}, {"kling-v3", `{"watermark_info":{"enabled":true}}`, "watermark"},
		{"kling-v3-omni", `{"image_list":[]}`, "reference_images"}, {"kling-v3", `{"model":"x"}`, "model"},
		{"sora-2", `{"stream":true}`, "stream"}, {"veo-3.1-generate-001", `{"parameters":{"durationSeconds":5}}`, "seconds"},
		{"veo-3.1-generate-001", `{"instances":[]}`, "prompt"}, {"viduq1", `{"bgm":true}`, "music"},
		{"bytedance/doubao-seedance-2-0-260128", `{"ratio":"1:1"}`, "aspect_ratio"},
		{"kling-v3", `{"camera_control":{"type":"simple"}}`, ""},
		{"veo-3.1-generate-001", `{"parameters":{"personGeneration":"dont_allow"},"callback_url":"https://x"}`, ""},
		{"bytedance/doubao-seedance-2-0-260128", `{"return_last_frame":true,"tools":[{"type":"web_search"}]}`, ""},
	} {
		m, _ := catalog.Builtin().Find(catalog.Video, c.model)
		extra := value(t, c.extra).(map[string]any)
		call, err := builtVideo(m, catalog.TextToVideo, VideoRequest{Prompt: "x", Seconds: new(8), Extra: extra})
		if c.want != "" {
			if err == nil || CodeOf(err) != InvalidArgument || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %s: %v, want a fault that names %s", c.model, c.extra, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %s: %v", c.model, c.extra, err)
			continue
		}
		sent, _ := io.ReadAll(call.Body.Open())
		body := value(t, string(sent)).(map[string]any)
		for key := range extra {
			if _, ok := body[key]; !ok {
				t.Errorf("%s: %s of extra is not in %s", c.model, key, sent)
			}
		}
		if p, ok := body["parameters"].(map[string]any); ok && p["durationSeconds"] != 8.0 {
			t.Errorf("extra took away what seconds wrote: %s", sent)
		}
	}
}

// A model that wants to know what to keep of a picture is told, and so is the
// caller.
func TestAnImageReferenceThatIsNotGiven(t *testing.T) {
	m, _ := catalog.Builtin().Find(catalog.Image, "kling-v1-5")
	for given, want := range map[string]string{"": "subject", "face": "face"} {
		call, err := Build(m, catalog.ImageToImage, &ImageRequest{Prompt: "x", Images: []Media{Link("https://x/a.png")}, ImageReference: given})
		if err != nil || !strings.Contains(string(call.Body.Show()), `"image_reference":"`+want+`"`) || (len(call.Warnings) > 0) != (given == "") {
			t.Errorf("%q: %s, %q, %v", given, call.Body.Show(), call.Warnings, err)
		}
	}
	call, err := Build(m, catalog.TextToImage, &ImageRequest{Prompt: "x"})
	if err != nil || strings.Contains(string(call.Body.Show()), "image_reference") {
		t.Errorf("without a picture: %s, %v", call.Body.Show(), err)
	}
}

func TestExtraInAnotherLetterCase(t *testing.T) {
	m, _ := catalog.Builtin().Find(catalog.Video, "kling-v3")
	for _, key := range []string{"Model", "STREAM", "Prompt", "SECONDS"} {
		if _, err := Build(m, catalog.TextToVideo, &VideoRequest{Prompt: "x", Extra: map[string]any{key: "y"}}); CodeOf(err) != InvalidArgument {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, _, err := builtNative(BypassAnthropic, "a", []byte(`{"MODEL":"b"}`)); CodeOf(err) != InvalidArgument {
		t.Errorf("a native body: %v", err)
	}
}
