package ledger

import (
	"cmp"
	"slices"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// final says that the service itself has ended the job. Unknown is not final:
// it is what we don't know, and may still become anything.
func final(s nexconn.Status) bool {
	return s.Done() && s != nexconn.Unknown
}

// settle is the row after a change from was to is. What makes the row itself
// stays, but for the key of a call that was refused, which may be used again;
// and so does an end once reached: a slow poller that saw the job
// running must not undo what another recorded. Where outputs were saved to is
// added to an end, never taken from it.
func settle(was, is Row) Row {
	if is.Key != "" || is.Status != nexconn.Failed || is.UpstreamID != "" {
		is.Key = was.Key
	}
	is.ID, is.Caller, is.Model, is.ArgsHash, is.CreatedAt = was.ID, was.Caller, was.Model, was.ArgsHash, was.CreatedAt
	if was.UpstreamID != "" {
		is.UpstreamID = was.UpstreamID
	}
	if !final(was.Status) {
		return is
	}
	said := is.Outputs
	switch {
	case !final(is.Status):
		is = was
	case is.Status == was.Status && len(is.Outputs) == 0:
		is.Outputs = was.Outputs
	}
	is.Outputs = slices.Clone(is.Outputs)
	for i := range is.Outputs {
		out := &is.Outputs[i]
		for _, from := range [][]Output{said, was.Outputs} {
			if i < len(from) {
				out.Path = cmp.Or(out.Path, from[i].Path)
				out.URI = cmp.Or(out.URI, from[i].URI)
				out.Bytes = cmp.Or(out.Bytes, from[i].Bytes)
			}
		}
	}
	return is
}
