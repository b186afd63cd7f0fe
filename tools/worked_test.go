package tools

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
)

// worked are calls whose cost was computed by hand from prices.tsv and
// prices-vidu-q2.tsv of the service's documents, in USD; 6.9 yuan are a dollar
// there. The estimate is made before the call, and the settlement after it by
// what the service answers.
var worked = []struct {
	what          string
	tool          string
	args          map[string]any
	create, query string // what the service answers
	estimate      string
	settled       string
}{
	{
		"A chat with Claude 4.6 Opus: a prompt of 12,000 tokens, at most 1,000 in answer. 10,000 were read from a cache, 800 answered.",
		"chat", map[string]any{"model": "claude-4.6-opus", "prompt": strings.Repeat("word ", 9596) + "a", "max_tokens": 1000},
		turned(`{"prompt_tokens":12000,"completion_tokens":800,"prompt_tokens_details":{"cached_tokens":10000}}`), "",
		"(12000*5 + 1000*25) / 1e6", "(2000*5 + 10000*0.5 + 800*25) / 1e6",
	},
	{
		"A long chat with Gemini 3.1 Pro: above 200,000 tokens of prompt the whole call has the higher rates. 50,000 were read from a cache.",
		"chat", map[string]any{"model": "gemini-3.1-pro-preview", "prompt": strings.Repeat("word ", 160_000), "max_tokens": 1000},
		turned(`{"prompt_tokens":210000,"completion_tokens":800,"prompt_tokens_details":{"cached_tokens":50000}}`), "",
		"(200007*4 + 1000*18) / 1e6", "(160000*4 + 50000*0.4 + 800*18) / 1e6",
	},
	{
		"A chat with Doubao Seed 1.6: answers of more than 200 tokens have a higher rate. At most 1,000 were allowed, 150 came.",
		"chat", map[string]any{"model": "doubao-seed-1.6", "prompt": strings.Repeat("word ", 796) + "a", "max_tokens": 1000},
		turned(`{"prompt_tokens":1000,"completion_tokens":150}`), "",
		"(1000*0.8 + 1000*8) / 6.9 / 1e6", "(1000*0.8 + 150*2) / 6.9 / 1e6",
	},
	{
		"Claude 4.6 Opus in Anthropic's own protocol: 1,000 tokens were written to a cache for 5 minutes, 10,000 read, and the web was searched twice.",
		"native_chat", map[string]any{"protocol": "anthropic", "model": "claude-4.6-opus", "body": map[string]any{"max_tokens": 1000,
			"messages": []any{map[string]any{"role": "user", "content": strings.Repeat("word ", 796) + "a"}}}},
		`{"id":"msg_1","type":"message","content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":500,"cache_creation_input_tokens":1000,"cache_read_input_tokens":10000,"output_tokens":800,"server_tool_use":{"web_search_requests":2}}}`, "",
		"(1000*5 + 1000*25) / 1e6", "(500*5 + 1000*6.25 + 10000*0.5 + 800*25) / 1e6 + 2*0.01",
	},
	{
		"A picture in 4K by Gemini 3.0 Pro: 2,000 tokens of picture. The answer's text and thoughts had 202 tokens.",
		"generate_image", map[string]any{"model": "gemini-3.0-pro-image-preview", "prompt": "a lighthouse at dusk", "resolution": "4K"},
		`{"created":1764574464,"data":[{"b64_json":"` + onePixel + `"}],"output_format":"png","usage":{"input_tokens":16,"output_tokens":2202,"total_tokens":2218,"output_tokens_details":{"image_tokens":2000,"text_tokens":202}}}`, "",
		"(13*2 + 2000*120) / 1e6", "(16*2 + 202*12 + 2000*120) / 1e6",
	},
	{
		"Three pictures by Kling v2, of which two came.",
		"generate_image", map[string]any{"model": "kling-v2", "prompt": "a lighthouse at dusk", "count": 3},
		`{"task_id":"image-17-1"}`, `{"task_id":"image-17-1","status":"succeed","data":[{"index":0,"url":"https://cdn.example/0.png"},{"index":1,"url":"https://cdn.example/1.png"}]}`,
		"3 * 0.1 / 6.9", "2 * 0.1 / 6.9",
	},
	{
		"A clip by Kling v3 in mode pro with sound, 10 s asked for and made.",
		"generate_video", map[string]any{"model": "kling-v3", "prompt": "waves", "mode": "pro", "audio": true, "seconds": 10},
		`{"id":"qvideo-u42-1","status":"queued"}`, clip("10"),
		"10 * 1.2 / 6.9", "10 * 1.2 / 6.9",
	},
	{
		"A clip of two shots, 4 and 6 s, by Kling v3 without sound, which came out as 9 s.",
		"generate_video", map[string]any{"model": "kling-v3", "shots": []any{map[string]any{"prompt": "waves", "seconds": 4}, map[string]any{"prompt": "a boat", "seconds": 6}}},
		`{"id":"qvideo-u42-1","status":"queued"}`, clip("9"),
		"(4+6) * 0.8 / 6.9", "9 * 0.8 / 6.9",
	},
	{
		"Two clips of 8 s with sound by Veo 3.1, of which one came.",
		"generate_video", map[string]any{"model": "veo-3.1-generate-001", "prompt": "a tram climbs a hill", "audio": true, "seconds": 8, "resolution": "720p", "count": 2},
		`{"id":"chatvideo-1"}`, `{"id":"chatvideo-1","status":"Completed","data":{"videos":[{"url":"https://cdn.example/1.mp4","mimeType":"video/mp4"}]}}`,
		"2 * 8 * 0.40", "1 * 8 * 0.40",
	},
	{
		"A clip of 5 s in 720p by Vidu q2 Turbo: the first second has a rate of its own.",
		"generate_video", map[string]any{"model": "viduq2-turbo", "prompt": "waves", "first_frame": "https://example.org/a.png", "seconds": 5, "resolution": "720p"},
		`{"request_id":"q-1","status":"IN_QUEUE"}`, `{"request_id":"q-1","status":"COMPLETED","video":{"url":"https://cdn.example/1.mp4"}}`,
		"0.03623188 + 4*0.04528986", "0.03623188 + 4*0.04528986",
	},
	{
		"A clip of 4 s in 480p by Seedance 2.0, billed by tokens: 864 x 496 pixels, 24 frames a second and one, by 1,024.",
		"generate_video", map[string]any{"model": "bytedance/doubao-seedance-2-0-260128", "prompt": "waves", "seconds": 4, "resolution": "480p", "aspect_ratio": "16:9"},
		`{"id":"cgt-1"}`, `{"id":"cgt-1","status":"succeeded","content":{"video_url":"https://cdn.example/1.mp4"},"usage":{"completion_tokens":40594,"total_tokens":40594}}`,
		"864*496*97 / 1024.0 * 46 / 6.9 / 1e6", "40594 * 46 / 6.9 / 1e6",
	},
	{
		"A clip that the service could not make.",
		"generate_video", map[string]any{"model": "sora-2", "prompt": "waves", "seconds": 8},
		`{"id":"qvideo-u42-1","status":"queued"}`, `{"id":"qvideo-u42-1","status":"failed","error":{"code":"generation_failed","message":"content does not comply"}}`,
		"8 * 0.10", "0",
	},
}

