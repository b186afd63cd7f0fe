package catalog

import (
	"encoding/json"
	"strings"
	"testing"
)

func parsed(t *testing.T, doc string) map[string]any {
	t.Helper()
	var args map[string]any
	if err := json.Unmarshal([]byte(doc), &args); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return args
}

func TestCheck(t *testing.T) {
	const refused, warned, fine = "refused", "warned", "fine"
	for _, c := range []struct {
		kind        Kind
		model, args string
		want, says  string
	}{
		{Video, "kling-v2-1", `{"prompt":"x"}`, refused, "text_to_video use"},
		{Video, "kling-v2-1", `{"prompt":"x","first_frame":"a","last_frame":"b"}`, warned, "mode pro and seconds 10"},
		{Video, "kling-v2-1", `{"prompt":"x","first_frame":"a","last_frame":"b","mode":"pro","seconds":10}`, fine, ""},
		{Video, "kling-v2-1", `{"prompt":"x","first_frame":"a","audio":true}`, refused, "kling-v3"},
		{Video, "kling-v2-5-turbo", `{"prompt":"x","first_frame":"a","last_frame":"b"}`, warned, "mode pro"},
		{Video, "kling-v2-6", `{"prompt":"x","first_frame":"a","last_frame":"b"}`, refused, "mode pro"},
		{Video, "kling-v2-6", `{"prompt":"x","first_frame":"a","last_frame":"b","mode":"pro","audio":true}`, refused, "seconds 10"},
		{Video, "kling-v2-6", `{"prompt":"x","motion_video":"a"}`, refused, "first_frame is required"},
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":3},{"prompt":"b","seconds":4}]}`, fine, ""},
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":3}],"seconds":5}`, warned, "add up"},
		{Video, "kling-v3", `{"shots":[{"prompt":"a"}]}`, refused, "shots[0].seconds is required"},
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":10},{"prompt":"b","seconds":10}]}`, warned, "together: 20 is not from 3 to 15"},
		{Video, "kling-v3-omni", `{"shots":[{"prompt":"a","seconds":2}]}`, warned, "together: 2 is not from 3 to 15"},
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":10},{"prompt":"b","seconds":-5}]}`, refused, "shots[1].seconds: -5 is no length"},
		{Video, "kling-v3", `{"prompt":"x","seconds":-5}`, refused, "seconds: -5 is no length"},
		{Video, "kling-v3", `{"prompt":"x","seconds":0}`, refused, "seconds: 0 is no length"},
		{Video, "kling-v3", `{"prompt":"x","seconds":2}`, warned, "seconds: 2 is not"},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"prompt":"x","seconds":-1}`, fine, ""},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"prompt":"x","seconds":-2}`, refused, "no length"},
		{Video, "viduq2-pro", `{"prompt":"x","reference_images":["a"],"seconds":0}`, warned, "seconds: 0 is not from 1 to 10"},
		{Video, "viduq2-pro", `{"prompt":"x","reference_images":["a"],"seconds":-1}`, refused, "no length"},
		{Video, "viduq2-pro", `{"first_frame":"a","seconds":0}`, refused, "no length"},
		{Video, "kling-v3", `{"prompt":"x","motion_video":"a","first_frame":"b"}`, refused, "kling-v2-6"},
		{Video, "kling-v3-omni", `{"prompt":"x","source_video":"a","audio":true}`, warned, "audio must be off"},
		{Video, "kling-v3-omni", `{"prompt":"x","source_video":"a","reference_videos":["b"]}`, warned, "at most 1 video"},
		{Video, "kling-video-o1", `{"prompt":"x","source_video":"a","reference_videos":["b"]}`, refused, "at most 1 video"},
		{Video, "kling-video-o1", `{"prompt":"x","reference_images":["1","2","3","4","5","6","7"],"first_frame":"8"}`, refused, "at most 7"},
		{Video, "kling-video-o1", `{"prompt":"x","reference_images":["1","2","3","4","5"],"source_video":"8"}`, warned, "at most 4"},
		{Video, "sora-2", `{"prompt":"x","audio":false}`, refused, "always makes sound"},
		{Video, "sora-2", `{"prompt":"x","audio":true}`, warned, "retired"},
		{Video, "sora-2", `{"prompt":"x","resolution":"1080p"}`, refused, "720p"},
		{Video, "veo-2.0-generate-exp", `{"prompt":"x","reference_images":["a"],"seconds":5}`, refused, "seconds is 8"},
		{Video, "veo-2.0-generate-exp", `{"prompt":"x","reference_images":["a"],"first_frame":"b"}`, refused, "first_frame"},
		{Video, "veo-3.1-fast-generate-001", `{"prompt":"x","reference_images":["a"]}`, refused, "veo-"},
		{Video, "veo-3.1-fast-generate-001", `{"prompt":"x","source_video":"a","first_frame":"b"}`, warned, "goes without"},
		{Video, "veo-9", `{"prompt":"x"}`, warned, "not in the catalogue"},
		{Video, "veo-2.0-generate-001", `{"prompt":"x","audio":true}`, refused, "veo-3.1"},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"reference_audios":["a"]}`, warned, "never go alone"},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"first_frame":"a","reference_images":["b"]}`, warned, "references"},
		{Video, "viduq2", `{"prompt":"x","style":"anime"}`, refused, "viduq1"},
		{Video, "viduq2", `{"prompt":"x","music":true,"seconds":9}`, warned, "ignored"},
		{Video, "viduq3-pro", `{"prompt":"x","music":true}`, warned, "ignored"},
		{Video, "viduq1", `{"prompt":"x","subjects":[{"id":"a","images":["1","2","3"]},{"id":"b","images":["1","2","3"]},{"id":"c","images":["1","2"]}]}`, refused, "at most 7"},
		{Video, "viduq1", `{"prompt":"x","subjects":[{"id":"a","images":["1","2","3","4"]}]}`, refused, "subjects[0].images"},
		{Video, "viduq1", `{"prompt":"x","subjects":[{"images":["1"]}]}`, refused, "subjects[0].id is required"},
		{Video, "viduq1", `{"prompt":"x","subjects":[{"id":"a","images":["1"]}],"reference_images":["2"]}`, warned, "exclude"},
		{Video, "viduq2-pro", `{"prompt":"x","reference_videos":["1"]}`, refused, "reference_images is required"},
		{Video, "viduq2-turbo", `{"last_frame":"a"}`, refused, "first_frame is required"},
		{Image, "kling-v2-new", `{"prompt":"x"}`, refused, "image_to_image"},
		{Image, "kling-v1", `{"prompt":"x","images":["a","b"]}`, refused, "multi_image use"},
		{Image, "kling-v1-5", `{"prompt":"x","images":["a"]}`, warned, "retired"},
		{Image, "kling-v1-5", `{"prompt":"x","images":["a"],"image_reference":"face","human_fidelity":0.5}`, refused, "subject"},
		{Image, "kling-v1", `{"prompt":"x","images":["a"],"negative_prompt":"y"}`, refused, "negative_prompt"},
		{Image, "kling-v2", `{"prompt":"x","images":["a"],"negative_prompt":"y"}`, warned, "negative_prompt"},
		{Image, "kling-v2", `{"prompt":"x","aspect_ratio":"3:2"}`, warned, "3:2"},
		{Image, "kling-v2", `{"prompt":"x","mask":"a","images":["b"]}`, refused, "gemini"},
		{Image, "gemini-2.5-flash-image", `{"prompt":"x","count":2}`, refused, "count"},
		{Image, "gemini-2.5-flash-image", `{"prompt":"x","resolution":"4K"}`, refused, "1K"},
		{Image, "gemini-2.5-flash-image", `{"prompt":"x","mask":"m"}`, refused, "images is required"},
		{Image, "kling-image-o1", `{"prompt":"x","resolution":"2k"}`, fine, ""},
	} {
		set := Builtin()
		m, ok := set.Find(c.kind, c.model)
		if !ok {
			t.Fatalf("no %s %s", c.kind, c.model)
		}
		args := parsed(t, c.args)
		faults, warnings := m.Check(set, OpOf(c.kind, args), args)
		got, words := fine, strings.Join(warnings, " ")
		switch {
		case len(faults) > 0:
			got, words = refused, ""
			for _, f := range faults {
				words += f.Say + " "
			}
		case len(warnings) > 0:
			got = warned
		}
		if got != c.want || !strings.Contains(words, c.says) {
			t.Errorf("%s %s: %s %q, want %s %q", c.model, c.args, got, words, c.want, c.says)
		}
	}
}

