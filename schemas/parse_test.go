package schemas

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for name, s := range map[string]*Schema{
		"input":  Input[outer]("test", Options{Models: `One of "a".`, Default: map[string]any{"seconds": 5, "mode": "std"}}),
		"output": Output[outer](),
	} {
		doc := string(s.JSON())
		got, err := Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if again := string(got.JSON()); again != doc {
			t.Errorf("%s: got  %s\nwant %s", name, again, doc)
		}
	}
	for _, bad := range []string{``, `[]`, `{"type":5}`, `{"type":"object","oneOf":[]}`, `{"properties":{"a":[]}}`, `{"type":"object"`} {
		if s, err := Parse([]byte(bad)); err == nil || !strings.HasPrefix(err.Error(), "schemas: ") {
			t.Errorf("%q gives %v, %v", bad, s, err)
		}
	}
}
