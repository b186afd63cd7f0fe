package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Fault is one argument that does not fit its schema, in words.
type Fault struct {
	Field string
	Say   string
}

// Fit holds arguments against an object schema. It corrects what can't be meant
// otherwise ("5" for 5, "x" for ["x"], PRO for pro) and finds every fault at
// once. null and "" are the same as leaving an argument out, and what agent
// frameworks add on their own is dropped.
func (s *Schema) Fit(args map[string]any) (map[string]any, []Fault) {
	own := make(map[string]any, len(args))
	for name, v := range args {
		if s.Field(name) != nil || !slices.Contains(injected, name) {
			own[name] = v
		}
	}
	fit, faults := s.object("", own)
	sort.SliceStable(faults, func(i, j int) bool { return faults[i].Field < faults[j].Field })
	return fit, faults
}

// injected are arguments that agent frameworks add to every call and that no
// retry can leave out: n8n's AI Agent node.
var injected = []string{"toolCallId", "sessionId", "action", "chatInput", "tool"}

func (s *Schema) object(path string, args map[string]any) (map[string]any, []Fault) {
	var faults []Fault
	var unknown []string
	out := make(map[string]any, len(args))
	for name, v := range args {
		field := s.Field(name)
		switch {
		case v == nil, v == "" && field != nil:
			continue
		case field == nil:
			if s.AdditionalProperties != nil && !*s.AdditionalProperties {
				unknown = append(unknown, name)
				continue
			}
			out[name] = v
			continue
		}
		fit, more := field.value(join(path, name), v)
		faults = append(faults, more...)
		if len(more) == 0 {
			out[name] = fit
		}
	}
	for _, name := range s.Required {
		if v := args[name]; v == nil || v == "" {
			faults = append(faults, Fault{join(path, name), join(path, name) + " is required."})
		}
	}
	return out, append(faults, s.unknown(path, unknown)...)
}

func (s *Schema) value(path string, v any) (any, []Fault) {
	fault := func(format string, args ...any) []Fault {
		return []Fault{{path, path + " " + fmt.Sprintf(format, args...)}}
	}
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		if text, isText := v.(string); !ok && isText {
			ok = exactly(text, &m) && m != nil
		}
		if !ok {
			return nil, fault("must be an object, not %s.", kindOf(v))
		}
		if s.Properties == nil {
			return m, nil
		}
		return s.object(path, m)
	case "array":
		list, ok := v.([]any)
		if text, isText := v.(string); !ok && isText && strings.HasPrefix(strings.TrimSpace(text), "[") {
			ok = exactly(text, &list)
		}
		if !ok {
			list = []any{v}
		}
		return s.list(path, list, fault)
	case "string":
		text, ok := v.(string)
		if !ok {
			switch v.(type) {
			case float64, bool, json.Number:
				text = fmt.Sprint(v)
			default:
				return nil, fault("must be a string, not %s.", kindOf(v))
			}
		}
		if len(s.Enum) > 0 && text != "" && !slices.Contains(s.Enum, any(text)) {
			for _, word := range s.Enum {
				if w, ok := word.(string); ok && strings.EqualFold(w, text) {
					return w, nil
				}
			}
			return nil, fault("must be one of %s, not %q.", words(s.Enum), clip(text))
		}
		return text, nil
	case "integer", "number":
		return s.number(path, v, fault)
	case "boolean":
		switch b := v.(type) {
		case bool:
			return b, nil
		case string:
			if parsed, err := strconv.ParseBool(b); err == nil {
				return parsed, nil
			}
		}
		return nil, fault("must be true or false, not %s.", kindOf(v))
	}
	return v, nil
}

func (s *Schema) list(path string, list []any, fault func(string, ...any) []Fault) (any, []Fault) {
	var faults []Fault
	out := make([]any, 0, len(list))
	for i, item := range list {
		if s.Items.Type == "string" && (item == nil || item == "") {
			continue // nothing, as for an argument of its own
		}
		fit, more := s.Items.value(path+"["+strconv.Itoa(i)+"]", item)
		faults = append(faults, more...)
		out = append(out, fit)
	}
	if len(out) < s.MinItems {
		faults = append(faults, fault("must have at least %d items.", s.MinItems)...)
	}
	return out, faults
}

// withoutUnit is a time in seconds without the word: "5s" is how some services
// write it, "5 seconds" how a model does.
func withoutUnit(text string) string {
	for _, unit := range []string{"seconds", "second", "secs", "sec", "s"} {
		if number, ok := strings.CutSuffix(strings.ToLower(text), unit); ok {
			return strings.TrimSpace(number)
		}
	}
	return text
}

// exactly reads a value that was given as text, numbers as they are written.
func exactly(text string, into any) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(into) != nil {
		return false
	}
	_, err := dec.Token()
	return errors.Is(err, io.EOF)
}

