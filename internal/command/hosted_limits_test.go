package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// offered are the tools that a caller is offered.
func offered(t *testing.T, c caller) []string {
	t.Helper()
	r := c.request("tools/list", nil, "")
	var list struct{ Tools []struct{ Name string } }
	if err := json.Unmarshal(r.result, &list); err != nil {
		t.Fatalf("tools/list: %.300s", r.raw)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names
}

var allTools = []string{"chat", "delete_file", "edit_image", "generate_image", "generate_video", "get_usage", "list_files", "list_models",
	"list_tasks", "native_chat", "query_file", "query_task", "remix_video", "save_outputs", "upload_file"}

// reading are the tools that read-only leaves.
var reading = []string{"get_usage", "list_files", "list_models", "list_tasks", "query_file", "query_task"}

func TestToolsetsOfTokensAndHeaders(t *testing.T) {
	t.Parallel()
	holders := []holder{{name: "anyone"}, {name: "reader", more: "read_only = true"}, {name: "painter", more: `toolsets = ["image", "tasks"]`},
		{name: "listener", more: "toolsets = [\"chat\", \"files\"]\nread_only = true"}}
	p := start(t, host{args: append(withTokens(t, holders...), "--sandbox")})
	image := []string{"edit_image", "generate_image", "list_models", "query_task"}
	painter := []string{"edit_image", "generate_image", "get_usage", "list_models", "list_tasks", "query_task", "save_outputs"}
	for _, one := range []struct {
		name, toolsets, readOnly string
		want                     []string
	}{
		{"anyone", "", "", allTools},
		{"anyone", "all", "", allTools},
		{"anyone", "image", "", image},
		{"anyone", " Image , nonsense", "", image},
		{"anyone", "", "true", reading},
		{"anyone", "image", "1", []string{"list_models", "query_task"}},
		{"reader", "", "", reading},
		{"reader", "all", "false", reading},
		{"painter", "", "", painter},
		{"painter", "all", "", painter},
		{"painter", "image,chat", "", image},
		{"painter", "chat,files", "", []string{"list_models"}},
		{"listener", "chat,image,video,files,tasks", "false", []string{"list_files", "list_models", "query_file"}},
	} {
		for _, modern := range []bool{false, true} {
			c := p.as(secretOf(one.name))
			c.modern, c.header = modern, map[string]string{}
			if one.toolsets != "" {
				c.header["X-MCP-Toolsets"] = one.toolsets
			}
			if one.readOnly != "" {
				c.header["X-MCP-Readonly"] = one.readOnly
			}
			if got := offered(t, c); !slices.Equal(got, one.want) {
				t.Errorf("%s asking for %q, read-only %q, gets %v; due %v", one.name, one.toolsets, one.readOnly, got, one.want)
			}
			// What isn't offered can't be called either.
			for _, tool := range allTools {
				r := c.call(tool, object{"dry_run": true})
				if called := r.rpcError == 0 && r.result != nil; called != slices.Contains(one.want, tool) {
					t.Errorf("%s asking for %q, read-only %q: %s called: %v", one.name, one.toolsets, one.readOnly, tool, called)
				}
			}
		}
	}
	// query_task of a reader saves nothing.
	made := p.as(secretOf("anyone")).must("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 30}).str("task_id")
	c := p.as(secretOf("anyone"))
	c.header = map[string]string{"X-MCP-Readonly": "true"}
	if r := c.must("query_task", object{"task_id": made, "save": true}); r.output(0, "uri") != "" {
		t.Errorf("a reader saved: %.400s", r.raw)
	}
}

func TestCapsOfTokens(t *testing.T) {
	t.Parallel()
	models := filepath.Join(t.TempDir(), "models.toml")
	if err := os.WriteFile(models, []byte("[models.\"kling-v1\"]\nprice = {unit = \"call\", usd = 0.01}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	holders := []holder{{name: "ann", more: "max_usd_per_day = 0.025"}, {name: "bob", more: "max_usd_per_day = 0.05"}, {name: "cleo"}}
	p := start(t, host{args: append(withTokens(t, holders...), "--sandbox", "--models-file", models),
		env: map[string]string{"NEXCONN_MAX_USD_PER_DAY": "0.065", "NEXCONN_MAX_USD_PER_CALL": "1"}})
	draw := func(name string) reply {
		return p.as(secretOf(name)).call("generate_image", object{"model": "kling-v1", "prompt": "a pear", "wait_seconds": 0})
	}
	count := func(name string, most int) (passed int, last reply) {
		for range most {
			if last = draw(name); last.isError {
				break
			}
			passed++
		}
		return passed, last
	}
	if n, last := count("ann", 9); n != 2 || last.code != "budget_exceeded" || !strings.Contains(last.text, "$0.025") {
		t.Errorf("a cap of 2.5 calls let %d pass: %.300s", n, last.raw)
	}
	// Another's spend doesn't count towards one's own cap, and isn't told.
	if n, last := count("bob", 3); n != 3 {
		t.Errorf("bob after ann: %d: %.300s", n, last.raw)
	}
	n, last := count("cleo", 9)
	if n != 1 || last.code != "budget_exceeded" {
		t.Errorf("room for one more in the cap of all: %d: %.300s", n, last.raw)
	}
	for _, others := range []string{"0.02", "0.03", "0.05", "0.06 "} {
		if strings.Contains(last.text, "$"+others) {
			t.Errorf("cleo is told what others spent: %s", last.text)
		}
	}
	if r := p.as(secretOf("cleo")).call("chat", object{"model": "claude-4.6-opus", "prompt": "hello"}); r.code != "budget_exceeded" && !r.isError {
		t.Errorf("no price under a cap: %.300s", r.raw)
	}
}
