package nexconn

import (
	"bytes"
	"encoding/json"
)

// rawMember is where a member of an object stands in its document: from its name
// to the end of its value.
type rawMember struct{ key, keyEnd, value, end int }

// eachMember calls do with the members of the object that a valid document is,
// in one pass; ok is false for what is no object.
func eachMember(doc []byte, do func(rawMember)) (ok bool) {
	i := skipBlank(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return false
	}
	for i = skipBlank(doc, i+1); i < len(doc) && doc[i] == '"'; i = skipBlank(doc, i) {
		m := rawMember{key: i, keyEnd: skipString(doc, i)}
		m.value = skipBlank(doc, skipBlank(doc, m.keyEnd)+1) // past the colon
		m.end = skipValue(doc, m.value)
		do(m)
		if i = skipBlank(doc, m.end); i < len(doc) && doc[i] == ',' {
			i++
		}
	}
	return true
}

func skipBlank(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\n' || doc[i] == '\r') {
		i++
	}
	return i
}

// skipString is where the string that begins at i ends.
func skipString(doc []byte, i int) int {
	for i++; i < len(doc); i++ {
		switch doc[i] {
		case '\\':
			i++ // the sign that is escaped
		case '"':
			return i + 1
		}
	}
	return len(doc)
}

// skipValue is where the value that begins at i ends.
func skipValue(doc []byte, i int) int {
	level := 0
	for i < len(doc) {
		switch doc[i] {
		case '"':
			i = skipString(doc, i)
		case '{', '[':
			level++
			i++
		case '}', ']':
			if level == 0 {
				return i
			}
			level--
			i++
		case ',', ' ', '\t', '\n', '\r':
			if level == 0 {
				return i
			}
			i++
			continue
		default:
			i++
			continue
		}
		if level == 0 {
			return i
		}
	}
	return i
}

// unquoted is the text that a JSON string is.
func unquoted(raw []byte) string {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // what is no string is none
	return s
}
