package nexconn

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// node is a value of an answer. It is read for what it seems to mean: a number
// that came as text is a number, a list of one is its item, a member that is
// missing or null is nothing. So no member of another type than the documents
// have can cost the rest of an answer.
type node struct{ v any }

// maxLevels is how deep an answer may be nested; what lies deeper is not read.
const maxLevels = 200

// parse reads JSON, with or without a byte-order mark. Of a document that is cut
// off or broken it gives what stands before the break, and an error.
func parse(body []byte) (node, error) {
	body = trimMark(body)
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil {
		return node{v}.unwrapped(), nil
	}
	dec = json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, _ = salvage(dec, 0)
	return node{v}, err
}

// unwrapped is the document that a text holds, where it is one: relays are seen
// to encode an object or a list once or twice more.
func (n node) unwrapped() node {
	for in, level := n, 0; level < 4; level++ {
		text, ok := in.v.(string)
		if text = strings.TrimSpace(text); !ok || text == "" || !strings.Contains("{[\"", text[:1]) {
			break
		}
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil || dec.More() {
			break
		}
		if in = (node{v}); !in.isText() {
			return in
		}
	}
	return n
}

func trimMark(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf")))
}

var errCut = errors.New("the document ends early")

// salvage reads a value as far as it goes.
func salvage(dec *json.Decoder, level int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if level > maxLevels {
		return nil, errCut
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return object, err
			}
			name, ok := key.(string)
			if !ok {
				return object, errCut
			}
			value, err := salvage(dec, level+1)
			if _, number := value.(json.Number); number && (err == nil && !dec.More() && cutAfter(dec)) {
				return object, errCut // digits may be missing
			}
			if value != nil || err == nil {
				object[name] = value
			}
			if err != nil {
				return object, err
			}
		}
		_, err = dec.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			value, err := salvage(dec, level+1)
			if value != nil || err == nil {
				list = append(list, value)
			}
			if err != nil {
				return list, err
			}
		}
		_, err = dec.Token()
		return list, err
	}
	return token, nil
}

// cutAfter says that nothing follows what was read last.
func cutAfter(dec *json.Decoder) bool {
	rest, _ := io.ReadAll(io.LimitReader(dec.Buffered(), 1))
	return len(rest) == 0
}

// at is the first of several members that holds something. Upper and lower case,
// underscores and hyphens in a name don't matter.
func (n node) at(keys ...string) node {
	object, ok := n.v.(map[string]any)
	if !ok {
		if list, isList := n.v.([]any); isList && len(list) == 1 {
			return node{list[0]}.at(keys...)
		}
		return node{}
	}
	for _, key := range keys {
		if v, ok := object[key]; ok && !(node{v}).empty() {
			return node{v}
		}
	}
	if len(object) > maxSpelled {
		return node{}
	}
	for name, v := range object {
		for _, key := range keys {
			if sameName(name, key) && !(node{v}).empty() {
				return node{v}
			}
		}
	}
	return node{}
}

// maxSpelled is up to how many members an object is searched for another
// spelling of a name.
const maxSpelled = 64

// sameName says that two names differ in case, underscores and hyphens at most.
func sameName(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && (a[i] == '_' || a[i] == '-') {
			i++
		}
		for j < len(b) && (b[j] == '_' || b[j] == '-') {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i]|0x20 != b[j]|0x20 {
			return false
		}
		i, j = i+1, j+1
	}
}

// given says that a member is there, if only null.
func (n node) given(key string) bool {
	object, _ := n.v.(map[string]any)
	_, ok := object[key]
	return ok
}

// empty says that there is nothing: missing, null, false, or an empty object,
// list or text.
func (n node) empty() bool {
	switch v := n.v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func (n node) isObject() bool { _, ok := n.v.(map[string]any); return ok }
func (n node) isList() bool   { _, ok := n.v.([]any); return ok }
func (n node) isText() bool   { _, ok := n.v.(string); return ok }

// isFalse says that a member is the word false.
func (n node) isFalse(key string) bool {
	object, _ := n.v.(map[string]any)
	v, ok := object[key].(bool)
	return ok && !v
}

// text is a text, a number as it is written, or the only item of a list.
func (n node) text() string {
	switch v := n.v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		if len(v) == 1 {
			return node{v[0]}.text()
		}
	}
	return ""
}

// number is a number, or a text that begins with one: "5", "5.0", "5s".
func (n node) number() (f float64, ok bool) {
	text := strings.TrimSpace(n.text())
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' })
		if end <= 0 {
			return 0, false
		}
		if f, err = strconv.ParseFloat(text[:end], 64); err != nil {
			return 0, false
		}
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// count is a number of things, 0 where there is none.
func (n node) count() int {
	if f, ok := n.number(); ok && f >= 0 && f < 1<<53 {
		return int(f)
	}
	return 0
}

// time is Unix seconds or milliseconds, as a number or as text, or ISO 8601.
func (n node) time() time.Time {
	word := strings.TrimSpace(n.text())
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		for f > 1e11 {
			f /= 1000
		}
		if f > 0 {
			return unixTime(int64(f))
		}
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.RFC1123} {
		if at, err := time.Parse(form, word); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// items are a list's, or the one thing that stands where a list belongs.
func (n node) items() []node {
	if list, ok := n.v.([]any); ok {
		all := make([]node, len(list))
		for i, v := range list {
			all[i] = node{v}
		}
		return all
	}
	if n.empty() {
		return nil
	}
	return []node{n}
}

// one is the only item of a list of one, else the value itself.
func (n node) one() node {
	for range maxLevels {
		list, ok := n.v.([]any)
		if !ok || len(list) != 1 {
			return n
		}
		n = node{list[0]}
	}
	return n
}

// unixTime is a time of the wire; 0 is none.
func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