func turned(usage string) string {
	return `{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":` + usage + `}`
}

func clip(seconds string) string {
	return `{"id":"qvideo-u42-1","status":"completed","seconds":"` + seconds + `","task_result":{"videos":[{"id":"1","url":"https://cdn.example/1.mp4","duration":"` + seconds + `"}]}}`
}

// byHand is the value of a sum as it is written.
func byHand(t *testing.T, sum string) float64 {
	t.Helper()
	got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, sum)
	if err != nil {
		t.Fatal(err)
	}
	usd, _ := constant.Float64Val(constant.ToFloat(got.Value))
	return usd
}

// What is estimated and what is settled are the sums that the documents give,
// and get_usage of the day is their total, to the micro-dollar. The examples are
// those of docs/costs.md and of the guide to costs.
func TestWorkedExamples(t *testing.T) {
	var table strings.Builder
	table.WriteString("| call | estimated before | settled after |\n|---|---|---|\n")
	var guide strings.Builder
	var create, query string
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			fmt.Fprint(w, query)
			return
		}
		fmt.Fprint(w, create)
	})
	h := newHouse(t, up.URL+"/v1", nil)
	day := 0.0
	for _, e := range worked {
		t.Run(e.what, func(t *testing.T) {
			create, query = e.create, e.query
			estimate, settled := byHand(t, e.estimate), byHand(t, e.settled)
			dry := h.call(t, t.Context(), e.tool, with(e.args, "dry_run", true))
			if usd, _ := dry.Structured["estimated_usd"].(float64); dry.Error != nil || math.Abs(usd-estimate) > 5e-7 {
				t.Errorf("estimated %v, want %s = %v: %v", usd, e.estimate, estimate, dry.Error)
			}
			args := e.args
			if e.tool == "generate_image" || e.tool == "generate_video" {
				args = with(args, "save", false, "wait_seconds", 20)
			}
			made := h.call(t, t.Context(), e.tool, args)
			usd, known := made.Structured["estimated_usd"].(float64)
			if e.tool == "native_chat" { // its result is the vendor's own
				usd, known = settled, true
			}
			if made.Error != nil || !known || math.Abs(usd-settled) > 5e-7 {
				t.Errorf("settled at %v, want %s = %v: %v %s", usd, e.settled, settled, made.Error, made.Text)
			}
			total, _ := h.call(t, t.Context(), "get_usage", map[string]any{}).Structured["total"].(map[string]any)
			spent, _ := total["estimated_usd"].(float64)
			if day += settled; math.Abs(spent-day) > 5e-7 {
				t.Errorf("get_usage says %v, want %v", spent, day)
			}
			fmt.Fprintf(&guide, "* %s Estimated $%.4f, settled $%.4f.\n", e.what, estimate, settled)
			fmt.Fprintf(&table, "| %s | %s = $%.6f | %s = $%.6f |\n", e.what, "`"+e.estimate+"`", estimate, "`"+e.settled+"`", settled)
		})
	}
	golden.Section(t, "../resources/guide/costs.md", "examples", guide.String())
	fmt.Fprintf(&table, "\n`get_usage` of a day with these calls, and no others, says $%.6f.\n", day)
	golden.Section(t, "../docs/costs.md", "worked examples", table.String())
}
