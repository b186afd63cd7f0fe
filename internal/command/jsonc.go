package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ordered is a JSON object that keeps the order of its fields.
type ordered struct {
	names  []string
	values map[string]any
}

func (o *ordered) set(name string, v any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	o.names = append(o.names, name)
	o.values[name] = v
}

// MarshalJSON writes the fields in the order they were set.
func (o *ordered) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(plainJSON(name))
		out.WriteByte(':')
		out.Write(plainJSON(o.values[name]))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// plainJSON is a value of ours in JSON, < and & as they are.
func plainJSON(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("null") // strings, lists and maps of them are all there is
	}
	return bytes.TrimSpace(out.Bytes())
}

// indented is the same over several lines, each but the first after prefix.
func indented(v any, prefix, step string) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, plainJSON(v), prefix, step); err != nil {
		return []byte("null")
	}
	return out.Bytes()
}

// readJSONC reads a JSON object in which comments and trailing commas may stand.
func readJSONC(doc []byte) (map[string]any, error) {
	flat := withoutTrailingCommas(withoutComments(doc))
	var root map[string]any
	dec := json.NewDecoder(bytes.NewReader(flat))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		return nil, fmt.Errorf("it is no JSON object: %w", err)
	}
	if root == nil || !json.Valid(flat) {
		return nil, errors.New("it is no JSON object")
	}
	return root, nil
}

// withoutComments is a text of the same length with spaces for comments and a
// byte order mark.
func withoutComments(doc []byte) []byte {
	out := bytes.Clone(doc)
	wipe := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' && out[i] != '\r' {
				out[i] = ' '
			}
		}
	}
	if bytes.HasPrefix(doc, []byte("\ufeff")) {
		wipe(0, 3)
	}
	for i := 0; i < len(doc); i++ {
		rest := doc[i:]
		switch {
		case doc[i] == '"':
			i = stringEnd(doc, i) - 1
		case bytes.HasPrefix(rest, []byte("//")):
			end := len(doc)
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				end = i + n
			}
			wipe(i, end)
			i = end
		case bytes.HasPrefix(rest, []byte("/*")):
			end := len(doc)
			if n := bytes.Index(rest[2:], []byte("*/")); n >= 0 {
				end = i + 2 + n + 2
			}
			wipe(i, end)
			i = end - 1
		}
	}
	return out
}

func withoutTrailingCommas(doc []byte) []byte {
	out := bytes.Clone(doc)
	before := byte('{') // what stands before, space apart
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			i = stringEnd(doc, i) - 1
		case ',':
			next := skipSpace(doc, i+1)
			ends := next < len(doc) && (doc[next] == '}' || doc[next] == ']')
			if ends && strings.IndexByte("{[,:", before) < 0 {
				out[i] = ' '
			}
		}
		before = doc[min(i, len(doc)-1)]
	}
	return out
}

// stringEnd is behind the string that begins at i.
func stringEnd(doc []byte, i int) int {
	for i++; i < len(doc); i++ {
		switch doc[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(doc)
}

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && strings.IndexByte(" \t\r\n", doc[i]) >= 0 {
		i++
	}
	return i
}

// valueEnd is behind the value that begins at i.
func valueEnd(doc []byte, i int) int {
	depth := 0
	for ; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			i = stringEnd(doc, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		}
		if depth == 0 && strings.IndexByte(`}]"`, doc[i]) >= 0 {
			return i + 1
		}
	}
	return i
}

// member is where a field of an object stands.
type member struct {
	name             string
	at, value, after int
}

// members are the fields of the object that begins at i, and where it closes.
func members(flat []byte, i int) (list []member, closing int, err error) {
	for i++; ; {
		if i = skipSpace(flat, i); i >= len(flat) {
			return nil, 0, errors.New("it ends too early")
		}
		if flat[i] == '}' {
			return list, i, nil
		}
		m := member{at: i}
		end := stringEnd(flat, i)
		if err := json.Unmarshal(flat[i:end], &m.name); err != nil {
			return nil, 0, err
		}
		m.value = skipSpace(flat, skipSpace(flat, end)+1)
		m.after = valueEnd(flat, m.value)
		list = append(list, m)
		if i = skipSpace(flat, m.after); i < len(flat) && flat[i] == ',' {
			i++
		}
	}
}

