package serve

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

// noToolset stands in Caller.Toolsets for "none", where an empty list is all.
const noToolset = "none"

// narrow takes from a caller what its request asks to go without. Headers never
// give anything back.
func narrow(c caller.Caller, header http.Header) caller.Caller {
	if on, err := strconv.ParseBool(strings.TrimSpace(header.Get("X-MCP-Readonly"))); err == nil && on {
		c.ReadOnly = true
	}
	var asked []string
	for _, value := range header.Values("X-MCP-Toolsets") {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				asked = append(asked, name)
			}
		}
	}
	if len(asked) == 0 || slices.Contains(asked, "all") {
		return c
	}
	if len(c.Toolsets) > 0 {
		asked = slices.DeleteFunc(asked, func(name string) bool { return !slices.Contains(c.Toolsets, name) })
		if len(asked) == 0 {
			asked = []string{noToolset}
		}
	}
	c.Toolsets = asked
	return c
}

// narrowed names what the caller's tools are narrowed to, "" for nothing.
func narrowed(ctx context.Context) string {
	c := caller.From(ctx)
	if len(c.Toolsets) == 0 && !c.ReadOnly {
		return ""
	}
	return strconv.FormatBool(c.ReadOnly) + " " + strings.Join(slices.Sorted(slices.Values(c.Toolsets)), ",")
}

// toolFilter leaves a caller the tools of its toolsets, and only those that
// change nothing if it may only read. mcp-go applies it to lists and to calls.
func toolFilter(toolset func(string) string, readOnly func(string) bool) server.ToolFilterFunc {
	return func(ctx context.Context, tools []mcp.Tool) []mcp.Tool {
		c := caller.From(ctx)
		if len(c.Toolsets) == 0 && !c.ReadOnly {
			return tools
		}
		kept := make([]mcp.Tool, 0, len(tools))
		for _, tool := range tools {
			if c.ReadOnly && !(readOnly != nil && readOnly(tool.Name)) {
				continue
			}
			if len(c.Toolsets) > 0 && toolset != nil && !inToolset(toolset(tool.Name), c.Toolsets) {
				continue
			}
			kept = append(kept, tool)
		}
		return kept
	}
}

// inToolset says whether a tool's toolsets, with commas between them, have one
// of the allowed ones; a tool of no toolset is always there.
func inToolset(of string, allowed []string) bool {
	if of == "" {
		return true
	}
	for name := range strings.SplitSeq(of, ",") {
		if slices.Contains(allowed, strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}
