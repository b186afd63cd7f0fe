package nexconn

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// leastSecret is how long a key is at least that is looked for: a shorter one
// would be found in any text.
const leastSecret = 4

// scrubber takes a key out of what came from elsewhere.
type scrubber struct{ key string }

func scrubberOf(c *Client) scrubber { return scrubber{strings.TrimSpace(string(c.Key))} }

// text takes the key out of a text.
func (s scrubber) text(text string) string { return string(s.bytes([]byte(text))) }

// bytes takes the key out of what the service says, in whatever encoding:
// as it is, in JSON's escapes, as HTML entities or percent-encoded. Where there
// is nothing to take out, which is nearly always, it makes no copy.
func (s scrubber) bytes(body []byte) []byte {
	key := s.key
	if len(key) < leastSecret {
		return body
	}
	starts := string([]byte{key[0]}) + `\%&`
	if key[0] >= 0x80 {
		starts = `\%&` // a key is ASCII; one that is not is found encoded or as it is
		body = bytes.ReplaceAll(body, []byte(key), []byte(dots))
	}
	var out []byte
	kept := 0
	for i := 0; i < len(body); {
		n := bytes.IndexAny(body[i:], starts)
		if n < 0 {
			break
		}
		i += n
		if end := secretEnd(body, i, key); end > 0 {
			out = append(append(out, body[kept:i]...), dots...)
			kept, i = end, end
		} else {
			i++
		}
	}
	if kept == 0 {
		return body
	}
	return append(out, body[kept:]...)
}

// answer takes the key out of an answer whose pieces it may have been split
// over.
func (s scrubber) answer(a *ChatAnswer) *ChatAnswer {
	for _, text := range []*string{&a.Text, &a.Reasoning, &a.Refusal} {
		if *text != "" {
			*text = s.text(*text)
		}
	}
	return a
}

// secretEnd is where the key ends that begins at i, 0 where there is none.
func secretEnd(body []byte, i int, key string) int {
	for k := range len(key) {
		size := encodedSize(body[i:], key[k])
		if size == 0 {
			return 0
		}
		i += size
	}
	return i
}

// encodedSize is how many bytes at the beginning of text stand for a character,
// 0 where they stand for another.
func encodedSize(text []byte, c byte) int {
	if len(text) == 0 {
		return 0
	}
	if text[0] == c && c != '\\' && c != '%' && c != '&' {
		return 1
	}
	if size := escapedSize(text, c); size > 0 {
		return size
	}
	if text[0] == c {
		return 1
	}
	return 0
}

// escapedSize is encodedSize of what is not the character itself.
func escapedSize(text []byte, c byte) int {
	switch text[0] {
	case '\\':
		slashes := 1
		for slashes < len(text) && slashes < 8 && text[slashes] == '\\' {
			slashes++
		}
		rest := text[slashes:]
		switch {
		case len(rest) > 4 && (rest[0] == 'u' || rest[0] == 'U') && isCode(rest[1:5], 16, c):
			return slashes + 5
		case len(rest) > 2 && rest[0] == 'x' && isCode(rest[1:3], 16, c):
			return slashes + 3
		case len(rest) > 0 && rest[0] == c && c != 'u':
			return slashes + 1
		case c == '\\':
			return slashes
		}
	case '%':
		if len(text) > 2 && isCode(text[1:3], 16, c) {
			return 3
		}
		if len(text) > 4 && text[1] == '2' && text[2] == '5' && isCode(text[3:5], 16, c) {
			return 5 // encoded twice
		}
	case '&':
		end := bytes.IndexByte(text[:min(len(text), 12)], ';')
		if end < 2 {
			return 0
		}
		name := text[1:end]
		switch {
		case entities[string(name)] == c && c != 0:
			return end + 1
		case name[0] != '#':
		case len(name) > 2 && (name[1] == 'x' || name[1] == 'X'):
			if isCode(name[2:], 16, c) {
				return end + 1
			}
		case isCode(name[1:], 10, c):
			return end + 1
		}
	}
	return 0
}

var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'', "sol": '/', "plus": '+', "equals": '=', "num": '#', "percnt": '%', "period": '.', "colon": ':', "lowbar": '_', "hyphen": '-', "dash": '-'}

func isCode(digits []byte, base int, c byte) bool {
	n, err := strconv.ParseUint(string(digits), base, 32)
	return err == nil && n == uint64(c)
}

// maxRequestID is how long the service's id of a request may be.
const maxRequestID = 200

// header takes the key, control characters and what is too long out of the
// headers that are told.
func (s scrubber) header(h http.Header) {
	for _, name := range []string{"X-Request-Id", "X-Qiniu-Request-Id", "Retry-After", "Location"} {
		if v := h.Get(name); v != "" {
			plain := strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return -1
				}
				return r
			}, s.text(v))
			if name != "Location" {
				plain = clip(plain, maxRequestID)
			}
			h.Set(name, plain)
		}
	}
}
