package order

import (
	"strings"
	"testing"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden" // so that go test ./... -update passes here
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// video is an order of a video with the arguments given.
func video(given map[string]any, options Options, faults ...*nexconn.Error) Order {
	return New(catalog.Builtin(), Input{Tool: "generate_video", Kind: catalog.Video, Given: given, Faults: faults, Options: options,
		Decode: func(given map[string]any) (any, error) {
			prompt, _ := given["prompt"].(string)
			return &nexconn.VideoRequest{Prompt: prompt}, nil
		}})
}

func TestOrderIsResolvedAndHashed(t *testing.T) {
	o := video(map[string]any{"model": "kling-v3", "prompt": "rain", "seconds": 5.0, "mode": "STD", "wait_seconds": 30.0, "save": true}, Options{Key: "k"})
	if err := o.Faults.Err(); err != nil {
		t.Fatal(err)
	}
	if o.Model.ID != "kling-v3" || o.Op != catalog.TextToVideo || o.Prompt != "rain" {
		t.Errorf("%s %s %q", o.Model.ID, o.Op, o.Prompt)
	}
	if o.Given["mode"] != "std" {
		t.Errorf("mode is %v, not in the model's spelling", o.Given["mode"])
	}
	if r := o.Request.(*nexconn.VideoRequest); r.Model != "kling-v3" {
		t.Errorf("the request is for %q", r.Model)
	}
	for name := range o.Basis {
		if name == "wait_seconds" || name == "save" {
			t.Errorf("the price depends on %s", name)
		}
	}
}

func TestHashIsOfWhatIsAskedAlone(t *testing.T) {
	plain := video(map[string]any{"model": "kling-v3", "prompt": "rain"}, Options{})
	waited := video(map[string]any{"model": "kling-v3", "prompt": "rain", "wait_seconds": 9.0, "save": false, "confirm": "c", "idempotency_key": "k", "dry_run": true}, Options{})
	other := video(map[string]any{"model": "kling-v3", "prompt": "snow"}, Options{})
	if plain.Hash != waited.Hash {
		t.Error("how a call is run makes it another call")
	}
	if plain.Hash == other.Hash {
		t.Error("another prompt is the same call")
	}
}

func TestDryRunHasNoKey(t *testing.T) {
	if o := video(map[string]any{"model": "kling-v3", "prompt": "rain"}, Options{Key: "k", DryRun: true}); o.Key != "" {
		t.Errorf("the key is %q", o.Key)
	}
}

func TestAllFaultsComeTogether(t *testing.T) {
	before := &nexconn.Error{Code: nexconn.InvalidArgument, Field: "seconds", Message: "seconds must be a whole number."}
	o := video(map[string]any{"model": "kling-v2-5-turbo", "prompt": "rain", "audio": true, "style": "anime"}, Options{}, before)
	err := o.Faults.Err()
	if err == nil {
		t.Fatal("no fault")
	}
	for _, part := range []string{"seconds", "audio", "style"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %s", err, part)
		}
	}
}

func TestNothingIsBuiltForNoModel(t *testing.T) {
	for _, id := range []string{"", "kling-v33", "gemini-2.5-flash"} {
		o := video(map[string]any{"model": id, "prompt": "rain"}, Options{})
		if o.Request != nil || o.Faults.Err() == nil {
			t.Errorf("%q: %v %v", id, o.Request, o.Faults)
		}
	}
}

func TestPriceBasisHoldsNoWordsOfTheCaller(t *testing.T) {
	o := video(map[string]any{"model": "kling-v3", "prompt": "a secret", "first_frame": "https://ex.am/secret.png", "seconds": 5.0}, Options{})
	for name, v := range o.Basis {
		if s, ok := v.(string); ok && strings.Contains(s, "secret") {
			t.Errorf("%s is %q", name, s)
		}
	}
}
