package catalog

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Sent // without its text
	}{
		{"a chat", `{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":10,"n":2}`, Sent{MaxOutput: 10, Answers: 2}},
		{"the largest limit counts, in any letter case", `{"max_tokens":10,"Max_Completion_Tokens":100000,"N":3}`, Sent{MaxOutput: 100000, Answers: 3}},
		{"a name that is escaped", `{"max_tokens":10,"m\u0061x_tokens":77}`, Sent{MaxOutput: 77}},
		{"a name twice", `{"max_tokens":10,"max_tokens":50,"max_tokens":20}`, Sent{MaxOutput: 50}},
		{"a number as text", `{"max_tokens":"500"}`, Sent{MaxOutput: 500}},
		{"no numbers", `{"max_tokens":null,"n":-1,"max_output_tokens":"many"}`, Sent{}},
		{"names in a schema are not settings", `{"tools":[{"type":"function","function":{"parameters":{"properties":{"n":{"default":9},"max_tokens":{"default":8}}}}}]}`, Sent{}},
		{"Gemini", `{"contents":[{"parts":[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}],"generationConfig":{"maxOutputTokens":64,"candidateCount":2,"thinkingConfig":{"thinkingBudget":9}}}`,
			Sent{Images: 1, MaxOutput: 64, Answers: 2, ThinkingBudget: 9}},
		{"Gemini's video", `{"contents":[{"parts":[{"fileData":{"mimeType":"video/mp4","fileUri":"gs://a"}}]}]}`, Sent{Others: 2, Sound: true}},
		{"Gemini's tools", `{"tools":[{"googleSearch":{}},{"codeExecution":{}},{"functionDeclarations":[{"name":"f"}]}]}`, Sent{Searches: AnyNumber, Unpriced: []string{"the tool codeExecution"}}},
		{"Responses", `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"https://a.example/x.png"}]}],"max_output_tokens":5,"previous_response_id":"r","tools":[{"type":"web_search_preview"},{"type":"image_generation"}]}`,
			Sent{Images: 1, MaxOutput: 5, Stored: true, Searches: AnyNumber, Unpriced: []string{"the tool image_generation"}}},
		{"Anthropic", `{"max_tokens":4096,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}],"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3}],"thinking":{"type":"enabled","budget_tokens":2048}}`,
			Sent{MaxOutput: 4096, Images: 1, Searches: 3, CacheWrite: true, CacheHour: true, ThinkingBudget: 2048}},
		{"max_uses of another tool limits nothing", `{"tools":[{"max_uses":1,"type":"function","name":"f"},{"type":"web_search_20250305"}]}`, Sent{Searches: AnyNumber}},
		{"max_uses before the type", `{"tools":[{"max_uses":2,"type":"web_search_20250305"}]}`, Sent{Searches: 2}},
		{"search by a switch", `{"enable_search":true}`, Sent{Searches: AnyNumber}},
		{"search by options", `{"web_search_options":{"size":"low"}}`, Sent{Searches: AnyNumber}},
		{"thinking off", `{"thinking":{"type":"disabled"}}`, Sent{ThinksNot: true}},
		{"thinking off and on", `{"type":"disabled","thinking":{"type":"disabled"},"chat_template_kwargs":{"enable_thinking":true}}`, Sent{}},
		{"a dearer tier", `{"service_tier":"priority"}`, Sent{Unpriced: []string{"servicetier"}}},
		{"sound, mode and size", `{"sound":"on","mode":"PRO","parameters":{"resolution":"4k","durationSeconds":8}}`, Sent{Seconds: 8, Fields: map[string]any{"audio": true, "mode": "pro", "resolution": "4k"}}},
		{"chat with a clip and a file", `{"messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://a.example/x.mp4"}},{"type":"file","file":{"file_id":"qfile-1"}}]}]}`, Sent{Others: 2, Sound: true}},
		{"pictures of an edit", `{"prompt":"p","image":["blob-1.","https://a.example/b.png"]}`, Sent{Images: 2}},
	} {
		got := Read([]byte(c.body))
		if got.TextBytes == 0 || got.TextBytes > len(c.body) {
			t.Errorf("%s: %d bytes of text", c.name, got.TextBytes)
		}
		got.TextBytes, got.TextTokens = 0, 0
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// The bytes of a picture are no text; a long text under its name is.
func TestMediaAreNoText(t *testing.T) {
	body := func(url string) []byte {
		return []byte(`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + url + `"}}]}]}`)
	}
	picture := Read(body("data:image/png;base64," + strings.Repeat("QUJD", 100_000)))
	prose := Read(body(strings.Repeat("many words ", 10_000)))
	if picture.TextBytes > 200 || picture.TextTokens > 50 || picture.Images != 1 {
		t.Errorf("a picture is %+v", picture)
	}
	if prose.TextBytes < 110_000 || prose.TextTokens < 20_000 {
		t.Errorf("a text is %+v", prose)
	}
}

// A body costs what its size is, however deep or full it is.
func TestReadIsLinear(t *testing.T) {
	for name, body := range map[string]string{
		"deep":    strings.Repeat(`{"a":`, 1<<20) + "1" + strings.Repeat("}", 1<<20),
		"lists":   strings.Repeat(`[`, 4<<20) + strings.Repeat("]", 4<<20),
		"wide":    `{` + strings.Repeat(`"max_tokens":1,`, 1<<19) + `"a":1}`,
		"escapes": `{"a":"` + strings.Repeat(`\"`, 4<<20) + `"}`,
		"broken":  `{"a":"` + strings.Repeat(`\`, 1<<20),
		"closed":  `}` + strings.Repeat(`]`, 1<<20),
	} {
		began := time.Now()
		Read([]byte(body))
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: %d bytes took %s", name, len(body), took)
		}
	}
}

func chatBody(text string, max int) []byte {
	quoted, _ := json.Marshal(text)
	return fmt.Appendf(nil, `{"model":"m","messages":[{"role":"user","content":%s}],"max_tokens":%d}`, quoted, max)
}

// The estimate of a chat counts its text by script and its answer by its limit;
// the bound a token for each byte.
func TestQuoteOfAChat(t *testing.T) {
	m, _ := Builtin().Find(Chat, "openai/gpt-5.2")
	body := chatBody(strings.Repeat("word ", 8000), 1000) // 40,000 characters
	q := m.Quote(Turn, nil, Read(body))
	likely := (10_000 + 3) * 1.75 / 1e6 // "user", "m" and the like are some tokens
	if math.Abs(*q.Expected-(likely+1000*14/1e6)) > 1e-4 {
		t.Errorf("estimated at %v", *q.Expected)
	}
	if want := float64(len(body)+1024)*1.75/1e6 + 1000*14/1e6; math.Abs(*q.Most-want) > 1e-9 {
		t.Errorf("at most %v, want %v", *q.Most, want)
	}
	chinese := m.Quote(Turn, nil, Read(chatBody(strings.Repeat("字", 3000), 1)))
	if usd := *chinese.Expected; usd < 3000*1.75/1e6 || usd > 3100*1.75/1e6 {
		t.Errorf("3,000 Chinese characters are estimated at %v", usd)
	}
}

// No price is lower than what a call can be billed, so a long prompt counts at
// the rates for long prompts, thoughts besides max_tokens count, and what isn't
// limited has no bound.
func TestBoundOfAChat(t *testing.T) {
	set := Builtin()
	quote := func(model, body string) Quote {
		m, ok := set.ForChat(model)
		if !ok {
			t.Fatal(model)
		}
		return m.Quote(Turn, nil, Read([]byte(body)))
	}
	near := func(name string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-6 {
			t.Errorf("%s: at most %v, want %v", name, show1(got), want)
		}
	}
	long := string(chatBody(strings.Repeat("a", 250_000), 10))
	near("a long prompt", quote("gemini-3.1-pro-preview", long).Most, float64(len(long)+1024)*4/1e6+10*18/1e6)
	body := `{"messages":[],"max_tokens":10,"max_completion_tokens":100000}`
	near("two limits", quote("openai/gpt-5", body).Most, float64(len(body)+1024)*1.25/1e6+100000*10/1e6)
	body = `{"messages":[],"max_tokens":10}`
	near("thoughts beside", quote("doubao-seed-1.6", body).Most, (float64(len(body)+1024)*.8+(10+32768)*8)/6.9/1e6)
	body = `{"messages":[],"max_tokens":10,"thinking":{"type":"disabled"}}`
	near("no thoughts", quote("doubao-seed-1.6", body).Most, (float64(len(body)+1024)*.8+10*2)/6.9/1e6)
	body = `{"messages":[],"max_tokens":10,"n":4}`
	near("several answers", quote("openai/gpt-5", body).Most, 4*(float64(len(body)+1024)*1.25/1e6+10*10/1e6))
	body = `{"messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://a.example/v.mp4"}}]}],"max_tokens":10}`
	near("a video", quote("gemini-2.5-flash", body).Most, 1048576*1/1e6+10*2.5/1e6)
	body = `{"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}],"max_tokens":10}`
	near("a cache", quote("claude-4.5-sonnet", body).Most, float64(len(body)+1024)*3.75/1e6+10*15/1e6)
	body = `{"messages":[],"max_tokens":10,"tools":[{"type":"web_search_20250305","max_uses":2}]}`
	near("searches", quote("claude-4.5-sonnet", body).Most, 3*200000*3/1e6+10*15/1e6+2*.01)
	for _, body := range []string{`{"tools":[{"type":"web_search"}],"max_tokens":1}`, `{"tools":[{"type":"code_interpreter"}],"max_tokens":1}`, `{"service_tier":"priority","max_tokens":1}`} {
		if q := quote("openai/gpt-5.2", body); q.Most != nil || q.Reason == "" {
			t.Errorf("%s: at most %v (%s)", body, show1(q.Most), q.Reason)
		}
	}
	pictures := `{"messages":[],"max_tokens":100,"image_config":{"image_size":"4K"}}`
	near("a chat that may draw", quote("gemini-3.0-pro-image-preview", pictures).Most, float64(len(pictures)+1024)*2/1e6+100*12/1e6+10*2000*120/1e6)
}

