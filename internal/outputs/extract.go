package outputs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

// ExtractFromJSON puts media that lie inside a native body into files and their
// places into the body; all else stays as the vendor wrote it, to the byte.
func (o *Outputs) ExtractFromJSON(ctx context.Context, row ledger.Row, body json.RawMessage) (json.RawMessage, ledger.Row) {
	var out bytes.Buffer
	done := 0
	for _, text := range mediaTexts(body) {
		place, next, ok := o.keepOne(ctx, row, text)
		row = next
		if !ok {
			continue
		}
		quoted, err := json.Marshal(place)
		if err != nil {
			continue
		}
		out.Write(body[done:text.at])
		out.Write(quoted)
		done = text.end
	}
	if done == 0 {
		return body, row
	}
	out.Write(body[done:])
	return out.Bytes(), row
}

// mediaText is a string of a JSON document that may be media: where its quotes
// stand, its bytes, and what the document says they are, empty where it doesn't.
type mediaText struct {
	at, end int
	data    []byte
	mime    string
}

// leastMedia is the length of the smallest picture there is, in base64. What is
// shorter is media only where that is said of it.
const leastMedia = 32

// bytesKeys are the members that hold the bytes of which mimeType or media_type
// beside them tells the type: Gemini's inlineData and Imagen's answers,
// Anthropic's source.
var bytesKeys = []string{"data", "bytesBase64Encoded"}

var typeKeys = []string{"mimeType", "mime_type", "media_type"}

// mediaTexts finds the strings of a document that are base64 or a data URL and
// of which it or their own bytes say that they are media.
func mediaTexts(doc []byte) []mediaText {
	type level struct {
		object, named bool // named: key holds the name of the value that comes
		key, mime     string
		bytes         []int // the texts here whose type mime tells
	}
	var texts []mediaText
	var levels []level
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	for {
		before := int(dec.InputOffset())
		token, err := dec.Token()
		if err != nil {
			break
		}
		top := &level{}
		if len(levels) > 0 {
			top = &levels[len(levels)-1]
		}
		text, isText := token.(string)
		if isText && top.object && !top.named {
			top.key, top.named = text, true
			continue
		}
		top.named = false
		switch {
		case token == json.Delim('{'), token == json.Delim('['):
			levels = append(levels, level{object: token == json.Delim('{')})
		case token == json.Delim('}'), token == json.Delim(']'):
			for _, i := range top.bytes {
				texts[i].mime = top.mime
			}
			levels = levels[:len(levels)-1]
		case !isText:
		case top.object && slices.Contains(typeKeys, top.key):
			top.mime = text
		default:
			found, ok := readMedia(text)
			if !ok {
				continue
			}
			found.at, found.end = before+bytes.IndexByte(doc[before:], '"'), int(dec.InputOffset())
			if found.mime == "" && top.object && slices.Contains(bytesKeys, top.key) {
				top.bytes = append(top.bytes, len(texts))
			}
			texts = append(texts, found)
		}
	}
	return slices.DeleteFunc(texts, func(t mediaText) bool {
		return !isMediaType(t.mime) && (len(t.data) < leastMedia*3/4 || !media.IsMedia(t.data))
	})
}

// readMedia reads a data URL, or base64 of either alphabet.
func readMedia(text string) (mediaText, bool) {
	if media.IsDataURL(text) {
		found, err := media.DecodeDataURL(text)
		return mediaText{data: found.Bytes, mime: found.MIME}, err == nil && len(found.Bytes) > 0
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	data, err := encoding.DecodeString(strings.TrimRight(text, "="))
	return mediaText{data: data}, err == nil && len(data) > 0
}

func isMediaType(mime string) bool {
	major, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(mime)), "/")
	return slices.Contains([]string{"image", "video", "audio"}, major)
}

// keepOne keeps one text as a file and gives its place.
func (o *Outputs) keepOne(ctx context.Context, row ledger.Row, text mediaText) (place string, _ ledger.Row, ok bool) {
	c := caller.From(ctx)
	if c.HTTP && o.NoStore != "" {
		return fmt.Sprintf("<%d bytes; %s>", len(text.data), o.NoStore), row, true
	}
	mime := ""
	if isMediaType(text.mime) && !media.IsMedia(text.data) {
		mime = text.mime // which the bytes don't tell
	}
	saved, _, err := o.put(ctx, name(ctx, row, len(row.Outputs)), text.data, mime)
	if err != nil {
		// Not media, or no place for it: it stays where it was.
		return "", row, false
	}
	row = o.add(ctx, row, placed(ctx, ledger.Output{}, saved))
	at := whereabouts(ctx, o, row, len(row.Outputs)-1)
	return cmp.Or(at.Path, at.URL, at.URI), row, true
}
