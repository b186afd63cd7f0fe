package command

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSetJSON(t *testing.T) {
	type object = map[string]any
	for _, test := range []struct {
		name, doc string
		path      []string
		value     any
		want      string
	}{
		{"into nothing", "{}", []string{"a"}, 1, "{\n  \"a\": 1\n}"},
		{"nested into nothing", "{ }", []string{"a", "b"}, true, "{\n  \"a\": {\n    \"b\": true\n  }\n}"},
		{"behind the last", "{\n  \"z\": 1,\n  \"y\": 2\n}\n", []string{"a"}, object{"b": 1}, "{\n  \"z\": 1,\n  \"y\": 2,\n  \"a\": {\n    \"b\": 1\n  }\n}\n"},
		{"with tabs", "{\n\t\"z\": {\n\t\t\"y\": 1\n\t}\n}", []string{"z", "a"}, object{"b": 1}, "{\n\t\"z\": {\n\t\t\"y\": 1,\n\t\t\"a\": {\n\t\t\t\"b\": 1\n\t\t}\n\t}\n}"},
		{"on one line", `{"z": {"y": 1}}`, []string{"z", "a"}, object{"b": 1}, `{"z": {"y": 1, "a": {"b":1}}}`},
		{"windows lines", "{\r\n  \"z\": 1\r\n}\r\n", []string{"a"}, object{"b": 1}, "{\r\n  \"z\": 1,\r\n  \"a\": {\r\n    \"b\": 1\r\n  }\r\n}\r\n"},
		{"in place of another", "{\n  \"a\":   [1,\n 2], // two\n  \"b\": 3\n}", []string{"a"}, []string{"x"}, "{\n  \"a\":   [\"x\"], // two\n  \"b\": 3\n}"},
		{"the last of two alike", `{"a": 1, "a": 2}`, []string{"a"}, 3, `{"a": 1, "a": 3}`},
		{"braces and slashes in texts", `{"}": "http://x/*{", "q": "\"}"}`, []string{"a"}, 1, `{"}": "http://x/*{", "q": "\"}", "a": 1}`},
		{"behind a comment", "{\n  \"z\": 1 // one\n  // end\n}", []string{"a"}, 2, "{\n  \"z\": 1, // one\n  // end\n  \"a\": 2\n}"},
		{"behind a comma at the end", "{\n  \"z\": 1, // one\n}", []string{"a"}, 2, "{\n  \"z\": 1, // one\n  \"a\": 2,\n}"},
		{"among comments alone", "{\n  // nothing yet\n}", []string{"a"}, 2, "{\n  // nothing yet\n  \"a\": 2\n}"},
		{"a comma in a comment", "{\n  \"z\": 1 /* , */\n}", []string{"a"}, 2, "{\n  \"z\": 1, /* , */\n  \"a\": 2\n}"},
		{"behind a byte order mark", "\ufeff{\"z\": 1}", []string{"a"}, 2, "\ufeff{\"z\": 1, \"a\": 2}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := setJSON([]byte(test.doc), test.path, test.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("the text (-want +got):\n%s", diff)
			}
			if _, err := readJSONC(got); err != nil {
				t.Errorf("the result can't be read: %v", err)
			}
		})
	}
	if _, err := setJSON([]byte(`{"a": [1]}`), []string{"a", "b"}, 1); err == nil {
		t.Error("a field was put into a list")
	}
}

func TestReadJSONCRefuses(t *testing.T) {
	for _, doc := range []string{"", "null", "[]", `{"a": }`, `{"a": 1} {"b": 2}`, `{"a": 1`, `{'a': 1}`, `{"a": "`, `/* {} `} {
		if got, err := readJSONC([]byte(doc)); err == nil {
			t.Errorf("%q was read as %v", doc, got)
		}
	}
}

// FuzzSetJSON holds the edit to its promise on texts of every kind: what was
// there reads as before, or nothing is done.
func FuzzSetJSON(f *testing.F) {
	for _, doc := range []string{`{}`, `{"a": {"b": [1, {"c": "}"}]}, }`, "{\n// x\n\"a\": 1,\n}", `{"n": {}}`, "{\"a\":1 // x,\n}", "{, }"} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		before, err := readJSONC([]byte(doc))
		if err != nil {
			return
		}
		if n, taken := before["n"].(map[string]any); before["n"] != nil && !taken {
			return
		} else if n["m"] != nil {
			return
		}
		edited, err := setJSON([]byte(doc), []string{"n", "m"}, map[string]any{"x": "y"})
		if err != nil {
			return // refused; install leaves the file alone
		}
		after, err := readJSONC(edited)
		if err != nil {
			t.Fatalf("%q became unreadable: %q: %v", doc, edited, err)
		}
		n, _ := before["n"].(map[string]any)
		if n == nil {
			n = map[string]any{}
		}
		n["m"] = map[string]any{"x": "y"}
		before["n"] = n
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%q became %q (-want +got):\n%s", doc, edited, diff)
		}
	})
}

func TestLegible(t *testing.T) {
	const doc = `{"link":"a?b=1\u0026c=\u003cd\u003e","raw":"\\u0026","end":"\\"}`
	got := legible([]byte(doc))
	if want := `{"link":"a?b=1&c=<d>","raw":"\\u0026","end":"\\"}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var a, b map[string]string
	if json.Unmarshal([]byte(doc), &a) != nil || json.Unmarshal(got, &b) != nil || !cmp.Equal(a, b) {
		t.Errorf("it reads differently: %v and %v", a, b)
	}
}
