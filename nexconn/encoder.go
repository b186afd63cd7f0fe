package nexconn

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// encoder collects the media, the warnings and the faults of one request while
// its body is filled in.
type encoder struct {
	prefix string
	blobs  []inlined
	faults []error
	call   Call
}

func newEncoder() *encoder {
	var b [12]byte
	rand.Read(b[:])
	return &encoder{prefix: "blob-" + hex.EncodeToString(b[:]) + "-"}
}

func (e *encoder) fault(err error) { e.faults = append(e.faults, err) }

func (e *encoder) refuse(code Code, field, format string, args ...any) {
	err := Errorf(code, format, args...)
	err.Field = field
	e.fault(err)
}

func (e *encoder) warn(format string, args ...any) {
	if say := fmt.Sprintf(format, args...); !slices.Contains(e.call.Warnings, say) {
		e.call.Warnings = append(e.call.Warnings, say)
	}
}

// put is the string that stands for m in the wire struct: its reference, or a
// token that becomes its bytes in the given form when the body is sent. A data
// URL becomes that form too. Bytes where the service fetches by itself are a
// fault.
func (e *encoder) put(m Media, form catalog.Form) string {
	isData := len(m.Ref) > 5 && strings.EqualFold(m.Ref[:5], "data:")
	switch {
	case form == catalog.URLOnly && (m.Blob != nil || isData):
		e.fault(Errorf(InvalidArgument, "this model's service fetches such media itself: give a public https URL instead of a file or data"))
		return ""
	case m.Blob == nil && isData && form == catalog.Base64:
		_, data, _ := strings.Cut(m.Ref, ",")
		return data
	case m.Blob == nil:
		return m.Ref
	}
	token := e.prefix + strconv.Itoa(len(e.blobs)) + "."
	e.blobs = append(e.blobs, inlined{form: form, blob: m.Blob})
	return token
}

func (e *encoder) putAll(list []Media, form catalog.Form) []string {
	var refs []string
	for _, m := range list {
		refs = append(refs, e.put(m, form))
	}
	return refs
}

// body encodes a wire struct with the media put so far.
func (e *encoder) body(wire any) (Body, error) {
	if err := errors.Join(e.faults...); err != nil {
		return Body{}, err
	}
	if doc, ok := wire.(json.RawMessage); ok {
		return Body{doc: doc}, nil // as its caller wrote it
	}
	doc, err := PlainJSON(wire)
	if err != nil {
		return Body{}, fmt.Errorf("encode body: %w", err)
	}
	return Body{doc: doc, blobs: e.blobs, prefix: e.prefix}, nil
}
