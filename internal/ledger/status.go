package ledger

import "github.com/nexconn-ai/nexconn-mcp/nexconn"

// PublicStatus is the row's state in the words of results: an intent is queued,
// and work that is answered at once runs.
func (r Row) PublicStatus() nexconn.Status {
	switch {
	case r.Status != Intent:
		return r.Status
	case r.Kind == "video":
		return nexconn.Queued
	}
	return nexconn.Running
}
