package tools

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

// noise is a picture of 7.7 MB that nothing makes smaller but scaling.
var noise = sync.OnceValue(func() []byte {
	dice := rand.New(rand.NewPCG(5, 6))
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1600))
	for i := 0; i < len(img.Pix); i += 4 {
		binary.LittleEndian.PutUint32(img.Pix[i:], dice.Uint32()|0xff<<24)
	}
	var picture bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&picture, img); err != nil {
		panic(err)
	}
	return picture.Bytes()
})

// Gemini takes 15 MB of media with a request, all together: pictures are scaled
// down to fit, with a word; what can't be is refused and sent to upload_file.
func TestMediaOfAGeminiRequest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(t *testing.T) (*standIn, *house) {
		up := newStandIn(t, streams(t, map[string]any{"content": "ok"}))
		return up, newHouse(t, up.URL, func(s *jobs.Service) { s.Inputs.Dirs = []string{dir} })
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.png", noise())
	write("paper.pdf", append([]byte("%PDF-1.7\n"), make([]byte, 18<<20)...))
	write("clip.mp4", append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), make([]byte, 6<<20)...))
	for name, tt := range map[string]struct {
		model       string
		attachments []any
		refused     bool
		scaled      int
	}{
		"two pictures fit":          {"gemini-2.5-pro", []any{"a.png", "a.png"}, false, 0},
		"three are scaled":          {"gemini-3.1-pro-preview", []any{"a.png", "a.png", "a.png"}, false, 2},
		"an image model that chats": {"gemini-2.5-flash-image", []any{"paper.pdf"}, true, 0},
		"pictures beside clips":     {"gemini-2.5-flash", []any{"a.png", "clip.mp4", "clip.mp4"}, false, 1},
		"a large document":          {"gemini-3.1-pro-preview", []any{"paper.pdf"}, true, 0},
		"clips together":            {"gemini-3.1-pro-preview", []any{"clip.mp4", "clip.mp4", "clip.mp4"}, true, 0},
		"another vendor's":          {"moonshotai/kimi-k2.5", []any{"clip.mp4", "clip.mp4", "clip.mp4"}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up, h := open(t)
			got := h.call(t, t.Context(), "chat", map[string]any{"model": tt.model, "prompt": name, "attachments": tt.attachments})
			sent := up.sent()
			if tt.refused {
				if got.code() != "invalid_argument" || got.Error["field"] != "attachments[0]" || !strings.Contains(got.Text, "upload_file") || len(sent) > 0 {
					t.Errorf("%d requests and %v", len(sent), got.Text)
				}
				return
			}
			if got.Error != nil || len(sent) != 1 {
				t.Fatalf("%d requests and %v", len(sent), got.Error)
			}
			if n := strings.Count(fmt.Sprint(got.warnings()...), "was changed from"); n != tt.scaled {
				t.Errorf("%d pictures were scaled, want %d: %v", n, tt.scaled, got.warnings())
			}
			if n := len(sent[0].body); strings.HasPrefix(tt.model, "gemini") && n > 20<<20+4096 {
				t.Errorf("%d bytes were sent", n)
			}
		})
	}
	_, h := open(t)
	got := h.call(t, t.Context(), "chat", map[string]any{"model": "gemini-2.5-pro", "messages": []any{map[string]any{"role": "user",
		"content": []any{map[string]any{"type": "video_url", "video_url": map[string]any{"url": "data:video/mp4;base64," + strings.Repeat("AAAA", 6<<20)}}}}}})
	if got.Error["field"] != "messages[0].content" || !strings.Contains(got.Text, "upload_file") {
		t.Errorf("a message's own part: %.300v %v", got.Text, got.Structured)
	}
}
