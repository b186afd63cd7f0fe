package catalog

import (
	"math"
	"slices"
	"testing"
)

// Every model has a price but the open family of Veo: an unknown chat id has
// none either. A new model without one fails here.
func TestEveryModelHasAPrice(t *testing.T) {
	for _, m := range Builtin() {
		if m.Pattern {
			if m.ID != "veo-" || m.Price != nil {
				t.Errorf("%s: a pattern with a price", m.ID)
			}
			continue
		}
		if m.Price == nil || len(m.Price.Rates) == 0 {
			t.Errorf("%s %s has no price", m.Kind, m.ID)
			continue
		}
		for _, r := range m.Price.Rates {
			s := r.Source
			if s == nil || s.Name == "" || s.Date == "" || s.Certainty == "" || !(r.USD > 0) || r.MostUSD != 0 && r.MostUSD < r.USD {
				t.Errorf("%s %s: %+v has no source, date, certainty or amount", m.Kind, m.ID, r)
			}
		}
		for _, unit := range []Unit{PerInputToken, PerOutputToken} {
			if m.Kind == Chat && !m.Price.bills(unit) {
				t.Errorf("%s has no rate for %s", m.ID, unit)
			}
		}
	}
	if q := Free("someone/else").Quote(Turn, nil, Sent{MaxOutput: 5}); q.Expected != nil || q.Most != nil || q.Reason == "" {
		t.Errorf("an unknown chat model is priced: %+v", q)
	}
}

// Whatever an operation is asked with, its price is known, and the bound is no
// less than the estimate.
func TestEveryOperationHasAPrice(t *testing.T) {
	for _, m := range Builtin() {
		if m.Pattern {
			continue
		}
		for _, name := range m.OpNames() {
			op := Op(name)
			takes := m.TakesFor(op)
			for _, resolution := range values(takes, "resolution") {
				for _, mode := range values(takes, "mode") {
					for _, audio := range []any{nil, true, false} {
						args := least(m, op)
						for arg, v := range map[string]any{"resolution": resolution, "mode": mode, "audio": audio} {
							if v != nil {
								args[arg] = v
							}
						}
						q := m.Quote(op, args, Sent{})
						if q.Expected == nil || q.Most == nil || *q.Expected <= 0 || *q.Most < *q.Expected {
							t.Errorf("%s %s %v: %+v", m.ID, op, args, q)
						}
						if usd, ok := m.Settle(op, args, Used{Outputs: 1, Seconds: 5}); !ok || usd <= 0 || usd > *q.Most*2 {
							t.Errorf("%s %s %v: settled at %v, %v", m.ID, op, args, usd, ok)
						}
					}
				}
			}
		}
	}
}

func values(t Takes, arg string) []any {
	b, ok := t[arg]
	if !ok {
		return []any{nil}
	}
	return append([]any{nil}, slices.Concat(b.Hard.OneOf, b.Reported.OneOf)...)
}

