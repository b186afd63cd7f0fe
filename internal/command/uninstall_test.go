package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// configs are files as users have them, by the form of their client.
func configs(h host) []string {
	if _, isTOML := h.format.(tomlFormat); isTOML {
		return []string{
			"# mine\nmodel = \"gpt-5\"\n\n[mcp_servers.files] # files\ncommand = \"npx\"\nargs = [\"a\"]\n",
			"[mcp_servers.files]\ncommand = \"npx\"\n\n# below all\n[profiles.fast]\nmodel = \"x\"\n",
		}
	}
	return []string{
		`{"` + h.section + `": {"files": {"command": "npx", "args": ["a"]}}, "other": 1e400}` + "\n",
		"{\n  // my servers\n  \"" + h.section + "\": {\n    \"files\": { \"command\": \"npx\", \"args\": [\"a\",], }, /* old */\n  },\n}\n",
		"{\r\n\t\"" + h.section + "\": {\r\n\t\t\"files\": {\"command\": \"npx\"} // the last\r\n\t}\r\n}\r\n",
		"{\n  \"" + h.section + "\": null\n}\n",
		"\ufeff{\n  \"theme\": \"dark\"\n}\n",
	}
}

// What install wrote, this program or a hosted server, uninstall takes out
// again, and everything else stays.
func TestInstallAndUninstall(t *testing.T) {
	for _, h := range hosts {
		for _, config := range configs(h) {
			home := t.TempDir()
			path := h.path(Env{Home: home, Lookup: func(name string) (string, bool) {
				if name == "XDG_CONFIG_HOME" {
					return filepath.Join(home, "config"), true
				}
				return "", false
			}})
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			read := func() string {
				doc, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return string(doc)
			}
			must := func(args ...string) {
				t.Helper()
				if code, out, told := atShell(t, home, "http://127.0.0.1:1/v1", "", args...); code != 0 {
					t.Fatalf("%v with %s: %d %s%s", args, config, code, out, told)
				}
			}
			must("install", h.name)
			must("install", h.name, "--url", "https://mcp.example.com/mcp")
			hosted := read()
			if !strings.Contains(hosted, "https://mcp.example.com/mcp") || strings.Contains(hosted, keyPlaceholder) || h.remote != "" && strings.Contains(hosted, "command.test") {
				t.Errorf("%s, hosted: %s", h.name, hosted)
			}
			must("install", h.name, "--url", "https://mcp.example.com/mcp")
			if again := read(); again != hosted {
				t.Errorf("%s, hosted again: %s", h.name, again)
			}
			must("install", h.name)
			if local := read(); strings.Contains(local, "mcp.example.com") {
				t.Errorf("%s, local again: %s", h.name, local)
			}
			must("uninstall", h.name)
			left := read()
			if strings.Contains(left, serverName) {
				t.Errorf("%s: something is left: %s", h.name, left)
			}
			for _, part := range []string{"files", "// my servers", "/* old */", "// the last", "1e400", "# mine", "# files", "# below all", "theme"} {
				if strings.Contains(config, part) && !strings.Contains(left, part) {
					t.Errorf("%s: %q is gone: %s", h.name, part, left)
				}
			}
			must("uninstall", h.name)
			if again := read(); again != left {
				t.Errorf("%s, uninstalled twice: %s", h.name, again)
			}
		}
	}
}

func TestInstallRefusesAnAddress(t *testing.T) {
	home := t.TempDir()
	for _, args := range [][]string{
		{"--url", "http://mcp.example.com/mcp"},
		{"--url", "mcp.example.com"},
		{"--url", "https://me:secret@mcp.example.com/mcp"},
		{"--url", "https://mcp.example.com/mcp?token=secret"},
		{"--url", "https://mcp.example.com/mcp", "--sandbox"},
	} {
		code, out, told := atShell(t, home, "http://127.0.0.1:1/v1", "", append([]string{"install", "cursor"}, args...)...)
		if code != exitUsage || !strings.Contains(told, "--url") || strings.Contains(out+told, "secret") {
			t.Errorf("%v: %d %s%s", args, code, out, told)
		}
	}
	if code, _, told := atShell(t, home, "http://127.0.0.1:1/v1", "", "uninstall", "curser"); code != exitUsage || !strings.Contains(told, "cursor") {
		t.Errorf("a misspelt client: %d %s", code, told)
	}
}
