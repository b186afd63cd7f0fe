// Package serve puts a ready MCP server behind its two transports, stdio and
// Streamable HTTP, and guards both: who may call, how much, what leaves the
// process, and in which order. It knows no tool by name. What mcp-go gets wrong
// on the wire is put right in mcpfix.
package serve

import "log/slog"

// logger is l, or one that says nothing.
func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
