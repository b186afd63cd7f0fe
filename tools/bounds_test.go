package tools

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// An id of the service is kept as odd as it is: the handle made of it can be
// asked after.
func TestOddIDsComeBack(t *testing.T) {
	for _, id := range []string{"a\x07b", "a\tb", "a\x7fb", "a\u0085b", "a:b#c", "a b", "ü-漢", "a%2Fb", strings.Repeat("x", 2000)} {
		quoted, err := nexconn.PlainJSON(id)
		if err != nil {
			t.Fatal(err)
		}
		asked := ""
		s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				asked = strings.TrimPrefix(r.URL.Path, "/v1/videos/")
			}
			fmt.Fprintf(w, `{"id":%s,"status":"in_progress"}`, quoted)
		})
		h := newHouse(t, s.URL, nil)
		made := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "waves", "save": false})
		got := h.call(t, t.Context(), "query_task", map[string]any{"task_id": made.Structured["task_id"], "save": false})
		if got.Structured["status"] != "running" || got.Structured["task_id"] != "kling-v3:"+id || asked != id {
			t.Errorf("%q: asked for %q, got %v %s", id, asked, got.Structured, got.Text)
		}
	}
}

// Whatever the service answers, a result stays under 50 KB in both of its halves.
func TestResultsAreBounded(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	outputs := func(n, length int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"%d","url":"https://cdn.test/%d-%s.mp4","duration":"5"}`, i, i, long(length)))
		}
		return `{"id":"q","status":"completed","task_result":{"videos":[` + strings.Join(list, ",") + `]}}`
	}
	for name, body := range map[string]string{
		"many outputs":       outputs(20_000, 10),
		"long links":         outputs(60, 4000),
		"one long link":      outputs(1, 900_000),
		"a long reason":      `{"id":"q","status":"failed","error":{"code":"` + long(400_000) + `","message":"` + long(400_000) + `"}}`,
		"a long status":      `{"id":"q","status":"` + long(400_000) + `"}`,
		"long signs in JSON": `{"id":"q","status":"failed","error":{"code":"` + strings.Repeat("<", 100_000) + `","message":"` + strings.Repeat(`\u0001`, 100_000) + `"}}`,
		"odd numbers":        `{"id":"q","status":"completed","progress":1e300,"created_at":1e300,"task_result":{"videos":[{"url":"https://cdn.test/a.mp4","duration":"1e300"}]}}`,
	} {
		s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) })
		h := newHouse(t, s.URL, nil)
		for tool, args := range map[string]map[string]any{
			"generate_video": {"model": "kling-v3", "prompt": "waves", "save": false},
			"query_task":     {"task_id": "kling-v3:q", "save": false},
			"list_tasks":     {"limit": 100},
		} {
			got := h.call(t, t.Context(), tool, args)
			if got.Error != nil {
				if n := len(fmt.Sprint(got.Error)) + len(got.Text); n > 10_000 {
					t.Errorf("%s: the error of %s weighs %d", name, tool, n)
				}
				continue
			}
			if n := weight(got.Structured); n > 50_000 || len(got.Text) > 50_000 {
				t.Errorf("%s: %s weighs %d structured, %d in text", name, tool, n, len(got.Text))
			}
		}
	}
	for _, status := range []int{400, 403, 429, 500} {
		s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", long(20_000))
			w.Header().Set("Retry-After", "99999999999999999999")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":%q,"code":%q,"param":%q}}`, long(300_000), long(300_000), long(300_000))
		})
		h := newHouse(t, s.URL, nil)
		got := h.call(t, t.Context(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "waves"})
		if n := len(fmt.Sprint(got.Error)) + len(got.Text); got.Error == nil || n > 6_000 {
			t.Errorf("%d: the error weighs %d", status, n)
		}
		if after, _ := got.Error["retry_after_seconds"].(float64); after > 24*3600 {
			t.Errorf("%d: come again after %v", status, after)
		}
	}
}

// A link that is too long for a result is told of, beside what else is known.
func TestLongLinksAreTold(t *testing.T) {
	s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":"q","status":"completed","task_result":{"videos":[{"url":"https://cdn.test/%s.mp4","duration":"5"}]}}`, strings.Repeat("x", 20_000))
	})
	got := newHouse(t, s.URL, nil).call(t, t.Context(), "query_task", map[string]any{"task_id": "kling-v3:q", "save": false})
	list, _ := got.Structured["outputs"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["url"] != nil || list[0].(map[string]any)["seconds"] != 5.0 || !strings.Contains(fmt.Sprint(got.warnings()), "save_outputs saves what it leads to") {
		t.Errorf("got %.500v", got.Structured)
	}
}

// A create that is answered with a redirect may have been taken: it is no
// refusal, and its place is not asked as if it were another create.
func TestRedirectedCreatesAreUnknown(t *testing.T) {
	for _, model := range []string{"kling-v3", "sora-2", "viduq2", "veo-3.1-generate-001"} {
		for status, to := range map[int]string{303: "/v1/elsewhere", 302: "/v1/videos/q-1", 307: "/v1/videos", 301: ""} {
			s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
				if to != "" {
					w.Header().Set("Location", to)
				}
				w.WriteHeader(status)
			})
			h := newHouse(t, s.URL, nil)
			got := h.call(t, t.Context(), "generate_video", map[string]any{"model": model, "prompt": "waves", "idempotency_key": "k"})
			if sent := s.sent(); len(sent) != 1 {
				t.Errorf("%s %d: sent %d times", model, status, len(sent))
			}
			if id, _ := got.Structured["task_id"].(string); status == 303 && (got.Structured["status"] != "unknown" || !strings.HasPrefix(id, model+":local-")) {
				t.Errorf("%s: got %v %v", model, got.Structured, got.Error)
			}
		}
	}
}

// A model that is switched off is refused by every tool, whatever kind it is and
// however its id is written, and nothing is sent.
func TestSwitchedOffModelsAreRefused(t *testing.T) {
	off := map[string]bool{"deepseek-v3": true, "gemini-2.5-flash-image": true, "kling-v3": true}
	s := newStandIn(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{}`) })
	h := newHouse(t, s.URL, func(s *jobs.Service) {
		set := slices.Clone(s.Models())
		for i, m := range set {
			set[i].Off = off[m.ID]
		}
		s.Models = func() catalog.Set { return set }
	})
	for _, model := range []string{"deepseek-v3", "DeepSeek-V3", "gemini-2.5-flash-image", "nano-banana", "Gemini-2.5-Flash-Image", "kling-v3", "KLING-V3"} {
		for _, protocol := range []string{"anthropic", "bypass_anthropic", "bypass_gemini", "bypass_responses"} {
			got := h.call(t, t.Context(), "native_chat", map[string]any{"protocol": protocol, "model": model, "body": map[string]any{"input": "hi"}})
			if got.code() != "unknown_model" || got.Error["field"] != "model" {
				t.Errorf("native_chat %s with %s: %v %v", protocol, model, got.Error, got.Structured)
			}
		}
		got := h.call(t, t.Context(), "chat", map[string]any{"model": model, "prompt": "hi"})
		if got.code() != "unknown_model" {
			t.Errorf("chat with %s: %v %v", model, got.Error, got.Structured)
		}
	}
	if sent := s.sent(); len(sent) > 0 {
		t.Errorf("sent: %s %s", sent[0].method, sent[0].path)
	}
}
