package command_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBothErasOfOneServer(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(1)...), "--sandbox")})
	for _, modern := range []bool{false, true} {
		c := p.as(secretOf("caller-00"))
		c.modern = modern
		if modern {
			if r := c.request("server/discover", nil, ""); !strings.Contains(string(r.result), "2026-07-28") {
				t.Errorf("server/discover: %.300s", r.raw)
			}
		} else {
			r := c.request("initialize", object{"protocolVersion": "2025-11-25", "capabilities": object{}, "clientInfo": object{"name": "x", "version": "1"}}, "")
			if !strings.Contains(string(r.result), `"protocolVersion":"2025-11-25"`) {
				t.Errorf("initialize: %.300s", r.raw)
			}
		}
		if list := c.request("tools/list", nil, ""); len(list.raw) >= 20000 || !strings.Contains(list.raw, `"generate_video"`) {
			t.Errorf("modern %v: tools/list has %d bytes", modern, len(list.raw))
		}
		c.progress = `"here"`
		made := c.must("generate_image", object{"model": "kling-v1", "prompt": "[[slow:2s]]", "wait_seconds": 30})
		rises(t, c, made)
		if made.str("status") != "succeeded" {
			t.Errorf("modern %v: %.300s", modern, made.raw)
		}
	}
}

// asking is a server that asks above a cent.
func asking(t *testing.T) *process {
	t.Helper()
	models := filepath.Join(t.TempDir(), "models.toml")
	if err := os.WriteFile(models, []byte("[models.\"kling-v1\"]\nprice = {unit = \"call\", usd = 0.05}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, host{args: append(withTokens(t, people(2)...), "--sandbox", "--models-file", models), env: map[string]string{"NEXCONN_CONFIRM_ABOVE_USD": "0.01"}})
}

// A modern client that can ask is asked; its user's yes goes through once and
// for this caller and this call alone.
func TestPricesAreAskedInTheModernEra(t *testing.T) {
	t.Parallel()
	p := asking(t)
	c := p.as(secretOf("caller-00"))
	c.modern, c.caps = true, `{"elicitation":{"form":{}}}`
	args := object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 0}
	question := func(r reply) (state string) {
		t.Helper()
		var asked struct {
			ResultType    string                     `json:"resultType"`
			RequestState  string                     `json:"requestState"`
			InputRequests map[string]json.RawMessage `json:"inputRequests"`
		}
		if err := json.Unmarshal(r.result, &asked); err != nil || asked.ResultType != "input_required" || !strings.Contains(string(asked.InputRequests["price"]), "$0.05") {
			t.Fatalf("not asked: %.500s", r.raw)
		}
		return asked.RequestState
	}
	answer := func(c caller, state, action string, args object) reply {
		t.Helper()
		r, err := c.ask(t.Context(), "tools/call", object{"name": "generate_image", "arguments": args, "requestState": state,
			"inputResponses": object{"price": object{"action": action, "content": object{}}}}, "generate_image")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	state := question(c.call("generate_image", args))
	stranger := c
	stranger.token = secretOf("caller-01")
	if r := answer(stranger, state, "accept", args); r.str("task_id") != "" {
		t.Errorf("a stranger used another's consent: %.300s", r.raw)
	}
	if r := answer(c, state, "accept", object{"model": "kling-v1", "prompt": "another pear"}); r.str("task_id") != "" {
		t.Errorf("consent to one call was taken for another: %.300s", r.raw)
	}
	if r := answer(c, state, "accept", args); r.str("task_id") == "" {
		t.Errorf("the user agreed: %.500s", r.raw)
	}
	if r := answer(c, state, "accept", args); r.str("task_id") != "" {
		t.Errorf("consent was used twice: %.300s", r.raw)
	}
	if r := answer(c, question(c.call("generate_image", args)), "decline", args); r.code != "cancelled" {
		t.Errorf("the user declined: %.300s", r.raw)
	}
	c.caps = "{}"
	if r := c.call("generate_image", args); r.code != "confirmation_needed" || r.confirm == "" {
		t.Errorf("a modern client that can't ask: %.300s", r.raw)
	}
	if usage := c.must("get_usage", object{}); usage.out["total"].(object)["calls"] != 1.0 {
		t.Errorf("one call was agreed to: %v", usage.out["total"])
	}
}

// A legacy client gets a token to send again.
func TestPricesAreConfirmedInTheLegacyEra(t *testing.T) {
	t.Parallel()
	p := asking(t)
	c, stranger := p.as(secretOf("caller-00")), p.as(secretOf("caller-01"))
	with := func(confirm, prompt string) object {
		return object{"model": "kling-v1", "prompt": prompt, "wait_seconds": 0, "confirm": confirm}
	}
	refused := c.call("generate_image", object{"model": "kling-v1", "prompt": "a pear"})
	if refused.code != "confirmation_needed" || refused.confirm == "" || !strings.Contains(refused.text, refused.confirm) {
		t.Fatalf("%.400s", refused.raw)
	}
	for what, r := range map[string]reply{
		"a stranger":   stranger.call("generate_image", with(refused.confirm, "a pear")),
		"another call": c.call("generate_image", with(refused.confirm, "an apple")),
		"a made-up":    c.call("generate_image", with("made-up", "a pear")),
	} {
		if r.code != "confirmation_needed" {
			t.Errorf("%s: %.300s", what, r.raw)
		}
	}
	if r := c.call("generate_image", with(refused.confirm, "a pear")); r.str("task_id") == "" {
		t.Errorf("confirmed: %.300s", r.raw)
	}
	if r := c.call("generate_image", with(refused.confirm, "a pear")); r.code != "confirmation_needed" {
		t.Errorf("confirmed twice: %.300s", r.raw)
	}
	if total := fmt.Sprint(stranger.must("get_usage", object{}).out["total"]); !strings.Contains(total, "calls:0") {
		t.Errorf("the stranger's usage: %s", total)
	}
}