// All that is wrong is told at once, each fault with its argument.
func TestAllFaultsAtOnce(t *testing.T) {
	m, _ := Builtin().Find(Video, "kling-v2-1")
	args := parsed(t, `{"first_frame":"a","seconds":7,"aspect_ratio":"4:3","audio":true}`)
	faults, _ := m.Check(Builtin(), ImageToVideo, args)
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Arg)
	}
	if got := strings.Join(fields, " "); got != "aspect_ratio audio seconds prompt" {
		t.Errorf("got %s: %v", got, faults)
	}
}

// A model that lacks the operation still has its say on all the rest.
func TestAllFaultsWithoutTheOperation(t *testing.T) {
	for _, c := range []struct{ model, args, fields string }{
		{"veo-3.1-generate-001", `{"prompt":"p","reference_images":["a"],"seconds":5,"aspect_ratio":"1:1","watermark":true}`,
			"model aspect_ratio seconds watermark"},
		{"veo-3.1-generate-001", `{"prompt":"p","reference_images":["a"],"seconds":8,"aspect_ratio":"16:9"}`, "model"},
		{"kling-v2-6", `{"shots":[{"prompt":"a","seconds":5}],"motion_orientation":"left","mode":"pro","resolution":"4k","music":true}`,
			"model music resolution"},
		{"kling-v2-1", `{"prompt":"p","seconds":7,"mode":"best"}`, "model mode seconds"},
	} {
		m, _ := Builtin().Find(Video, c.model)
		args := parsed(t, c.args)
		faults, _ := m.Check(Builtin(), OpOf(Video, args), args)
		var fields []string
		for _, f := range faults {
			fields = append(fields, f.Arg)
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s %s: %s, want %s: %v", c.model, c.args, got, c.fields, faults)
		}
	}
}

