package media

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func TestNames(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 9, 10, 0, time.UTC)
	for _, c := range []struct{ model, prompt, want string }{
		{"kling-v3", "A paper boat, drifting!", "kling-v3-20261123-080910-a-paper-boat-drifting"},
		{"kling-v3", "", "kling-v3-20261123-080910"},
		{"bytedance/doubao-seedance-2-0-260128", "...", "bytedance-doubao-seedance-2-0-260128-20261123-080910"},
		{"gemini-2.5-flash-image", `CON: <a> "b" \ / | ? * ..`, "gemini-2.5-flash-image-20261123-080910-con-a-b"},
		{"m", "../../etc/passwd\x00\n", "m-20261123-080910-etc-passwd"},
		{"m", "Schöne Größe 山の上 🏔️ 2", "m-20261123-080910-schöne-größe-山の上-2"},
		{"m", "a very long prompt that goes on and on about nothing at all", "m-20261123-080910-a-very-long-prompt-that-goes-on-and-on"},
		{"m", strings.Repeat("x", 90), "m-20261123-080910-" + strings.Repeat("x", 40)},
	} {
		if got := Name(c.model, at, c.prompt); got != c.want {
			t.Errorf("%q: %s, want %s", c.prompt, got, c.want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("kling-v3", "a/b:c")
	f.Add("..", "\xff\xfe..")
	f.Fuzz(func(t *testing.T, model, prompt string) {
		name := Name(model, time.Unix(0, 0).UTC(), prompt)
		if len(name) > 230 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\:*?\"<>|\x00\n ") || !filepath.IsLocal(name+".mp4") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
			t.Errorf("%q", name)
		}
	})
}

func TestWrite(t *testing.T) {
	picture := pngOf(t, 40, 30)
	for name, c := range map[string]struct {
		data []byte
		mime string
		want string // the file's name, or
		says string // why not
	}{
		"picture":             {data: picture, mime: "image/png", want: "out.png"},
		"another picture":     {data: asJPEG(t, gradient(9, 9)), mime: "image/png", want: "out.jpg"},
		"any picture":         {data: picture, want: "out.png"},
		"clip":                {data: clip(t), mime: "video/mp4", want: "out.mp4"},
		"text":                {data: []byte("BM and so on"), mime: "text/plain", want: "out.txt"},
		"markdown":            {data: []byte("# a"), mime: "text/markdown; charset=utf-8", want: "out.md"},
		"JSON":                {data: []byte(`{}`), mime: "application/json", want: "out.json"},
		"unknown but said":    {data: []byte{0, 1, 2, 0xff, 0xfe}, mime: "video/mp4", want: "out.mp4"},
		"unknown":             {data: []byte{0, 1, 2, 0xff, 0xfe}, says: "application/octet-stream"},
		"text for a picture":  {data: []byte("sorry"), mime: "image/png", says: "text/plain"},
		"text for whatever":   {data: []byte("sorry"), says: "text/plain"},
		"program for a video": {data: append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 90)...), mime: "video/mp4", says: "not video/mp4"},
		"nothing":             {mime: "image/png", says: "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "not", "there", "yet")
			saved, err := Target{Dir: dir, Name: "out", MIME: c.mime}.Write(bytes.NewReader(c.data))
			if c.says != "" {
				if nexconn.CodeOf(err) != nexconn.UpstreamError || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %+v, %v", saved, err)
				}
				onlyFiles(t, dir)
				return
			}
			if err != nil || saved.Name != c.want || saved.Bytes != int64(len(c.data)) {
				t.Fatalf("got %+v, %v", saved, err)
			}
			onlyFiles(t, dir, c.want)
			if got, err := os.ReadFile(saved.Path); err != nil || !bytes.Equal(got, c.data) {
				t.Errorf("the file differs, %v", err)
			}
		})
	}
}

func TestSavesOfOneNameNeverMeet(t *testing.T) {
	const many = 24
	noLinks := func(string, string) error { return errors.New("links are not supported here") }
	for name, link := range map[string]func(string, string) error{"with links": os.Link, "without": noLinks} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var wg sync.WaitGroup
			paths := make([]string, many)
			for i := range many {
				wg.Go(func() {
					part := filepath.Join(dir, fmt.Sprintf(".%d.part", i))
					if err := os.WriteFile(part, []byte(strconv.Itoa(i)), 0o644); err != nil {
						t.Error(err)
					}
					var err error
					if paths[i], err = settle(link, part, filepath.Join(dir, "film"), ".mp4"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for i, path := range paths {
				if got, err := os.ReadFile(path); err != nil || string(got) != strconv.Itoa(i) {
					t.Errorf("%s holds %q, not %d, %v", path, got, i, err)
				}
			}
			want := []string{"film.mp4"}
			for i := 2; i <= many; i++ {
				want = append(want, fmt.Sprintf("film-%d.mp4", i))
			}
			sort.Strings(want)
			onlyFiles(t, dir, want...)
		})
	}
}

// TestCrash is run again as a process of its own, which is killed in the middle
// of a download.
func TestCrash(t *testing.T) {
	if link := os.Getenv("TEST_CRASH_LINK"); link != "" {
		quick(0).Save(t.Context(), link, Target{Dir: os.Getenv("TEST_CRASH_DIR"), Name: "film"}, nil)
		return
	}
	begun := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Write(clip(t))
		w.(http.Flusher).Flush()
		close(begun)
		<-r.Context().Done()
	}))
	defer srv.Close()
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), "TEST_CRASH_LINK="+srv.URL, "TEST_CRASH_DIR="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-begun:
	case <-time.After(30 * time.Second):
		t.Error("the child never asked")
	}
	child.Process.Kill()
	child.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("found %v, %v; want what was begun and nothing else", entries, err)
	}
	if ok, _ := filepath.Match(partPattern, entries[0].Name()); !ok {
		t.Fatalf("found %s", entries[0].Name())
	}
	store := Folder{Root: dir}
	if n, err := store.SweepParts(t.Context(), time.Hour); n != 0 || err != nil {
		t.Errorf("a fresh part is swept: %d, %v", n, err)
	}
	if n, err := store.SweepParts(t.Context(), 0); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	onlyFiles(t, dir)
}

