package serve

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WriteOutput answers a request with an output: with ranges where its source
// can seek, in its own type where a browser shows that type and nothing in it
// runs, else as a download.
func WriteOutput(w http.ResponseWriter, r *http.Request, from io.Reader, size int64, kind string) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'")
	h.Set("Referrer-Policy", "no-referrer")
	base, _, err := mime.ParseMediaType(kind)
	shown := strings.HasPrefix(base, "image/") && base != "image/svg+xml" || strings.HasPrefix(base, "video/") || strings.HasPrefix(base, "audio/") || base == "text/plain"
	switch {
	case err != nil:
		kind = "application/octet-stream"
	case base == "text/plain":
		kind = "text/plain; charset=utf-8"
	}
	if !shown {
		h.Set("Content-Disposition", "attachment")
	}
	h.Set("Content-Type", kind)
	if seeker, ok := from.(io.ReadSeeker); ok {
		http.ServeContent(w, r, "", time.Time{}, seeker)
		return
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method != http.MethodHead {
		_, _ = io.CopyN(w, from, size) // a caller that left is nobody's fault
	}
}
