package nexconn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Call is one request to the service, ready to send: what a dry run shows,
// what evidence compares and what a create sends.
type Call struct {
	// Op names the call in errors and logs, e.g. "create video".
	Op     string
	Method string
	// Path is from the host root and may carry a query.
	Path string
	// Header holds what a protocol wants besides the usual.
	Header map[string]string
	Body   Body
	// Warnings are what is doubtful about it, though it may be sent.
	Warnings []string
	// Model is the model that is asked: it says how the answer is read.
	Model catalog.Model
}

// Body is a JSON body whose media stay in their files until it is sent.
type Body struct {
	doc   []byte
	blobs []inlined
	// prefix begins every token of a blob in doc.
	prefix string
}

type inlined struct {
	form catalog.Form
	blob *Blob
}

// RawBody is a body that is already JSON.
func RawBody(doc []byte) Body { return Body{doc: doc} }

// Document is the JSON document, in which short tokens stand for the bytes of
// media.
func (b Body) Document() []byte { return b.doc }

// IsZero says that there is no body.
func (b Body) IsZero() bool { return len(b.doc) == 0 }

func (i inlined) head() string {
	if i.form == catalog.DataURI {
		return "data:" + i.blob.MIME + ";base64,"
	}
	return ""
}

// pieces cuts the document at its tokens, in the order they stand.
func (b Body) pieces() (texts [][]byte, blobs []inlined) {
	rest, from := b.doc, 0
	for b.prefix != "" {
		n := bytes.Index(rest[from:], []byte(b.prefix))
		if n < 0 {
			break
		}
		at := from + n
		number, _, ok := bytes.Cut(rest[at+len(b.prefix):min(len(rest), at+len(b.prefix)+12)], []byte("."))
		i, err := strconv.Atoi(string(number))
		if !ok || err != nil || i < 0 || i >= len(b.blobs) {
			from = at + len(b.prefix)
			continue
		}
		texts, blobs = append(texts, rest[:at]), append(blobs, b.blobs[i])
		rest, from = rest[at+len(b.prefix)+len(number)+1:], 0
	}
	return append(texts, rest), blobs
}

// Len is the body's length in bytes once its media are inlined.
func (b Body) Len() int64 {
	texts, blobs := b.pieces()
	var n int64
	for _, t := range texts {
		n += int64(len(t))
	}
	for _, in := range blobs {
		n += int64(len(in.head())) + int64(base64.StdEncoding.EncodedLen(int(in.blob.Size)))
	}
	return n
}

// Open reads the body with its media encoded on the way, so that no more than
// a buffer of a file is in memory.
func (b Body) Open() io.ReadCloser {
	texts, blobs := b.pieces()
	if len(blobs) == 0 {
		return io.NopCloser(bytes.NewReader(b.doc))
	}
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(write(pw, texts, blobs)) }()
	return pr
}

func write(w io.Writer, texts [][]byte, blobs []inlined) error {
	for i, text := range texts {
		if _, err := w.Write(text); err != nil {
			return err
		}
		if i == len(blobs) {
			break
		}
		if err := blobs[i].write(w); err != nil {
			return err
		}
	}
	return nil
}

func (i inlined) write(w io.Writer) error {
	r, err := i.blob.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.WriteString(w, i.head()); err != nil {
		return err
	}
	enc := base64.NewEncoder(base64.StdEncoding, w)
	n, err := io.Copy(enc, r)
	if err != nil {
		return err
	}
	if n != i.blob.Size {
		return fmt.Errorf("%s changed while it was read: %d bytes, not %d", i.blob.Name, n, i.blob.Size)
	}
	return enc.Close()
}

// Show is the body as people may see it: the exact JSON, with media shortened.
func (b Body) Show() json.RawMessage {
	texts, blobs := b.pieces()
	var out bytes.Buffer
	for i, t := range texts {
		out.Write(t)
		if i < len(blobs) {
			fmt.Fprintf(&out, "%s<%d bytes>", blobs[i].head(), blobs[i].blob.Size)
		}
	}
	return shorten(out.Bytes())
}

// shorten cuts strings that look like inline media in a JSON document, in one
// pass: whatever else it holds stays as it is.
func shorten(doc json.RawMessage) json.RawMessage {
	var out []byte
	kept := 0
	for i := 0; i < len(doc); {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			break
		}
		start := i + n
		i = skipString(doc, start)
		if i-start <= leastInline {
			continue
		}
		if next := skipBlank(doc, i); next < len(doc) && doc[next] == ':' {
			continue // a name
		}
		text := unquoted(doc[start:i])
		if !looksInline(text) {
			continue
		}
		short, _ := PlainJSON(fmt.Sprintf("%s…<%d characters>", text[:shortHead], len(text))) // a text can't fail
		out = append(append(out, doc[kept:start]...), short...)
		kept = i
	}
	if kept == 0 {
		return doc
	}
	return append(out, doc[kept:]...)
}

// shortHead is what is left of inline media; a data: head fits into it.
const shortHead = 64

// leastInline is how long a text is at least that may be media.
const leastInline = 1024

// looksInline tells base64 from a long prompt, which may have no spaces either.
func looksInline(s string) bool {
	if len(s) <= leastInline {
		return false
	}
	return strings.HasPrefix(s, "data:") || strings.Trim(s[:leastInline], base64Letters) == ""
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="

// PlainJSON is JSON as it goes out: < and & stay what they are.
func PlainJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}
