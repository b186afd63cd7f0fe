package resources

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// maxInline is the largest output, or part of one, that is read as a resource.
const maxInline = 32 << 20

// output is what a job made, whole or the bytes that the URI names: a page that
// can't load a link shows a video by reading it in parts.
func (d Deps) output(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	place, query, part := strings.Cut(req.Params.URI, "?")
	rest := after(place, outputsURI)
	at := strings.LastIndex(rest, "/")
	if at < 0 {
		return nil, notFound(req.Params.URI)
	}
	n, err := strconv.Atoi(rest[at+1:])
	if err != nil {
		return nil, notFound(req.Params.URI)
	}
	row, err := d.Jobs.OnRecord(ctx, rest[:at])
	if err != nil {
		return nil, unread(req.Params.URI, err)
	}
	r, size, mime, err := d.Jobs.Outputs().Open(ctx, row, n)
	if err != nil {
		return nil, unread(req.Params.URI, err)
	}
	defer r.Close()
	from, length := int64(0), size
	if part {
		if from, length, err = byteRange(query, size); err != nil {
			return nil, err
		}
	}
	if length > maxInline {
		return nil, &nexconn.Error{Code: nexconn.InvalidArgument, Message: fmt.Sprintf("output %d has %d bytes, more than a resource may carry (%d)", n, length, maxInline),
			Advice: "Use its url, save_outputs, or read it in parts: ?bytes=0-1048575."}
	}
	if err := skip(r, from); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, length))
	if err != nil {
		return nil, err
	}
	if !part && (strings.HasPrefix(mime, "text/") || mime == "application/json") {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: mime, Text: string(data)}}, nil
	}
	return []mcp.ResourceContents{mcp.BlobResourceContents{URI: req.Params.URI, MIMEType: mime, Blob: base64.StdEncoding.EncodeToString(data)}}, nil
}

// unread is why an output can't be read, in the protocol's terms.
func unread(uri string, err error) error {
	switch nexconn.CodeOf(err) {
	case nexconn.NotFound, nexconn.InvalidArgument:
		return notFound(uri)
	}
	return err
}

// byteRange reads bytes=FROM-TO; what lies beyond the end is left out.
func byteRange(query string, size int64) (from, length int64, err error) {
	values, err := url.ParseQuery(query)
	first, last, ok := strings.Cut(values.Get("bytes"), "-")
	from, errFrom := strconv.ParseInt(first, 10, 64)
	to, errTo := strconv.ParseInt(last, 10, 64)
	if err != nil || !ok || errFrom != nil || errTo != nil || from < 0 || to < from {
		return 0, 0, &nexconn.Error{Code: nexconn.InvalidArgument, Message: fmt.Sprintf("%q is no range of bytes", query),
			Advice: "Give ?bytes=FROM-TO, both from 0 and inclusive: ?bytes=0-1048575."}
	}
	from = min(from, size)
	return from, min(to+1, size) - from, nil
}

// skip leaves the first n bytes out.
func skip(r io.Reader, n int64) error {
	if s, ok := r.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}