// One thing is said once.
func TestNothingIsSaidTwice(t *testing.T) {
	for _, c := range []struct {
		model, args      string
		faults, warnings int
	}{
		{"bytedance/doubao-seedance-2-0-260128", `{"prompt":"x","reference_videos":["1","2","3","4"]}`, 0, 1},
		{"bytedance/doubao-seedance-2-0-260128", `{"prompt":"x","reference_videos":["1","2","3"],"source_video":"4"}`, 0, 1},
		{"bytedance/doubao-seedance-2-0-260128", `{"prompt":"x","reference_videos":["1","2","3","4"],"source_video":"5"}`, 0, 1},
		{"kling-v2-6", `{"prompt":"x","first_frame":"a","motion_video":"b","last_frame":"c"}`, 1, 0},
		{"kling-v3", `{"shots":[{"prompt":"a","seconds":10},{"prompt":"b","seconds":10}],"seconds":20}`, 0, 1},
	} {
		m, _ := Builtin().Find(Video, c.model)
		args := parsed(t, c.args)
		faults, warnings := m.Check(Builtin(), OpOf(Video, args), args)
		if len(faults) != c.faults || len(warnings) != c.warnings {
			t.Errorf("%s %s: %v, %q", c.model, c.args, faults, warnings)
		}
	}
}

