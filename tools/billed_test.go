package tools

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

// What was really billed stands beside the estimate, is asked with the caller's
// own key, and is never told to a caller who doesn't hold it.
func TestBilledBesideTheEstimate(t *testing.T) {
	today := time.Now().UTC().Format(time.DateOnly)
	var asked []string
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1/chat"):
			fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1000000,\"completion_tokens\":1000000}}\n\ndata: [DONE]\n\n")
		case r.Header.Get("Authorization") == "Bearer sk-old":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"message":"no such route"}}`)
		default:
			fmt.Fprintf(w, `{"status":true,"data":{"currency":"CNY","api_keys":[{"api_key":"sk-t***","bills":[{"date":%q,"total_fee":69}]}]}}`, today)
		}
	})
	h := newHouse(t, up.URL, nil)
	if got := h.call(t, t.Context(), "chat", map[string]any{"model": "deepseek-v3", "prompt": "hi"}); got.Error != nil {
		t.Fatal(got.Error)
	}
	got := h.call(t, t.Context(), "get_usage", map[string]any{"billed": true})
	billed, _ := got.Structured["billed"].(map[string]any)
	if billed["usd"] != 10.0 || !strings.Contains(fmt.Sprint(billed["note"]), "UTC+8") {
		t.Fatalf("%v %v", got.Structured, got.Error)
	}
	day := billed["days"].([]any)[0].(map[string]any)
	if day["day"] != today || day["usd"] != 10.0 || day["estimated_usd"] != got.Structured["total"].(map[string]any)["estimated_usd"] {
		t.Errorf("%v beside %v", day, got.Structured["total"])
	}
	if last := asked[len(asked)-1]; last != "/v2/stat/usage/apikey/cost-detail Bearer sk-test" {
		t.Errorf("asked %q", last)
	}

	sent := len(asked)
	hosted := caller.With(t.Context(), caller.Caller{ID: "a", Hosted: true, HTTP: true})
	if got := h.call(t, hosted, "get_usage", map[string]any{"billed": true}); got.code() != "forbidden" || len(asked) != sent {
		t.Errorf("a caller without the key: %v, %v", got.Error, asked[sent:])
	}
	own := caller.With(t.Context(), caller.Caller{ID: "b", HTTP: true, Key: "sk-own"})
	if got := h.call(t, own, "get_usage", map[string]any{"billed": true, "period": "all"}); got.Error != nil || asked[len(asked)-1] != "/v2/stat/usage/apikey/cost-detail Bearer sk-own" {
		t.Errorf("a caller with a key: %v, %v", got.Error, asked)
	}
	old := caller.With(t.Context(), caller.Caller{ID: "c", HTTP: true, Key: "sk-old"})
	if got := h.call(t, old, "get_usage", map[string]any{"billed": true}); got.Error != nil || got.Structured["billed"] != nil || !strings.Contains(fmt.Sprint(got.warnings()...), "no such route") {
		t.Errorf("a host without the statistics: %v, %v", got.Error, got.Structured)
	}
}
