package sandbox

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

func TestPictures(t *testing.T) {
	base := picture{prompt: "a fox in the snow", model: "kling-v2", width: 640, height: 360}
	draw := func(p picture) ([]byte, image.Image) {
		t.Helper()
		data, err := p.png()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return data, img
	}
	first, img := draw(base)
	if img.Bounds() != image.Rect(0, 0, 640, 360) {
		t.Errorf("bounds %v", img.Bounds())
	}
	if again, _ := draw(base); !bytes.Equal(first, again) {
		t.Error("the same request, another picture")
	}
	written := 0
	for y := range 360 {
		for x := range 640 {
			if r, g, b, _ := img.At(x, y).RGBA(); r == 0xFFFF && g == 0xFFFF && b == 0xFFFF {
				written++
			}
		}
	}
	if written < 500 {
		t.Errorf("%d points of ink: nothing is written on it", written)
	}
	for name, change := range map[string]func(*picture){
		"prompt": func(p *picture) { p.prompt = "a dog" },
		"model":  func(p *picture) { p.model = "kling-v1" },
		"inputs": func(p *picture) { p.inputs = 2 },
		"index":  func(p *picture) { p.index = 1 },
	} {
		other := base
		change(&other)
		if data, _ := draw(other); bytes.Equal(first, data) {
			t.Errorf("another %s, the same picture", name)
		}
	}
	draw(picture{width: 1, height: 9000, prompt: string(make([]byte, 5000))})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{"a fox": "a fox", "狐 é\n🦊": `\u72D0 \u00E9 \U0001F98A`} {
		if got := printable(in); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
}

func TestShape(t *testing.T) {
	for ratio, want := range map[string][2]int{"1:1": {1024, 1024}, "16:9": {1366, 768}, "9:16": {768, 1366}, "auto": {1024, 1024}, "1:8": {362, 2896}} {
		if w, h := shape(ratio, 1024); w != want[0] || h != want[1] {
			t.Errorf("%s is %dx%d, want %v", ratio, w, h, want)
		}
	}
}
