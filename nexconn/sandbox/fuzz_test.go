package sandbox

import (
	"encoding/json"
	"testing"
)

// FuzzBodies sends any body to any operation: each is answered with a status of
// HTTP and, unless it streams or was steered to break, with JSON.
func FuzzBodies(f *testing.F) {
	paths := []string{
		"/v1/chat/completions", "/v1/messages", "/bypass/vertex/v1/models/gemini-2.5-flash:generateContent", "/bypass/openai/v1/responses",
		"/v1/images/generations", "/v1/images/edits", "/v1/videos", "/v1/videos/generations", "/v3/contents/generations/tasks",
		"/queue/fal-ai/vidu/q2/reference-to-video", "/queue/fal-ai/kling-image/o1", "/queue/fal-ai/veo3.1/image-to-video", "/v1/files",
	}
	for i, body := range []string{
		one("deepseek-v3", "Name a river.", `,"tools":[{"function":{"name":"a","parameters":{"$ref":"#"}}}],"tool_choice":"required","stop":["a"],"max_tokens":2`),
		`{"model":"claude-4.5-sonnet","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text"}]}]}]}`,
		`{"contents":[{"parts":[{"functionResponse":{"name":"a"}},{"inlineData":{}}]}],"generationConfig":{"responseSchema":{"type":"ARRAY","items":{"anyOf":[1]}},"responseMimeType":"application/json"}}`,
		`{"model":"openai/gpt-5","input":[{"role":"user","content":[{"type":"input_text"}]},{"type":"function_call_output","output":{}}]}`,
		`{"model":"gemini-2.5-flash-image","prompt":"a","image_config":{"aspect_ratio":"21:9"}}`,
		`{"model":"kling-v2","prompt":"a","image":"","subject_image_list":[{"subject_image":"https://a.b/c"}]}`,
		`{"model":"kling-v3-omni","multi_shot":true,"multi_prompt":[{}],"image_list":[{}],"video_list":[{}]}`,
		`{"model":"veo-3.1-generate-preview","instances":[{"image":{},"referenceImages":[{}]}],"parameters":{}}`,
		`{"model":"bytedance/doubao-seedance-2-0-260128","content":[{"type":"image_url","image_url":{}}],"duration":-1}`,
		`{"prompt":"a","subjects":[{"id":"a","images":[""]}],"reference_image_urls":[null]}`,
		`{"prompt":"a","image_urls":["x"],"num_images":0}`,
		`{"prompt":"[[status:500]]","image_url":"data:,"}`,
		`{"model":"gemini-2.5-pro","source_url":"https://%zz","kodo_source":null}`,
	} {
		f.Add(i, body)
	}
	f.Fuzz(func(t *testing.T, i int, body string) {
		if steer(body).slow > 0 || steer(body).cut == cutStall {
			return // it would wait
		}
		path := paths[((i%len(paths))+len(paths))%len(paths)]
		a := send(t, New(Options{TimeScale: 1e-9}), "POST", path, body)
		if a.cut || a.header.Get("Content-Type") != "application/json" {
			return
		}
		if a.status < 200 || a.status > 599 || !json.Valid([]byte(a.body)) {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	})
}
