package media

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// Facts is what a file tells of what it holds; zero is unknown.
type Facts struct {
	Width, Height int
	Seconds       float64
}

// facts reads the facts from the head of a picture, or the index of a clip.
func facts(f *os.File, mime string) Facts {
	info, err := f.Stat()
	if err != nil {
		return Facts{}
	}
	whole := io.NewSectionReader(f, 0, info.Size())
	if c, ok := codecs(mime); ok {
		cfg, err := c.config(whole)
		if err != nil {
			return Facts{}
		}
		return Facts{Width: cfg.Width, Height: cfg.Height}
	}
	switch mime {
	case "video/mp4", "video/quicktime", "audio/mp4":
		found, _ := mp4Facts(whole, info.Size())
		return found
	}
	return Facts{}
}

// errBoxes says that a file isn't built of boxes as ISO 14496-12 has them.
var errBoxes = errors.New("not an MP4")

// mp4Facts reads length and size of a clip from its index (moov), wherever in
// the file that lies, without reading the rest.
func mp4Facts(r io.ReaderAt, size int64) (Facts, error) {
	var out Facts
	err := boxes(r, 0, size, func(name string, from, to int64) error {
		if name != "moov" {
			return nil
		}
		// An index has some bytes a frame; more is no honest file's.
		if to-from > 64<<20 {
			return errBoxes
		}
		return movie(r, from, to, &out)
	})
	return out, err
}

func movie(r io.ReaderAt, from, to int64, out *Facts) error {
	var scale uint32
	return boxes(r, from, to, func(name string, from, to int64) error {
		switch name {
		case "mvhd":
			s, length, err := duration(r, from, to)
			if err != nil || s == 0 {
				return err
			}
			scale = s
			out.Seconds = float64(length) / float64(s)
		case "mvex":
			// A clip in fragments tells its length here.
			return boxes(r, from, to, func(name string, from, to int64) error {
				if name != "mehd" || scale == 0 || out.Seconds > 0 {
					return nil
				}
				length, err := fragments(r, from, to)
				out.Seconds = float64(length) / float64(scale)
				return err
			})
		case "trak":
			return boxes(r, from, to, func(name string, from, to int64) error {
				if name != "tkhd" || out.Width > 0 {
					return nil
				}
				return track(r, from, to, out)
			})
		}
		return nil
	})
}

// duration reads the time scale and the length in it from an mvhd box.
func duration(r io.ReaderAt, from, to int64) (scale uint32, length uint64, err error) {
	b, err := field(r, from, to, 32)
	if err != nil {
		return 0, 0, err
	}
	if b[0] == 1 {
		scale, length = binary.BigEndian.Uint32(b[20:]), binary.BigEndian.Uint64(b[24:])
		if length == 1<<64-1 {
			length = 0
		}
		return scale, length, nil
	}
	scale, length = binary.BigEndian.Uint32(b[12:]), uint64(binary.BigEndian.Uint32(b[16:]))
	if length == 1<<32-1 {
		length = 0
	}
	return scale, length, nil
}

// fragments reads the length of all fragments from an mehd box.
func fragments(r io.ReaderAt, from, to int64) (uint64, error) {
	b, err := field(r, from, to, 8)
	if err != nil {
		return 0, err
	}
	if b[0] != 1 {
		return uint64(binary.BigEndian.Uint32(b[4:])), nil
	}
	if b, err = field(r, from, to, 12); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b[4:]), nil
}

// track reads a track's size, which is zero for sound, from its tkhd box.
func track(r io.ReaderAt, from, to int64, out *Facts) error {
	version, err := field(r, from, to, 1)
	if err != nil {
		return err
	}
	matrix := from + 40
	if version[0] == 1 {
		matrix += 12
	}
	b, err := field(r, matrix, to, 44)
	if err != nil {
		return err
	}
	// Sizes are 16.16 fixed point.
	out.Width, out.Height = int(binary.BigEndian.Uint16(b[36:])), int(binary.BigEndian.Uint16(b[40:]))
	// A phone held upright turns the picture by this matrix.
	if binary.BigEndian.Uint32(b[0:]) == 0 && binary.BigEndian.Uint32(b[16:]) == 0 {
		out.Width, out.Height = out.Height, out.Width
	}
	return nil
}

// field reads n bytes at from, which have to lie before to.
func field(r io.ReaderAt, from, to int64, n int) ([]byte, error) {
	if to-from < int64(n) {
		return nil, errBoxes
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, from); err != nil {
		return nil, errBoxes
	}
	return b, nil
}

// boxes calls visit with the name and the content of each box between from and
// to.
func boxes(r io.ReaderAt, from, to int64, visit func(name string, from, to int64) error) error {
	// No honest clip has so many boxes side by side; fragments come after moov.
	for range 100_000 {
		if from == to {
			return nil
		}
		b, err := field(r, from, to, 8)
		if err != nil {
			return err
		}
		length, head := int64(binary.BigEndian.Uint32(b)), int64(8)
		switch length {
		case 0:
			length = to - from
		case 1:
			long, err := field(r, from+8, to, 8)
			if err != nil {
				return err
			}
			length, head = int64(binary.BigEndian.Uint64(long)), 16
		}
		if length < head || length > to-from {
			return errBoxes
		}
		if err := visit(string(b[4:8]), from+head, from+length); err != nil {
			return err
		}
		from += length
	}
	return errBoxes
}
