// Package mcpfix repairs on the wire what mcp-go v1.2.1 gets wrong there, for both
// transports. Each file names the defect and the test that tells when the file can
// go. It knows nothing of tools, callers or the service: what it needs of them it is
// handed as a function.
package mcpfix
