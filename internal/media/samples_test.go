package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
)

// gradient is a picture that is red on the left, green at the bottom.
func gradient(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{R: uint8(255 - 255*x/w), G: uint8(255 * y / h), B: 40, A: 255})
		}
	}
	return img
}

func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(rnd.Uint32()) | uint8(0xff*(i%4/3))
	}
	return img
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t *testing.T, w, h int) []byte { return asPNG(t, gradient(w, h)) }

// turnedJPEG is a JPEG with an Exif note that says how to turn it.
func turnedJPEG(t *testing.T, img image.Image, turn uint16) []byte {
	plain := asJPEG(t, img)
	note := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	note = binary.LittleEndian.AppendUint16(note, turn)
	note = append(note, 0, 0, 0, 0, 0, 0)
	out := append([]byte{}, plain[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(note)+2))
	return append(append(out, note...), plain[2:]...)
}

// bombPNG claims a size in its head that its few bytes don't hold.
func bombPNG(t *testing.T, w, h uint32) []byte {
	return claiming(pngOf(t, 8, 8), w, h)
}

// deepPNG is a bombPNG of 16 bits a channel.
func deepPNG(t *testing.T, w, h uint32) []byte {
	return claiming(asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 8, 8))), w, h)
}

func claiming(data []byte, w, h uint32) []byte {
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func clip(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("../../nexconn/sandbox/clips/16x9.mp4")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func reader(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// allocated is how many bytes f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
