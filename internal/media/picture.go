package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// MaxPixels is the largest picture that is decoded. A file of a few kilobytes
// can claim any size, so it is read from the head and held to this first.
const MaxPixels = 100_000_000

// codec reads one type of picture.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecs(mime string) (codec, bool) {
	switch mime {
	case "image/png":
		return codec{png.DecodeConfig, png.Decode}, true
	case "image/jpeg":
		return codec{jpeg.DecodeConfig, jpeg.Decode}, true
	case "image/gif":
		return codec{gif.DecodeConfig, gif.Decode}, true
	case "image/webp":
		return codec{webp.DecodeConfig, webp.Decode}, true
	case "image/bmp":
		return codec{bmp.DecodeConfig, bmp.Decode}, true
	case "image/tiff":
		return codec{tiff.DecodeConfig, tiff.Decode}, true
	}
	return codec{}, false
}

// cost is how many pixels' worth of memory a picture takes to decode: one of 16
// bits a channel counts twice. ok is whether that is bearable.
func cost(cfg image.Config) (pixels int, ok bool) {
	if cfg.Width > MaxPixels/cfg.Height {
		return 0, false
	}
	pixels = cfg.Width * cfg.Height
	switch cfg.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		pixels *= 2
	}
	return pixels, pixels <= MaxPixels
}

// made is a picture made over to fit.
type made struct {
	data          []byte
	mime          string
	width, height int
	flattened     bool
}

// makeOver decodes a picture and encodes it anew within the model's limits.
func (in Inputs) makeOver(ctx context.Context, src source, c codec, pixels int, want catalog.Media, k kind) (made, error) {
	if in.Pixels != nil {
		if err := in.Pixels.Acquire(ctx, int64(pixels)); err != nil {
			return made{}, err
		}
		defer in.Pixels.Release(int64(pixels))
	}
	turn, err := orientation(src, k)
	if err != nil {
		return made{}, err
	}
	r, err := src.open()
	if err != nil {
		return made{}, err
	}
	defer r.Close()
	img, err := c.decode(r)
	if err != nil {
		return made{}, fmt.Errorf("it can't be decoded as %s", k.mime)
	}
	width, height := within(img.Bounds().Dx(), img.Bounds().Dy(), want.MaxSide)
	small := turned(shrink(img, width, height), turn)
	lossless := k.mime != "image/jpeg" && k.mime != "image/webp"
	return encode(small, lossless, want)
}

// within is the size with neither side over most; 0 bounds nothing.
func within(width, height, most int) (int, int) {
	long := max(width, height)
	if most <= 0 || long <= most {
		return width, height
	}
	scale := float64(most) / float64(long)
	return max(1, int(float64(width)*scale+0.5)), max(1, int(float64(height)*scale+0.5))
}

// encode writes a picture as PNG or JPEG within the limits: PNG where something
// is transparent or the original was without loss and it fits, else JPEG; then
// in ever smaller size.
func encode(img *image.RGBA, lossless bool, want catalog.Media) (made, error) {
	takesAll := len(want.Types) == 0
	takesPNG := takesAll || kind{mime: "image/png", ext: ".png"}.isOf(want.Types)
	takesJPEG := takesAll || kind{mime: "image/jpeg", ext: ".jpg"}.isOf(want.Types)
	if !takesPNG && !takesJPEG {
		return made{}, errors.New("the model takes neither PNG nor JPEG")
	}
	opaque := img.Opaque()
	fits := func(data []byte) bool { return want.Bytes <= 0 || int64(len(data)) <= want.Bytes }
	for {
		size := img.Bounds().Size()
		var last int
		if takesPNG && (!opaque || lossless || !takesJPEG) {
			var out bytes.Buffer
			if err := png.Encode(&out, img); err != nil {
				return made{}, err
			}
			if fits(out.Bytes()) {
				return made{data: out.Bytes(), mime: "image/png", width: size.X, height: size.Y}, nil
			}
			last = out.Len()
		}
		if takesJPEG && (opaque || !takesPNG) {
			flat := img
			if !opaque {
				flat = onWhite(img)
			}
			for _, quality := range []int{92, 82, 70} {
				var out bytes.Buffer
				if err := jpeg.Encode(&out, flat, &jpeg.Options{Quality: quality}); err != nil {
					return made{}, err
				}
				if fits(out.Bytes()) {
					return made{data: out.Bytes(), mime: "image/jpeg", width: size.X, height: size.Y, flattened: !opaque}, nil
				}
				last = out.Len()
			}
		}
		scale := min(0.9, 0.95*math.Sqrt(float64(want.Bytes)/float64(last)))
		width, height := int(float64(size.X)*scale), int(float64(size.Y)*scale)
		if min(width, height) < 16 {
			return made{}, fmt.Errorf("it does not get under %d bytes", want.Bytes)
		}
		img = shrink(img, width, height)
	}
}

func onWhite(img *image.RGBA) *image.RGBA {
	flat := image.NewRGBA(img.Bounds())
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
	return flat
}

// shrink scales a picture down by averaging the area under each new pixel. It
// goes row by row, so that besides the two pictures it needs a row: the
// separable kernels of x/image/draw keep 32 bytes for each pixel in between.
func shrink(src image.Image, width, height int) *image.RGBA {
	b := src.Bounds()
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	if b.Dx() == width && b.Dy() == height {
		draw.Draw(dst, dst.Bounds(), src, b.Min, draw.Src)
		return dst
	}
	row := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	across := make([]float32, 4*width)
	sum := make([]float32, 4*width)
	step := float64(b.Dy()) / float64(height)
	at := -1
	for y := range height {
		clear(sum)
		from, to := float64(y)*step, float64(y+1)*step
		for sy := int(from); float64(sy) < to && sy < b.Dy(); sy++ {
			if sy != at {
				draw.Draw(row, row.Rect, src, image.Pt(b.Min.X, b.Min.Y+sy), draw.Src)
				average(across, row.Pix, width)
				at = sy
			}
			weight := float32((min(to, float64(sy+1)) - max(from, float64(sy))) / step)
			for i, v := range across {
				sum[i] += v * weight
			}
		}
		line := dst.Pix[y*dst.Stride:][:4*width]
		for i, v := range sum {
			line[i] = uint8(min(v+0.5, 255))
		}
	}
	return dst
}

// average shrinks one row of RGBA to width pixels.
func average(dst []float32, row []uint8, width int) {
	n := len(row) / 4
	step := float64(n) / float64(width)
	for x := range width {
		var r, g, b, a float32
		from, to := float64(x)*step, float64(x+1)*step
		for sx := int(from); float64(sx) < to && sx < n; sx++ {
			weight := float32((min(to, float64(sx+1)) - max(from, float64(sx))) / step)
			p := row[4*sx:][:4]
			r += weight * float32(p[0])
			g += weight * float32(p[1])
			b += weight * float32(p[2])
			a += weight * float32(p[3])
		}
		copy(dst[4*x:], []float32{r, g, b, a})
	}
}
