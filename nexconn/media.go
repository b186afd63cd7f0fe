package nexconn

import (
	"bytes"
	"io"
)

// Media is one picture, clip, sound or document on its way to the service: a
// reference as the caller wrote it, which is passed on, or bytes that go
// inline in the form the wire asks for. In JSON it is a string.
type Media struct {
	// Ref is an https or data URL, a qfile id, or whatever the caller wrote
	// before it was resolved.
	Ref string
	// Blob is what goes inline in place of Ref; nil means Ref is passed on.
	Blob *Blob
}

// Blob is bytes that can be read more than once, so that a body can be
// measured, shown and sent without holding the file in memory.
type Blob struct {
	MIME string
	Size int64
	Name string
	Open func() (io.ReadCloser, error)
}

// Link is media that the service fetches by itself.
func Link(url string) Media { return Media{Ref: url} }

// Inline is media whose bytes go with the request.
func Inline(mime string, data []byte) Media {
	return Media{Blob: &Blob{MIME: mime, Size: int64(len(data)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}}
}

// IsZero says that nothing was given.
func (m Media) IsZero() bool { return m.Ref == "" && m.Blob == nil }

// MarshalText gives the reference.
func (m Media) MarshalText() ([]byte, error) { return []byte(m.Ref), nil }

// UnmarshalText takes the reference.
func (m *Media) UnmarshalText(text []byte) error {
	*m = Media{Ref: string(text)}
	return nil
}
