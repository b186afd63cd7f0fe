package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// match holds a value to what a case wants of it: objects member by member
// (what isn't named doesn't matter, null means that it isn't there), lists item
// by item, all else as it is. An object whose one member begins with $ is a
// condition: see testdata/cases/README.md. It returns what is wrong, empty for
// nothing.
func match(t testing.TB, want, got any, at string) string {
	switch want := want.(type) {
	case nil:
		if got != nil {
			return fmt.Sprintf("%s is %s, and nothing is due", at, show(got))
		}
	case object:
		if name, value, ok := condition(want); ok {
			return meets(t, name, value, got, at)
		}
		members, ok := got.(object)
		if !ok {
			return fmt.Sprintf("%s is %s, not an object", at, show(got))
		}
		for name, value := range want {
			if wrong := match(t, value, members[name], at+"."+name); wrong != "" {
				return wrong
			}
		}
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			return fmt.Sprintf("%s is %s, not a list of %d", at, show(got), len(want))
		}
		for i := range want {
			if wrong := match(t, want[i], items[i], fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
				return wrong
			}
		}
	default:
		if got == nil || plain(want) != plain(got) {
			return fmt.Sprintf("%s is %s, not %s", at, show(got), show(want))
		}
	}
	return ""
}

// plain is a scalar as a text; a number is the same in every spelling.
func plain(v any) string {
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			v = f
		}
	}
	return fmt.Sprint(v)
}

func condition(o object) (name string, value any, ok bool) {
	if len(o) != 1 {
		return "", nil, false
	}
	for name, value = range o {
	}
	return name, value, strings.HasPrefix(name, "$")
}

func meets(t testing.TB, name string, want, got any, at string) string {
	text, isText := got.(string)
	switch name {
	case "$re":
		if pattern := fmt.Sprint(want); !isText || !regexp.MustCompile(pattern).MatchString(text) {
			return fmt.Sprintf("%s is %s and doesn't match %s", at, show(got), pattern)
		}
	case "$json":
		var inner any
		if !isText || json.Unmarshal([]byte(text), &inner) != nil {
			return fmt.Sprintf("%s is %s, not JSON in a text", at, show(got))
		}
		return match(t, want, inner, at)
	case "$has":
		items, _ := got.([]any)
		for _, item := range items {
			if match(t, want, item, at) == "" {
				return ""
			}
		}
		return fmt.Sprintf("%s is %s, which has no %s", at, show(got), show(want))
	case "$between":
		ends, _ := want.([]any)
		n, err := strconv.ParseFloat(plain(got), 64)
		low, _ := strconv.ParseFloat(plain(ends[0]), 64)
		high, _ := strconv.ParseFloat(plain(ends[1]), 64)
		if err != nil || n < low || n > high {
			return fmt.Sprintf("%s is %s, not between %v and %v", at, show(got), low, high)
		}
	case "$image":
		return picture(t, want.(object), text, at)
	case "$bytes":
		if doc, err := dataOf(text); err != nil || !bytes.Equal(doc, sample(t, fmt.Sprint(want))) {
			return fmt.Sprintf("%s is %s, not the bytes of %v", at, show(got), want)
		}
	default:
		t.Errorf("%s: there is no condition %s", at, name)
	}
	return ""
}

// picture holds a data URL or base64 to a picture's type and size.
func picture(t testing.TB, want object, text, at string) string {
	doc, err := dataOf(text)
	if err != nil {
		return fmt.Sprintf("%s is %s: %v", at, show(text), err)
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(doc))
	if err != nil {
		return fmt.Sprintf("%s is no picture: %v", at, err)
	}
	head, _, _ := strings.Cut(text, ",")
	if strings.HasPrefix(head, "data:") && head != "data:image/"+format+";base64" {
		return fmt.Sprintf("%s is called %s and is %s", at, head, format)
	}
	return match(t, want, object{"format": format, "width": config.Width, "height": config.Height}, at)
}

func dataOf(text string) ([]byte, error) {
	if head, data, ok := strings.Cut(text, ","); ok && strings.HasPrefix(head, "data:") {
		text = data
	}
	return base64.StdEncoding.DecodeString(text)
}

func show(v any) string {
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(doc) > 400 {
		doc = append(doc[:400], "…"...)
	}
	return string(doc)
}
