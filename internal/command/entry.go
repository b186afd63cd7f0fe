package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// entry is how a client starts us.
type entry struct {
	command string
	args    []string
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
}

// fields are the entry's, in the order they are written.
func (e entry) fields(h host) *ordered {
	f := &ordered{}
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
	if there == nil {
		out, err = setJSON(out, []string{h.section, serverName}, e.fields(h))
	} else {
		// An entry that is there keeps what its owner added to it, the key
		// above all.
		for _, name := range []string{"command", "args"} {
			want := e.fields(h).values[name]
			if err == nil && !sameJSON(there[name], want) {
				out, err = setJSON(out, []string{h.section, serverName, name}, want)
			}
		}
		env, isObject := there["env"].(map[string]any)
		if err == nil && h.key.env != "" && !e.sandbox && env[keyVariable] == nil && (isObject || there["env"] == nil) {
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
	was, _ := before[h.section].(map[string]any)
	is, _ := after[h.section].(map[string]any)
	ours, _ := is[serverName].(map[string]any)
	if !sameJSON(ours["command"], e.command) || !sameJSON(ours["args"], e.list()) {
		return errors.New("the entry can't be put into it")
	}
	delete(was, serverName)
	delete(is, serverName)
	if len(was) == 0 && len(is) == 0 {
		delete(before, h.section)
		delete(after, h.section)
	}
	if !reflect.DeepEqual(before, after) {
		return errors.New("the entry can't be put into it without changing something else")
	}
	return nil
}

func sameJSON(a, b any) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(left, right)
}

// tomlFormat is TOML with a table for each server.
type tomlFormat struct{}

func (tomlFormat) whole(h host, e entry) []byte {
	lines := []string{"[" + h.section + "." + serverName + "]", "command = " + tomlString(e.command), "args = " + tomlList(e.args)}
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
	if servers != nil && inlineTOML(out, h.section) {
		return nil, fmt.Errorf("its %s is an inline table, which can't be added to", h.section)
	}
	if !found {
		if out != "" {
			out = strings.TrimRight(out, "\r\n") + "\n\n"
		}
		out += string(f.whole(h, e)) + "\n"
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
		if err != nil {
			return nil, err
		}
	}
	after, err := readTOML([]byte(out))
	if err != nil {
		return nil, fmt.Errorf("the change would break it: %w", err)
	}
	return []byte(out), e.asMeant(h, before, after)
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
