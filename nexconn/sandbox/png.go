package sandbox

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// picture is an image that shows what it was asked for.
type picture struct {
	prompt, model, note string
	width, height       int
	inputs, index       int
}

// Palette entries: a gradient, then ink and the plate under the text.
const (
	shades = 64
	ink    = shades
	plate  = shades + 1
)

// png draws the picture: the same bytes for the same request, other colours for
// another prompt or another of its results.
func (p picture) png() ([]byte, error) {
	w, h := max(p.width, 64), max(p.height, 64)
	img := image.NewPaletted(image.Rect(0, 0, w, h), palette(hash(fmt.Sprint(p.prompt, p.model, p.note, p.index))))
	for y := range h {
		row := img.Pix[y*img.Stride:][:w]
		up := y * shades / 2 / h
		for x := range row {
			row[x] = uint8(x*shades/2/w + up)
		}
	}
	p.write(img)
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	err := enc.Encode(&out, img)
	return out.Bytes(), err
}

// write puts the caption on the image, in the largest whole multiple of the font
// that leaves room for the prompt.
func (p picture) write(img *image.Paletted) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	head := []string{"NEXCONN SANDBOX", p.model, fmt.Sprintf("%dx%d", w, h)}
	if p.inputs > 0 {
		head = append(head, fmt.Sprintf("edited from %s", plural(p.inputs, "input")))
	}
	if p.index > 0 {
		head = append(head, fmt.Sprintf("no. %d", p.index+1))
	}
	if p.note != "" {
		head = append(head, p.note)
	}
	face := basicfont.Face7x13
	scale := max(1, min(w, h)/256)
	var lines []string
	for ; ; scale-- {
		columns, rows := w*9/10/(face.Advance*scale), h*9/10/(face.Height*scale)
		lines = nil
		for _, l := range append(head, "", printable(p.prompt)) {
			lines = append(lines, wrap(l, max(columns, 4))...)
		}
		if len(lines) <= rows {
			break
		}
		if scale == 1 {
			lines = lines[:max(rows, 1)]
			break
		}
	}
	for i, l := range lines {
		line(img, face, l, w/20, h/20+i*face.Height*scale, scale)
	}
}

// line draws one line of text at a scale, on its plate.
func line(img *image.Paletted, face *basicfont.Face, text string, left, top, scale int) {
	if text == "" {
		return
	}
	mask := image.NewAlpha(image.Rect(0, 0, len(text)*face.Advance, face.Height))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(0, face.Ascent)}
	d.DrawString(text)
	for y := range face.Height * scale {
		for x := range mask.Rect.Dx() * scale {
			at := image.Pt(left+x, top+y)
			if !at.In(img.Rect) {
				continue
			}
			c := uint8(plate)
			if mask.AlphaAt(x/scale, y/scale).A > 127 {
				c = ink
			}
			img.SetColorIndex(at.X, at.Y, c)
		}
	}
}

// printable writes what the font lacks as \uXXXX.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	return b.String()
}

// wrap breaks a text into lines of at most n characters, at spaces where it can.
func wrap(s string, n int) []string {
	var lines []string
	for len(s) > n {
		at := strings.LastIndexByte(s[:n+1], ' ')
		if at <= 0 {
			at = n
		}
		lines = append(lines, s[:at])
		s = strings.TrimPrefix(s[at:], " ")
	}
	return append(lines, s)
}

func palette(seed uint64) color.Palette {
	p := make(color.Palette, 0, shades+2)
	hue := float64(seed%360) / 360
	for i := range shades {
		t := float64(i) / shades
		p = append(p, wheel(hue+t/3, 0.35+0.4*t))
	}
	return append(p, color.White, color.RGBA{16, 18, 24, 255})
}

// wheel is a colour of the hue circle at a brightness.
func wheel(hue, light float64) color.Color {
	c := func(shift float64) uint8 {
		return uint8(255 * light * (0.6 + 0.4*math.Cos(2*math.Pi*(hue+shift))))
	}
	return color.RGBA{c(0), c(1.0 / 3), c(2.0 / 3), 255}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