// A limit on the answer keeps a chat within what is left.
func TestOutputWithin(t *testing.T) {
	m, _ := Builtin().Find(Chat, "claude-4.6-opus")
	for _, limit := range []int{0, 100, 1_000_000} {
		sent := Read(chatBody("hello", 1))
		sent.MaxOutput = limit
		n, ok := m.OutputWithin(.05, sent)
		sent.MaxOutput = n
		q := m.Quote(Turn, nil, sent)
		if !ok || *q.Most > .05 || limit == 100 && n != 100 || limit != 100 && (n < 1700 || n > 2000) {
			t.Errorf("limit %d: %d, %v, at most %v", limit, n, ok, show1(q.Most))
		}
	}
	if n, ok := m.OutputWithin(.0001, Read(chatBody("hello", 10))); ok {
		t.Errorf("a chat within a hundredth of a cent: %d", n)
	}
	if n, ok := m.OutputWithin(5, Read([]byte(`{"tools":[{"type":"web_search"}]}`))); ok {
		t.Errorf("a chat that may search any number of times: %d", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"messages":[{"content":"x"}],"max_tokens":5}`))
	f.Add([]byte(`{"a":[{"b":"\"`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if s := Read(doc); s.TextBytes > len(doc) || s.MaxOutput < 0 || s.Answers < 0 {
			t.Errorf("%q: %+v", doc, s)
		}
	})
}
