package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// changing is what differs between two runs of one call.
var changing = []struct {
	re *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`), "TIME"},
	{regexp.MustCompile(`http://[^"\s]+`), "LINK"},
	{regexp.MustCompile(`image-[A-Za-z0-9-]{12,}`), "image-ID"},
	{regexp.MustCompile(`"data":"[^"]+"`), `"data":"JPEG"`},
	{regexp.MustCompile(`"request_id":"[^"]+"`), `"request_id":"ID"`},
	{regexp.MustCompile(`"bytes":\d+`), `"bytes":1`},
	{regexp.MustCompile(`[^"\s]+/(kling-v2-1-)[^"/\s]+\.png`), "FOLDER/${1}NAME.png"},
	{regexp.MustCompile(`"io.modelcontextprotocol/serverInfo":\{[^}]*\},?`), ""},
}

// TestResultsByClient shows the exact result that each known client gets for a
// finished picture, and one that is not known, in both eras.
func TestResultsByClient(t *testing.T) {
	for _, client := range append([]tools.Client{{Name: "unknown"}}, tools.Clients...) {
		got := resultFor(t, setup{args: []string{"--sandbox"}}, client.Name)
		golden.File(t, filepath.Join("testdata", "clients", client.Name+".json"), []byte(got+"\n"))
		if shown := pictured(got); shown == client.HidesPictures {
			t.Errorf("%s: a picture is sent: %v", client.Name, shown)
		}
		if client.Reads != "" && client.ReadsSource == "" || client.HidesPictures && client.PicturesSource == "" {
			t.Errorf("%s: a fact without a source", client.Name)
		}
	}
}

func TestPreviewsSetting(t *testing.T) {
	for _, test := range []struct {
		setting, client string
		shown           bool
	}{{"on", "claude-ai", true}, {"off", "unknown", false}, {"auto", "claude-ai", false}} {
		got := resultFor(t, setup{args: []string{"--sandbox"}, env: map[string]string{"NEXCONN_PREVIEWS": test.setting}}, test.client)
		if shown := pictured(got); shown != test.shown {
			t.Errorf("%s for %s: a picture is sent: %v", test.setting, test.client, shown)
		}
	}
}

// resultFor is the result of generate_image as a client of that name gets it.
func resultFor(t *testing.T, s setup, name string) string {
	t.Helper()
	args := object{"name": "generate_image", "arguments": object{"model": "kling-v2-1", "prompt": "a red fox in the snow"}}
	legacy := startStdio(t, s)
	open := strings.Replace(hello, `"name":"e2e"`, `"name":"`+name+`"`, 1)
	if _, err := legacy.ask("initialize", json.RawMessage(open)); err != nil {
		t.Fatal(err)
	}
	if _, err := legacy.in.Write([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")); err != nil {
		t.Fatal(err)
	}
	first := normalised(t, legacy, args)
	modern := startStdio(t, s)
	args["_meta"] = object{
		"io.modelcontextprotocol/protocolVersion":    "2026-07-28",
		"io.modelcontextprotocol/clientInfo":         object{"name": name, "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": object{},
	}
	second := normalised(t, modern, args)
	if pictured(first) != pictured(second) {
		t.Errorf("%s gets other things in the two eras:\n%s\n%s", name, first, second)
	}
	return first
}

func normalised(t *testing.T, p *process, params object) string {
	t.Helper()
	r, err := p.ask("tools/call", params)
	if err != nil || r.rpcError != 0 || r.isError {
		t.Fatalf("%v: %s", err, r.raw)
	}
	text := string(r.result)
	for _, c := range changing {
		text = c.re.ReplaceAllString(text, c.as)
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	lines, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(lines)
}

func pictured(result string) bool { return strings.Contains(result, `"type": "image"`) }
