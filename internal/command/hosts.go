package command

import (
	"path/filepath"
	"runtime"
	"strings"
)

// serverName is the name of our entry in a client's config.
const serverName = "nexconn"

// keyVariable is where the server looks for its key.
const keyVariable = "NEXCONN_API_KEY"

// keyPlaceholder stands where a user is to put the key; the server takes it for
// none.
const keyPlaceholder = "YOUR_NEXCONN_API_KEY"

// isPlaceholder says that a key is none: what install or an example has in its
// place, or a variable that the client didn't fill in.
func isPlaceholder(key string) bool {
	return key == keyPlaceholder || unfilled(key, true) != "" || strings.HasPrefix(key, "<") && strings.HasSuffix(key, ">")
}

// host is a client whose config file we know.
type host struct {
	name, title string
	// section is the key under which the file has its servers.
	section string
	format  format
	// typed entries name their transport.
	typed bool
	// remote is the field of a hosted server's address; empty where the client
	// reaches one by mcp-remote alone.
	remote string
	key    keyed
	// path is where the file is.
	path func(Env) string
}

// keyed is how the key gets to the server.
type keyed struct {
	// env is the value of NEXCONN_API_KEY in the entry, empty for none.
	env string
	// forwarded says that the entry names the variables to hand on.
	forwarded bool
}

// How clients treat a server's environment. Claude Code and Zed hand their own
// on and write out nothing; Claude Desktop hands on next to nothing.
var (
	inherited  = keyed{}
	forwarded  = keyed{forwarded: true}
	byHand     = keyed{env: keyPlaceholder}
	shellStyle = keyed{env: "${" + keyVariable + "}"}
	codeStyle  = keyed{env: "${env:" + keyVariable + "}"}
)

// hosts are the clients, with the paths and forms their own documents give:
// modelcontextprotocol.io (Claude Desktop), code.claude.com/docs/en/mcp,
// cursor.com/docs/mcp, code.visualstudio.com/docs/copilot/reference/mcp-configuration,
// docs.windsurf.com/windsurf/cascade/mcp, zed.dev/docs/ai/mcp,
// geminicli.com/docs/tools/mcp-server, developers.openai.com/codex/mcp.
var hosts = []host{
	{name: "claude-desktop", title: "Claude Desktop", section: "mcpServers", format: jsonFormat{}, key: byHand,
		path: inConfig("Claude", "claude_desktop_config.json")},
	{name: "claude-code", title: "Claude Code", section: "mcpServers", format: jsonFormat{}, typed: true, remote: "url", key: inherited,
		path: orFrom("CLAUDE_CONFIG_DIR", ".claude.json", inHome(".claude.json"))},
	{name: "cursor", title: "Cursor", section: "mcpServers", format: jsonFormat{}, remote: "url", key: codeStyle,
		path: inHome(".cursor", "mcp.json")},
	{name: "vscode", title: "VS Code", section: "servers", format: jsonFormat{}, typed: true, remote: "url", key: codeStyle,
		path: inConfig("Code", "User", "mcp.json")},
	{name: "windsurf", title: "Windsurf", section: "mcpServers", format: jsonFormat{}, remote: "serverUrl", key: codeStyle,
		path: inHome(".codeium", "windsurf", "mcp_config.json")},
	{name: "zed", title: "Zed", section: "context_servers", format: jsonFormat{}, remote: "url", key: inherited,
		path: zedSettings},
	{name: "gemini-cli", title: "Gemini CLI", section: "mcpServers", format: jsonFormat{}, remote: "httpUrl", key: shellStyle,
		path: inHome(".gemini", "settings.json")},
	{name: "codex", title: "Codex", section: "mcp_servers", format: tomlFormat{}, remote: "url", key: forwarded,
		path: orFrom("CODEX_HOME", "config.toml", inHome(".codex", "config.toml"))},
}

func clientNames() []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.name
	}
	return names
}

func inHome(parts ...string) func(Env) string {
	return func(env Env) string {
		if env.Home == "" {
			return ""
		}
		return filepath.Join(append([]string{env.Home}, parts...)...)
	}
}

func inConfig(parts ...string) func(Env) string {
	return func(env Env) string {
		dir := configDir(env)
		if dir == "" {
			return ""
		}
		return filepath.Join(append([]string{dir}, parts...)...)
	}
}

// orFrom is a file in the folder that a variable of the client names, if set.
func orFrom(variable, file string, otherwise func(Env) string) func(Env) string {
	return func(env Env) string {
		if dir := env.get(variable); dir != "" {
			return filepath.Join(dir, file)
		}
		return otherwise(env)
	}
}

// zedSettings are in ~/.config on macOS, too.
func zedSettings(env Env) string {
	switch runtime.GOOS {
	case "windows":
		return inConfig("Zed", "settings.json")(env)
	case "darwin":
		return inHome(".config", "zed", "settings.json")(env)
	}
	return inConfig("zed", "settings.json")(env)
}

// advice is what to do after the entry is there.
func (h host) advice(e entry) string {
	restart := "Restart " + h.title + " to see it."
	switch {
	case e.url != "":
		return "Sign in when " + h.title + " asks, or give it your token in the way its own documents say: none is written here. " + restart
	case e.sandbox:
		return "It uses the sandbox: no key is needed and nothing is billed. " + restart
	case h.key == byHand:
		return "Put your key in place of " + keyPlaceholder + " there, or leave it out and run nexconn-mcp login. " + restart
	case h.key == inherited:
		return "Set " + keyVariable + " in the environment that " + h.title + " is started from. " + restart
	}
	return "The entry takes the key from " + keyVariable + "; set it in the environment that " + h.title + " is started from. " + restart
}
