package schemas

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// link reads itself from text, turn from JSON.
type link struct{ Ref string }

func (l *link) UnmarshalText(text []byte) error {
	if strings.HasPrefix(string(text), "bad:") {
		return errors.New("no such scheme")
	}
	l.Ref = string(text)
	return nil
}

type turn struct{ Doc string }

func (t *turn) UnmarshalJSON(doc []byte) error {
	t.Doc = string(doc)
	if !strings.HasPrefix(t.Doc, "{") {
		return errors.New("a message is an object")
	}
	return nil
}

type common struct {
	Save *bool    `json:"save,omitempty"`
	Wait *float64 `json:"wait_seconds,omitempty"`
}

type request struct {
	Model  string            `json:"model"`
	First  link              `json:"first_frame,omitzero"`
	Images []link            `json:"images,omitempty"`
	Turns  []turn            `json:"messages,omitempty"`
	Shots  []inner           `json:"shots,omitempty"`
	Config *inner            `json:"config,omitempty"`
	Seed   *int64            `json:"seed,omitempty"`
	Count  int               `json:"count,omitempty"`
	Small  int8              `json:"small,omitempty"`
	Heads  map[string]string `json:"heads,omitempty"`
	Schema any               `json:"json_schema,omitempty"`
	Tools  []any             `json:"tools,omitempty"`
	Extra  map[string]any    `json:"extra,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"`
	common
}

func given(t *testing.T, doc string) map[string]any {
	t.Helper()
	var args map[string]any
	if !exactly(doc, &args) {
		t.Fatal("the case is not JSON")
	}
	return args
}

func TestDecode(t *testing.T) {
	yes, wait, seed := true, 2.5, int64(9007199254740993)
	want := request{
		Model: "m", First: link{"a"}, Images: []link{{"b"}, {"c"}}, Turns: []turn{{`{"n":1.10,"role":"user <b>"}`}},
		Shots: []inner{{"p", 3}}, Config: &inner{Prompt: "q"}, Seed: &seed, Count: 2, Small: -128, Heads: map[string]string{"a": "b"},
		Schema: map[string]any{"max": json.Number("1.0")}, Tools: []any{map[string]any{"name": "t"}},
		Extra: map[string]any{"big": json.Number("9007199254740993"), "half": json.Number("0.50")},
		Body:  json.RawMessage(`{"a":9007199254740993}`), common: common{Save: &yes, Wait: &wait},
	}
	var got request
	err := Decode(given(t, `{"model":"m","first_frame":"a","images":["b","c"],"messages":[{"role":"user <b>","n":1.10}],
		"shots":[{"prompt":"p","seconds":3}],"config":{"prompt":"q"},"seed":9007199254740993,"count":2,"small":-128,"heads":{"a":"b"},
		"json_schema":{"max":1.0},"tools":[{"name":"t"}],"extra":{"big":9007199254740993,"half":0.50},"body":{"a":9007199254740993},
		"save":true,"wait_seconds":2.5,"unknown":1}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Bytes that were kept as they came reach what wants bytes unchanged, and are
// read for what wants a value.
func TestDecodeOfRawBytes(t *testing.T) {
	var got request
	err := Decode(map[string]any{"model": json.RawMessage(`"m"`), "body": json.RawMessage(`{ "b": 1.0, "a": 2 }`), "count": json.RawMessage("2"),
		"messages": []any{json.RawMessage(`{"z":1,"a":"<"}`)}, "extra": json.RawMessage(`{"a":1.0}`), "first_frame": json.RawMessage(`"x"`)}, &got)
	want := request{Model: "m", Body: json.RawMessage(`{ "b": 1.0, "a": 2 }`), Count: 2, Turns: []turn{{`{"z":1,"a":"<"}`}},
		Extra: map[string]any{"a": json.Number("1.0")}, First: link{"x"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(request{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestDecodeNamesEachField(t *testing.T) {
	var got request
	err := Decode(given(t, `{"model":5,"first_frame":"bad:x","images":["a",7],"messages":["x"],"shots":[{"prompt":"p","seconds":1.5}],
		"config":3,"seed":1e30,"small":200,"heads":{"a":1},"tools":"x","extra":[1],"save":"yes","count":"2"}`), &got)
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	says := map[string]string{}
	for _, f := range faults {
		says[f.Field] = f.Say
	}
	want := map[string]string{
		"model": "model must be a string, not 5.", "first_frame": "first_frame: no such scheme",
		"images[1]": "images[1] must be a string, not 7.", "messages[0]": "messages[0]: a message is an object",
		"shots[0].seconds": "shots[0].seconds must be a whole number, not 1.5.", "config": "config must be an object, not 3.",
		"seed": "seed must be a whole number, not 1e30.", "small": "small must be a whole number, not 200.",
		"heads.a": "heads.a must be a string, not 1.", "tools": `tools must be a list, not "x".`, "extra": "extra must be an object, not a list.",
		"save": `save must be true or false, not "yes".`, "count": `count must be a whole number, not "2".`,
	}
	if diff := cmp.Diff(want, says); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
