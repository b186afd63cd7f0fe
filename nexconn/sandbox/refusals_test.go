package sandbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// TestRefusals goes through what the documents say is refused: each case differs
// from one that passes in what its name says.
func TestRefusals(t *testing.T) {
	big := base64.StdEncoding.EncodeToString(make([]byte, 10<<20+1))
	kling := func(model, more string) string {
		return fmt.Sprintf(`{"model":%q,"prompt":"a fox"%s}`, model, more)
	}
	veo := func(instance, parameters string) string {
		return fmt.Sprintf(`{"model":"veo-3.1-generate-preview","instances":[%s],"parameters":{%s}}`, instance, parameters)
	}
	seedance := func(more string) string {
		return `{"model":"bytedance/doubao-seedance-2-0-260128","content":[{"type":"text","text":"a fox"}]` + more + `}`
	}
	gemini := func(more string) string {
		return `{"model":"gemini-2.5-flash-image","prompt":"a fox"` + more + `}`
	}
	const (
		videos  = "/v1/videos"
		veos    = "/v1/videos/generations"
		ark     = "/v3/contents/generations/tasks"
		vidu    = "/queue/fal-ai/vidu/"
		o1      = "/queue/fal-ai/kling-image/o1"
		images  = "/v1/images/generations"
		edits   = "/v1/images/edits"
		files   = "/v1/files"
		text    = `{"prompt":"a fox"}`
		asset   = `{"image":{"uri":"https://example.org/a.png","mimeType":"image/png"},"referenceType":"asset"}`
		subject = `{"subject_image":"https://example.org/a.png"}`
	)
	long := strings.Repeat("狐", 2501)
	for _, c := range []struct {
		path, name, body, says string // says "" means that it passes
	}{
		{videos, "no model", `{"prompt":"a fox"}`, "model is required"},
		{videos, "unknown model", kling("kling-v99", ""), "price of the model is not set (model: kling-v99)"},
		{videos, "a model of another path", kling("veo-3.1-generate-001", ""), "no available channels for model veo-3.1-generate-001"},
		{videos, "no prompt", `{"model":"kling-v2-6"}`, "prompt is required"},
		{videos, "prompt at its limit", `{"model":"kling-v2-6","prompt":"` + long[3:] + `"}`, ""},
		{videos, "prompt too long", `{"model":"kling-v2-6","prompt":"` + long + `"}`, "longer than 2500"},
		{videos, "v2-1 without a picture", kling("kling-v2-1", ""), "input_reference is required"},
		{videos, "v2-1 with one", kling("kling-v2-1", `,"input_reference":"https://example.org/a.png"`), ""},
		{videos, "v2-1 with base64", kling("kling-v2-1", `,"input_reference":"iVBORw0KGgo="`), ""},
		{videos, "v2-1 with a path", kling("kling-v2-1", `,"input_reference":"./a.png"`), "URL or base64"},
		{videos, "v2-1 seconds", kling("kling-v2-1", `,"input_reference":"https://example.org/a.png","seconds":"6"`), "one of [5 10]"},
		{videos, "turbo seconds", kling("kling-v2-5-turbo", `,"seconds":"7"`), "one of [5 10]"},
		{videos, "v2-6 seconds, a second-hand limit", kling("kling-v2-6", `,"seconds":"7"`), ""},
		{videos, "v3 seconds, a second-hand limit", kling("kling-v3", `,"seconds":"20"`), ""},
		{videos, "seconds as a number", kling("kling-v3", `,"seconds":5`), "seconds must be a string, got number"},
		{videos, "size", kling("kling-v3", `,"size":"640x480"`), "size must be one of"},
		{videos, "mode", kling("kling-v2-6", `,"mode":"4k"`), "mode must be one of"},
		{videos, "mode of the price list", kling("kling-v3", `,"mode":"4k"`), ""},
		{videos, "sound as a boolean", kling("kling-v3", `,"sound":true`), "sound must be a string, got bool"},
		{videos, "unknown fields", kling("kling-v3", `,"camera_control":{"type":"simple"}`), ""},
		{videos, "o1 seconds of the vendor", kling("kling-video-o1", `,"seconds":"3"`), ""},
		{videos, "o1 seconds", kling("kling-video-o1", `,"seconds":"11"`), "seconds must be 5 or 10"},
		{videos, "eight images", kling("kling-video-o1", `,"image_list":[`+strings.Repeat(`{"image":"https://example.org/a.png"},`, 7)+`{"image":"https://example.org/a.png"}]`), "more than 7"},
		{videos, "image type", kling("kling-video-o1", `,"image_list":[{"image":"https://example.org/a.png","type":"last_frame"}]`), "first_frame end_frame"},
		{videos, "refer_type", kling("kling-video-o1", `,"video_list":[{"video_url":"https://example.org/a.mp4","refer_type":"edit"}]`), "feature"},
		{videos, "two videos", kling("kling-v3-omni", `,"video_list":[{"video_url":"https://example.org/a.mp4"},{"video_url":"https://example.org/a.mp4"}]`), "more than 1 video"},
		{videos, "multi-shot without a prompt", `{"model":"kling-v3-omni","multi_shot":true,"multi_prompt":[{"index":1,"prompt":"a fox","duration":"5"}]}`, ""},
		{videos, "shot duration as a number", `{"model":"kling-v3-omni","multi_shot":true,"multi_prompt":[{"index":1,"prompt":"a fox","duration":5}]}`, "duration must be a string"},
		{videos, "motion control without a prompt", `{"model":"kling-v2-6","image_url":"https://example.org/a.png","video_url":"https://example.org/a.mp4"}`, ""},
		{videos, "motion control without a character", `{"model":"kling-v2-6","video_url":"https://example.org/a.mp4"}`, "image_url is required"},
		{videos, "sora seconds", kling("sora-2", `,"seconds":"5"`), "one of [4 8 12]"},
		{videos, "sora size", kling("sora-2", `,"size":"1792x1024"`), "size must be one of"},
		{videos, "sora pro size", kling("sora-2-pro", `,"size":"1792x1024","seconds":"12"`), ""},
		{videos, "no JSON", `{"model":`, "not valid JSON"},
		{videos, "no body", ``, "not valid JSON"},
		{videos, "an array", `[]`, "must be an object, got array"},
		{videos, "two bodies", kling("kling-v3", "") + `{}`, "not valid JSON"},

		{veos, "no model", `{"instances":[` + text + `]}`, "model is empty"},
		{veos, "any veo id", `{"model":"veo-9","instances":[` + text + `]}`, ""},
		{veos, "no instance", `{"model":"veo-3.1-generate-001","instances":[]}`, "exactly one"},
		{veos, "two instances", `{"model":"veo-3.1-generate-001","instances":[` + text + `,` + text + `]}`, "exactly one"},
		{veos, "no prompt", veo(`{}`, ``), "prompt is required"},
		{veos, "an image alone", veo(`{"image":{"uri":"https://example.org/a.png"}}`, ``), ""},
		{veos, "both forms of an image", veo(`{"image":{"uri":"https://example.org/a.png","bytesBase64Encoded":"aaaa"}}`, ``), "one of them"},
		{veos, "Vertex's gcsUri", veo(`{"image":{"gcsUri":"gs://a/b.png"}}`, ``), "needs bytesBase64Encoded or uri"},
		{veos, "image type", veo(`{"image":{"uri":"https://example.org/a.webp","mimeType":"image/webp"}}`, ``), "mimeType must be one of"},
		{veos, "image over 10 MB", veo(`{"image":{"bytesBase64Encoded":"`+big+`","mimeType":"image/png"}}`, ``), "image size > 10MB"},
		{veos, "duration", veo(text, `"durationSeconds":5`), "not in [4, 6, 8]"},
		{veos, "duration of Veo 2", `{"model":"veo-2.0-generate-001","instances":[` + text + `],"parameters":{"durationSeconds":5}}`, ""},
		{veos, "duration as a string", veo(text, `"durationSeconds":"8"`), "durationSeconds must be an integer, got string"},
		{veos, "resolution of Veo 2", `{"model":"veo-2.0-generate-001","instances":[` + text + `],"parameters":{"resolution":"720p"}}`, "does not support resolution"},
		{veos, "resolution of the price list", veo(text, `"resolution":"4k"`), ""},
		{veos, "aspect", veo(text, `"aspectRatio":"1:1"`), "aspectRatio must be one of"},
		{veos, "samples", veo(text, `"sampleCount":5`), "between 1 and 4"},
		{veos, "seed", veo(text, `"seed":4294967296`), "between 0 and 4294967295"},
		{veos, "person", veo(text, `"personGeneration":"allow_all"`), "personGeneration must be one of"},
		{veos, "three references", veo(`{"prompt":"a","referenceImages":[`+asset+`,`+asset+`,`+asset+`]}`, `"durationSeconds":8`), ""},
		{veos, "four references", veo(`{"prompt":"a","referenceImages":[`+asset+`,`+asset+`,`+asset+`,`+asset+`]}`, ``), "up to 3"},
		{veos, "references not 8 s", veo(`{"prompt":"a","referenceImages":[`+asset+`]}`, `"durationSeconds":6`), "must be 8"},
		{veos, "references and an image", veo(`{"prompt":"a","image":{"uri":"https://example.org/a.png"},"referenceImages":[`+asset+`]}`, ``), "exclude each other"},
		{veos, "references of another model", `{"model":"veo-3.1-generate-001","instances":[{"prompt":"a","referenceImages":[` + asset + `]}]}`, "does not support referenceImages"},

		{ark, "no content", `{"model":"bytedance/doubao-seedance-2-0-260128"}`, "content is required"},
		{ark, "duration as a string", seedance(`,"duration":"5"`), "duration must be an integer, got string"},
		{ark, "duration, a second-hand limit", seedance(`,"duration":30`), ""},
		{ark, "item without its object", seedance(`,"content":[{"type":"image_url"}]`), "url is required"},
		{ark, "item of unknown type", seedance(`,"content":[{"type":"picture"}]`), "is not known"},
		{ark, "an asset", seedance(`,"content":[{"type":"image_url","image_url":{"url":"asset://a"},"role":"first_frame"}]`), ""},
		{ark, "unknown model", `{"model":"doubao-seedance-9","content":[{"type":"text","text":"a"}]}`, "price of the model is not set"},

		{vidu + "q1/text-to-video", "q1 length", `{"prompt":"a","duration":6}`, "between 5 and 5"},
		{vidu + "q1/text-to-video", "q1 resolution", `{"prompt":"a","resolution":"720p"}`, "one of [1080p]"},
		{vidu + "q1/text-to-video", "q1 ratio", `{"prompt":"a","aspect_ratio":"4:3"}`, "aspect_ratio must be one of"},
		{vidu + "q2/text-to-video", "q2 ratio", `{"prompt":"a","aspect_ratio":"4:3"}`, ""},
		{vidu + "q2/text-to-video", "q2 length", `{"prompt":"a","duration":11}`, "between 1 and 10"},
		{vidu + "q3/text-to-video/pro", "q3 length", `{"prompt":"a","duration":16}`, ""},
		{vidu + "q3/text-to-video/turbo", "q3 too long", `{"prompt":"a","duration":17}`, "between 1 and 16"},
		{vidu + "q2/text-to-video", "no prompt", `{}`, "prompt is required"},
		{vidu + "q2/text-to-video", "the vendor's prompt length", `{"prompt":"` + long + `"}`, ""},
		{vidu + "q2/text-to-video", "the vendor's resolution", `{"prompt":"a","resolution":"540p"}`, ""},
		{vidu + "q2/text-to-video", "resolution", `{"prompt":"a","resolution":"360p"}`, "resolution must be one of"},
		{vidu + "q2/text-to-video", "movement", `{"prompt":"a","movement_amplitude":"huge"}`, "movement_amplitude must be one of"},
		{vidu + "q2/text-to-video", "duration as a string", `{"prompt":"a","duration":"5"}`, "duration must be an integer"},
		{vidu + "q2/image-to-video/pro", "no image", text, "image_url is required"},
		{vidu + "q2/image-to-video/pro", "no prompt", `{"image_url":"https://example.org/a.png"}`, ""},
		{vidu + "q2/image-to-video/turbo", "base64 without a head", `{"image_url":"iVBORw0KGgo="}`, "invalid or unsafe url"},
		{vidu + "q2/image-to-video/turbo", "a private address", `{"image_url":"http://192.168.1.1/a.png"}`, "invalid or unsafe url"},
		{vidu + "q3/start-end-to-video/pro", "no end", `{"start_image_url":"https://example.org/a.png"}`, "end_image_url is required"},
		{vidu + "q1/reference-to-video", "no reference", text, "reference_image_urls is required"},
		{vidu + "q1/reference-to-video", "videos", `{"prompt":"a","reference_video_urls":["https://example.org/a.mp4"]}`, "only for viduq2-pro"},
		{vidu + "q2/reference-to-video/pro", "videos", `{"prompt":"a","reference_video_urls":["https://example.org/a.mp4"]}`, ""},
		{vidu + "q2/reference-to-video/pro", "subjects", `{"prompt":"a","subjects":[{"id":"a","images":["https://example.org/a.png"]}]}`, "reference_image_urls is required"},
		{vidu + "q2/reference-to-video", "subjects", `{"prompt":"a","subjects":[{"id":"a","images":["https://example.org/a.png"]}]}`, ""},
		{vidu + "q2/reference-to-video", "a subject without images", `{"prompt":"a","subjects":[{"id":"a","images":[]}]}`, "1 to 3 images"},
		{vidu + "q2/start-end-to-video", "a path that is none", text, "not found or method not allowed"},

		{o1, "no prompt", `{}`, "prompt is required"},
		{o1, "ten images", `{"prompt":"a","num_images":10}`, "between 1 and 9"},
		{o1, "lower case", `{"prompt":"a","resolution":"2k","aspect_ratio":"21:9"}`, ""},
		{o1, "resolution", `{"prompt":"a","resolution":"8K"}`, "resolution must be one of"},
		{"/queue/fal-ai/veo3.1/image-to-video", "no image", text, "image_url is required"},
		{"/queue/fal-ai/veo3.1/fast/first-last-frame-to-video", "no last frame", `{"prompt":"a","first_frame_url":"https://example.org/a.png"}`, "last_frame_url is required"},
		{"/queue/fal-ai/veo3.1", "duration as a number", `{"prompt":"a","duration":8}`, "duration must be a string"},
		{"/queue/fal-ai/veo3.1/slow", "a path that is none", text, "not found"},

		{images, "v2-new without an image", `{"model":"kling-v2-new","prompt":"a"}`, "image is required"},
		{images, "aspect", `{"model":"kling-v1","prompt":"a","aspect_ratio":"5:4"}`, "aspect_ratio must be one of"},
		{images, "n as a string", `{"model":"kling-v1","prompt":"a","n":"2"}`, "n must be an integer"},
		{images, "a video model", `{"model":"kling-v3","prompt":"a"}`, "no available channels"},
		{edits, "v1-5", `{"model":"kling-v1-5","prompt":"a","subject_image_list":[` + subject + `,` + subject + `]}`, "does not support multiple images"},
		{edits, "no subject", `{"model":"kling-v2","prompt":"a"}`, "2 to 4 images"},
		{edits, "one subject", `{"model":"kling-v2","prompt":"a","subject_image_list":[` + subject + `],"style_image":"https://example.org/b.png"}`, ""},
		{edits, "five subjects", `{"model":"kling-v2","prompt":"a","subject_image_list":[` + strings.Repeat(subject+",", 4) + subject + `]}`, "2 to 4 images"},
		{images, "gemini", gemini(""), ""},
		{images, "gemini size", gemini(`,"image_config":{"image_size":"2K"}`), "image_size must be one of [1K]"},
		{images, "gemini ratio", gemini(`,"image_config":{"aspect_ratio":"1:8"}`), "aspect_ratio must be one of"},
		{images, "gemini 3.1 ratio", `{"model":"gemini-3.1-flash-image-preview","prompt":"a","image_config":{"aspect_ratio":"1:8","image_size":"512"}}`, ""},
		{images, "gemini temperature", gemini(`,"temperature":2.5`), "between 0 and 2"},
		{edits, "gemini without an image", gemini(""), "image is required"},
		{edits, "gemini with plain base64", gemini(`,"image":"iVBORw0KGgo="`), "data: URI"},
		{edits, "gemini with two", gemini(`,"image":["https://example.org/a.png","data:image/png;base64,iVBORw0KGgo="]`), ""},

		{files, "no source", `{"model":"gemini-2.5-pro"}`, "one of them"},
		{files, "no model", `{"source_url":"https://example.org/a.mp4"}`, "model is required"},
		{files, "another vendor's model", `{"model":"openai/gpt-5","source_url":"https://example.org/a.mp4"}`, "only for Gemini"},
		{files, "too short a life", `{"model":"gemini-2.5-pro","source_url":"https://example.org/a.mp4","expires_in":60}`, "between 3600 and 604800"},
		{files, "no URL", `{"model":"gemini-2.5-pro","source_url":"a.mp4"}`, "public http or https URL"},
		{files, "from a bucket", `{"model":"gemini-2.5-pro","kodo_source":{"bucket":"b","key":"k.mp4"}}`, ""},
	} {
		t.Run(c.path+" "+c.name, func(t *testing.T) {
			a := send(t, New(Options{TimeScale: 0.001}), "POST", c.path, c.body)
			if c.says == "" {
				if a.status != 200 {
					t.Fatalf("%d %s, want 200", a.status, head(a.body, 300))
				}
				return
			}
			want := 400
			switch {
			case strings.Contains(c.says, "price of the model"):
				want = 503
			case strings.Contains(c.says, "not found"):
				want = 404
			}
			body := into[any](t, a, want)
			var says any
			if strings.HasPrefix(c.path, "/queue") {
				says = at(t, body, "detail")
			} else if m := at(t, body, "error").(map[string]any); m["message"] != nil {
				says = m["message"]
			}
			if s, _ := says.(string); !strings.Contains(s, c.says) {
				t.Errorf("says %q, want %q in it", says, c.says)
			}
		})
	}
}

