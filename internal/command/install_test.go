package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// Every client gets an entry that a reader of its format understands, in a file
// of its own; a second time nothing happens.
func TestInstallEveryClient(t *testing.T) {
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			vars := map[string]string{"NEXCONN_API_KEY": "sk-secret"}
			env, out, errs := inHouse(t, vars)
			vars["AppData"] = filepath.Join(env.Home, "Roaming")
			if code := Run(t.Context(), env, []string{"install", h.name, "--read-only"}); code != 0 {
				t.Fatalf("ended with %d: %s%s", code, out, errs)
			}
			path := h.path(env)
			first, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var root map[string]map[string]map[string]any
			read := json.Unmarshal
			if strings.HasSuffix(path, ".toml") {
				read = toml.Unmarshal
			}
			if err := read(first, &root); err != nil {
				t.Fatalf("%v in\n%s", err, first)
			}
			ours := root[h.section][serverName]
			if program, _ := ours["command"].(string); !filepath.IsAbs(program) {
				t.Errorf("the program is %q", program)
			}
			if diff := cmp.Diff([]any{"--read-only"}, ours["args"]); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if strings.Contains(string(first)+out.String(), "sk-secret") {
				t.Errorf("the key is in\n%s\n%s", first, out)
			}
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("a new file that may hold a key is %v, %v", info.Mode(), err)
			}
			if code := Run(t.Context(), env, []string{"install", h.name, "--read-only"}); code != 0 {
				t.Fatalf("the second time ended with %d: %s", code, errs)
			}
			if again, err := os.ReadFile(path); err != nil || string(again) != string(first) {
				t.Errorf("the second time changed it to\n%s, %v", again, err)
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
				t.Errorf("beside the file are %v, %v", entries, err)
			}
		})
	}
}

func TestInstallKeepsLinksAndModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links and modes of Unix")
	}
	env, out, errs := inHouse(t, nil)
	dotfiles := filepath.Join(env.Home, "dotfiles", "mcp.json")
	link := filepath.Join(env.Home, ".cursor", "mcp.json")
	for _, dir := range []string{filepath.Dir(dotfiles), filepath.Dir(link)} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const before = `{"mcpServers": {}, "other": 1}`
	if err := os.WriteFile(dotfiles, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dotfiles, link); err != nil {
		t.Fatal(err)
	}
	if code := Run(t.Context(), env, []string{"install", "cursor"}); code != 0 {
		t.Fatalf("ended with %d: %s%s", code, out, errs)
	}
	if to, err := os.Readlink(link); err != nil || to != dotfiles {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	info, err := os.Stat(dotfiles)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	backups, err := filepath.Glob(dotfiles + ".*.bak")
	if err != nil || len(backups) != 1 {
		t.Fatalf("backups: %v, %v", backups, err)
	}
	if was, err := os.ReadFile(backups[0]); err != nil || string(was) != before {
		t.Errorf("the backup is %q, %v", was, err)
	}
}

func TestInstallLeavesWhatItCannotChange(t *testing.T) {
	for name, test := range map[string]struct{ client, doc string }{
		"a list":            {"cursor", `[]`},
		"half a file":       {"cursor", `{"mcpServers": {`},
		"servers as a list": {"cursor", `{"mcpServers": []}`},
		"an inline table":   {"codex", `mcp_servers = { other = { command = "x" } }` + "\n"},
		"a dotted entry":    {"codex", "[mcp_servers]\nnexconn.command = \"/old\"\n"},
		"half a table":      {"codex", "[mcp_servers\n"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, errs := inHouse(t, nil)
			var path string
			for _, h := range hosts {
				if h.name == test.client {
					path = h.path(env)
				}
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(test.doc), 0o600); err != nil {
				t.Fatal(err)
			}
			if code := Run(t.Context(), env, []string{"install", test.client}); code != exitFailed {
				t.Errorf("ended with %d", code)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != test.doc {
				t.Errorf("it was changed to\n%s, %v", after, err)
			}
			if !strings.Contains(errs.String(), "is left as it is") || !strings.Contains(out.String(), serverName) {
				t.Errorf("the entry isn't shown: %s%s", out, errs)
			}
		})
	}
}

// The folders that clients let be moved are followed.
func TestInstallFollowsMovedFolders(t *testing.T) {
	for client, variable := range map[string]string{"claude-code": "CLAUDE_CONFIG_DIR", "codex": "CODEX_HOME"} {
		moved := t.TempDir()
		env, out, errs := inHouse(t, map[string]string{variable: moved})
		if code := Run(t.Context(), env, []string{"install", client}); code != 0 {
			t.Fatalf("%s ended with %d: %s%s", client, code, out, errs)
		}
		if entries, err := os.ReadDir(moved); err != nil || len(entries) != 1 {
			t.Errorf("%s wrote %v, %v", client, entries, err)
		}
	}
}

// Settings given to install are the entry's; paths no longer depend on where
// it was run.
func TestInstallPassesSettingsOn(t *testing.T) {
	env, out, errs := inHouse(t, nil)
	code := Run(t.Context(), env, []string{"install", "cursor", "--print", "--output-dir", "clips", "--input-dirs",
		"a" + string(os.PathListSeparator) + "b", "--max-usd-per-day", "5", "--sandbox=false"})
	if code != 0 {
		t.Fatalf("ended with %d: %s", code, errs)
	}
	var root struct {
		Servers map[string]struct{ Args []string } `json:"mcpServers"`
	}
	if err := json.Unmarshal([]byte(out.String()), &root); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(env.Dir, name) }
	want := []string{"--output-dir", at("clips"), "--input-dirs", at("a") + string(os.PathListSeparator) + at("b"), "--max-usd-per-day", "5", "--sandbox=false"}
	if diff := cmp.Diff(want, root.Servers[serverName].Args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}
