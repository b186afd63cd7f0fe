package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// entry is how a client starts us, or where it reaches a hosted server.
type entry struct {
	command string
	args    []string
	// url is the address of a hosted server, which the client is sent to in
	// place of a program to start.
	url string
	// sandbox entries need no key.
	sandbox bool
}

// list is the arguments as a list, also where there are none.
func (e entry) list() []string { return append([]string{}, e.args...) }

// format is a kind of config file.
type format interface {
	// whole is the entry as a file of its own would have it.
	whole(h host, e entry) []byte
	// with is the file with the entry in it; everything else stays as it is.
	with(h host, e entry, doc []byte) ([]byte, error)
	// without is the file without our entry, the same where it has none.
	without(h host, doc []byte) ([]byte, error)
}

// fields are the entry's, in the order they are written.
func (e entry) fields(h host) *ordered {
	f := &ordered{}
	if e.url != "" && h.remote != "" {
		if h.typed {
			f.set("type", "http")
		}
		f.set(h.remote, e.url)
		return f
	}
	if h.typed {
		f.set("type", "stdio")
	}
	f.set("command", e.command)
	f.set("args", e.list())
	if h.key.env != "" && !e.sandbox {
		f.set("env", map[string]string{keyVariable: h.key.env})
	}
	return f
}

// jsonFormat is JSON, with comments and trailing commas where a client allows
// them.
type jsonFormat struct{}

func (jsonFormat) whole(h host, e entry) []byte {
	servers, root := &ordered{}, &ordered{}
	servers.set(serverName, e.fields(h))
	root.set(h.section, servers)
	return indented(root, "", "  ")
}

func (jsonFormat) with(h host, e entry, doc []byte) ([]byte, error) {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff")) // some clients can't read on behind it
	if len(bytes.TrimSpace(doc)) == 0 {
		return append(jsonFormat{}.whole(h, e), '\n'), nil
	}
	before, err := readJSONC(doc)
	if err != nil {
		return nil, err
	}
	servers, ok := before[h.section].(map[string]any)
	if before[h.section] != nil && !ok {
		return nil, fmt.Errorf("its %q is no object", h.section)
	}
	there, ok := servers[serverName].(map[string]any)
	if servers[serverName] != nil && !ok {
		return nil, fmt.Errorf("its %q is no object", serverName)
	}
	out := doc
	if there == nil || e.otherKind(h, there) {
		out, err = setJSON(out, []string{h.section, serverName}, e.fields(h))
	} else {
		// An entry that is there keeps what its owner added to it, the key
		// above all.
		fields := e.fields(h)
		for _, name := range fields.names {
			want := fields.values[name]
			if err == nil && name != "env" && name != "type" && !sameJSON(there[name], want) {
				out, err = setJSON(out, []string{h.section, serverName, name}, want)
			}
		}
		env, isObject := there["env"].(map[string]any)
		if err == nil && fields.values["env"] != nil && env[keyVariable] == nil && (isObject || there["env"] == nil) {
			out, err = setJSON(out, []string{h.section, serverName, "env", keyVariable}, h.key.env)
		}
	}
	if err != nil {
		return nil, err
	}
	after, err := readJSONC(out)
	if err != nil {
		return nil, fmt.Errorf("the change would break it: %w", err)
	}
	return out, e.asMeant(h, before, after)
}

// asMeant holds an edited file to what was meant: the entry is there, and all
// else reads as before.
func (e entry) asMeant(h host, before, after map[string]any) error {
	is, _ := after[h.section].(map[string]any)
	ours, _ := is[serverName].(map[string]any)
	fields := e.fields(h)
	for _, name := range fields.names {
		if name != "env" && name != "type" && !sameJSON(ours[name], fields.values[name]) {
			return errors.New("the entry can't be put into it")
		}
	}
	return elsewhereSame(h, before, after)
}

// remoteBridge is the program by which a client that starts programs alone
// reaches a hosted server.
const remoteBridge = "mcp-remote"

// otherKind says that the entry which is there starts a program where ours
// names an address, or the other way round: nothing of it is kept then.
func (e entry) otherKind(h host, there map[string]any) bool {
	_, hosted := there[h.remote]
	if args, ok := there["args"].([]any); ok && slices.Contains(args, any(remoteBridge)) {
		hosted = true
	}
	return (e.url != "") != hosted
}

// elsewhereSame holds an edited file to what it was, our entry apart.
func elsewhereSame(h host, before, after map[string]any) error {
	was, _ := before[h.section].(map[string]any)
	is, _ := after[h.section].(map[string]any)
	delete(was, serverName)
	delete(is, serverName)
	if len(was) == 0 && len(is) == 0 {
		delete(before, h.section)
		delete(after, h.section)
	}
	if !reflect.DeepEqual(before, after) {
		return errors.New("it can't be changed without changing something else")
	}
	return nil
}

func (jsonFormat) without(h host, doc []byte) ([]byte, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return doc, nil
	}
	before, err := readJSONC(doc)
	if err != nil {
		return nil, err
	}
	servers, _ := before[h.section].(map[string]any)
	if _, there := servers[serverName]; !there {
		return doc, nil
	}
	out, err := removeJSON(doc, []string{h.section, serverName})
	if err != nil {
		return nil, err
	}
	after, err := readJSONC(out)
	if err != nil {
		return nil, fmt.Errorf("the change would break it: %w", err)
	}
	if left, _ := after[h.section].(map[string]any); left[serverName] != nil {
		return nil, errors.New("the entry is in it twice")
	}
	return out, elsewhereSame(h, before, after)
}

