package command

import (
	"io"
	"strings"
	"unicode/utf8"
)

// table prints rows under a heading, each column as wide as its widest cell.
// Columns of numbers stand to the right; a cell is one line.
func table(w io.Writer, head []string, rows [][]string) error {
	lines := append([][]string{head}, rows...)
	width, number := make([]int, len(head)), make([]bool, len(head))
	for i := range head {
		number[i] = len(rows) > 0
		for r, line := range lines {
			line[i] = strings.Join(strings.Fields(printable(line[i])), " ")
			width[i] = max(width[i], utf8.RuneCountInString(line[i]))
			number[i] = number[i] && (r == 0 || isNumber(line[i]))
		}
	}
	for _, line := range lines {
		var out strings.Builder
		for i, cell := range line {
			gap := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if number[i] {
				cell = gap + cell
			} else {
				cell += gap
			}
			if i > 0 {
				out.WriteString("  ")
			}
			out.WriteString(cell)
		}
		if err := say(w, "%s\n", strings.TrimRight(out.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// isNumber says that a cell is an amount, or has none.
func isNumber(cell string) bool {
	return strings.Trim(cell, "$0123456789.,%-") == ""
}

// facts prints names and values, one a line; what has no value is left out.
func facts(w io.Writer, pairs ...string) error {
	widest := 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			widest = max(widest, len(pairs[i]))
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if err := say(w, "%s\n", wrapped(pairs[i+1], pairs[i]+strings.Repeat(" ", widest-len(pairs[i])+2))); err != nil {
			return err
		}
	}
	return nil
}

// lineWidth is how wide text is set.
const lineWidth = 100

// wrapped is a text on lines of at most lineWidth, the first after head, the
// others under it.
func wrapped(text, head string) string {
	indent := strings.Repeat(" ", utf8.RuneCountInString(head))
	var out strings.Builder
	out.WriteString(head)
	at := utf8.RuneCountInString(head)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > lineWidth:
			out.WriteString("\n" + indent)
			at = len(indent)
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += n
	}
	return strings.TrimRight(out.String(), " ")
}
