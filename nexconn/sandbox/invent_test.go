package sandbox

import (
	"encoding/json"
	"testing"
)

func TestInvent(t *testing.T) {
	for _, c := range []struct{ name, schema, prompt, want string }{
		{"nothing said", ``, "", `{}`},
		{"object", `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"boolean"},"c":{"type":"null"}}}`, "hello", `{"a":"hello","b":true,"c":null}`},
		{"a name of the prompt", `{"type":"string"}`, "How warm is it in Paris today?", `"Paris"`},
		{"a quotation", `{"type":"string"}`, `Translate "good day" into French`, `"good day"`},
		{"numbers of the prompt", `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"number"}}}`, "from 3 to 4.5", `{"a":3,"b":4.5}`},
		{"bounds", `{"type":"array","prefixItems":[{"type":"integer","minimum":7},{"type":"integer","maximum":-2},{"type":"integer","exclusiveMinimum":9},{"type":"number","exclusiveMaximum":0},{"type":"integer","multipleOf":5}]}`, "", `[7,-2,10,-0.001,5]`},
		{"enum", `{"enum":["red","green"]}`, "something Green", `"green"`},
		{"enum unnamed", `{"enum":["red","green"]}`, "", `"red"`},
		{"const", `{"const":5}`, "", `5`},
		{"lengths", `{"type":"object","properties":{"a":{"type":"string","minLength":7},"b":{"type":"string","maxLength":2}}}`, "hello", `{"a":"hello a","b":"he"}`},
		{"pattern", `{"type":"string","pattern":"^[A-Z]{2}-\\d{3}$"}`, "x", `"AA-000"`},
		{"format", `{"type":"string","format":"date"}`, "x", `"2026-01-02"`},
		{"items", `{"type":"array","items":{"type":"integer"},"minItems":3}`, "1 2", `[1,2,1]`},
		{"unique items", `{"type":"array","items":{"type":"string"},"minItems":2,"uniqueItems":true}`, "a", `["a","a 2"]`},
		{"no items", `{"type":"array","items":{"type":"integer"},"maxItems":0}`, "", `[]`},
		{"nullable", `{"type":["null","integer"]}`, "", `1`},
		{"Gemini's types", `{"type":"OBJECT","properties":{"a":{"type":"INTEGER"}}}`, "", `{"a":1}`},
		{"reference", `{"$defs":{"n":{"type":"integer"}},"type":"object","properties":{"a":{"$ref":"#/$defs/n"}}}`, "", `{"a":1}`},
		{"anyOf", `{"anyOf":[{"type":"null"},{"type":"boolean"}]}`, "", `true`},
		{"oneOf beside properties", `{"type":"object","properties":{"a":{"type":"integer"}},"oneOf":[{"required":["b"]}]}`, "", `{"a":1,"b":"b"}`},
		{"allOf", `{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"boolean"}}}]}`, "", `{"a":1,"b":true}`},
	} {
		got, err := inventText(json.RawMessage(c.schema), c.prompt)
		if err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", c.name, got, err, c.want)
		}
	}
	for name, schema := range map[string]string{
		"not JSON":            `{`,
		"a reference to void": `{"$ref":"#/$defs/a"}`,
		"a reference outside": `{"$ref":"https://example.org/a.json"}`,
		"a schema of itself":  `{"$ref":"#"}`,
		"one that must go on": `{"$defs":{"a":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"]}},"$ref":"#/$defs/a"}`,
	} {
		if got, err := inventText(json.RawMessage(schema), ""); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, schema := range map[string]string{
		"too many":     `{"type":"array","minItems":1e300}`,
		"many of many": `{"type":"array","minItems":999,"items":{"type":"array","minItems":999}}`,
	} {
		if _, err := inventText(json.RawMessage(schema), ""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// A schema that holds itself where it may be left out comes to an end.
	tree := `{"$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}},"required":["v","kids"]}},"$ref":"#/$defs/n"}`
	if _, err := inventText(json.RawMessage(tree), ""); err != nil {
		t.Errorf("a tree: %v", err)
	}
}
