package media

import (
	"bufio"
	"encoding/binary"
	"image"
	"io"
)

// orientation is how a camera says a JPEG has to be turned to stand upright:
// 1 to 8 as in Exif. Encoding anew drops the note, so the turn is made then.
func orientation(src source, k kind) (int, error) {
	if k.mime != "image/jpeg" {
		return 1, nil
	}
	r, err := src.open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return exifTurn(bufio.NewReader(r)), nil
}

// exifTurn walks a JPEG's segments to the Exif one. What is missing or broken
// means upright.
func exifTurn(r *bufio.Reader) int {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return 1
	}
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil || head[0] != 0xff {
			return 1
		}
		length := int(binary.BigEndian.Uint16(head[2:])) - 2
		switch {
		case length < 0, head[1] == 0xda: // the picture itself begins
			return 1
		case head[1] == 0xe1:
			segment := make([]byte, length)
			if _, err := io.ReadFull(r, segment); err != nil {
				return 1
			}
			if len(segment) > 6 && string(segment[:6]) == "Exif\x00\x00" {
				return tiffTurn(segment[6:])
			}
		default:
			if _, err := r.Discard(length); err != nil {
				return 1
			}
		}
	}
}

// tiffTurn finds tag 0x0112 in the first directory of Exif's TIFF block.
func tiffTurn(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	count := int64(order.Uint16(b[at:]))
	for i := range count {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(b)) {
			return 1
		}
		if order.Uint16(b[entry:]) == 0x0112 {
			if turn := int(order.Uint16(b[entry+8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
	}
	return 1
}

// turned is the picture upright.
func turned(img *image.RGBA, turn int) *image.RGBA {
	if turn <= 1 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turn {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):][:4], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}
