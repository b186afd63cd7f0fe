package sandbox

import (
	"encoding/binary"
	"math"
	"testing"
)

// clipFacts is what a player reads from a file.
type clipFacts struct {
	seconds       float64 // by the movie's header
	track, media  float64 // by the track's and the media's
	table         float64 // by the sum of the samples' durations
	width, height int
	samples       int
	keys          []uint32
}

// readClip reads an MP4 by itself and checks that every sample lies in mdat.
func readClip(t *testing.T, data []byte) clipFacts {
	t.Helper()
	var f clipFacts
	u32 := binary.BigEndian.Uint32
	found := map[string][]byte{}
	mdatFrom, mdatTo := 0, 0
	var walk func(data []byte, offset int)
	walk = func(data []byte, offset int) {
		for p := 0; p+8 <= len(data); {
			size, kind := int(u32(data[p:])), string(data[p+4:p+8])
			if size < 8 || p+size > len(data) {
				t.Fatalf("box %s at %d has size %d", kind, offset+p, size)
			}
			body := data[p+8 : p+size]
			switch kind {
			case "moov", "trak", "mdia", "minf", "stbl":
				walk(body, offset+p+8)
			case "mdat":
				mdatFrom, mdatTo = offset+p+8, offset+p+size
			default:
				found[kind] = body
			}
			p += size
		}
	}
	walk(data, 0)
	for _, kind := range []string{"ftyp", "mvhd", "tkhd", "mdhd", "stts", "stsz", "stsc", "stco", "stss", "stsd"} {
		if found[kind] == nil {
			t.Fatalf("no box %s", kind)
		}
	}
	movie, timescale := float64(u32(found["mvhd"][12:])), float64(u32(found["mdhd"][12:]))
	f.seconds = float64(u32(found["mvhd"][16:])) / movie
	f.track = float64(u32(found["tkhd"][20:])) / movie
	f.media = float64(u32(found["mdhd"][16:])) / timescale
	f.width, f.height = int(u32(found["tkhd"][76:])>>16), int(u32(found["tkhd"][80:])>>16)
	stts := found["stts"]
	counted := 0
	for i := range int(u32(stts[4:])) {
		n, delta := u32(stts[8+i*8:]), u32(stts[12+i*8:])
		f.table += float64(n) * float64(delta) / timescale
		counted += int(n)
	}
	stsz, stco, stss := found["stsz"], found["stco"], found["stss"]
	f.samples = int(u32(stsz[8:]))
	if counted != f.samples {
		t.Errorf("stts has %d samples, stsz %d", counted, f.samples)
	}
	perChunk := int(u32(found["stsc"][12:]))
	chunks := int(u32(stco[4:]))
	if chunks*perChunk != f.samples {
		t.Errorf("%d chunks of %d samples are not %d", chunks, perChunk, f.samples)
	}
	for c := range chunks {
		at := int(u32(stco[8+c*4:]))
		for i := range perChunk {
			size := int(u32(stsz[12+(c*perChunk+i)*4:]))
			if at < mdatFrom || at+size > mdatTo {
				t.Fatalf("sample %d of chunk %d lies outside mdat", i, c)
			}
			if nal := int(u32(data[at:])); nal <= 0 || nal+4 > size {
				t.Fatalf("sample %d of chunk %d does not begin with a NAL unit", i, c)
			}
			at += size
		}
	}
	for i := range int(u32(stss[4:])) {
		f.keys = append(f.keys, u32(stss[8+i*4:]))
	}
	return f
}

func TestClipsHaveTheAskedLength(t *testing.T) {
	shapes := map[string][2]int{
		"16:9": {1920, 1080}, "9:16": {720, 1280}, "1:1": {1080, 1080}, "4:3": {1112, 834}, "3:4": {834, 1112}, "21:9": {1470, 630},
	}
	for name, wh := range shapes {
		for _, seconds := range []int{1, 2, 4, 5, 8, 10, 15, 16} {
			data, err := clip(wh[0], wh[1], seconds)
			if err != nil {
				t.Fatal(err)
			}
			f := readClip(t, data)
			for what, got := range map[string]float64{"mvhd": f.seconds, "tkhd": f.track, "mdhd": f.media, "stts": f.table} {
				if math.Abs(got-float64(seconds)) > 0.1 {
					t.Errorf("%s of %d s: %s says %v", name, seconds, what, got)
				}
			}
			if got, want := float64(f.width)/float64(f.height), float64(wh[0])/float64(wh[1]); math.Abs(got-want) > 0.02 {
				t.Errorf("%s: shape %v, want %v", name, got, want)
			}
			if len(f.keys) != seconds || f.keys[len(f.keys)-1] != uint32(1+24*(seconds-1)) {
				t.Errorf("%s of %d s: key frames %v", name, seconds, f.keys)
			}
			if len(data) > 40<<10 {
				t.Errorf("%s of %d s: %d bytes", name, seconds, len(data))
			}
		}
	}
}

func TestLengthenRefusesOtherFiles(t *testing.T) {
	for _, data := range []string{"x", "\x00\x00\x00\x04moov", "\x00\x00\x00\x10moov\x00\x00\x00\xFFtrak"} {
		if _, err := lengthen([]byte(data), 2); err == nil {
			t.Errorf("%q was lengthened", data)
		}
	}
}
