package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
)

// maxPreviewed is the largest picture a preview is made of. Previews are a
// kindness: they are not worth hundreds of megabytes.
const maxPreviewed = 50_000_000

// Preview is a small JPEG of a picture, in at most so many bytes, with its own
// width and height.
func Preview(r io.Reader, maxBytes int) (data []byte, width, height int, err error) {
	k, r, err := sniffReader(r)
	if err != nil {
		return nil, 0, 0, err
	}
	c, ok := codecs(k.mime)
	if !ok {
		return nil, 0, 0, fmt.Errorf("no preview of %s", k.mime)
	}
	var head bytes.Buffer
	cfg, err := c.config(io.TeeReader(r, &head))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("preview: %w", err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return nil, 0, 0, errors.New("no preview of nothing")
	}
	if pixels, ok := cost(cfg); !ok || pixels > maxPreviewed {
		return nil, 0, 0, fmt.Errorf("no preview of %d×%d pixels", cfg.Width, cfg.Height)
	}
	img, err := c.decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("preview: %w", err)
	}
	for _, side := range []int{768, 512, 384, 256, 128, 64} {
		var small *image.RGBA
		width, height = within(img.Bounds().Dx(), img.Bounds().Dy(), side)
		if small = shrink(img, width, height); !small.Opaque() {
			small = onWhite(small)
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 78}); err != nil {
			return nil, 0, 0, err
		}
		if out.Len() <= maxBytes {
			return out.Bytes(), width, height, nil
		}
	}
	return nil, 0, 0, errors.New("no preview gets so small")
}
