package nexconn

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Some servers cut a stream's text without regard for characters: half of an
// escaped pair, or of a character's bytes, ends one chunk and the other half
// begins the next. JSON decoders replace such halves. markHalves puts a mark in
// their place, and joined pieces are made whole again.
const (
	halfPair = '\ufdd0' // before four hexadecimal digits of a surrogate
	halfByte = '\ufdd1' // before two of a byte
)

// markHalves is a JSON text with marks for what is half a character; nearly
// always it is the text as it is.
func markHalves(data []byte) []byte {
	if utf8.Valid(data) && !bytes.Contains(data, []byte(`\ud`)) && !bytes.Contains(data, []byte(`\uD`)) {
		return data
	}
	out := make([]byte, 0, len(data)+16)
	for i := 0; i < len(data); {
		if data[i] == '\\' && i+1 < len(data) {
			unit, ok := surrogate(data[i:])
			switch low, paired := surrogate(data[min(i+6, len(data)):]); {
			case ok && paired && unit < 0xdc00 && low >= 0xdc00:
				out = append(out, data[i:i+12]...)
				i += 12
			case ok:
				out = fmt.Appendf(out, "%c%04x", halfPair, unit)
				i += 6
			case data[i+1] >= utf8.RuneSelf:
				out = append(out, data[i])
				i++
			default:
				out = append(out, data[i:i+2]...)
				i += 2
			}
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			out = fmt.Appendf(out, "%c%02x", halfByte, data[i])
		} else {
			out = append(out, data[i:i+size]...)
		}
		i += size
	}
	return out
}

// surrogate is the half of a pair that an escape at the beginning of data is.
func surrogate(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 32)
	return rune(n), err == nil && utf16.IsSurrogate(rune(n))
}

// pieces is a text that comes in pieces.
type pieces struct {
	whole strings.Builder
	held  string
}

// add takes a piece in and gives what can be shown of it.
func (p *pieces) add(s string) string {
	if p.held != "" || strings.ContainsRune(s, halfPair) || strings.ContainsRune(s, halfByte) {
		s, p.held = mend(p.held+s, false)
	}
	p.whole.WriteString(s)
	return s
}

// text is all that came; a half that found no other is a replacement character.
func (p *pieces) text() string {
	rest, _ := mend(p.held, true)
	return p.whole.String() + rest
}

func (p *pieces) empty() bool { return p.whole.Len() == 0 && p.held == "" }

// mend joins halves that stand side by side; held is a half at the end whose
// other may still come.
func mend(s string, final bool) (whole, held string) {
	var out strings.Builder
	for s != "" {
		at := strings.IndexAny(s, string(halfPair)+string(halfByte))
		if at < 0 {
			out.WriteString(s)
			break
		}
		out.WriteString(s[:at])
		s = s[at:]
		if high, rest, ok := cutMark(s, halfPair, 4); ok {
			low, after, paired := cutMark(rest, halfPair, 4)
			pair := utf8.RuneError
			if paired {
				pair = utf16.DecodeRune(unit(high), unit(low))
			}
			switch {
			case pair != utf8.RuneError:
				out.WriteRune(pair)
				rest = after
			case rest == "" && !final:
				return out.String(), s
			default:
				out.WriteRune(utf8.RuneError)
			}
			s = rest
			continue
		}
		run, marks := []byte{}, s
		for {
			digits, rest, ok := cutMark(s, halfByte, 2)
			if !ok {
				break
			}
			b, _ := hex.DecodeString(digits)
			run, s = append(run, b...), rest
		}
		if len(run) == 0 { // a character that only looks like a mark
			_, size := utf8.DecodeRuneInString(s)
			out.WriteString(s[:size])
			s = s[size:]
			continue
		}
		done := 0
		for done < len(run) {
			if s == "" && !final && !utf8.FullRune(run[done:]) {
				const size = len(string(halfByte)) + 2
				return out.String(), marks[done*size:]
			}
			r, size := utf8.DecodeRune(run[done:])
			out.WriteRune(r)
			done += size
		}
	}
	return out.String(), ""
}

func unit(digits string) rune {
	n, _ := strconv.ParseUint(digits, 16, 32) // cutMark has looked at them
	return rune(n)
}

// cutMark cuts a mark and its digits off the beginning of a text.
func cutMark(s string, mark rune, digits int) (hexDigits, rest string, ok bool) {
	after, found := strings.CutPrefix(s, string(mark))
	if !found || len(after) < digits {
		return "", s, false
	}
	if _, err := strconv.ParseUint(after[:digits], 16, 32); err != nil {
		return "", s, false
	}
	return after[:digits], after[digits:], true
}