// setJSON puts a value at a path of names into a JSON text that readJSONC takes.
// Nothing but the value is written anew: order, spacing and comments stay.
func setJSON(doc []byte, path []string, v any) ([]byte, error) {
	loose := withoutComments(doc)
	flat := withoutTrailingCommas(loose)
	at := skipSpace(flat, 0)
	for depth := 0; ; depth++ {
		list, closing, err := members(flat, at)
		if err != nil {
			return nil, err
		}
		found := -1
		for i, m := range list {
			if m.name == path[depth] {
				found = i
			}
		}
		switch {
		case found < 0:
			return insert(doc, loose, at, list, closing, path[depth], nested(path[depth+1:], v)), nil
		case depth == len(path)-1:
			m := list[found]
			return splice(doc, m.value, m.after, plainJSON(v)), nil
		}
		if at = list[found].value; bytes.HasPrefix(flat[at:], []byte("null")) {
			return splice(doc, at, list[found].after, indented(nested(path[depth+1:], v), indentOf(doc, at), "  ")), nil
		}
		if flat[at] != '{' {
			return nil, fmt.Errorf("its %q is no object", path[depth])
		}
	}
}

// nested is a value in an object for each name of a path.
func nested(path []string, v any) any {
	for i := len(path) - 1; i >= 0; i-- {
		outer := &ordered{}
		outer.set(path[i], v)
		v = outer
	}
	return v
}

// removeJSON takes the field at a path of names out of a JSON text that
// readJSONC takes, with its comma; everything else stays.
func removeJSON(doc []byte, path []string) ([]byte, error) {
	flat := withoutTrailingCommas(withoutComments(doc))
	at := skipSpace(flat, 0)
	for depth, name := range path {
		list, _, err := members(flat, at)
		if err != nil {
			return nil, err
		}
		found := slices.IndexFunc(list, func(m member) bool { return m.name == name })
		if found < 0 {
			return doc, nil
		}
		m := list[found]
		if depth < len(path)-1 {
			if at = m.value; flat[at] != '{' {
				return nil, fmt.Errorf("its %q is no object", name)
			}
			continue
		}
		from, to, before := m.at, m.after, -1
		if comma := skipSpace(flat, m.after); comma < len(flat) && flat[comma] == ',' {
			to = comma + 1
		} else if found > 0 {
			before = skipSpace(flat, list[found-1].after)
		}
		// The whole lines, where nothing else is on them.
		start := bytes.LastIndexByte(doc[:from], '\n') + 1
		end := len(doc)
		if n := bytes.IndexByte(doc[to:], '\n'); n >= 0 {
			end = to + n + 1
		}
		if len(bytes.TrimSpace(doc[start:from])) == 0 && len(bytes.TrimSpace(doc[to:end])) == 0 {
			from, to = start, end
		}
		out := splice(doc, from, to, nil)
		if before >= 0 {
			out = splice(out, before, before+1, nil)
		}
		return out, nil
	}
	return doc, nil
}

// insert adds a field behind the last one of an object, in the object's style.
func insert(doc, loose []byte, open int, list []member, closing int, name string, v any) []byte {
	newline := "\n"
	if bytes.Contains(doc, []byte("\r\n")) {
		newline = "\r\n"
	}
	outer, step := indentOf(doc, open), "  "
	if strings.HasPrefix(outer, "\t") {
		step = "\t"
	}
	own := outer + step
	if len(list) > 0 {
		line := bytes.LastIndexByte(doc[:list[0].at], '\n')
		if line < open { // all on one line
			return splice(doc, list[len(list)-1].after, list[len(list)-1].after, []byte(", "+field(name, plainJSON(v))))
		}
		own = indentOf(doc, list[0].at)
		if unit, ok := strings.CutPrefix(own, outer); ok && unit != "" {
			step = unit
		}
	}
	text := newline + own + strings.ReplaceAll(field(name, indented(v, own, step)), "\n", newline)
	if len(list) == 0 && len(bytes.TrimSpace(doc[open+1:closing])) == 0 {
		return splice(doc, open+1, closing, []byte(text+newline+outer))
	}
	// Behind the last thing in the object, be it a comment.
	end := open + 1 + len(bytes.TrimRight(doc[open+1:closing], " \t\r\n"))
	if len(list) == 0 {
		return splice(doc, end, end, []byte(text))
	}
	last := list[len(list)-1].after
	if bytes.IndexByte(loose[last:closing], ',') >= 0 {
		return splice(doc, end, end, []byte(text+","))
	}
	return splice(splice(doc, end, end, []byte(text)), last, last, []byte(","))
}

func field(name string, value []byte) string { return string(plainJSON(name)) + ": " + string(value) }

func splice(doc []byte, from, to int, text []byte) []byte {
	return bytes.Join([][]byte{doc[:from], text, doc[to:]}, nil)
}

// indentOf is the space at the beginning of the line that i is on.
func indentOf(doc []byte, i int) string {
	line := doc[bytes.LastIndexByte(doc[:i], '\n')+1 : i]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}
