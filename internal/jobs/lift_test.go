package jobs

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
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
func TestLiftTakesMediaAlone(t *testing.T) {
	for name, head := range map[string]string{
		"nothing": "\x00\x00", "MP3 frames": "\xff\xfb", "AAC frames": "\xff\xf1", "JPEG XL": "\xff\x0a", "a bitmap": "BM", "gzip": "\x1f\x8b\x08",
	} {
		t.Run(name, func(t *testing.T) { liftBeside(t, head) })
	}
}

// liftBeside lifts a picture that has a signature with such a head beside it.
func liftBeside(t *testing.T, head string) {
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

	book := ledger.OpenMemory()
	defer book.Close()
	dir := t.TempDir()
	s := &Service{Open: func(context.Context) (ledger.Ledger, error) { return book, nil }, Saver: Saver{Folder: media.Folder{Root: dir}}}
	begun, err := book.Begin(context.Background(), ledger.Row{Caller: "local", Tool: "native_chat", Kind: "chat", Model: "m", ArgsHash: "h"}, ledger.Caps{})
	if err != nil {
		t.Fatal(err)
	}
	got, row := s.lift(context.Background(), begun.Row, []byte(body))
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
