package media

import (
	"bufio"
	"encoding/binary"
	"io"
)

// intact says whether a picture goes on to its end: a transfer that broke, or a
// copy of a part, is refused before it is paid for. Only what can be told without
// decoding is looked at; a type that isn't known here counts as whole.
func intact(src source, mime string) (bool, error) {
	r, err := src.open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	switch b := bufio.NewReaderSize(r, 64<<10); mime {
	case "image/png":
		return pngEnds(b), nil
	case "image/jpeg":
		return jpegEnds(b), nil
	case "image/webp":
		var head [8]byte
		_, err := io.ReadFull(b, head[:])
		return err == nil && src.size >= int64(binary.LittleEndian.Uint32(head[4:])), nil
	}
	return true, nil
}

// pngEnds walks a PNG's chunks to its last, IEND.
func pngEnds(r *bufio.Reader) bool {
	if _, err := r.Discard(8); err != nil {
		return false
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return false
		}
		if string(head[4:]) == "IEND" {
			return true
		}
		length := int64(binary.BigEndian.Uint32(head[:])) + 4 // and its checksum
		if n, err := io.CopyN(io.Discard, r, length); err != nil || n < length {
			return false
		}
	}
}

// jpegEnds walks a JPEG's segments to the picture itself and looks for its end
// there: a preview within a segment has an end of its own.
func jpegEnds(r *bufio.Reader) bool {
	if _, err := r.Discard(2); err != nil {
		return false
	}
	for scan := false; ; {
		b, err := r.ReadByte()
		if err != nil {
			return false
		}
		if b != 0xff {
			continue
		}
		for b == 0xff {
			if b, err = r.ReadByte(); err != nil {
				return false
			}
		}
		switch {
		case b == 0xd9:
			return scan
		case b == 0 || b == 1 || b >= 0xd0 && b <= 0xd8: // no segment
			continue
		}
		var size [2]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return false
		}
		scan = scan || b == 0xda
		if _, err := r.Discard(max(0, int(binary.BigEndian.Uint16(size[:]))-2)); err != nil {
			return false
		}
	}
}

// animated says that a WebP is one of several frames, which are not read here.
func animated(src source, mime string) bool {
	if mime != "image/webp" {
		return false
	}
	r, err := src.open()
	if err != nil {
		return false
	}
	defer r.Close()
	var head [21]byte
	_, err = io.ReadFull(r, head[:])
	return err == nil && string(head[12:16]) == "VP8X" && head[20]&2 != 0
}