func TestUnpricedModelHasNoCode(t *testing.T) {
	a := send(t, New(Options{}), "POST", "/v1/chat/completions", `{"model":"unknown-x","messages":[{"role":"user","content":"x"}]}`)
	const want = `{"error":{"message":"the price of the model is not set (model: unknown-x)","type":"quota_exceeded_error"}}` + "\n"
	if a.status != 503 || a.body != want {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestEnvelopes(t *testing.T) {
	s := New(Options{})
	const prompt = "x [[status:429]]"
	chat := `{"model":"%s","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + `"}]}`
	for path, c := range map[string]struct{ body, want string }{
		"/v1/chat/completions":                                    {fmt.Sprintf(chat, "deepseek-v3"), `{"error":{"code":"rate_limit_exceeded","message":"too many requests, slow down","type":"rate_limit_error"}}`},
		"/v1/videos/generations":                                  {`{"model":"veo-3.1-generate-001","instances":[{"prompt":"` + prompt + `"}]}`, `{"error":{"message":"too many requests, slow down","type":"rate_limit_error"}}`},
		"/v3/contents/generations/tasks":                          {`{"model":"bytedance/doubao-seedance-2-0-260128","content":[{"type":"text","text":"` + prompt + `"}]}`, `{"error":{"code":"RateLimitExceeded","message":"too many requests, slow down","param":"","type":"TooManyRequests"}}`},
		"/queue/fal-ai/vidu/q2/text-to-video":                     {`{"prompt":"` + prompt + `"}`, `{"detail":"too many requests, slow down"}`},
		"/v1/messages":                                            {fmt.Sprintf(chat, "claude-4.5-sonnet"), `{"error":{"message":"too many requests, slow down","type":"rate_limit_error"},"type":"error"}`},
		"/bypass/vertex/v1/models/gemini-2.5-pro:generateContent": {`{"contents":[{"parts":[{"text":"` + prompt + `"}]}]}`, `{"error":{"code":429,"message":"too many requests, slow down","status":"RESOURCE_EXHAUSTED"}}`},
	} {
		a := send(t, s, "POST", path, c.body)
		if a.status != 429 || a.header.Get("Retry-After") != "2" || strings.TrimSpace(a.body) != c.want {
			t.Errorf("%s: %d, Retry-After %q, %s", path, a.status, a.header.Get("Retry-After"), a.body)
		}
	}
}
