package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	pace      = 8 * time.Millisecond // between two pieces of a streamed text
	maxPieces = 48
)

var (
	errDropped = errors.New("the connection is to be cut")
	errEnded   = errors.New("the stream is to end here")
)

// eventStream writes server-sent events.
type eventStream struct {
	w    http.ResponseWriter
	r    *http.Request
	pace time.Duration
	slow time.Duration
	cut  cut
}

func newEventStream(w http.ResponseWriter, r *http.Request, pace time.Duration, a answer) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	return &eventStream{w: w, r: r, pace: pace, slow: a.wait, cut: a.cut}
}

// data sends one unnamed event.
func (e *eventStream) data(v any) error { return e.event("", v) }

// event sends one event, named if name is not empty.
func (e *eventStream) event(name string, v any) error {
	var b bytes.Buffer
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	b.WriteString("data: ")
	enc := json.NewEncoder(&b) // ends the line
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.WriteByte('\n')
	return e.raw(b.String())
}

func (e *eventStream) raw(s string) error {
	if _, err := io.WriteString(e.w, s); err != nil {
		return err
	}
	return http.NewResponseController(e.w).Flush()
}

// each sends the pieces of a text one after the other, at the stream's pace, and
// breaks off in the middle where the prompt asked for it.
func (e *eventStream) each(text string, send func(piece string) error) error {
	if err := sleep(e.r.Context(), e.slow); err != nil {
		return err
	}
	e.slow = 0
	all := pieces(text)
	for i, p := range all {
		if e.cut != "" && i >= (len(all)+1)/2 {
			return e.breakOff()
		}
		if err := send(p); err != nil {
			return err
		}
		if err := sleep(e.r.Context(), e.pace); err != nil {
			return err
		}
	}
	return nil
}

// finish breaks off a stream that was to be cut but had no text to cut in.
func (e *eventStream) finish() error {
	if err := sleep(e.r.Context(), e.slow); err != nil {
		return err
	}
	if e.cut != "" {
		return e.breakOff()
	}
	return nil
}

func (e *eventStream) breakOff() error {
	switch e.cut {
	case cutDrop:
		return errDropped
	case cutStall:
		<-e.r.Context().Done()
	}
	return errEnded
}

// pieces cuts a text at its spaces into at most maxPieces parts that join to it.
func pieces(text string) []string {
	words := strings.SplitAfter(text, " ")
	per := (len(words) + maxPieces - 1) / maxPieces
	var out []string
	for len(words) > 0 {
		n := min(per, len(words))
		if p := strings.Join(words[:n], ""); p != "" {
			out = append(out, p)
		}
		words = words[n:]
	}
	return out
}
