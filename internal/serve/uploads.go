package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// uploadPause is the longest pause in a file that is being sent.
const uploadPause = 30 * time.Second

// upload takes one file at an address that upload_file gave out. The address
// is all that its sender needs.
func (a mediaRoutes) upload(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	no := func(status int, text string) {
		drain(w, r)
		a.Metrics.refused("upload")
		http.Error(w, text, status)
	}
	sending, err := a.Uploads.Begin(r.Context(), r.PathValue("address"))
	switch {
	case errors.Is(err, outputs.ErrAddressUsed):
		no(http.StatusConflict, "No: "+err.Error()+". "+anotherAddress)
		return
	case errors.Is(err, outputs.ErrAddressExpired):
		no(http.StatusGone, "No: "+err.Error()+". "+anotherAddress)
		return
	case errors.Is(err, outputs.ErrAddress):
		no(http.StatusNotFound, "No: "+err.Error()+". "+anotherAddress)
		return
	case nexconn.CodeOf(err) == nexconn.RateLimited && err != nil:
		no(http.StatusInsufficientStorage, err.Error())
		return
	case err != nil:
		a.Log.WarnContext(r.Context(), "an upload could not be taken", "cause", err)
		w.Header().Set("Retry-After", "5")
		no(http.StatusServiceUnavailable, "Uploads can't be taken just now. Wait as long as Retry-After says.")
		return
	}
	leave, refusal := a.limits.enter(r.Context(), sending.Caller)
	if refusal != nil {
		sending.Cancel(r.Context())
		drain(w, r)
		refusal.plain(a.app, w)
		return
	}
	defer leave()
	if r.ContentLength > sending.Most {
		sending.Cancel(r.Context())
		no(http.StatusRequestEntityTooLarge, fmt.Sprintf("No: the file has %d bytes, and %d are the most.", r.ContentLength, sending.Most))
		return
	}
	kept, err := sending.Keep(r.Context(), a.steady(w, r), r.Header.Get("Content-Type"))
	if err != nil {
		a.notKept(no, r, sending, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(kept) // the sender went away
}

const anotherAddress = "Call upload_file with local: true for another one."

// notKept says why a file was not kept. The address is good as before.
func (a mediaRoutes) notKept(no func(int, string), r *http.Request, sending *outputs.Sending, err error) {
	fault, ours := errors.AsType[*nexconn.Error](err)
	switch {
	case errors.Is(err, outputs.ErrTooLarge):
		no(http.StatusRequestEntityTooLarge, fmt.Sprintf("No: the file has more than %d bytes.", sending.Most))
	case r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		no(http.StatusBadRequest, "The file ended early. Send it again to the same address.")
	case ours && fault.Code == nexconn.InvalidArgument:
		no(http.StatusUnsupportedMediaType, "No: "+fault.Message+".")
	case ours && fault.Code == nexconn.UpstreamError: // of no use as a file
		no(http.StatusUnprocessableEntity, "No: "+fault.Message+".")
	default:
		a.Log.ErrorContext(r.Context(), "an upload could not be kept", "cause", err)
		no(http.StatusServiceUnavailable, "The file can't be kept just now. Send it again to the same address in a minute.")
	}
}

// steady is the body of a request that may take as long as an upload may, but
// never pauses long.
func (a mediaRoutes) steady(w http.ResponseWriter, r *http.Request) io.Reader {
	return &steady{body: r.Body, conn: http.NewResponseController(w), until: time.Now().Add(outputs.SendingLife)}
}

type steady struct {
	body  io.Reader
	conn  *http.ResponseController
	until time.Time
}

func (s *steady) Read(p []byte) (int, error) {
	next := time.Now().Add(uploadPause)
	if next.After(s.until) {
		next = s.until
	}
	// Where it can't be set, the server's own time for a request stands.
	_ = s.conn.SetReadDeadline(next)
	return s.body.Read(p)
}
