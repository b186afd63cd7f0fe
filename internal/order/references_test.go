package order

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func TestUnnamedReferences(t *testing.T) {
	const picture = "https://example.com/a.png"
	for _, test := range []struct {
		name, model, given string
		tokens             []string // each in a warning of its own
	}{
		{"never", "kling-v3-omni", `{"prompt":"a fox","reference_images":["` + picture + `","` + picture + `"]}`, []string{"<<<image_1>>>", "<<<image_2>>>"}},
		{"one of two", "kling-v3-omni", `{"prompt":"<<<image_2>>> runs","reference_images":["` + picture + `","` + picture + `"]}`, []string{"<<<image_1>>>"}},
		{"in a shot", "kling-v3-omni", `{"shots":[{"prompt":"a","seconds":3},{"prompt":"<<<image_1>>>","seconds":3}],"reference_images":["` + picture + `"]}`, nil},
		{"in no shot", "kling-v3-omni", `{"shots":[{"prompt":"a","seconds":3},{"prompt":"b","seconds":3}],"reference_images":["` + picture + `"]}`, []string{"<<<image_1>>>"}},
		{"after a frame", "kling-v3-omni", `{"prompt":"a","first_frame":"` + picture + `","reference_images":["` + picture + `"]}`, []string{"<<<image_2>>>"}},
		{"a subject", "viduq2", `{"prompt":"@foxes run","subjects":[{"id":"fox","images":["` + picture + `"]}]}`, []string{"@fox "}},
		{"a named subject", "viduq2", `{"prompt":"see @fox","subjects":[{"id":"fox","images":["` + picture + `"]}]}`, nil},
		{"no tokens", "veo-3.1-generate-preview", `{"prompt":"a","reference_images":["` + picture + `"]}`, nil},
	} {
		var given map[string]any
		if err := json.Unmarshal([]byte(test.given), &given); err != nil {
			t.Fatal(err)
		}
		given["model"] = test.model
		o := New(catalog.Builtin(), Input{Tool: "generate_video", Kind: catalog.Video, Given: given, Decode: func(given map[string]any) (any, error) {
			doc, err := json.Marshal(given)
			if err != nil {
				return nil, err
			}
			r := new(nexconn.VideoRequest)
			return r, json.Unmarshal(doc, r)
		}})
		var told []string
		for _, w := range o.Warnings {
			if strings.Contains(w, "never names") {
				told = append(told, w)
			}
		}
		if len(told) != len(test.tokens) {
			t.Errorf("%s: %q, want one warning for each of %q", test.name, told, test.tokens)
			continue
		}
		for _, token := range test.tokens {
			if !slices.ContainsFunc(told, func(w string) bool { return strings.Contains(w, token) }) {
				t.Errorf("%s: %q has no %s", test.name, told, token)
			}
		}
	}
}
