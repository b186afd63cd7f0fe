package jobs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// liftFrom is the length of a string in a native body from which it is taken
// for media.
const liftFrom = 4096

// lift puts media that lie inside a native body into files and their places
// into the body; all else stays as the vendor wrote it, to the byte.
func (s *Service) lift(ctx context.Context, row ledger.Row, body json.RawMessage) (json.RawMessage, ledger.Row) {
	var out bytes.Buffer
	rest := []byte(body)
	for {
		text, at, end := longText(rest)
		if end == 0 {
			break
		}
		out.Write(rest[:at])
		place, next, ok := s.liftOne(ctx, row, text)
		row = next
		if ok {
			quoted, err := json.Marshal(place)
			if err != nil {
				ok = false
			} else {
				out.Write(quoted)
			}
		}
		if !ok {
			out.Write(rest[at:end])
		}
		rest = rest[end:]
	}
	if out.Len() == 0 {
		return body, row
	}
	out.Write(rest)
	return out.Bytes(), row
}

// longText finds the next long string of a JSON document that holds no escapes,
// as base64 does not: its text, and where its quotes stand.
func longText(doc []byte) (text []byte, at, end int) {
	for i := 0; i < len(doc); i++ {
		if doc[i] != '"' {
			continue
		}
		begin, escaped := i, false
		for i++; i < len(doc) && doc[i] != '"'; i++ {
			if doc[i] == '\\' {
				escaped = true
				i++
			}
		}
		if !escaped && i < len(doc) && i-begin > liftFrom {
			return doc[begin+1 : i], begin, i + 1
		}
	}
	return nil, 0, 0
}

// liftOne keeps one text if it is media.
func (s *Service) liftOne(ctx context.Context, row ledger.Row, text []byte) (place string, _ ledger.Row, ok bool) {
	encoded := string(text)
	head, inURL, isURL := strings.Cut(encoded, ";base64,")
	isURL = isURL && strings.HasPrefix(head, "data:")
	if isURL {
		encoded = inURL
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !isURL && !media.IsMedia(data) {
		return "", row, false
	}
	c := CallerFrom(ctx)
	if c.HTTP && s.Saver.NoStore != "" {
		return fmt.Sprintf("<%d bytes; %s>", len(data), s.Saver.NoStore), row, true
	}
	saved, err := s.Saver.storeFor(c).Put(ctx, s.name(c, row, len(row.Outputs), ""), bytes.NewReader(data), "")
	if err != nil {
		// Not media, or no place for it: it stays where it was.
		return "", row, false
	}
	row = s.change(ctx, row, func(r *ledger.Row) {
		r.Task = true
		r.Outputs = append(r.Outputs, placed(c, ledger.Output{}, saved))
	})
	if c.HTTP {
		return fmt.Sprintf("nexconn://outputs/%s/%d", row.TaskID(), len(row.Outputs)-1), row, true
	}
	return saved.Path, row, true
}
