package command

import (
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
)

// release is set by the linker for releases: -X …/command.release=1.2.3
var release string

// version is the release, or what Go recorded of the build.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " (changed)"
		}
	}
	return revision + changed
}

func versionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Version, commit, Go and protocol versions", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return showVersion(g.env.Stdout) },
	}
}

func showVersion(w io.Writer) error {
	return say(w, "nexconn-mcp %s\ncommit %s\n%s %s/%s\nMCP %s, %s\n", version(), commit(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, mcp.LATEST_PROTOCOL_VERSION, strings.Join(mcp.LegacyProtocolVersions(), ", "))
}
