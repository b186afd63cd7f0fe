package catalog

import (
	"bytes"
	"encoding/json"
)

// visitor is told every value of a document that is no object or list with
// something in it.
type visitor interface {
	// value is one: path are the names of the objects it stands in, element is
	// its place in the outermost list, v its characters, unquoted where isText.
	value(path [][]byte, element int, v []byte, isText bool)
}

// scan walks a JSON document once, front to back, without building it: a body
// of megabytes costs milliseconds, however deep it is. What isn't JSON ends it.
func scan(doc []byte, to visitor) {
	s := scanner{doc: doc, to: to}
	for s.i < len(doc) && s.step() {
		s.i++
	}
}

type scanner struct {
	doc     []byte
	i       int
	to      visitor
	open    []byte   // what is open: { or [
	path    [][]byte // one for each open object
	inName  bool     // a name comes next
	lists   int      // how many lists are open
	element int
}

func (s *scanner) step() bool {
	switch c := s.doc[s.i]; c {
	case ' ', '\t', '\r', '\n', ':':
	case '{':
		s.empty('}')
		s.open, s.path, s.inName = append(s.open, c), append(s.path, nil), true
	case '[':
		s.empty(']')
		if s.lists == 0 {
			s.element = 0
		}
		s.open, s.inName = append(s.open, c), false
		s.lists++
	case '}', ']':
		if len(s.open) == 0 {
			return false
		}
		if s.open[len(s.open)-1] == '{' {
			s.path = s.path[:len(s.path)-1]
		} else {
			s.lists--
		}
		s.open, s.inName = s.open[:len(s.open)-1], false
	case ',':
		if len(s.open) == 0 {
			return false
		}
		s.inName = s.open[len(s.open)-1] == '{'
		if s.lists == 1 && !s.inName {
			s.element++
		}
	case '"':
		return s.text()
	default:
		s.literal()
	}
	return true
}

// empty gives an object or a list with nothing in it as a value.
func (s *scanner) empty(end byte) {
	rest := bytes.TrimLeft(s.doc[s.i+1:min(len(s.doc), s.i+64)], " \t\r\n")
	if len(rest) > 0 && rest[0] == end {
		s.to.value(s.path, s.element, s.doc[s.i:s.i+1], false)
	}
}

func (s *scanner) text() bool {
	from, escaped := s.i+1, false
	for at := from; ; at++ {
		n := bytes.IndexAny(s.doc[at:], `"\`)
		if n < 0 {
			return false
		}
		at += n
		if s.doc[at] == '\\' {
			escaped = true
			at++
			continue
		}
		s.i = at
		break
	}
	v := s.doc[from:s.i]
	if escaped && (s.inName || len(v) < 256) {
		var plain string
		if json.Unmarshal(s.doc[from-1:s.i+1], &plain) == nil {
			v = []byte(plain)
		}
	}
	if s.inName && len(s.path) > 0 {
		s.path[len(s.path)-1], s.inName = v, false
		return true
	}
	s.to.value(s.path, s.element, v, true)
	return true
}

func (s *scanner) literal() {
	from := s.i
	for s.i+1 < len(s.doc) && !bytes.ContainsRune([]byte(" \t\r\n,:{}[]\""), rune(s.doc[s.i+1])) {
		s.i++
	}
	s.to.value(s.path, s.element, s.doc[from:s.i+1], false)
}