func TestDir(t *testing.T) {
	top := t.TempDir()
	out := filepath.Join(top, "out")
	for _, dir := range []string{"out/inner", "elsewhere"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"away": filepath.Join(top, "elsewhere"), "up": "..", "inside": "inner", "whole": filepath.Join(out, "inner")} {
		if err := os.Symlink(to, filepath.Join(out, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(out, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for directory, want := range map[string]string{"": "", ".": "", "clips": "clips", "clips/today/": "clips/today", "a/../b": "b", "inside": "inside", "inside/more": "inside/more", "whole": "whole", "whole/deep": "whole/deep"} {
		got, err := Dir(out, directory)
		if err != nil || got != filepath.Join(out, filepath.FromSlash(want)) {
			t.Errorf("%q: %s, %v", directory, got, err)
		}
		if info, err := os.Stat(got); err != nil || !info.IsDir() {
			t.Errorf("%q was not made: %v", directory, err)
		}
	}
	for _, directory := range []string{"..", "../elsewhere", "a/../../elsewhere", "/tmp", top, "away", "away/deep", "up", "up/elsewhere", "file", "file/deep"} {
		_, err := Dir(out, directory)
		var e *nexconn.Error
		if !errors.As(err, &e) || e.Code != nexconn.Forbidden || e.Field != "directory" {
			t.Errorf("%q: %v", directory, err)
		}
	}
	entries, _ := os.ReadDir(filepath.Join(top, "elsewhere"))
	if len(entries) != 0 {
		t.Errorf("folders were made outside: %v", entries)
	}
}

func TestMP4Facts(t *testing.T) {
	box := func(name string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		n := len(body) + 8
		return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), name[0], name[1], name[2], name[3]}, body...)
	}
	mvhd := func(scale, length uint32) []byte {
		b := make([]byte, 100)
		b[14], b[15] = byte(scale>>8), byte(scale)
		b[16], b[17], b[18], b[19] = byte(length>>24), byte(length>>16), byte(length>>8), byte(length)
		return box("mvhd", b)
	}
	mvhd1 := func(scale, length uint16) []byte {
		b := make([]byte, 112)
		b[0] = 1
		b[22], b[23], b[30], b[31] = byte(scale>>8), byte(scale), byte(length>>8), byte(length)
		return box("mvhd", b)
	}
	tkhd := func(w, h uint16, turned bool) []byte {
		b := make([]byte, 84)
		if !turned {
			b[41], b[57] = 1, 1
		}
		b[76], b[77], b[80], b[81] = byte(w>>8), byte(w), byte(h>>8), byte(h)
		return box("trak", box("tkhd", b))
	}
	ftyp := box("ftyp", []byte("isom\x00\x00\x00\x00"))
	long := append([]byte{0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 20}, 1, 2, 3, 4)
	for name, c := range map[string]struct {
		data []byte
		want Facts
		bad  bool
	}{
		"index at the end": {data: bytes.Join([][]byte{ftyp, box("mdat", make([]byte, 5000)), box("moov", mvhd(600, 3000), tkhd(1280, 720, false))}, nil), want: Facts{1280, 720, 5}},
		"sound first":      {data: box("moov", mvhd(1000, 2500), tkhd(0, 0, false), tkhd(320, 240, false)), want: Facts{320, 240, 2.5}},
		"turned":           {data: box("moov", mvhd(1000, 1000), tkhd(1920, 1080, true)), want: Facts{1080, 1920, 1}},
		"64 bits":          {data: append(long, box("moov", mvhd1(100, 400), tkhd(64, 48, false))...), want: Facts{64, 48, 4}},
		"fragments":        {data: box("moov", mvhd(1000, 0), box("mvex", box("mehd", []byte{0, 0, 0, 0, 0, 0, 0x1f, 0x40}))), want: Facts{0, 0, 8}},
		"unknown length":   {data: box("moov", mvhd(1000, 1<<32-1)), want: Facts{}},
		"no scale":         {data: box("moov", mvhd(0, 77), tkhd(64, 48, false)), want: Facts{64, 48, 0}},
		"to the end":       {data: append(ftyp, 0, 0, 0, 0, 'm', 'd', 'a', 't', 9, 9), want: Facts{}},
		"cut short":        {data: box("moov", mvhd(600, 3000))[:40], bad: true},
		"box too small":    {data: []byte{0, 0, 0, 4, 'm', 'o', 'o', 'v'}, bad: true},
		"short mvhd":       {data: box("moov", box("mvhd", make([]byte, 8))), bad: true},
		"huge":             {data: []byte{0, 0, 0, 1, 'm', 'o', 'o', 'v', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, bad: true},
	} {
		got, err := mp4Facts(bytes.NewReader(c.data), int64(len(c.data)))
		if (err != nil) != c.bad {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" && !c.bad {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzMP4Facts(f *testing.F) {
	data, err := os.ReadFile("../../nexconn/sandbox/clips/1x1.mp4")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, _ := mp4Facts(bytes.NewReader(data), int64(len(data))); got.Seconds < 0 {
			t.Errorf("%+v", got)
		}
	})
}
