package nexconn

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	sse "github.com/tmaxmax/go-sse"
)

// Interrupted is the finish reason of an answer that was cut short.
const Interrupted = "interrupted"

// Chat runs one turn and gives the whole answer; seen, which may be nil, hears
// each piece of text as it comes. It is sent once; Unsure errors are as of
// Create.
//
// A stream that falls silent or breaks after something came is an answer,
// Interrupted, with what came. When ctx ends both the answer so far and the
// reason are given.
func (c *Client) Chat(ctx context.Context, call Call, seen func(text string, reasoning bool)) (*ChatAnswer, error) {
	if seen == nil {
		seen = func(string, bool) {}
	}
	var out *ChatAnswer
	err := once(ctx, func() *Error {
		var err *Error
		out, err = c.chat(ctx, call, seen)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, nil
}

func (c *Client) chat(ctx context.Context, call Call, seen func(string, bool)) (out *ChatAnswer, err *Error) {
	p, done := newPatience(ctx, c.silence())
	defer done()
	began := time.Now()
	o, id := Observation{Op: call.Op}, ""
	defer func() {
		o.Took = time.Since(began)
		c.note(o, id, err)
	}()
	resp, err := c.open(p, call, "text/event-stream")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	o.Status, id = resp.StatusCode, requestID(resp.Header)
	head := &answer{status: resp.StatusCode, header: resp.Header}
	if !head.ok() {
		head.body, _ = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		head.body = c.scrubBytes(head.body)
		return nil, head.refusalOfTalk()
	}
	turn := &turn{seen: seen, out: ChatAnswer{RequestID: id}, ended: func() { p.hurry(afterEnd) }}
	broke := turn.read(io.LimitReader(moving{ReadCloser: resp.Body, p: p}, mediaLimit), head)
	head.body = c.scrubBytes(head.body)
	return c.outcome(ctx, p, head, turn, broke)
}

// afterEnd is how long a stream may go on after its finish reason: the chunk
// with the usage follows, and [DONE] or the connection's end, which some
// servers leave out.
const afterEnd = 5 * time.Second

// outcome decides what a stream that has ended amounts to.
func (c *Client) outcome(ctx context.Context, p *patience, head *answer, t *turn, broke error) (*ChatAnswer, *Error) {
	var inStream *Error
	var fail *Error
	switch {
	case errors.As(broke, &inStream):
		fail = inStream
		fail.Message = c.scrub(fail.Message)
	case t.whole && !t.said():
		fail = head.unread(broke)
		fail.Message = "the service ended its answer without saying anything that can be read"
	case t.whole:
		// Whatever broke after the finish reason took nothing away.
		return t.answer(), nil
	case errors.Is(broke, errNoChat):
		fail = head.unread(broke)
		if t.came() {
			fail.Message = "what came next can't be read"
		}
	default:
		if broke == nil {
			broke = io.ErrUnexpectedEOF
		}
		fail = c.broken(p, broke, false)
	}
	fail.Status, fail.RequestID = head.status, requestID(head.header)
	if !t.came() {
		return nil, fail
	}
	out := t.answer()
	out.Interrupted, out.FinishReason = true, Interrupted
	out.Warnings = append(out.Warnings, "The answer was cut short: "+fail.Message+".")
	if ctx.Err() != nil {
		return out, fail
	}
	return out, nil
}

var errNoChat = errors.New("neither an event stream nor a chat completion")

// read takes an answer in, as a stream of events or as one JSON document,
// whatever its content type says.
func (t *turn) read(r io.Reader, head *answer) error {
	buffered := bufio.NewReader(r)
	first, err := firstByte(buffered)
	switch {
	case errors.Is(err, io.EOF):
		return errNoChat
	case err != nil:
		return err
	}
	switch first {
	case '{', '[', '"':
		head.body, err = io.ReadAll(buffered)
		if err != nil {
			return err
		}
		return t.document(head.body)
	case '<':
		head.body, _ = io.ReadAll(io.LimitReader(buffered, 1<<16))
		return errNoChat
	}
	defer t.settle()
	var opening opening
	defer func() { head.body = opening }()
	events := sse.Read(io.TeeReader(buffered, &opening), &sse.ReadConfig{MaxEventSize: mediaLimit})
	for event, err := range events {
		if err != nil {
			return err
		}
		if stop, err := t.event([]byte(event.Data)); stop || err != nil {
			return err
		}
	}
	if !opening.ofEvents() {
		return errNoChat
	}
	return nil
}

// opening is the beginning of a stream.
type opening []byte

func (o *opening) Write(b []byte) (int, error) {
	if room := 1<<10 - len(*o); room > 0 {
		*o = append(*o, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

// ofEvents says that a stream of events may begin so: with data or a comment,
// after whatever fields. Those alone may be words that look like one.
func (o opening) ofEvents() bool {
	for line := range strings.FieldsFuncSeq(string(o), func(r rune) bool { return r == '\n' || r == '\r' }) {
		field, _, colon := strings.Cut(line, ":")
		switch field {
		case "", "data":
			return colon
		case "event", "id", "retry":
		default:
			return false
		}
	}
	return false
}

// firstByte looks at the first byte that is no space.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if !strings.Contains(" \t\r\n\xef\xbb\xbf", string([]byte{b})) {
			return b, r.UnreadByte()
		}
	}
}

// event takes in one event of the stream. chat.md section 5.
func (t *turn) event(data []byte) (stop bool, err error) {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return false, nil
	case string(data) == "[DONE]":
		t.whole = true
		return true, nil
	}
	var chunk chatReply
	switch err := t.decode(data, &chunk); {
	case err != nil && t.whole:
		return false, nil // the usage may follow
	case err != nil:
		return false, fmt.Errorf("%w: %w", errNoChat, err)
	}
	t.name(chunk)
	nothing := len(chunk.Choices) == 0 && (chunk.Usage == nil || chunk.Usage.usage() == Usage{})
	if (nothing || !null(chunk.Error)) && readFault(data).envelope {
		return true, refused(http.StatusOK, nil, data)
	}
	t.take(chunk.Choices)
	return false, nil
}

// document takes in a whole ChatCompletionResponse. What a model said counts
// for more than what looks like a refusal beside it, a real error excepted.
func (t *turn) document(doc []byte) error {
	failed := readFault(doc).envelope
	var whole chatReply
	err := t.decode(doc, &whole)
	switch {
	case failed && (err != nil || len(whole.Choices) == 0 || !null(whole.Error)):
		return refused(http.StatusOK, nil, doc)
	case err != nil || len(whole.Choices) == 0:
		return errNoChat
	}
	t.name(whole)
	t.take(whole.Choices)
	t.settle()
	if failed && !t.came() && t.out.Usage == (Usage{}) {
		return refused(http.StatusOK, nil, doc)
	}
	t.whole = true
	return nil
}
