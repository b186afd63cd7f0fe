package nexconn

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
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
}

// Body is a JSON body whose media stay in their files until it is sent.
type Body struct {
	doc   []byte
	blobs []inlined
}

type inlined struct {
	token string
	form  catalog.Form
	blob  *Blob
}

// inliner gathers the media of one body while its wire struct is filled in.
type inliner struct {
	prefix string
	blobs  []inlined
	faults []error
}

func newInliner() *inliner {
	var b [12]byte
	rand.Read(b[:])
	return &inliner{prefix: "blob-" + hex.EncodeToString(b[:]) + "-"}
}

// put is the string that stands for m in the wire struct: its reference, or a
// token that becomes its bytes in the given form when the body is sent. A data
// URL becomes that form too. Bytes where the service fetches by itself are a
// fault, which body tells.
func (in *inliner) put(m Media, form catalog.Form) string {
	isData := len(m.Ref) > 5 && strings.EqualFold(m.Ref[:5], "data:")
	switch {
	case form == catalog.URLOnly && (m.Blob != nil || isData):
		in.faults = append(in.faults, Errorf(InvalidArgument, "this model's service fetches such media itself: give a public https URL instead of a file or data"))
		return ""
	case m.Blob == nil && isData && form == catalog.Base64:
		_, data, _ := strings.Cut(m.Ref, ",")
		return data
	case m.Blob == nil:
		return m.Ref
	}
	token := in.prefix + strconv.Itoa(len(in.blobs)) + "."
	in.blobs = append(in.blobs, inlined{token: token, form: form, blob: m.Blob})
	return token
}

// body encodes a wire struct with the media put so far.
func (in *inliner) body(wire any) (Body, error) {
	if err := errors.Join(in.faults...); err != nil {
		return Body{}, err
	}
	doc, err := PlainJSON(wire)
	if err != nil {
		return Body{}, fmt.Errorf("encode body: %w", err)
	}
	return Body{doc: doc, blobs: in.blobs}, nil
}

// RawBody is a body that is already JSON.
func RawBody(doc []byte) Body { return Body{doc: doc} }

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
	rest := b.doc
	for {
		at, which := -1, -1
		for i, in := range b.blobs {
			if n := bytes.Index(rest, []byte(in.token)); n >= 0 && (at < 0 || n < at) {
				at, which = n, i
			}
		}
		if at < 0 {
			return append(texts, rest), blobs
		}
		texts, blobs = append(texts, rest[:at]), append(blobs, b.blobs[which])
		rest = rest[at+len(b.blobs[which].token):]
	}
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

// shorten cuts strings that look like inline media in a JSON document, whose
// order it keeps.
func shorten(doc json.RawMessage) json.RawMessage {
	var fields object
	var list []json.RawMessage
	var text string
	switch {
	case json.Unmarshal(doc, &text) == nil:
		if looksInline(text) {
			doc, _ = PlainJSON(fmt.Sprintf("%s…<%d characters>", text[:shortHead], len(text)))
		}
	case json.Unmarshal(doc, &list) == nil:
		for i := range list {
			list[i] = shorten(list[i])
		}
		doc, _ = PlainJSON(list)
	case json.Unmarshal(doc, &fields) == nil:
		for i := range fields {
			fields[i].value = shorten(fields[i].value)
		}
		doc, _ = PlainJSON(fields)
	}
	return doc
}

// shortHead is what is left of inline media; a data: head fits into it.
const shortHead = 64

// looksInline tells base64 from a long prompt, which may have no spaces either.
func looksInline(s string) bool {
	if len(s) <= 1024 {
		return false
	}
	return strings.HasPrefix(s, "data:") || strings.Trim(s[:1024], base64Letters) == ""
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
