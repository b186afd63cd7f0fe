package nexconn

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

// Interrupted is the finish reason of an answer that was cut short.
const Interrupted = "interrupted"

// Delta is a piece of a chat's answer as it comes: text or reasoning.
type Delta struct{ Text, Reasoning string }

// Chat runs one turn and gives the whole answer. It is sent once; Unsure errors
// are as of Video.
//
// A stream that falls silent or breaks after something came is an answer,
// Interrupted, with what came. When ctx ends both the answer so far and the
// reason are given.
func (c *Client) Chat(ctx context.Context, r ChatRequest) (*ChatAnswer, error) {
	return c.ChatStream(ctx, r, nil)
}

// ChatStream is Chat; each gets every piece as it comes.
func (c *Client) ChatStream(ctx context.Context, r ChatRequest, each func(Delta)) (*ChatAnswer, error) {
	call, err := c.Build(&r)
	if err != nil {
		return nil, err
	}
	return c.SendChat(ctx, call, each)
}

// SendChat is ChatStream of a call that Build has made; each may be nil.
func (c *Client) SendChat(ctx context.Context, call Call, each func(Delta)) (*ChatAnswer, error) {
	if each == nil {
		each = func(Delta) {}
	}
	var out *ChatAnswer
	err := sendOnce(ctx, func() *Error {
		var err *Error
		out, err = chat(ctx, c, call, each)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, nil
}

func chat(ctx context.Context, c *Client, call Call, each func(Delta)) (out *ChatAnswer, err *Error) {
	p, done := newTimeout(ctx, limitsOf(c).idle)
	defer done()
	began := time.Now()
	o, id := Observation{Op: call.Op}, ""
	defer func() {
		o.Took = time.Since(began)
		sender{c}.note(o, id, err)
	}()
	resp, err := sender{c}.open(p, call, "text/event-stream")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	o.Status, id = resp.StatusCode, requestID(resp.Header)
	head := &answer{status: resp.StatusCode, header: resp.Header}
	if !head.ok() {
		head.body, _ = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		head.body = scrubberOf(c).bytes(head.body)
		return nil, head.refusalOfTalk()
	}
	turn := &turn{each: each, seen: map[string]bool{}, scrub: scrubberOf(c).bytes, out: ChatAnswer{RequestID: id},
		ended: func() { p.hurry(afterEnd) }, last: func() { p.hurry(afterDone) }}
	barren := time.AfterFunc(limitsOf(c).long, func() { p.cancel(errTimeout) })
	defer barren.Stop()
	turn.grew = func() { barren.Reset(limitsOf(c).long) }
	end := time.AfterFunc(streamLimit, func() { p.cancel(errTimeout) })
	defer end.Stop()
	broke := readChat(turn, io.LimitReader(resp.Body, mediaLimit), head, p.moved)
	head.body = scrubberOf(c).bytes(head.body)
	return outcome(ctx, c, p, head, turn, broke)
}

// afterEnd is how long a stream may go on after its finish reason: the chunk
// with the usage follows, and [DONE] or the connection's end, which some
// servers leave out.
const afterEnd = 5 * time.Second

// afterDone is how long it may go on after [DONE], where the usage has not come.
const afterDone = 500 * time.Millisecond

// streamLimit is how long one answer may take in all, however it trickles.
const streamLimit = time.Hour

// outcome decides what a stream that has ended amounts to.
func outcome(ctx context.Context, c *Client, p *timeout, head *answer, t *turn, broke error) (*ChatAnswer, *Error) {
	var inStream *Error
	var fail *Error
	switch {
	case errors.As(broke, &inStream):
		fail = inStream
		fail.Message = scrubberOf(c).text(fail.Message)
	case t.whole && !t.said():
		fail = head.unread(broke)
		fail.Message = "the service ended its answer without saying anything that can be read"
	case t.whole:
		// Whatever broke after the finish reason took nothing away.
		return scrubberOf(c).answer(t.answer()), nil
	case errors.Is(broke, errNoChat):
		fail = head.unread(broke)
		if t.came() {
			fail.Message = "what came next can't be read"
		}
	default:
		if broke == nil {
			broke = io.ErrUnexpectedEOF
		}
		fail = sender{c}.broken(p, broke, false)
	}
	fail.Status, fail.RequestID = head.status, requestID(head.header)
	if !t.came() {
		return nil, fail
	}
	out := scrubberOf(c).answer(t.answer())
	out.Interrupted, out.FinishReason = true, Interrupted
	out.Warnings = append(out.Warnings, "The answer was cut short: "+fail.Message+".")
	if ctx.Err() != nil {
		return out, fail
	}
	return out, nil
}

var errNoChat = errors.New("neither an event stream nor a chat completion")

// readChat takes an answer in, as a stream of events or as one JSON document,
// whatever its content type says. alive is called at every sign of life.
func readChat(t *turn, r io.Reader, head *answer, alive func()) error {
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
		head.body, err = io.ReadAll(moved{buffered, alive})
		head.body = t.scrub(head.body)
		if err != nil {
			return err
		}
		refusal, err := t.document(head.body)
		if refusal != nil {
			return refusal
		}
		return err
	case '<':
		head.body, _ = io.ReadAll(io.LimitReader(buffered, 1<<16))
		return errNoChat
	}
	defer t.settle()
	events := newEventStream(buffered, alive)
	defer func() { head.body = events.head }()
	ended := false
	for {
		kind, data, err := events.next()
		switch {
		case errors.Is(err, io.EOF) && (ended || t.whole):
			t.whole = true
			return nil
		case errors.Is(err, io.EOF) && (!events.opened || t.unread):
			return errNoChat
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ended:
			return nil
		case err != nil:
			return err
		}
		data = bytes.TrimSpace(data)
		if string(data) == "[DONE]" {
			if t.unread && !t.whole {
				return errNoChat
			}
			if t.whole, ended = true, true; t.out.Usage != (Usage{}) || !t.came() {
				return nil
			}
			t.last() // the usage may follow
			continue
		}
		for _, doc := range documents(data) {
			if refusal, err := t.event(kind, t.scrub(doc)); refusal != nil {
				return refusal
			} else if err != nil {
				return err
			}
		}
		if ended && t.out.Usage != (Usage{}) {
			return nil
		}
	}
}

// documents are the JSON documents of an event, one a line where it is no whole.
func documents(data []byte) [][]byte {
	if json.Valid(data) || !bytes.ContainsRune(data, '\n') {
		return [][]byte{data}
	}
	var all [][]byte
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return [][]byte{data}
		}
		all = append(all, line)
	}
	return all
}

// moved reads from r and takes what comes as a sign of life.
type moved struct {
	r     io.Reader
	alive func()
}

func (m moved) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	if n > 0 {
		m.alive()
	}
	return n, err
}

// firstByte looks at the first byte that is no space.
func firstByte(r *bufio.Reader) (byte, error) {
	for range 1 << 20 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if !strings.Contains(" \t\r\n\xef\xbb\xbf", string([]byte{b})) {
			return b, r.UnreadByte()
		}
	}
	return 0, errNoChat
}