func TestSpelled(t *testing.T) {
	for _, c := range []struct {
		kind              Kind
		model, args, want string
	}{
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"2k","resolution":"2k"}`, `{"prompt":"2k","resolution":"2K"}`},
		{Image, "kling-image-o1", `{"resolution":"2k","aspect_ratio":"AUTO"}`, `{"aspect_ratio":"auto","resolution":"2k"}`},
		{Video, "kling-v2-6", `{"resolution":"1080P","mode":"PRO","seconds":5}`, `{"mode":"pro","resolution":"1080p","seconds":5}`},
		{Video, "veo-3.1-generate-001", `{"resolution":"4K","seconds":"8"}`, `{"resolution":"4k","seconds":"8"}`},
		{Video, "veo-3.1-generate-001", `{"reference_images":["a"],"resolution":"720P"}`, `{"reference_images":["a"],"resolution":"720p"}`},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"resolution":"2K"}`, `{"resolution":"2K"}`},
	} {
		m, _ := Builtin().Find(c.kind, c.model)
		args := parsed(t, c.args)
		got, err := json.Marshal(m.Spelled(OpOf(c.kind, args), args))
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s: %s, %v", c.model, c.args, got, err)
		}
	}
	m, _ := Builtin().ForChat("gemini-3.0-pro-image-preview")
	got, err := json.Marshal(m.Spelled(Turn, parsed(t, `{"image_config":{"image_size":"4k","aspect_ratio":"1:1"}}`)))
	if err != nil || string(got) != `{"image_config":{"aspect_ratio":"1:1","image_size":"4K"}}` {
		t.Errorf("in a chat: %s, %v", got, err)
	}
}

func TestChatCheck(t *testing.T) {
	for _, c := range []struct{ model, args, fault, warning string }{
		{"claude-4.5-sonnet", `{"prompt":"x","reasoning_budget":1000}`, "at least 1024", ""},
		{"claude-4.5-sonnet", `{"prompt":"x","reasoning_budget":2048,"max_tokens":2048}`, "reasoning_budget has to be below max_tokens", ""},
		{"claude-4.6-opus", `{"prompt":"x","reasoning_budget":1000}`, "", "1024"},
		{"gemini-2.5-pro", `{"prompt":"x","reasoning":"off"}`, "always thinks", ""},
		{"openai/gpt-5", `{"prompt":"x","image_config":{"aspect_ratio":"1:1"}}`, "gemini-2.5-flash-image", ""},
		{"gemini-2.5-flash-image", `{"prompt":"x","image_config":{"image_size":"4K"}}`, "image_config.image_size", ""},
		{"deepseek-v3", `{"prompt":"x","tools":[{"name":"a"}]}`, "", "deepseek-v4-pro-202606"},
		{"qwen3-max-2026-01-23", `{"system":"x"}`, "prompt or messages", ""},
		{"qwen3-max-2026-01-23", `{"messages":[{"role":"user","content":"x"}],"temperature":2.5}`, "", "temperature"},
	} {
		m, ok := Builtin().ForChat(c.model)
		if !ok {
			t.Fatalf("no %s", c.model)
		}
		faults, warnings := m.Check(Builtin(), Turn, parsed(t, c.args))
		var says string
		for _, f := range faults {
			says += f.Say
		}
		if (says == "") != (c.fault == "") || !strings.Contains(says, c.fault) || !strings.Contains(strings.Join(warnings, " "), c.warning) {
			t.Errorf("%s %s: %q, %q", c.model, c.args, says, warnings)
		}
	}
	free := Free("someone/else")
	if faults, _ := free.Check(Builtin(), Turn, parsed(t, `{"prompt":"x","reasoning":"off","image_config":{"aspect_ratio":"9:1"}}`)); len(faults) > 0 {
		t.Errorf("a free model refuses: %v", faults)
	}
}
