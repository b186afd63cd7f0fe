package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func dataURL(data []byte) string {
	return "data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(data)
}

func decoded(t *testing.T, m nexconn.Media) image.Image {
	t.Helper()
	r, err := m.Blob.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, ok := codecs(m.Blob.MIME)
	if !ok {
		t.Fatalf("%s can't be decoded", m.Blob.MIME)
	}
	img, err := c.decode(r)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestPicturesAreMadeToFit(t *testing.T) {
	glass := noise(600, 400)
	for i := 3; i < len(glass.Pix); i += 8 {
		glass.Pix[i] = 0
		glass.Pix[i-1], glass.Pix[i-2], glass.Pix[i-3] = 0, 0, 0
	}
	for name, c := range map[string]struct {
		data          []byte
		want          catalog.Media
		mime          string
		width, height int
		says          []string
		untouched     bool
	}{
		"fits":            {data: pngOf(t, 400, 300), want: catalog.Media{MaxSide: 400, Bytes: 1 << 20, Types: []string{"png"}}, mime: "image/png", width: 400, height: 300, untouched: true},
		"too wide":        {data: asJPEG(t, gradient(2000, 1000)), want: catalog.Media{MaxSide: 500}, mime: "image/jpeg", width: 500, height: 250, says: []string{"2000×1000", "500×250"}},
		"too wide PNG":    {data: pngOf(t, 2000, 1000), want: catalog.Media{MaxSide: 500}, mime: "image/png", width: 500, height: 250, says: []string{"500×250"}},
		"too heavy":       {data: asPNG(t, noise(600, 400)), want: catalog.Media{Bytes: 300_000}, mime: "image/jpeg", width: 600, height: 400, says: []string{"image/jpeg"}},
		"far too heavy":   {data: asPNG(t, noise(600, 400)), want: catalog.Media{Bytes: 10_000}, mime: "image/jpeg", says: []string{"image/jpeg"}},
		"heavy and clear": {data: asPNG(t, glass), want: catalog.Media{Bytes: 100_000}, mime: "image/png", says: []string{"image/png"}},
		"clear, JPEG only": {data: asPNG(t, glass), want: catalog.Media{Types: []string{"image/jpeg"}}, mime: "image/jpeg", width: 600, height: 400,
			says: []string{"transparent is white"}},
		"foreign type":         {data: asGIF(t, gradient(300, 200)), want: catalog.Media{Types: []string{"png", "jpg"}, HardTypes: true}, mime: "image/png", width: 300, height: 200, says: []string{"image/gif", "image/png"}},
		"upright again":        {data: turnedJPEG(t, gradient(800, 400), 6), want: catalog.Media{MaxSide: 400}, mime: "image/jpeg", width: 200, height: 400, says: []string{"200×400"}},
		"too small is told":    {data: pngOf(t, 100, 90), want: catalog.Media{MinSide: 300}, mime: "image/png", width: 100, height: 90, says: []string{"300 on each side"}, untouched: true},
		"too narrow is told":   {data: pngOf(t, 100, 900), want: catalog.Media{MinRatio: 0.4, MaxRatio: 2.5}, mime: "image/png", width: 100, height: 900, says: []string{"0.11 times"}, untouched: true},
		"large but not looked": {data: bombPNG(t, 30000, 30000), want: catalog.Media{}, mime: "image/png", untouched: true},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Class = "image"
			m, warnings, err := Inputs{}.Take(t.Context(), "first_frame", dataURL(c.data), c.want)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(warnings, "\n")
			for _, says := range c.says {
				if !strings.Contains(all, says) {
					t.Errorf("the warning %q doesn't say %q", all, says)
				}
			}
			if len(c.says) == 0 && all != "" {
				t.Errorf("warned for nothing: %s", all)
			}
			if m.Blob.MIME != c.mime {
				t.Errorf("came out as %s, want %s", m.Blob.MIME, c.mime)
			}
			if c.untouched {
				checkWhole(t, m, c.mime, c.data)
				return
			}
			if c.want.Bytes > 0 && m.Blob.Size > c.want.Bytes {
				t.Errorf("%d bytes are still over %d", m.Blob.Size, c.want.Bytes)
			}
			size := decoded(t, m).Bounds().Size()
			if c.width > 0 && size != image.Pt(c.width, c.height) {
				t.Errorf("came out as %v", size)
			}
		})
	}
}