func sameJSON(a, b any) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(left, right)
}

// tomlFormat is TOML with a table for each server.
type tomlFormat struct{}

func (tomlFormat) whole(h host, e entry) []byte {
	head := "[" + h.section + "." + serverName + "]"
	if e.url != "" {
		return []byte(head + "\n" + h.remote + " = " + tomlString(e.url))
	}
	lines := []string{head, "command = " + tomlString(e.command), "args = " + tomlList(e.args)}
	if h.key.forwarded && !e.sandbox {
		lines = append(lines, "env_vars = "+tomlList([]string{keyVariable}))
	}
	return []byte(strings.Join(lines, "\n"))
}

func (f tomlFormat) with(h host, e entry, doc []byte) ([]byte, error) {
	before, err := readTOML(doc)
	if err != nil {
		return nil, err
	}
	servers, _ := before[h.section].(map[string]any)
	there, found := servers[serverName].(map[string]any)
	out := string(doc)
	if found && e.otherKind(h, there) {
		if doc, err = f.without(h, doc); err != nil {
			return nil, err
		}
		out, found = string(doc), false
	}
	if servers != nil && inlineTOML(out, h.section) {
		return nil, fmt.Errorf("its %s is an inline table, which can't be added to", h.section)
	}
	if !found {
		if out != "" {
			out = strings.TrimRight(out, "\r\n") + "\n\n"
		}
		out += string(f.whole(h, e)) + "\n"
	} else if e.url != "" {
		if !sameJSON(there[h.remote], e.url) {
			out, err = setTOML(out, h.section+"."+serverName, h.remote, tomlString(e.url))
		}
	} else {
		set := func(name, text string, done bool) {
			if err == nil && !done {
				out, err = setTOML(out, h.section+"."+serverName, name, text)
			}
		}
		set("command", tomlString(e.command), sameJSON(there["command"], e.command))
		set("args", tomlList(e.args), sameJSON(there["args"], e.list()))
		env, _ := there["env"].(map[string]any)
		set("env_vars", tomlList([]string{keyVariable}), e.sandbox || there["env_vars"] != nil || env[keyVariable] != nil)
	}
	if err != nil {
		return nil, err
	}
	after, err := readTOML([]byte(out))
	if err != nil {
		return nil, fmt.Errorf("the change would break it: %w", err)
	}
	return []byte(out), e.asMeant(h, before, after)
}

func (tomlFormat) without(h host, doc []byte) ([]byte, error) {
	before, err := readTOML(doc)
	if err != nil {
		return nil, err
	}
	servers, _ := before[h.section].(map[string]any)
	if _, there := servers[serverName]; !there {
		return doc, nil
	}
	out := []byte(removeTOML(string(doc), h.section+"."+serverName))
	after, err := readTOML(out)
	if err != nil {
		return nil, fmt.Errorf("the change would break it: %w", err)
	}
	if left, _ := after[h.section].(map[string]any); left[serverName] != nil {
		return nil, fmt.Errorf("its table [%s.%s] is written in a way this program doesn't change", h.section, serverName)
	}
	return out, elsewhereSame(h, before, after)
}

// removeTOML takes a table and those below it out of a text. What stands over
// the header that follows is that one's.
func removeTOML(doc, table string) string {
	var kept, held []string
	inside := false
	for line := range strings.Lines(doc) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "["):
			name := strings.TrimLeft(text, "[")
			inside = strings.HasPrefix(name, table+"]") || strings.HasPrefix(name, table+".")
			if !inside {
				kept = append(kept, held...)
			}
			held = nil
		case inside && (text == "" || strings.HasPrefix(text, "#")):
			held = append(held, line)
			continue
		case inside:
			held = nil
		}
		if !inside {
			kept = append(kept, line)
		}
	}
	return strings.Join(append(kept, held...), "")
}

func readTOML(doc []byte) (map[string]any, error) {
	root := map[string]any{}
	if _, err := toml.Decode(string(doc), &root); err != nil {
		return nil, fmt.Errorf("it is no valid TOML: %w", err)
	}
	return root, nil
}

// inlineTOML says that a table is written as a value. TOML forbids to add to it,
// which not every parser minds.
func inlineTOML(doc, table string) bool {
	for line := range strings.Lines(doc) {
		key, value, _ := strings.Cut(line, "=")
		if strings.Trim(strings.TrimSpace(key), `"'`) == table && strings.HasPrefix(strings.TrimSpace(value), "{") {
			return true
		}
	}
	return false
}

// setTOML puts a value of one line into a table that has a header of its own.
func setTOML(doc, table, name, value string) (string, error) {
	lines := strings.SplitAfter(doc, "\n")
	inside := false
	at := -1
	for i, line := range lines {
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "[") {
			if inside {
				break
			}
			if text == "["+table+"]" {
				inside, at = true, i+1
			}
			continue
		}
		key, _, isPair := strings.Cut(text, "=")
		if inside && isPair && strings.TrimSpace(key) == name {
			lines[i] = name + " = " + value + "\n"
			return strings.Join(lines, ""), nil
		}
	}
	if at < 0 {
		return "", fmt.Errorf("its table [%s] is written in a way this program doesn't change", table)
	}
	return strings.Join(append(lines[:at:at], append([]string{name + " = " + value + "\n"}, lines[at:]...)...), ""), nil
}

// tomlString is a basic string; TOML has JSON's escapes and two digits more.
func tomlString(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(encoded)
}

func tomlList(values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = tomlString(v)
	}
	return "[" + strings.Join(list, ", ") + "]"
}
