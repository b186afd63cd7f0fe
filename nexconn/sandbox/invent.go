package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// inventText makes a JSON text that satisfies a JSON schema, out of the words and
// numbers of a prompt. The same schema and prompt give the same text.
func inventText(schema json.RawMessage, prompt string) (string, error) {
	if len(schema) == 0 {
		return "{}", nil
	}
	var root any
	if err := json.Unmarshal(schema, &root); err != nil {
		return "", errors.New("the schema is not valid JSON")
	}
	in := inventor{root: root, numbers: numbersOf(prompt), prompt: prompt}
	v, err := in.value("", root, 0)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	return string(b), err
}

type inventor struct {
	root    any
	prompt  string
	numbers []float64 // of the prompt, not yet used
	made    int       // values so far
}

// What a schema may ask for; beyond it somebody plays.
const (
	maxDepth  = 24
	maxValues = 20_000
)

// value makes a value for the schema under a property's name.
func (in *inventor) value(name string, schema any, depth int) (any, error) {
	s, ok := schema.(map[string]any)
	if !ok { // true, or nothing said
		return map[string]any{}, nil
	}
	if in.made++; depth > maxDepth || in.made > maxValues {
		return nil, errors.New("the schema asks for too much, or for itself without end")
	}
	if ref, ok := s["$ref"].(string); ok {
		target, err := in.resolve(ref)
		if err != nil {
			return nil, err
		}
		return in.value(name, target, depth+1)
	}
	if v, ok := s["const"]; ok {
		return v, nil
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return in.choose(list), nil
	}
	if all, ok := s["allOf"].([]any); ok && len(all) > 0 {
		return in.value(name, merge(s, all), depth+1)
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		if list, ok := s[k].([]any); ok && len(list) > 0 {
			rest := maps.Clone(s)
			delete(rest, k)
			return in.value(name, merge(rest, []any{in.branch(list)}), depth+1)
		}
	}
	switch kind(s) {
	case "string":
		return in.text(name, s), nil
	case "integer":
		return math.Round(in.number(s, true)), nil
	case "number":
		return in.number(s, false), nil
	case "boolean":
		return true, nil
	case "null":
		return nil, nil
	case "array":
		return in.array(name, s, depth)
	}
	return in.object(s, depth)
}

// kind is a schema's type: the first that is not null, in lower case since
// Gemini writes STRING.
func kind(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return strings.ToLower(t)
	case []any:
		for _, one := range t {
			if w, ok := one.(string); ok && w != "null" {
				return strings.ToLower(w)
			}
		}
		return "null"
	}
	switch {
	case s["items"] != nil:
		return "array"
	case s["properties"] != nil:
		return "object"
	}
	return "object"
}

func (in *inventor) resolve(ref string) (any, error) {
	at := in.root
	path, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("$ref %q leads outside the schema", ref)
	}
	for _, step := range strings.Split(strings.Trim(path, "/"), "/") {
		if step == "" {
			continue
		}
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		m, ok := at.(map[string]any)
		if !ok || m[step] == nil {
			return nil, fmt.Errorf("$ref %q leads nowhere", ref)
		}
		at = m[step]
	}
	return at, nil
}

// merge lays the parts of an allOf over the schema that has them.
func merge(s map[string]any, parts []any) map[string]any {
	out := maps.Clone(s)
	delete(out, "allOf")
	for _, part := range parts {
		m, ok := part.(map[string]any)
		if !ok {
			continue
		}
		for k, v := range m {
			old, both := out[k].(map[string]any)
			if now, ok := v.(map[string]any); ok && both && k == "properties" {
				v = maps.Clone(old)
				maps.Copy(v.(map[string]any), now)
			}
			if now, ok := v.([]any); ok && k == "required" {
				had, _ := out[k].([]any)
				v = slices.Concat(had, now)
			}
			out[k] = v
		}
	}
	return out
}

// branch picks from anyOf or oneOf: the first that is not null.
func (in *inventor) branch(list []any) any {
	for _, b := range list {
		if m, ok := b.(map[string]any); ok && m["type"] != "null" {
			return b
		}
	}
	return list[0]
}

// choose picks from an enum: what the prompt names, else the first.
func (in *inventor) choose(list []any) any {
	words := strings.ToLower(in.prompt)
	for _, v := range list {
		if w, ok := v.(string); ok && w != "" && strings.Contains(words, strings.ToLower(w)) {
			return v
		}
	}
	return list[0]
}

func (in *inventor) object(s map[string]any, depth int) (any, error) {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		// What may be left out is left out once it gets deep: a schema may hold itself.
		if depth > 4 && !slices.Contains(required, any(name)) {
			continue
		}
		v, err := in.value(name, properties[name], depth+1)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	for _, r := range required {
		if name, ok := r.(string); ok && out[name] == nil && properties[name] == nil {
			out[name] = name
		}
	}
	return out, nil
}

func (in *inventor) array(name string, s map[string]any, depth int) (any, error) {
	prefix, _ := s["prefixItems"].([]any)
	n := max(1, len(prefix), integer(s["minItems"]))
	if s["maxItems"] != nil {
		n = min(n, integer(s["maxItems"]))
	}
	if depth > 6 {
		n = integer(s["minItems"])
	}
	item := s["items"]
	if item == nil {
		item = map[string]any{"type": "string"}
	}
	out := make([]any, 0, n)
	for i := range n {
		one := item
		if i < len(prefix) {
			one = prefix[i]
		}
		v, err := in.value(name, one, depth+1)
		if err != nil {
			return nil, err
		}
		if w, ok := v.(string); ok && i > 0 && s["uniqueItems"] == true {
			v = w + " " + strconv.Itoa(i+1)
		}
		out = append(out, v)
	}
	return out, nil
}