// Worked examples, computed by hand from the rows of prices.tsv and
// prices-vidu-q2.tsv. 6.9 yuan are a dollar there.
func TestEstimateOfVideosAndPictures(t *testing.T) {
	for _, c := range []struct {
		kind           Kind
		model, args    string
		expected, most float64
	}{
		// Seconds by mode and sound, in yuan.
		{Video, "kling-v2-1", `{"first_frame":"a"}`, .4 * 5 / 6.9, .4 * 5 / 6.9},
		{Video, "kling-v2-1", `{"first_frame":"a","mode":"pro","seconds":10}`, 7 / 6.9, 7 / 6.9},
		{Video, "kling-v2-6", `{"audio":true,"seconds":10}`, 10 / 6.9, 10 / 6.9},
		{Video, "kling-v2-6", `{"motion_video":"a","mode":"pro"}`, .8 * 10 / 6.9, .8 * 10 / 6.9},
		{Video, "kling-v2-6", `{"motion_video":"a","motion_orientation":"video"}`, .5 * 30 / 6.9, .5 * 30 / 6.9},
		{Video, "kling-v3", `{}`, 4 / 6.9, 4 / 6.9},
		{Video, "kling-v3", `{"mode":"std","audio":true}`, 4.5 / 6.9, 4.5 / 6.9},
		{Video, "kling-v3-omni", `{"source_video":"a","mode":"std","seconds":4}`, 9 / 6.9, 9 / 6.9},
		{Video, "kling-v3-omni", `{"reference_videos":["a"],"seconds":4}`, 4.8 / 6.9, 4.8 / 6.9},
		// Shots: the longer of their sum and the length asked for.
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":3},{"prompt":"b","seconds":4}]}`, .8 * 7 / 6.9, .8 * 7 / 6.9},
		{Video, "kling-v3", `{"shots":[{"prompt":"a","seconds":5},{"prompt":"b","seconds":10}],"seconds":3}`, .8 * 15 / 6.9, .8 * 15 / 6.9},
		{Video, "kling-v3-omni", `{"shots":[{"prompt":"a","seconds":12}],"source_video":"v"}`, 1.2 * 12 / 6.9, 1.2 * 12 / 6.9},
		// In dollars, by resolution; of several outputs each.
		{Video, "sora-2", `{"seconds":12}`, 1.2, 1.2},
		{Video, "sora-2-pro", `{"seconds":8}`, 2.4, 2.4},
		{Video, "sora-2-pro", `{"seconds":8,"resolution":"1024p"}`, 4, 4},
		{Video, "veo-3.1-generate-001", `{"audio":true,"count":2}`, .40 * 8 * 2, .60 * 8 * 2},
		{Video, "veo-3.1-fast-generate-001", `{"resolution":"4k","seconds":4}`, 1.2, 1.2},
		{Video, "veo-3.1-fast-generate-001", `{"resolution":"1080p","seconds":4,"count":3}`, .10 * 4 * 3, .10 * 4 * 3},
		// Tokens: 864 x 496 x (24 x 4 + 1) / 1024 = 40,594, as measured.
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"resolution":"480p","seconds":4}`, 40594.5 * 46 / 6.9 / 1e6, 40594.5 * 1.0065 * 46 / 6.9 / 1e6},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"resolution":"1080p","reference_videos":["a"],"seconds":5}`,
			1920 * 1080 * 481.0 / 1024 * 31 / 6.9 / 1e6, 1920 * 1080 * 481.0 / 1024 * 1.0065 * 31 / 6.9 / 1e6},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"resolution":"720p","seconds":-1}`,
			1280 * 720 * 361.0 / 1024 * 46 / 6.9 / 1e6, 1280 * 720 * 361.0 / 1024 * 1.0065 * 46 / 6.9 / 1e6},
		// Vidu q2: the first second and four further ones; the table's whole videos.
		{Video, "viduq2", `{"prompt":"a","resolution":"540p"}`, .08152174, .08152174},
		{Video, "viduq2", `{"prompt":"a","resolution":"720p"}`, .15851449, .15851449},
		{Video, "viduq2", `{"prompt":"a","resolution":"1080p","seconds":10}`, .49818841, .49818841},
		{Video, "viduq2", `{"prompt":"a","reference_images":["a"],"resolution":"1080p"}`, .52083333, .52083333},
		{Video, "viduq2-pro", `{"first_frame":"a","resolution":"1080p","seconds":8}`, .72463768, .72463768},
		{Video, "viduq2-turbo", `{"first_frame":"a","resolution":"720p","seconds":5}`, .2173913, .2173913},
		{Video, "viduq2-turbo", `{"first_frame":"a","resolution":"720p","seconds":1}`, .03623188, .03623188},
		{Video, "viduq2-turbo", `{"first_frame":"a","resolution":"720p","seconds":5,"audio":true}`, .2173913 + .06793478, .2173913 + .06793478},
		{Video, "viduq2-pro", `{"prompt":"a","reference_images":["a"],"resolution":"540p","seconds":5}`, .09057971 * 5, .09057971 * 5},
		{Video, "viduq2-pro", `{"prompt":"a","reference_images":["a"],"resolution":"540p","seconds":0}`, .09057971 * 10, .09057971 * 10},
		// Where no resolution is named the default, 720p, is expected; the dearest may be made.
		{Video, "viduq3-pro", `{"prompt":"a","seconds":10}`, 9.375 / 6.9, 10 / 6.9},
		{Video, "viduq1", `{"prompt":"a"}`, 2.5 / 6.9, 2.5 / 6.9},
		// Pictures by what they are made from; a cap is held to the dearer list.
		{Image, "kling-v1-5", `{"prompt":"a","count":3}`, .075 / 6.9, .042},
		{Image, "kling-v1-5", `{"prompt":"a","images":["a"],"image_reference":"face"}`, .025 / 6.9, .028},
		{Image, "kling-v2", `{"prompt":"a","images":["a","b"],"count":2}`, .4 / 6.9, .112},
		{Image, "kling-v2-1", `{"prompt":"a","images":["a"]}`, .2 / 6.9, .2 / 6.9},
		{Image, "kling-v2-1", `{"prompt":"a","images":["a","b"]}`, .4 / 6.9, .4 / 6.9},
		{Image, "kling-image-o1", `{"prompt":"a","count":9}`, 1.8 / 6.9, 1.8 / 6.9},
		// Pictures by tokens: one is expected, ten and 8,192 tokens of text may be billed.
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"a","resolution":"4K"}`, 2000 * 120 / 1e6, (10*2000*120 + 8192*12 + 1024*2) / 1e6},
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"a"}`, 1120 * 120 / 1e6, (10*1120*120 + 8192*12 + 1024*2) / 1e6},
		{Image, "gemini-3.1-flash-image-preview", `{"prompt":"a","resolution":"2K"}`, 1680 * 60 / 1e6, (10*1680*60 + 32768*3 + 1024*.5) / 1e6},
		{Image, "gemini-2.5-flash-image", `{"prompt":"a"}`, 1290 * 30 / 1e6, (10*1290*30 + 8192*30 + 1024*.3) / 1e6},
	} {
		m, ok := Builtin().Find(c.kind, c.model)
		if !ok { // off until enabled
			t.Fatalf("no %s", c.model)
		}
		args := parsed(t, c.args)
		q := m.Quote(OpOf(c.kind, args), args, Sent{})
		if q.Expected == nil || q.Most == nil || math.Abs(*q.Expected-c.expected) > 5e-7 || math.Abs(*q.Most-c.most) > 5e-7 {
			t.Errorf("%s %s: %v, at most %v (%s); want %v, %v", c.model, c.args, show1(q.Expected), show1(q.Most), q.Reason, c.expected, c.most)
		}
	}
}

func show1(usd *float64) any {
	if usd == nil {
		return "unknown"
	}
	return *usd
}

// What a body asks for beside the arguments counts for the bound.
func TestTheBodyMultiplies(t *testing.T) {
	for _, c := range []struct {
		kind              Kind
		model, args, body string
		most              float64
	}{
		{Video, "kling-v3", `{"prompt":"a"}`, `{"model":"kling-v3","seconds":"5","N":4}`, 4 * 4 / 6.9},
		{Video, "kling-v3", `{"prompt":"a"}`, `{"parameters":{"Duration":"15"}}`, .8 * 15 / 6.9},
		{Video, "veo-3.1-fast-generate-001", `{"prompt":"a","seconds":4,"resolution":"720p"}`, `{"instances":[{"prompt":"a"}],"parameters":{"sampleCount":4,"durationSeconds":4}}`, .10 * 4 * 4},
		{Video, "kling-v2-6", `{"prompt":"a"}`, `{"voice_list":[{"voice_id":"v"}],"sound":"on"}`, 1.2 * 5 / 6.9},
		{Video, "kling-v2-5-turbo", `{"prompt":"a","mode":"std"}`, `{"mode":"std","extra_body":{"Num_Videos":2}}`, .3 * 5 * 2 / 6.9},
		{Image, "kling-v1", `{"prompt":"a","count":2}`, `{"n":2,"Candidate_Count":5}`, .025 * 5 / 6.9},
		{Video, "viduq3-turbo", `{"prompt":"a","resolution":"540p"}`, `{"is_rec":true,"duration":5}`, (.25*5 + .3125) / 6.9},
	} {
		m, _ := Builtin().Find(c.kind, c.model)
		args := parsed(t, c.args)
		q := m.Quote(OpOf(c.kind, args), args, Read([]byte(c.body)))
		if q.Most == nil || math.Abs(*q.Most-c.most) > 5e-7 {
			t.Errorf("%s %s: at most %v, want %v", c.model, c.body, show1(q.Most), c.most)
		}
	}
}

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		kind        Kind
		model, args string
		used        Used
		want        float64
	}{
		{Video, "veo-3.1-generate-001", `{"prompt":"a","resolution":"720p"}`, Used{Seconds: 6, Outputs: 1}, 1.2},
		{Video, "veo-3.1-generate-001", `{"prompt":"a","resolution":"720p"}`, Used{}, .20 * 8},
		{Video, "bytedance/doubao-seedance-2-0-260128", `{"prompt":"a"}`, Used{Seconds: 6, OutputTokens: 60682}, 60682 * 46 / 6.9 / 1e6},
		{Video, "viduq2", `{"prompt":"a","resolution":"720p"}`, Used{Seconds: 8, Outputs: 1}, .22644928},
		{Video, "viduq2", `{"prompt":"a","resolution":"720p"}`, Used{Seconds: 8.02, Outputs: 1}, .22644928 + .02264493},
		{Image, "kling-v2", `{"prompt":"a","count":4}`, Used{Outputs: 3}, .3 / 6.9},
		// The sample answer of the service: 19 tokens in, 1,322 out, of which 1,120 are the picture.
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"a"}`, Used{InputTokens: 19, OutputTokens: 1322, PictureTokens: 1120, Outputs: 1}, (19*2 + 202*12 + 1120*120) / 1e6},
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"a"}`, Used{InputTokens: 19, OutputTokens: 1322, Outputs: 1}, (19*2 + 202*12 + 1120*120) / 1e6},
		{Image, "gemini-3.0-pro-image-preview", `{"prompt":"a","resolution":"4K"}`, Used{Outputs: 2}, 2 * 2000 * 120 / 1e6},
		// Chats, by dollars or yuan a million.
		{Chat, "openai/gpt-5", ``, Used{InputTokens: 1000, CachedTokens: 400, OutputTokens: 500}, (1000*1.25 + 500*10) / 1e6},
		{Chat, "claude-4.6-opus", ``, Used{InputTokens: 12000, CachedTokens: 10000, WrittenTokens: 1000, HourTokens: 500, OutputTokens: 800, Searches: 2},
			(500*5+10000*.5+1000*6.25+500*10+800*25)/1e6 + 2*.01},
		// Above 200,000 tokens of prompt the whole call is billed at the higher rates.
		{Chat, "gemini-3.1-pro-preview", ``, Used{InputTokens: 200_000, CachedTokens: 50_000, OutputTokens: 1000}, (150_000*2 + 50_000*.2 + 1000*12) / 1e6},
		{Chat, "gemini-3.1-pro-preview", ``, Used{InputTokens: 200_001, CachedTokens: 50_000, OutputTokens: 1000}, (150_001*4 + 50_000*.4 + 1000*18) / 1e6},
		{Chat, "gemini-2.5-flash", ``, Used{InputTokens: 3000, AudioTokens: 1000, OutputTokens: 100}, (2000*.3 + 1000*1 + 100*2.5) / 1e6},
		{Chat, "deepseek/deepseek-v3.2-251201", ``, Used{InputTokens: 10_000, CachedTokens: 9_000, OutputTokens: 1_000}, (1000*2 + 9000*.2 + 1000*3) / 6.9 / 1e6},
		{Chat, "doubao-seed-1.6", ``, Used{InputTokens: 1000, OutputTokens: 200}, (1000*.8 + 200*2) / 6.9 / 1e6},
		{Chat, "doubao-seed-1.6", ``, Used{InputTokens: 1000, OutputTokens: 201}, (1000*.8 + 201*8) / 6.9 / 1e6},
		{Chat, "doubao-seed-1.6", ``, Used{InputTokens: 40_000, OutputTokens: 100}, (40_000*1.2 + 100*16) / 6.9 / 1e6},
		{Chat, "qwen3-max-2026-01-23", ``, Used{InputTokens: 130_000, OutputTokens: 1000}, (130_000*7 + 1000*28) / 6.9 / 1e6},
	} {
		m, _ := Builtin().Find(c.kind, c.model)
		op, args := Turn, map[string]any(nil)
		if c.kind != Chat {
			args = parsed(t, c.args)
			op = OpOf(c.kind, args)
		}
		got, ok := m.Settle(op, args, c.used)
		if !ok || math.Abs(got-c.want) > 5e-7 {
			t.Errorf("%s %s %+v: %v, want %v", c.model, c.args, c.used, got, c.want)
		}
	}
	any, _ := Builtin().Find(Video, "veo-9")
	if usd, ok := any.Settle(TextToVideo, nil, Used{Seconds: 5}); ok {
		t.Errorf("a Veo without a price costs %v", usd)
	}
}
