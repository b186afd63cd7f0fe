package nexconn

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
)

// decoded reads an answer that came compressed although nobody asked for it, by
// its header or, where that is missing, by its first bytes. It looks at the
// first read, so that a stream is not waited for before.
type decoded struct {
	body     io.ReadCloser
	encoding string
	r        io.Reader
}

func decodedBody(resp *http.Response) io.ReadCloser {
	return &decoded{body: resp.Body, encoding: strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))}
}

func (d *decoded) Read(b []byte) (int, error) {
	if d.r == nil {
		var err error
		if d.r, err = d.open(); err != nil {
			return 0, err
		}
	}
	return d.r.Read(b)
}

func (d *decoded) Close() error { return d.body.Close() }

func (d *decoded) open() (io.Reader, error) {
	r := bufio.NewReader(d.body)
	if d.encoding == "" || d.encoding == "identity" {
		if head, _ := r.Peek(1); len(head) == 0 || head[0] != 0x1f {
			return r, nil
		}
	}
	head, _ := r.Peek(2)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(r)
	case d.encoding == "deflate" && len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0:
		return zlib.NewReader(r)
	case d.encoding == "deflate":
		return flate.NewReader(r), nil
	}
	return r, nil // a header that is not so
}
