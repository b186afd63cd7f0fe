package command

import (
	"slices"
	"strings"
	"testing"
)

// Every tool has an example in its help, of arguments that it has and with all
// that it requires.
func TestExamplesAreCalls(t *testing.T) {
	all := builtinTools()
	for _, tool := range all {
		name := tool.Tool.Name
		schema, err := argumentsOf(tool)
		if err != nil {
			t.Fatal(err)
		}
		if callExamples[name] == "" {
			t.Errorf("%s has no example", name)
		}
		var given []string
		for word := range strings.FieldsSeq(callExamples[name]) {
			if key, _, isPair := strings.Cut(word, "="); isPair {
				given = append(given, strings.TrimSuffix(key, ":"))
			}
		}
		for _, key := range given {
			if !slices.ContainsFunc(schema.Properties, func(a argument) bool { return a.Name == key }) {
				t.Errorf("the example of %s has %s, which is no argument of it", name, key)
			}
		}
		for _, key := range schema.Required {
			if !slices.Contains(given, key) {
				t.Errorf("the example of %s lacks %s", name, key)
			}
		}
	}
	if len(callExamples) != len(all) {
		t.Errorf("%d examples of %d tools", len(callExamples), len(all))
	}
}