func TestWhatCantBeMadeToFit(t *testing.T) {
	heic := append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 64)...)
	movie := clip(t)
	broken := asJPEG(t, gradient(800, 600))
	for name, c := range map[string]struct {
		data []byte
		want catalog.Media
		says string // refused with this, or
		told string // warned of this
	}{
		"bomb":                {data: bombPNG(t, 30000, 30000), want: catalog.Media{Class: "image", MaxSide: 4096}, says: "30000×30000"},
		"deep bomb":           {data: deepPNG(t, 60_000, 1000), want: catalog.Media{Class: "image", MaxSide: 4096}, says: "60000×1000"},
		"cut short":           {data: broken[:len(broken)/2], want: catalog.Media{Class: "image", MaxSide: 100}, says: "ends early"},
		"unreadable type":     {data: heic, want: catalog.Media{Class: "image", Types: []string{"image/png"}, HardTypes: true}, says: "image/heic"},
		"unreadable but told": {data: heic, want: catalog.Media{Class: "image", Types: []string{"image/png"}}, told: "image/heic"},
		"no type to write":    {data: asGIF(t, gradient(9, 9)), want: catalog.Media{Class: "image", Types: []string{"webp"}}, says: "neither PNG nor JPEG"},
		"heavy clip":          {data: movie, want: catalog.Media{Class: "video", Bytes: 1000, HardBytes: true}, says: "up to 1000 bytes"},
		"heavy clip, told":    {data: movie, want: catalog.Media{Class: "video", Bytes: 1000}, told: "up to 1000 bytes"},
		"foreign clip":        {data: movie, want: catalog.Media{Class: "video", Types: []string{"mov"}, HardTypes: true}, says: "video/mp4"},
		"foreign clip, told":  {data: movie, want: catalog.Media{Class: "video", Types: []string{"video/quicktime"}}, told: "video/mp4"},
	} {
		t.Run(name, func(t *testing.T) {
			m, warnings, err := Inputs{}.Take(t.Context(), "first_frame", dataURL(c.data), c.want)
			if c.says != "" {
				checkRefused(t, err, nexconn.InvalidArgument, c.says)
				return
			}
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], c.told) {
				t.Fatalf("warnings %q, error %v; want %q", warnings, err, c.told)
			}
			checkWhole(t, m, sniff(c.data).mime, c.data)
		})
	}
}

func TestDecodingWaitsForItsTurn(t *testing.T) {
	in := Inputs{Pixels: semaphore.NewWeighted(MaxPixels)}
	if !in.Pixels.TryAcquire(MaxPixels) {
		t.Fatal("a new bound is not free")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	want := catalog.Media{Class: "image", MaxSide: 10}
	_, _, err := in.Take(ctx, "first_frame", dataURL(pngOf(t, 20, 20)), want)
	checkRefused(t, err, nexconn.Cancelled, "stopped")
	in.Pixels.Release(MaxPixels)
	if _, _, err := in.Take(t.Context(), "first_frame", dataURL(pngOf(t, 20, 20)), want); err != nil {
		t.Fatal(err)
	}
	if !in.Pixels.TryAcquire(MaxPixels) {
		t.Error("a decoded picture keeps its place")
	}
}

// Averaging keeps the colours where they were.
func TestShrinkKeepsThePicture(t *testing.T) {
	img := gradient(1000, 700)
	small := shrink(img, 133, 93)
	for _, p := range []image.Point{{0, 0}, {132, 0}, {0, 92}, {132, 92}, {66, 46}} {
		got := small.RGBAAt(p.X, p.Y)
		want := img.RGBAAt(min(p.X*1000/133+4, 999), min(p.Y*700/93+4, 699))
		for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B), int(got.A) - 255} {
			if d < -3 || d > 3 {
				t.Fatalf("at %v it is %v, the original %v", p, got, want)
			}
		}
	}
}

func TestCameraNotes(t *testing.T) {
	// The red corner is at the top left; each turn puts it elsewhere.
	corners := map[uint16]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}}
	for turn, corner := range corners {
		img := image.NewRGBA(image.Rect(0, 0, 64, 32))
		for i := range img.Pix {
			img.Pix[i] = 255
		}
		for y := range 8 {
			for x := range 8 {
				img.SetRGBA(x, y, color.RGBA{R: 255, A: 255})
			}
		}
		data := turnedJPEG(t, img, turn)
		m, _, err := Inputs{}.Take(t.Context(), "first_frame", dataURL(data), catalog.Media{Class: "image", Types: []string{"png"}})
		if err != nil {
			t.Fatal(err)
		}
		got := decoded(t, m)
		size := got.Bounds().Size()
		r, g, _, _ := got.At(2+corner.X*(size.X-5), 2+corner.Y*(size.Y-5)).RGBA()
		if r>>8 < 200 || g>>8 > 60 {
			t.Errorf("turn %d: no red at corner %v of %v", turn, corner, size)
		}
	}
	for _, junk := range [][]byte{nil, {0xff}, {0xff, 0xd8, 0xff, 0xe1, 0, 1}, []byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff")} {
		if got, err := orientation(source{open: reader(junk)}, kind{mime: "image/jpeg"}); err != nil || got != 1 {
			t.Errorf("junk %x is turned by %d, %v", junk, got, err)
		}
	}
}

func TestPreview(t *testing.T) {
	for name, data := range map[string][]byte{"png": pngOf(t, 1920, 1080), "noise": asPNG(t, noise(1500, 1500)), "gif": asGIF(t, gradient(30, 20))} {
		small, w, h, err := Preview(bytes.NewReader(data), 96<<10)
		if err != nil || len(small) > 96<<10 || sniff(small).mime != "image/jpeg" {
			t.Fatalf("%s: %d bytes, %v", name, len(small), err)
		}
		if cfg, err := (func() (image.Config, error) { c, _ := codecs("image/jpeg"); return c.config(bytes.NewReader(small)) })(); err != nil || cfg.Width != w || cfg.Height != h {
			t.Errorf("%s: says %d×%d, is %d×%d, %v", name, w, h, cfg.Width, cfg.Height, err)
		}
	}
	for name, data := range map[string][]byte{"bomb": bombPNG(t, 20000, 20000), "text": []byte("hello"), "clip": clip(t), "nothing": nil, "cut": pngOf(t, 50, 50)[:60]} {
		if _, _, _, err := Preview(bytes.NewReader(data), 96<<10); err == nil {
			t.Errorf("%s has a preview", name)
		}
	}
}
