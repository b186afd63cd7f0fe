package outputs

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
)

var _ = golden.Update

// A picture inside a vendor's answer goes to a file; a long signature, which is
// base64 too, and everything else stay to the byte, whatever two bytes it begins
// with.
func TestExtractTakesMediaAlone(t *testing.T) {
	for name, head := range map[string]string{
		"nothing": "\x00\x00", "MP3 frames": "\xff\xfb", "AAC frames": "\xff\xf1", "JPEG XL": "\xff\x0a", "a bitmap": "BM", "gzip": "\x1f\x8b\x08",
	} {
		t.Run(name, func(t *testing.T) { extractBeside(t, head) })
	}
}

// extractBeside extracts a picture that has a signature with such a head beside it.
func extractBeside(t *testing.T, head string) {
	dice := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = byte(dice.IntN(256))
	}
	img.Set(0, 0, color.White)
	var picture bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 6000)
	for i := range signature {
		signature[i] = byte(dice.IntN(256))
	}
	copy(signature, head)
	kept := base64.StdEncoding.EncodeToString(signature)
	data := base64.StdEncoding.EncodeToString(picture.Bytes())
	body := `{"z":1, "parts":[{"inlineData":{"mimeType":"image/png","data":"` + data + `"},"sig":"` + kept + `","say":"a \"quoted\" word"}]}`

	got, row := extracted(t, body)
	if len(row.Outputs) != 1 {
		t.Fatalf("%d outputs, want the picture", len(row.Outputs))
	}
	path := row.Outputs[0].Path
	saved, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(saved, picture.Bytes()) {
		t.Errorf("the picture at %s is not what the answer held: %v", path, err)
	}
	if want := strings.Replace(body, data, path, 1); string(got) != want {
		t.Errorf("the body changed beyond the picture:\n%.300s", got)
	}
}

// extracted is a body and its row after extracting, with a folder to put media in.
func extracted(t *testing.T, body string) ([]byte, ledger.Row) {
	t.Helper()
	return extractedTo(t, t.TempDir(), "", body)
}

func extractedTo(t *testing.T, root, fallback, body string) ([]byte, ledger.Row) {
	t.Helper()
	o, row := newOutputs(t, media.Folder{Root: root})
	o.Fallback = media.Folder{Root: fallback}
	return o.ExtractFromJSON(context.Background(), row, []byte(body))
}

// What a vendor's answer holds is kept where there is room, as other results are.
func TestExtractUsesTheFallbackFolder(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fallback := t.TempDir()
	body := `{"inlineData":{"mimeType":"image/png","data":"` + base64.StdEncoding.EncodeToString(picture.Bytes()) + `"}}`
	_, row := extractedTo(t, filepath.Join(file, "out"), fallback, body)
	if len(row.Outputs) != 1 || filepath.Dir(row.Outputs[0].Path) != fallback {
		t.Errorf("outputs %+v, want one in %s", row.Outputs, fallback)
	}
}

// Media go however small, escaped or spelled they come; what is none stays.
func TestExtractKnowsMedia(t *testing.T) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	sound := make([]byte, 2000)
	dice := rand.New(rand.NewPCG(3, 4))
	for i := range sound {
		sound[i] = byte(dice.IntN(256))
	}
	sound[0], sound[1] = 0x01, 0x00
	mp3 := append([]byte("\xff\xfb"), sound...)
	std, web := base64.StdEncoding, base64.RawURLEncoding
	odd := append(small.Bytes(), 0xfb, 0xff, 0xfe, 0xff) // has letters that the alphabets differ in
	for name, tt := range map[string]struct {
		body, text string // the string of the body that is media, as it is written
		data       []byte
		ending     string
	}{
		"a small picture":     {`{"inlineData":{"mimeType":"image/png","data":%s}}`, std.EncodeToString(small.Bytes()), small.Bytes(), ".png"},
		"the type after it":   {`{"source":{"data": %s , "media_type":"image/png"}}`, std.EncodeToString(small.Bytes()), small.Bytes(), ".png"},
		"a picture unnamed":   {`[{"type":"image_generation_call","result":%s}]`, std.EncodeToString(small.Bytes()), small.Bytes(), ".png"},
		"a data URL":          {`{"u":%s}`, "data:image/png;base64," + std.EncodeToString(small.Bytes()), small.Bytes(), ".png"},
		"escaped slashes":     {`{"d":%s}`, strings.ReplaceAll(std.EncodeToString(odd), "/", `\/`), odd, ".png"},
		"the URL's alphabet":  {`{"d":%s}`, web.EncodeToString(odd), odd, ".png"},
		"raw sound":           {`{"inlineData":{"mimeType":"audio/L16;rate=24000","data":%s}}`, std.EncodeToString(sound), sound, ".pcm"},
		"MP3 frames, named":   {`{"inlineData":{"mimeType":"audio/mpeg","data":%s}}`, std.EncodeToString(mp3), mp3, ".mp3"},
		"MP3 frames, unnamed": {`{"data":%s}`, std.EncodeToString(mp3), nil, ""},
		"a short word":        {`{"id":%s}`, "SUQz", nil, ""},
		"another's type":      {`[{"mimeType":"audio/mpeg"},{"data":%s}]`, std.EncodeToString(sound), nil, ""},
		"a name beside":       {`{"mimeType":"image/png","displayName":%s}`, "abcd", nil, ""},
		"a document":          {`{"inlineData":{"mimeType":"application/json","data":%s}}`, std.EncodeToString([]byte(`{"a":1}`)), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			quoted := `"` + tt.text + `"`
			body := strings.Replace(tt.body, "%s", quoted, 1)
			got, row := extracted(t, body)
			if tt.data == nil {
				if string(got) != body || len(row.Outputs) > 0 {
					t.Errorf("%s became %s", body, got)
				}
				return
			}
			if len(row.Outputs) != 1 {
				t.Fatalf("%d outputs from %.200s", len(row.Outputs), got)
			}
			path := row.Outputs[0].Path
			if saved, err := os.ReadFile(path); err != nil || !bytes.Equal(saved, tt.data) || !strings.HasSuffix(path, tt.ending) {
				t.Errorf("%s: %v, %d bytes", path, err, len(saved))
			}
			if want := strings.Replace(tt.body, "%s", `"`+path+`"`, 1); string(got) != want {
				t.Errorf("got %.300s", got)
			}
		})
	}
}
