package schemas

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

var _ = golden.Update

// A test has its own rows in the table of arguments.
func init() {
	ten := 10.0
	for name, a := range map[string]Argument{
		"test.mode": {Enum: []string{"std", "pro"}}, "test.seconds": {Min: &one, Max: &ten}, "test.extra": {},
	} {
		arguments[name] = a
	}
}

type inner struct {
	Prompt  string `json:"prompt"`
	Seconds int    `json:"seconds"`
}

type outer struct {
	Model   string         `json:"model"`
	Mode    string         `json:"mode,omitempty"`
	Seconds int            `json:"seconds,omitempty"`
	Share   float64        `json:"share,omitempty"`
	Audio   *bool          `json:"audio,omitempty"`
	Seed    *int64         `json:"seed,omitempty"`
	Images  []string       `json:"images,omitempty"`
	Shots   []inner        `json:"shots,omitempty"`
	Extra   map[string]any `json:"extra,omitempty"`
}

func TestFit(t *testing.T) {
	schema := Input[outer]("test", Options{})
	for _, test := range []struct {
		name, args, want string
		faults           []string
	}{
		{"as it is", `{"model":"m","seconds":5,"audio":false}`, `{"model":"m","seconds":5,"audio":false}`, nil},
		{"numbers as text", `{"model":"m","seconds":"5","share":" 0.5 "}`, `{"model":"m","seconds":5,"share":0.5}`, nil},
		{"one for a list", `{"model":"m","images":"a"}`, `{"model":"m","images":["a"]}`, nil},
		{"a list as text", `{"model":"m","images":"[\"a\",\"b\"]"}`, `{"model":"m","images":["a","b"]}`, nil},
		{"an object as text", `{"model":"m","extra":"{\"a\":1}"}`, `{"model":"m","extra":{"a":1}}`, nil},
		{"a number as a text", `{"model":7}`, `{"model":"7"}`, nil},
		{"true as text", `{"model":"m","audio":"true"}`, `{"model":"m","audio":true}`, nil},
		{"a word in another case", `{"model":"M","mode":"PRO"}`, `{"model":"M","mode":"pro"}`, nil},
		{"null is nothing", `{"model":"m","mode":null}`, `{"model":"m"}`, nil},
		{"an empty text is nothing", `{"model":"m","mode":"","seconds":"","audio":"","images":"","seed":""}`, `{"model":"m"}`, nil},
		{"a required one can't be empty", `{"model":""}`, `{}`, []string{"model is required"}},
		{"what a framework adds", `{"model":"m","toolCallId":"c","sessionId":"s","action":"a","chatInput":"x","tool":"t"}`, `{"model":"m"}`, nil},
		{"seconds with their unit", `{"model":"m","seconds":"5s"}`, `{"model":"m","seconds":5}`, nil},
		{"all faults at once", `{"second":5,"mode":"fast","seconds":11,"audio":"maybe"}`, `{}`,
			[]string{"audio must be true or false", "mode must be one of std, pro", "model is required", "second is not an argument here; did you mean seconds?", "seconds must be at most 10"}},
		{"not whole", `{"model":"m","seconds":1.5}`, `{"model":"m"}`, []string{"seconds must be a whole number, not 1.5"}},
		{"inside a list", `{"model":"m","shots":[{"prompt":"p"},{"prompt":"q","seconds":"2","extra":1}]}`, `{"model":"m"}`,
			[]string{"shots[0].seconds is required", "shots[1].extra"}},
		{"whole numbers beyond a float", `{"model":"m","seed":9007199254740993}`, `{"model":"m","seed":9007199254740993}`, nil},
		{"the same as text", `{"model":"m","seed":"-9223372036854775808"}`, `{"model":"m","seed":-9223372036854775808}`, nil},
		{"the same with a fraction of nothing", `{"model":"m","seed":"9007199254740993.0"}`, `{"model":"m","seed":9007199254740993}`, nil},
		{"the most, as a float", `{"model":"m","seed":9223372036854775807.0}`, `{"model":"m","seed":9223372036854775807}`, nil},
		{"not whole beyond a float", `{"model":"m","seed":"9007199254740993.5"}`, `{"model":"m"}`, []string{"seed must be a whole number, not 9007199254740993.5"}},
		{"whole, written as a float", `{"model":"m","seed":1e18}`, `{"model":"m","seed":1000000000000000000}`, nil},
		{"more than 64 bits", `{"model":"m","seed":9223372036854775808}`, `{"model":"m"}`, []string{"seed is too large a number: 9223372036854775808"}},
		{"far more", `{"model":"m","seed":1e30}`, `{"model":"m"}`, []string{"seed is too large a number: 1e30"}},
		{"beyond any float", `{"model":"m","seed":1e400}`, `{"model":"m"}`, []string{"seed must be a whole number, not 1e400"}},
		{"numbers of an object as text", `{"model":"m","extra":"{\"a\":9007199254740993}"}`, `{"model":"m","extra":{"a":9007199254740993}}`, nil},
		{"two objects as text", `{"model":"m","extra":"{} {}"}`, `{"model":"m"}`, []string{"extra must be an object"}},
		{"no number", `{"model":"m","share":"NaN"}`, `{"model":"m"}`, []string{"share must be a number"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var args, want map[string]any
			if !exactly(test.args, &args) || !exactly(test.want, &want) {
				t.Fatal("the case is not JSON")
			}
			fit, faults := schema.Fit(args)
			got, err := json.Marshal(fit)
			if err != nil {
				t.Fatal(err)
			}
			var have map[string]any
			if !exactly(string(got), &have) {
				t.Fatal(string(got))
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if len(faults) != len(test.faults) {
				t.Fatalf("%d faults, want %d: %v", len(faults), len(test.faults), faults)
			}
			for i, f := range faults {
				if !strings.Contains(f.Say, test.faults[i]) {
					t.Errorf("fault %d is %q, want %q in it", i, f.Say, test.faults[i])
				}
			}
		})
	}
}

// A number that came as a float is the whole number it holds, to the last digit.
func TestFitOfALargeFloat(t *testing.T) {
	fit, faults := Input[outer]("test", Options{}).Fit(map[string]any{"model": "m", "seed": float64(1 << 62)})
	if len(faults) > 0 || fit["seed"] != int64(1<<62) {
		t.Errorf("got %v, %v", fit["seed"], faults)
	}
}

func TestInputOptions(t *testing.T) {
	s := Input[outer]("test", Options{Omit: []string{"shots", "extra"}, Models: "One of a, b.", Default: map[string]any{"seconds": 5}})
	want := `{"type":"object","properties":{"model":{"type":"string","description":"One of a, b."},"mode":{"type":"string","enum":["std","pro"]},` +
		`"seconds":{"type":"integer","default":5,"minimum":1,"maximum":10},"share":{"type":"number"},"audio":{"type":"boolean"},"seed":{"type":"integer"},` +
		`"images":{"type":"array","items":{"type":"string"}}},"required":["model"],"additionalProperties":false}`
	if got := string(s.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The exact schema of a model allows what any of its operations does, and what
// only second-hand sources forbid.
func TestForModel(t *testing.T) {
	tool := Input[outer]("test", Options{})
	m := catalog.Model{ID: "m-1", Kind: catalog.Video,
		Ops: map[catalog.Op]catalog.Operation{
			catalog.TextToVideo:  {},
			catalog.ImageToVideo: {Takes: catalog.Takes{"seconds": catalog.OneOf(5, 10)}},
		},
		Takes: catalog.Takes{"seconds": catalog.OneOf(4, 5), "mode": catalog.OneOf("std").Unverified()},
	}
	s := ForModel(tool, m)
	if got := s.Field("model").Enum; !cmp.Equal(got, []any{"m-1"}) {
		t.Errorf("model is %v", got)
	}
	if got := s.Field("seconds").Enum; len(got) != 3 {
		t.Errorf("seconds is one of %v, want what either operation takes", got)
	}
	if got := s.Field("mode").Enum; len(got) != 2 {
		t.Errorf("mode is %v: what is not verified must not narrow a schema", got)
	}
	if s.Field("audio") != nil || s.Field("shots") != nil {
		t.Error("the schema offers what the model does not take")
	}
	if s.Field("extra") == nil {
		t.Error("the schema lacks what every model takes")
	}
}
