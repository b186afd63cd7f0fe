package command

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// say prints for people: what comes from a service, a file or a name has no
// control sequences in it. All that commands print as text goes through here;
// colours are put around it.
func say(w io.Writer, format string, args ...any) error {
	_, err := io.WriteString(w, printable(fmt.Sprintf(format, args...)))
	return err
}

// printable is a text without control characters but line ends and tabs: an
// escape sequence in it would move the cursor, change the title or the
// clipboard, or hide what stands there.
func printable(text string) string {
	clean := func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}
	if !utf8.ValidString(text) { // a lone 0x9b is a control sequence in some terminals
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.Map(clean, text)
}

// printableJSON is a JSON document without control characters: JSON escapes
// most, and those it lets stand are escaped here.
func printableJSON(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for _, r := range string(doc) {
		if r == 0x7f || r >= 0x80 && r < 0xa0 {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// printableAttr keeps control sequences out of a log on a terminal, where values
// are written as they are.
func printableAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(printable(v))
	case error:
		a.Value = slog.StringValue(printable(v.Error()))
	}
	return a
}