func (s *Schema) number(path string, v any, fault func(string, ...any) []Fault) (any, []Fault) {
	var text string
	switch n := v.(type) {
	case float64:
		text = strconv.FormatFloat(n, 'g', -1, 64)
	case json.Number:
		text = n.String()
	case string:
		text = strings.TrimSpace(n)
		if strings.HasSuffix(path, "seconds") {
			text = withoutUnit(text)
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	what := "a number"
	if s.Type == "integer" {
		what = "a whole number"
	}
	switch {
	case err != nil || math.IsInf(n, 0) || math.IsNaN(n):
		return nil, fault("must be %s, not %s.", what, kindOf(v))
	case s.Type == "integer" && n != math.Trunc(n):
		return nil, fault("must be a whole number, not %v.", n)
	case s.Minimum != nil && n < *s.Minimum:
		return nil, fault("must be at least %v, not %v.", *s.Minimum, n)
	case s.Maximum != nil && n > *s.Maximum:
		return nil, fault("must be at most %v, not %v.", *s.Maximum, n)
	}
	const exact = 1 << 53 // up to here a float64 holds every whole number
	if s.Type != "integer" || math.Abs(n) < exact {
		return n, nil
	}
	whole, ok := new(big.Rat).SetString(text)
	if given, isFloat := v.(float64); isFloat {
		whole, ok = new(big.Rat).SetFloat64(given), true
	}
	switch {
	case ok && !whole.IsInt():
		return nil, fault("must be a whole number, not %s.", clip(text))
	case !ok || !whole.Num().IsInt64():
		return nil, fault("is too large a number: %s.", clip(text))
	}
	return whole.Num().Int64(), nil
}

// unknown names the nearest argument to each that is not known, and once all
// that are.
func (s *Schema) unknown(path string, names []string) []Fault {
	slices.Sort(names)
	var faults []Fault
	for i, name := range names {
		say := fmt.Sprintf("%s is not an argument here", clip(join(path, name)))
		if near := s.nearest(name); near != "" {
			say += fmt.Sprintf("; did you mean %s?", near)
		} else {
			say += "."
		}
		if i == len(names)-1 {
			say += " Known: " + strings.Join(s.Names(), ", ") + "."
		}
		faults = append(faults, Fault{join(path, name), say})
	}
	return faults
}

// synonyms is what vendors and other servers call our arguments; the first
// that a tool has is meant.
var synonyms = map[string][]string{
	"sound": {"audio"}, "generate_audio": {"audio"}, "bgm": {"music"},
	"duration": {"seconds"}, "length": {"seconds"}, "duration_seconds": {"seconds"},
	"n": {"count"}, "num_images": {"count"}, "samples": {"count"},
	"size": {"aspect_ratio"}, "ratio": {"aspect_ratio"}, "quality": {"resolution"}, "image_size": {"resolution"},
	"image": {"first_frame", "images", "attachments"}, "image_url": {"first_frame", "images", "attachments"},
	"input_reference": {"first_frame"}, "image_tail": {"last_frame"}, "end_frame": {"last_frame"},
	"video": {"source_video", "attachments"}, "video_url": {"source_video", "attachments"},
	"text": {"prompt"}, "input": {"prompt"}, "query": {"prompt"},
	"files": {"attachments"}, "images": {"attachments", "reference_images"},
	"max_output_tokens": {"max_tokens"}, "max_completion_tokens": {"max_tokens"}, "response_format": {"json_schema"},
	"reasoning_effort": {"reasoning"}, "thinking": {"reasoning"}, "thinking_budget": {"reasoning_budget"},
	"timeout": {"wait_seconds"}, "wait": {"wait_seconds"}, "id": {"task_id", "file_id"}, "request_id": {"task_id"},
	"url": {"source_url"}, "folder": {"directory"}, "path": {"directory"},
}

// nearest is the argument that an unknown name stands for, empty if none is near.
func (s *Schema) nearest(name string) string {
	for _, ours := range synonyms[strings.ToLower(name)] {
		if s.Field(ours) != nil {
			return ours
		}
	}
	return Nearest(name, s.Names())
}

// Nearest is the word most like name, empty if none is near.
func Nearest(name string, words []string) string {
	best, found := max(2, len(name)*2/5), ""
	for _, w := range words {
		if d := catalog.Distance(strings.ToLower(name), w); d < best {
			best, found = d, w
		}
	}
	if found == "" {
		for _, w := range words {
			if len(name) >= 3 && (strings.Contains(w, name) || strings.Contains(name, w)) {
				return w
			}
		}
	}
	return found
}

func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", clip(v))
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case nil:
		return "null"
	}
	return fmt.Sprintf("%T", v)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func words(values []any) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return strings.Join(list, ", ")
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
