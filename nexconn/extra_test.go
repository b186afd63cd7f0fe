package nexconn

import (
	"errors"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

type extraWire struct {
	Prompt  string      `json:"prompt" arg:"prompt"`
	Size    string      `json:"size,omitempty" arg:"aspect_ratio,resolution"`
	Nested  *extraInner `json:"nested,omitempty"`
	Maybe   string      `json:"maybe,omitempty" arg:"seed?"`
	Free    string      `json:"free,omitempty"`
	extraIn             // embedded
}

type extraIn struct {
	Deep string `json:"deep,omitempty" arg:"style"`
}

type extraInner struct {
	Mode string `json:"mode,omitempty" arg:"mode"`
	Open string `json:"open,omitempty"`
}

func TestMergeExtra(t *testing.T) {
	type m = map[string]any
	base := extraWire{Prompt: "a <b>", Nested: &extraInner{Mode: "pro", Open: "x"}}
	tests := []struct {
		name  string
		wire  extraWire
		extra m
		want  string // the body, or else
		field string // the refusal's field
		says  string
	}{
		{"nothing", base, nil, `{"prompt":"a <b>","nested":{"mode":"pro","open":"x"}}`, "", ""},
		{"new fields keep the wire's order", base, m{"zeta": 1, "alpha": []int{1}}, `{"prompt":"a <b>","nested":{"mode":"pro","open":"x"},"alpha":[1],"zeta":1}`, "", ""},
		{"deep", base, m{"nested": m{"open": "y", "new": m{"a": true}}}, `{"prompt":"a <b>","nested":{"mode":"pro","open":"y","new":{"a":true}}}`, "", ""},
		{"a field no argument writes", base, m{"free": "y"}, `{"prompt":"a <b>","nested":{"mode":"pro","open":"x"},"free":"y"}`, "", ""},
		{"a nested object that is not there", extraWire{}, m{"nested": m{"open": "y"}}, `{"prompt":"","nested":{"open":"y"}}`, "", ""},
		{"an argument's field", base, m{"prompt": "b"}, "", "extra.prompt", "the argument prompt"},
		{"two arguments' field, not given", base, m{"size": "1x1"}, "", "extra.size", "aspect_ratio or resolution"},
		{"nested", base, m{"nested": m{"mode": "std"}}, "", "extra.nested.mode", "the argument mode"},
		{"over a nested one", base, m{"nested": "gone"}, "", "extra.nested", "the argument mode"},
		{"embedded", base, m{"deep": 1}, "", "extra.deep", "the argument style"},
		{"perhaps, and it is not", base, m{"maybe": "y"}, `{"prompt":"a <b>","nested":{"mode":"pro","open":"x"},"maybe":"y"}`, "", ""},
		{"perhaps, and it is", extraWire{Maybe: "x"}, m{"maybe": "y"}, "", "extra.maybe", "the argument seed"},
		{"model and stream", base, m{"stream": true, "model": "x"}, "", "extra.model", "extra.stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := mergeExtra(catalog.Model{}, catalog.Turn, tt.wire, tt.extra)
			if tt.field != "" {
				var e *Error
				if !errors.As(err, &e) || e.Code != InvalidArgument || e.Field != tt.field || !strings.Contains(e.Message, tt.says) {
					t.Errorf("got %#v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if doc, err := PlainJSON(got); err != nil || string(doc) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", doc, err, tt.want)
			}
		})
	}
}
