package outputs

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// KeepText keeps an answer that is too long for a result, whole, and gives its
// place. File is its name's kind: "answer.txt", "answer.json".
func (o *Outputs) KeepText(ctx context.Context, row ledger.Row, file string, text []byte) (ledger.Output, error) {
	if caller.From(ctx).HTTP && o.NoStore != "" {
		return ledger.Output{}, errors.New(o.NoStore)
	}
	role, _, _ := strings.Cut(file, ".")
	// An answer that is given again is kept already.
	for i, out := range row.Outputs {
		if out.Role == role && out.Bytes == int64(len(text)) && (out.URI != "" || Exists(out.Path)) {
			return whereabouts(ctx, o, row, i), nil
		}
	}
	mime := "text/plain"
	if strings.HasSuffix(file, ".json") {
		mime = "application/json"
	}
	saved, _, err := o.put(ctx, name(ctx, row, 0), text, mime)
	if err != nil {
		return ledger.Output{}, err
	}
	row = o.add(ctx, row, placed(ctx, ledger.Output{Role: role}, saved))
	return whereabouts(ctx, o, row, len(row.Outputs)-1), nil
}

// add puts one more output on record; a call that has outputs has a task id.
func (o *Outputs) add(ctx context.Context, row ledger.Row, out ledger.Output) ledger.Row {
	n := len(row.Outputs)
	return o.Record.Change(ctx, row, func(r *ledger.Row) {
		r.Task = true
		r.Outputs = append(r.Outputs[:min(n, len(r.Outputs))], out)
	})
}

// whereabouts is where the caller finds output n: a path, over HTTP a link and a
// resource.
func whereabouts(ctx context.Context, o *Outputs, row ledger.Row, n int) ledger.Output {
	if !caller.From(ctx).HTTP {
		return row.Outputs[n]
	}
	link, _ := o.Link(ctx, row, n)
	return ledger.Output{URL: link, URI: URI(row, n)}
}

// dataURL is a data URL in a text: it ends at what base64 does not have.
var dataURL = regexp.MustCompile(`(?i)data:[a-z0-9.+-]+/[a-z0-9.+-]+(?:;[a-z0-9=_.-]+)*;base64,[A-Za-z0-9+/_=-]+(?:%3D)*`)

// ExtractFromText puts the media that stand in a text as data URLs into files,
// and their places into the text.
func (o *Outputs) ExtractFromText(ctx context.Context, row ledger.Row, text string) (string, ledger.Row) {
	if !strings.Contains(strings.ToLower(text), ";base64,") {
		return text, row
	}
	text = dataURL.ReplaceAllStringFunc(text, func(link string) string {
		found, err := media.DecodeDataURL(link)
		if err != nil || !isMediaType(found.MIME) && !media.IsMedia(found.Bytes) {
			return link
		}
		place, next, ok := o.keepOne(ctx, row, mediaText{data: found.Bytes, mime: found.MIME})
		row = next
		if !ok {
			return link
		}
		return place
	})
	return text, row
}
