package sandbox

import (
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// clips are one second each, made by clips/make.sh.
//
//go:embed clips/*.mp4
var clips embed.FS

// longest keeps a made-up length from asking for a sample table of gigabytes.
const longest = 600

var errClip = errors.New("sandbox: an embedded clip is not as clips/make.sh makes it")

// clip is a playable MP4 of about that shape and exactly that many seconds: the
// one-second clip with its sample table repeated, so that its few kilobytes of
// frames are played again and again.
func clip(width, height, seconds int) ([]byte, error) {
	data, err := clips.ReadFile("clips/" + clipName(width, height) + ".mp4")
	if err != nil {
		return nil, err
	}
	return lengthen(data, min(max(seconds, 1), longest))
}

// clipName is the clip nearest in shape.
func clipName(width, height int) string {
	names := []string{"16x9", "9x16", "1x1", "4x3", "3x4", "21x9"}
	if width <= 0 || height <= 0 {
		return names[0]
	}
	best, off := "", math.Inf(1)
	for _, n := range names {
		var w, h float64
		_, _ = fmt.Sscanf(n, "%fx%f", &w, &h)
		if d := math.Abs(math.Log(w / h * float64(height) / float64(width))); d < off {
			best, off = n, d
		}
	}
	return best
}

// box is one box of an MP4 file: its type and what is in it.
type box struct {
	kind string
	body []byte
}

func boxes(data []byte) ([]box, error) {
	var out []box
	for len(data) > 0 {
		if len(data) < 8 {
			return nil, errClip
		}
		size := binary.BigEndian.Uint32(data)
		if size < 8 || int(size) > len(data) {
			return nil, errClip
		}
		out = append(out, box{string(data[4:8]), data[8:size]})
		data = data[size:]
	}
	return out, nil
}

func (b box) append(out []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(b.body)+8))
	return append(append(out, b.kind...), b.body...)
}

// lengthen repeats the samples of a file n times. The frames' bytes stay single:
// only the tables that point at them grow.
func lengthen(data []byte, n int) ([]byte, error) {
	top, err := boxes(data)
	if err != nil {
		return nil, err
	}
	var ftyp, moov, mdat box
	at, mdatAt := 0, 0
	for _, b := range top {
		switch b.kind {
		case "ftyp":
			ftyp = b
		case "moov":
			moov = b
		case "mdat":
			mdat, mdatAt = b, at
		}
		at += len(b.body) + 8
	}
	t := table{n: n}
	// The size of moov does not depend on the offsets in it, so the first pass
	// measures and the second places.
	for range 2 {
		t.samples = 0
		body, err := t.rewrite(moov.body)
		if err != nil {
			return nil, err
		}
		t.shift = len(ftyp.body) + 8 + len(body) + 8 - mdatAt
		data = mdat.append(box{"moov", body}.append(ftyp.append(nil)))
	}
	return data, nil
}

// table rewrites the boxes under moov.
type table struct {
	n       int // how many times the samples are repeated
	shift   int // how far mdat moves
	samples int // of the original, known once stsz was seen
}

func (t *table) rewrite(body []byte) ([]byte, error) {
	inner, err := boxes(body)
	if err != nil {
		return nil, err
	}
	for _, b := range inner {
		if b.kind == "stsz" && len(b.body) >= 12 {
			t.samples = int(binary.BigEndian.Uint32(b.body[8:]))
		}
	}
	var out []byte
	for _, b := range inner {
		switch b.kind {
		case "edts", "udta": // an edit list would cut the length back
			continue
		case "trak", "mdia", "minf", "stbl":
			b.body, err = t.rewrite(b.body)
		case "mvhd", "mdhd":
			b.body, err = t.duration(b.body, 16)
		case "tkhd":
			b.body, err = t.duration(b.body, 20)
		case "stts", "stsz", "stsc", "stss", "stco":
			b.body, err = t.entries(b)
		}
		if err != nil {
			return nil, err
		}
		out = b.append(out)
	}
	return out, nil
}

// duration multiplies the 32-bit duration at an offset of a version 0 header.
func (t *table) duration(body []byte, at int) ([]byte, error) {
	if len(body) < at+4 || body[0] != 0 {
		return nil, errClip
	}
	out := append([]byte(nil), body...)
	binary.BigEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:])*uint32(t.n))
	return out, nil
}

// entries repeats a sample table. Its head is version and flags, in stsz a size
// common to all samples (0: none), then the count; the rest are 32-bit numbers.
func (t *table) entries(b box) ([]byte, error) {
	head, width := 8, map[string]int{"stts": 2, "stsz": 1, "stsc": 3, "stss": 1, "stco": 1}[b.kind]
	if b.kind == "stsz" {
		head = 12
	}
	if len(b.body) < head || (len(b.body)-head)%4 != 0 {
		return nil, errClip
	}
	var numbers []uint32
	for rest := b.body[head:]; len(rest) > 0; rest = rest[4:] {
		numbers = append(numbers, binary.BigEndian.Uint32(rest))
	}
	count := len(numbers) / width
	if b.kind == "stco" && count != 1 || b.kind == "stsc" && count != 1 {
		return nil, errClip // the recipe gives one chunk, so one second is one chunk
	}
	out := append([]byte(nil), b.body[:head]...)
	repeat := t.n
	if b.kind == "stsc" {
		repeat = 1 // "every chunk has so many samples" holds for all of them
	}
	binary.BigEndian.PutUint32(out[head-4:], uint32(count*repeat))
	for i := range repeat {
		for _, v := range numbers {
			switch b.kind {
			case "stss":
				v += uint32(i * t.samples)
			case "stco":
				v += uint32(t.shift)
			}
			out = binary.BigEndian.AppendUint32(out, v)
		}
	}
	return out, nil
}
