package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shape is a tool's arguments as the command line takes them.
type shape struct {
	properties map[string]property
	// submits says that a call makes a job that can be waited for.
	submits bool
}

// property is one argument's schema, as far as text has to be fitted to it.
type property struct {
	Type string `json:"type"`
}

func (s shape) waits() bool {
	_, waits := s.properties["wait_seconds"]
	return waits
}

// unknown is an argument that the tool doesn't have, empty if there is none.
// The tool itself says what is wrong, with all its other faults.
func (s shape) unknown(args map[string]any) string {
	for name := range args {
		if _, known := s.properties[name]; !known {
			return name
		}
	}
	return ""
}

// arguments reads key=value pairs, over the JSON object of --json. Every fault
// is told.
func (s shape) arguments(env Env, object string, pairs []string) (map[string]any, error) {
	args := map[string]any{}
	var faults []error
	if object != "" {
		text, err := orFile(env, object)
		if err == nil {
			err = exactly(text, &args)
		}
		if err != nil || args == nil {
			args = map[string]any{}
			faults = append(faults, fmt.Errorf("--json has to be a JSON object: %w", orNotObject(err)))
		}
	}
	given := map[string]bool{}
	for _, pair := range pairs {
		key, value, err := readPair(env, pair)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		switch {
		case !given[key]:
			args[key] = value
		case s.properties[key].Type == "array":
			args[key] = append(asList(args[key]), asList(value)...)
		default:
			faults = append(faults, fmt.Errorf("%s is given twice and is no list", key))
		}
		given[key] = true
	}
	return args, errors.Join(faults...)
}

func readPair(env Env, pair string) (key string, value any, err error) {
	key, text, found := strings.Cut(pair, "=")
	key, isJSON := strings.CutSuffix(key, ":")
	if !found || key == "" {
		return "", nil, fmt.Errorf("%q is not key=value", pair)
	}
	text, err = orFile(env, text)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", key, err)
	}
	if !isJSON {
		return key, text, nil
	}
	if err := exactly(text, &value); err != nil {
		return "", nil, fmt.Errorf("%s:= takes JSON: %w", key, err)
	}
	return key, value, nil
}

// exactly reads one JSON value and leaves its numbers as they are written: a
// float can't hold every integer.
func exactly(text string, into any) error {
	if !json.Valid([]byte(text)) {
		return json.Unmarshal([]byte(text), into) // which says why
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	return dec.Decode(into)
}

// orFile is a text, or where it is @path the text of that file, without the
// line break at its end.
func orFile(env Env, text string) (string, error) {
	path, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return text, nil
	}
	var doc []byte
	var err error
	if path == "-" {
		doc, err = io.ReadAll(env.Stdin)
	} else {
		if path = expand(path); !filepath.IsAbs(path) {
			path = filepath.Join(env.Dir, path)
		}
		doc, err = os.ReadFile(path)
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(doc), "\n"), "\r"), nil
}

func orNotObject(err error) error {
	if err == nil {
		return errors.New("it is null")
	}
	return err
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return slices.Clone(list)
	}
	return []any{v}
}
