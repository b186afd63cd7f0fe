package tools

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// streams answers with one chunk, whose delta it is given, and the end.
func streams(t *testing.T, delta any) http.HandlerFunc {
	doc, err := json.Marshal(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": "stop"}}})
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: %s\n\n", doc)
		io.WriteString(w, "data: [DONE]\n\n")
	}
}

func asked(id, name, arguments string) map[string]any {
	return map[string]any{"id": id, "type": "function", "function": map[string]any{"name": name, "arguments": arguments}}
}

// checkWeight checks that a result's structured content is one, and what it weighs.
func (r result) checkWeight(t *testing.T) {
	t.Helper()
	if r.Error != nil {
		t.Fatal(r.Error)
	}
	if n := weight(r.Structured); n >= 50_000 {
		t.Errorf("structured content weighs %d bytes", n)
	}
}

func kept(t *testing.T, r result) string {
	t.Helper()
	path, _ := r.Structured["path"].(string)
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("what was left out is not at %q: %v", path, err)
	}
	return string(doc)
}

// What goes into a result is counted as JSON, and each part by itself.
func TestChatFitsAResult(t *testing.T) {
	thoughts := strings.Repeat("Rome. ", 5000)
	block := []any{map[string]any{"type": "thinking", "thinking": thoughts, "signature": "s"}}
	var many []any
	for i := range 700 {
		many = append(many, asked(fmt.Sprintf("call_%d", i), "lookup_the_weather", fmt.Sprintf(`{"city":"number %d of a long list of cities"}`, i)))
	}
	short := []any{map[string]any{"type": "thinking", "thinking": "hm", "signature": "s"}}
	var links []any
	for i := range 200 {
		links = append(links, map[string]any{"image_url": map[string]any{"url": fmt.Sprintf("https://cdn.example.com/%d.png?%s", i, strings.Repeat("t", 380))}})
	}
	tests := []struct {
		name  string
		delta map[string]any
		check func(*testing.T, result)
	}{
		{"long arguments beside short thoughts", map[string]any{"thinking_blocks": short, "tool_calls": []any{asked("c1", "write", `{"a":"`+strings.Repeat("z", 60_000)+`"}`)}}, func(t *testing.T, r result) {
			if said := fmt.Sprint(r.warnings()); r.Structured["thinking_blocks"] == nil || strings.Contains(said, "thinking") || !strings.Contains(said, "The arguments of write (c1)") {
				t.Errorf("warnings %s", said)
			}
		}},
		{"many links", map[string]any{"content": "Here they are.", "images": links}, func(t *testing.T, r result) {
			images, _ := r.Structured["images"].([]any)
			if r.Structured["text"] != "Here they are." || len(images) == 0 || !strings.Contains(fmt.Sprint(r.warnings()), fmt.Sprintf("%d more pictures", 200-len(images))) {
				t.Errorf("%d images, warnings %v, text %.100v", len(images), r.warnings(), r.Structured["text"])
			}
		}},
		{"control characters", map[string]any{"content": strings.Repeat("\x01", 20_000)}, func(t *testing.T, r result) {
			if kept(t, r) != strings.Repeat("\x01", 20_000) || !strings.Contains(r.Text, "[The whole answer is at /") {
				t.Errorf("the text ends %q", r.Text[len(r.Text)-200:])
			}
		}},
		{"what HTML escapes", map[string]any{"content": strings.Repeat("<é>", 5_000)}, func(t *testing.T, r result) {
			text, _ := r.Structured["text"].(string)
			if len(text) < 7_000 || !strings.HasPrefix(strings.Repeat("<é>", 5_000), text) {
				t.Errorf("%d bytes are left", len(text))
			}
		}},
		{"long thoughts, short arguments", map[string]any{"thinking_blocks": block, "tool_calls": []any{asked("c1", "lookup", `{"city":"Rome"}`)}}, func(t *testing.T, r result) {
			if got := fmt.Sprint(r.Structured["tool_calls"]); got != "[map[arguments:map[city:Rome] id:c1 name:lookup]]" {
				t.Errorf("calls %s", got)
			}
			if r.Structured["truncated"] != true || r.Structured["thinking_blocks"] != nil || !strings.Contains(kept(t, r), thoughts) {
				t.Errorf("the thoughts: %.300v", r.Structured)
			}
			if said := fmt.Sprint(r.warnings()); !strings.Contains(said, "The thinking blocks are longer") || strings.Contains(said, "The arguments") {
				t.Errorf("warnings %s", said)
			}
			if !strings.HasPrefix(r.Text, `[{"id":"c1","name":"lookup","arguments":{"city":"Rome"}}]`) || !strings.Contains(r.Text, "left out here") {
				t.Errorf("text %s", r.Text)
			}
		}},
		{"one long call of two", map[string]any{"content": "so", "tool_calls": []any{asked("c1", "write", `{"a":"`+thoughts+`"}`), asked("c2", "lookup", `{"b":1}`)}}, func(t *testing.T, r result) {
			if got := fmt.Sprint(r.Structured["tool_calls"]); got != "[map[id:c1 name:write] map[arguments:map[b:1] id:c2 name:lookup]]" {
				t.Errorf("calls %s", got)
			}
			if said := fmt.Sprint(r.warnings()); !strings.Contains(said, "The arguments of write (c1) are longer") || !strings.Contains(kept(t, r), thoughts) {
				t.Errorf("warnings %s", said)
			}
		}},
		{"many calls", map[string]any{"tool_calls": many}, func(t *testing.T, r result) {
			calls, _ := r.Structured["tool_calls"].([]any)
			if len(calls) < 100 || !strings.Contains(kept(t, r), "number 699 of") || !strings.Contains(r.Text, "lookup_the_weather") {
				t.Errorf("%d calls: %.300s", len(calls), r.Text)
			}
		}},
		{"all of it", map[string]any{"content": thoughts, "thinking_blocks": block[:1], "tool_calls": many}, func(t *testing.T, r result) {
			if kept(t, r) != thoughts || !strings.Contains(r.Text, "[The whole answer is at ") {
				t.Errorf("%.300v", r.Structured)
			}
		}},
		{"many broken calls", map[string]any{"tool_calls": append([]any{asked("x", "a_call", "{")}, func() (list []any) {
			for i := range 700 {
				list = append(list, asked(fmt.Sprintf("x%d", i), fmt.Sprintf("a_call_%d", i), "{"))
			}
			return list
		}()...)}, func(t *testing.T, r result) {
			if !strings.Contains(fmt.Sprint(r.warnings()), "more warnings are left out") {
				t.Errorf("%d warnings", len(r.warnings()))
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := newStandIn(t, streams(t, tt.delta))
			h := newHouse(t, up.URL, nil)
			got := h.call(t, t.Context(), "chat", map[string]any{"model": "claude-4.5-sonnet", "prompt": "p", "save": false})
			got.checkWeight(t)
			tt.check(t, got)
		})
	}
}

// A long answer that is given again is the same, in the same file.
func TestLongAnswerGivenAgain(t *testing.T) {
	up := newStandIn(t, streams(t, map[string]any{"content": strings.Repeat("words ", 10_000)}))
	h := newHouse(t, up.URL, nil)
	args := map[string]any{"model": "deepseek-v3", "prompt": "p", "idempotency_key": "k"}
	first, again := h.call(t, t.Context(), "chat", args), h.call(t, t.Context(), "chat", args)
	if first.Structured["task_id"] != nil || again.Structured["task_id"] != nil || first.Structured["path"] != again.Structured["path"] {
		t.Errorf("%v %v, then %v %v", first.Structured["path"], first.Structured["task_id"], again.Structured["path"], again.Structured["task_id"])
	}
	if files, err := os.ReadDir(h.out); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// An answer is not lost because the output folder can't be written.
func TestLongAnswersWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("words ", 5000) // 30 KB
	native := always(`{"id":"msg_1","content":[{"type":"text","text":"` + strings.Repeat("<b> ", 15_000) + `"}]}`)
	for _, spare := range []string{filepath.Join(t.TempDir(), "kept"), ""} {
		t.Run("spare "+fmt.Sprint(spare != ""), func(t *testing.T) {
			at := func(up *standIn) *house {
				return newHouse(t, up.URL, func(s *jobs.Service) {
					s.Results.Store, s.Results.Fallback = media.Folder{Root: filepath.Join(file, "out")}, media.Folder{Root: spare}
				})
			}
			ask := func(h *house) result {
				return h.call(t, t.Context(), "chat", map[string]any{"model": "openai/gpt-5.2", "prompt": "p"})
			}
			got := ask(at(newStandIn(t, streams(t, map[string]any{"content": long}))))
			got.checkWeight(t)
			huge := ask(at(newStandIn(t, streams(t, map[string]any{"content": long + long}))))
			huge.checkWeight(t)
			body := at(newStandIn(t, native)).call(t, t.Context(), "native_chat", map[string]any{
				"protocol": "anthropic", "model": "claude-4.5-sonnet", "body": map[string]any{"max_tokens": 9}})
			body.checkWeight(t)
			if spare != "" {
				if kept(t, got) != long || kept(t, huge) != long+long || !strings.Contains(kept(t, body), "<b> <b> ") {
					t.Error("the whole is not in the spare folder")
				}
				return
			}
			if got.Structured["text"] != long || got.Text != long+"\n\n["+costOf(got)+"]" || got.Structured["truncated"] != nil || len(got.warnings()) != 0 {
				t.Errorf("what fits is not whole: %.200v, warnings %v", got.Structured["truncated"], got.warnings())
			}
			text, _ := huge.Structured["text"].(string)
			if len(text) < 40_000 || huge.Structured["truncated"] != true || !strings.Contains(huge.Text[len(text):], "[The answer is cut off here; the rest could not be kept.]") {
				t.Errorf("%d bytes, which end %q", len(text), huge.Text[len(huge.Text)-200:])
			}
			if head, _ := body.Structured["body"].(map[string]any)["head"].(string); len(head) < 12_000 || body.Structured["path"] != nil {
				t.Errorf("the head of the native answer has %d bytes", len(head))
			}
		})
	}
}

func TestNativeAnswersAreObjects(t *testing.T) {
	for body, want := range map[string]string{
		`[1, {"a":2}]`: `map[answer:[1 map[a:2]]]`,
		`"hi"`:         `map[answer:hi]`,
		`{"a":[1]}`:    `map[a:[1]]`,
	} {
		up := newStandIn(t, always(body))
		h := newHouse(t, up.URL, nil)
		got := h.call(t, t.Context(), "native_chat", map[string]any{"protocol": "bypass_gemini", "model": "gemini-2.5-pro", "body": map[string]any{}})
		if said := fmt.Sprint(got.Structured["body"]); said != want {
			t.Errorf("%s: %s %v", body, said, got.Error)
		}
		if len(got.warnings()) != map[bool]int{true: 0, false: 1}[body[0] == '{'] {
			t.Errorf("%s: warnings %v", body, got.warnings())
		}
	}
}

// costOf is the cost of a result as its text says it.
func costOf(r result) string {
	usd, _ := r.Structured["estimated_usd"].(float64)
	return costPhrase(&usd)
}
