package nexconn

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// eventStream reads server-sent events as they are met: with line ends of any
// kind, events that only one line end parts, comments, and data without a
// blank before it. An event is given as soon as its data are whole JSON, so that
// a missing blank line holds nothing back.
type eventStream struct {
	r     *bufio.Reader
	line  []byte
	skip  bool // a line feed that belongs to the carriage return before it
	left  int64
	alive func()

	kind string
	data []byte
	rows int
	// opened says that a line of an event stream has come, head is how it began.
	opened bool
	head   []byte
}

// maxRows is after how many lines the data of one event are no longer looked at
// before its end.
const maxRows = 100

func newEventStream(r *bufio.Reader, alive func()) *eventStream {
	return &eventStream{r: r, left: mediaLimit, alive: alive}
}

// next is the data of the next event and its type; io.EOF after the last.
func (s *eventStream) next() (kind string, data []byte, err error) {
	for {
		line, err := s.readLine()
		if err != nil {
			if errors.Is(err, io.EOF) && len(bytes.TrimSpace(s.data)) > 0 {
				kind, data = s.take()
				return kind, data, nil
			}
			return "", nil, err
		}
		if room := 1<<10 - len(s.head); room > 0 {
			s.head = append(append(s.head, line[:min(room, len(line))]...), '\n')
		}
		if len(bytes.TrimSpace(line)) == 0 {
			if len(bytes.TrimSpace(s.data)) > 0 {
				kind, data = s.take()
				return kind, data, nil
			}
			s.kind, s.data, s.rows = "", nil, 0
			continue
		}
		field, value, colon := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case colon && len(field) == 0:
			s.opened = true
		case line[0] == '{' && s.opened && len(s.data) == 0 && json.Valid(line):
			s.data = append(s.data, line...) // an error as a server's last word
			kind, data = s.take()
			return kind, data, nil
		case string(field) == "event":
			s.kind = string(bytes.TrimSpace(value))
		case string(field) == "data" && colon:
			s.opened = true
			if s.rows > 0 {
				s.data = append(s.data, '\n')
			}
			s.data = append(s.data, value...)
			if s.rows++; s.rows <= maxRows && whole(s.data) {
				kind, data = s.take()
				return kind, data, nil
			}
		}
	}
}

func (s *eventStream) take() (string, []byte) {
	kind, data := s.kind, s.data
	s.data, s.rows = nil, 0
	return kind, data
}

// whole says that data need no further line.
func whole(data []byte) bool {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return false
	}
	switch data[0] {
	case '{':
		return data[len(data)-1] == '}' && json.Valid(data)
	case '[':
		return string(data) == "[DONE]" || data[len(data)-1] == ']' && json.Valid(data)
	}
	return false
}

// readLine is the next line without its end, which may be CR, LF or both. What
// comes of anything but a comment is a sign of life.
func (s *eventStream) readLine() ([]byte, error) {
	s.line = s.line[:0]
	for {
		if _, err := s.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && len(s.line) > 0 {
				return s.line, nil
			}
			return nil, err
		}
		buf, _ := s.r.Peek(s.r.Buffered())
		if s.skip && buf[0] == '\n' {
			s.skip = false
			_, _ = s.r.Discard(1)
			continue
		}
		s.skip = false
		end := bytes.IndexAny(buf, "\r\n")
		n := end + 1
		if end < 0 {
			end, n = len(buf), len(buf)
		}
		s.line = append(s.line, buf[:end]...)
		if s.left -= int64(n); s.left < 0 {
			return nil, fmt.Errorf("the stream is larger than %d MiB", mediaLimit>>20)
		}
		over := end < n
		s.skip = over && buf[end] == '\r'
		_, _ = s.r.Discard(n)
		if len(s.line) > 0 && s.line[0] != ':' {
			s.alive()
		}
		if over {
			return s.line, nil
		}
	}
}
