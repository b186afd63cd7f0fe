package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// desk is a home folder as people have them, and a place outside of it.
type desk struct {
	Inputs
	home, outside string
}

func newDesk(t *testing.T) desk {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := desk{home: filepath.Join(top, "home"), outside: filepath.Join(top, "outside")}
	picture := pngOf(t, 400, 300)
	for name, data := range map[string][]byte{
		"home/cat.png":             picture,
		"home/my cat.png":          picture,
		"home/really-a-cat.txt":    picture,
		"home/notes.png":           []byte("a text that calls itself a picture\n"),
		"home/empty.png":           nil,
		"home/cut.png":             picture[:20],
		"home/pics/deep/cat.png":   picture,
		"home/.ssh/cat.png":        picture,
		"home/.cat.png":            picture,
		"home/pics/.git/cat.png":   picture,
		"home/state/cat.png":       picture,
		"outside/cat.png":          picture,
		"outside/folder/cat.png":   picture,
		"home/movie.mp4":           clip(t),
		"home/drawing.svg":         []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>`),
		"home-neighbour/cat.png":   picture,
		"home/words/cars.txt":      []byte("BMW, ID3 und MZ: größer\n"),
		"home/words/plain.md":      []byte("# Größe\n"),
		"home/words/latin.csv":     []byte("gr\xf6\xdfe,1\nh\xf6he,2\n"),
		"home/words/utf16.txt":     []byte("\xff\xfeh\x00i\x00"),
		"home/words/long.txt":      []byte(strings.Repeat("long words\n", 110_000)),
		"home/words/main.go":       []byte("package main\n\nfunc main() {}\n"),
		"home/words/data.json":     []byte(`{"a": [1, 2, 3]}`),
		"home/words/secretly.html": append([]byte("<html>"+strings.Repeat("words ", 2000)), 0, 1, 2),
	} {
		path := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"out.png":      filepath.Join(d.outside, "cat.png"),
		"outdir":       filepath.Join(d.outside, "folder"),
		"in.png":       filepath.Join(d.home, "pics", "deep", "cat.png"),
		"hidden.png":   filepath.Join(d.home, ".ssh", "cat.png"),
		"dangling.png": filepath.Join(d.outside, "nothing.png"),
	} {
		if err := os.Symlink(to, filepath.Join(d.home, name)); err != nil {
			t.Fatal(err)
		}
	}
	d.Inputs = Inputs{Local: true, Dirs: []string{d.home}, Home: d.home, StateDir: filepath.Join(d.home, "state")}
	return d
}

func TestInputForms(t *testing.T) {
	d := newDesk(t)
	live := Output{URL: "https://cdn.example/0.png?e=1", MIME: "image/png", ExpiresAt: time.Now().Add(time.Hour)}
	dead := Output{URL: live.URL, MIME: "image/png", ExpiresAt: time.Now().Add(-time.Hour)}
	kept := dead
	kept.Path = filepath.Join(d.home, ".ssh", "cat.png") // the store's own place is not the caller's choice
	clipped := live
	clipped.MIME = "video/mp4"
	d.Task = func(_ context.Context, id string, n int) (Output, error) {
		outs := map[string][]Output{
			"kling-v3:qvideo-u42-17":                               {live, dead, kept, clipped},
			"bytedance/doubao-seedance-2-0-260128:qvideo-u42-1.18": {live},
		}[id]
		if n >= len(outs) {
			return Output{}, &nexconn.Error{Code: nexconn.NotFound, Message: "no such output", Advice: "Ask query_task."}
		}
		return outs[n], nil
	}
	image := catalog.Media{Class: "image"}
	link := catalog.Media{Class: "image", Form: catalog.URLOnly}
	picture := "data:image/png;base64," + base64.StdEncoding.EncodeToString(pngOf(t, 400, 300))
	in := func(name string) string { return filepath.Join(d.home, filepath.FromSlash(name)) }
	out := func(name string) string { return filepath.Join(d.outside, filepath.FromSlash(name)) }
	for name, c := range map[string]struct {
		value string
		want  catalog.Media
		ref   string       // passed on as it is
		mime  string       // or inlined
		code  nexconn.Code // or refused
		says  string
	}{
		"link":                      {value: "https://example.org/a.png#3", ref: "https://example.org/a.png#3"},
		"link with spaces around":   {value: " https://example.org/a.png\n", ref: "https://example.org/a.png"},
		"shouted link":              {value: "HTTPS://example.org/a.png", ref: "HTTPS://example.org/a.png"},
		"plain http":                {value: "http://example.org/a.png", code: nexconn.InvalidArgument, says: "https"},
		"no host":                   {value: "https:///a.png", code: nexconn.InvalidArgument, says: "complete URL"},
		"other scheme":              {value: "gs://bucket/a.png", code: nexconn.InvalidArgument, says: "gs://bucket/a.png"},
		"script":                    {value: "javascript:alert(1)", code: nexconn.InvalidArgument},
		"nothing":                   {value: "  ", code: nexconn.InvalidArgument, says: "empty"},
		"data":                      {value: picture, mime: "image/png"},
		"data with a lying type":    {value: strings.Replace(picture, "image/png", "image/jpeg", 1), mime: "image/png"},
		"data in lines":             {value: picture[:100] + "\r\n" + picture[100:], mime: "image/png"},
		"data unpadded":             {value: strings.TrimRight(picture, "="), mime: "image/png"},
		"data escaped":              {value: strings.NewReplacer("+", "%2B", "=", "%3D").Replace(picture), mime: "image/png"},
		"data broken":               {value: "data:image/png;base64,%%%", code: nexconn.InvalidArgument, says: "escaped"},
		"data not base64":           {value: "data:image/png;base64,{}{}", code: nexconn.InvalidArgument, says: "valid base64"},
		"data in plain":             {value: "data:text/plain,hello", code: nexconn.InvalidArgument, says: "base64"},
		"data empty":                {value: "data:image/png;base64,", code: nexconn.InvalidArgument, says: "0 bytes"},
		"data that is text":         {value: "data:image/png;base64,aGVsbG8gd29ybGQ=", code: nexconn.InvalidArgument, says: "text/plain"},
		"little bare base64":        {value: strings.Repeat("iVBORw0K", 40), code: nexconn.InvalidArgument, says: "data:TYPE;base64,"},
		"bare base64":               {value: strings.Repeat("iVBORw0K", 1000), code: nexconn.InvalidArgument, says: "data:TYPE;base64,"},
		"data where links go":       {value: picture, want: link, code: nexconn.InvalidArgument, says: "public link"},
		"qfile":                     {value: "qfile-12345-1770727746152401856-01d742", code: nexconn.InvalidArgument, says: "chat"},
		"path":                      {value: in("cat.png"), mime: "image/png"},
		"path in a folder":          {value: in("pics/deep/cat.png"), mime: "image/png"},
		"path not clean":            {value: in("pics") + "/../cat.png", mime: "image/png"},
		"path from home":            {value: "~/cat.png", mime: "image/png"},
		"path with a wrong ending":  {value: in("really-a-cat.txt"), mime: "image/png"},
		"relative path":             {value: "pics/deep/cat.png", mime: "image/png"},
		"file URL":                  {value: "file://" + in("my%20cat.png"), mime: "image/png"},
		"file URL of localhost":     {value: "FILE://localhost" + in("cat.png"), mime: "image/png"},
		"file URL of another host":  {value: "file://server/share/cat.png", code: nexconn.InvalidArgument, says: "this machine"},
		"path where links go":       {value: in("cat.png"), want: link, code: nexconn.InvalidArgument, says: "public link"},
		"outside":                   {value: out("cat.png"), code: nexconn.Forbidden, says: "outside"},
		"outside and missing":       {value: out("nothing.png"), code: nexconn.Forbidden, says: "outside"},
		"outside by file URL":       {value: "file://" + out("cat.png"), code: nexconn.Forbidden, says: "outside"},
		"outside by dots":           {value: in("pics") + "/../../outside/cat.png", code: nexconn.Forbidden, says: "outside"},
		"outside by escaped dots":   {value: "file://" + d.home + "/%2e%2e/outside/cat.png", code: nexconn.Forbidden, says: "outside"},
		"outside by relative dots":  {value: "../outside/cat.png", code: nexconn.Forbidden, says: "outside"},
		"beside home":               {value: d.home + "-neighbour/cat.png", code: nexconn.Forbidden, says: "outside"},
		"system file":               {value: "/etc/passwd", code: nexconn.Forbidden, says: "outside"},
		"symlink in":                {value: in("in.png"), mime: "image/png"},
		"symlink out":               {value: in("out.png"), code: nexconn.Forbidden, says: "outside"},
		"symlinked folder out":      {value: in("outdir/cat.png"), code: nexconn.Forbidden, says: "outside"},
		"symlink to nowhere":        {value: in("dangling.png"), code: nexconn.Forbidden, says: "nowhere"},
		"symlink to a hidden one":   {value: in("hidden.png"), code: nexconn.Forbidden, says: "hidden"},
		"hidden folder":             {value: in(".ssh/cat.png"), code: nexconn.Forbidden, says: "hidden"},
		"hidden folder, missing":    {value: in(".ssh/nothing"), code: nexconn.Forbidden, says: "hidden"},
		"hidden folder further in":  {value: in("pics/.git/cat.png"), code: nexconn.Forbidden, says: "hidden"},
		"hidden file":               {value: in(".cat.png"), code: nexconn.Forbidden, says: "hidden"},
		"state folder":              {value: in("state/cat.png"), code: nexconn.Forbidden, says: "state folder"},
		"missing":                   {value: in("nothing.png"), code: nexconn.InvalidArgument, says: "no file"},
		"missing, relative":         {value: "nothing.png", code: nexconn.InvalidArgument, says: "no file"},
		"folder":                    {value: in("pics"), code: nexconn.InvalidArgument, says: "is a folder"},
		"home itself":               {value: "~", code: nexconn.InvalidArgument, says: "is a folder"},
		"zero byte in path":         {value: in("a\x00.png"), code: nexconn.InvalidArgument, says: "zero byte"},
		"text as image":             {value: in("notes.png"), code: nexconn.InvalidArgument, says: "text/plain"},
		"drawing as image":          {value: in("drawing.svg"), code: nexconn.InvalidArgument, says: "image/svg+xml"},
		"0 bytes":                   {value: in("empty.png"), code: nexconn.InvalidArgument, says: "0 bytes"},
		"damaged":                   {value: in("cut.png"), code: nexconn.InvalidArgument, says: "damaged"},
		"clip as image":             {value: in("movie.mp4"), code: nexconn.InvalidArgument, says: "video/mp4"},
		"output":                    {value: "kling-v3:qvideo-u42-17#0", ref: live.URL},
		"output of a slashed model": {value: "bytedance/doubao-seedance-2-0-260128:qvideo-u42-1.18#0", ref: live.URL},
		"output where links go":     {value: "kling-v3:qvideo-u42-17#0", want: link, ref: live.URL},
		"output expired":            {value: "kling-v3:qvideo-u42-17#1", code: nexconn.NotFound, says: "expired on"},
		"output saved":              {value: "kling-v3:qvideo-u42-17#2", mime: "image/png"},
		"output saved, links go":    {value: "kling-v3:qvideo-u42-17#2", want: link, code: nexconn.InvalidArgument, says: "expired"},
		"output of another class":   {value: "kling-v3:qvideo-u42-17#3", code: nexconn.InvalidArgument, says: "video/mp4"},
		"output that isn't":         {value: "kling-v3:qvideo-u42-17#4", code: nexconn.NotFound, says: "no such output"},
		"task without a number":     {value: "kling-v3:qvideo-u42-17", code: nexconn.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want.Class == "" {
				c.want = image
			}
			m, warnings, err := d.Take(t.Context(), "first_frame", c.value, c.want)
			if c.code != "" {
				checkRefused(t, err, c.code, c.says)
				return
			}
			if err != nil || len(warnings) > 0 {
				t.Fatalf("error %v, warnings %q", err, warnings)
			}
			if c.mime == "" {
				if m.Ref != c.ref || m.Blob != nil {
					t.Fatalf("got %+v, want it passed on as %s", m, c.ref)
				}
				return
			}
			checkWhole(t, m, c.mime, pngOf(t, 400, 300))
		})
	}
}

func checkRefused(t *testing.T, err error, code nexconn.Code, says string) {
	t.Helper()
	var e *nexconn.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if e.Code != code || e.Field != "first_frame" || !strings.Contains(e.Message, says) {
		t.Errorf("got %s of %q: %s; want %s with %q", e.Code, e.Field, e.Message, code, says)
	}
	if len(e.Message) > 400 {
		t.Errorf("the message has %d bytes", len(e.Message))
	}
}

// checkWhole reads a blob twice, as a retried body would.
func checkWhole(t *testing.T, m nexconn.Media, mime string, want []byte) {
	t.Helper()
	if m.Blob == nil || m.Blob.MIME != mime || m.Blob.Size != int64(len(want)) {
		t.Fatalf("got %+v, want %d bytes of %s", m.Blob, len(want), mime)
	}
	for range 2 {
		r, err := m.Blob.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("read %d bytes that differ, %v", len(got), err)
		}
	}
}

func TestRelativePathTriesTheCurrentFolderFirst(t *testing.T) {
	d := newDesk(t)
	t.Chdir(filepath.Join(d.home, "pics"))
	m, _, err := d.Take(t.Context(), "first_frame", "deep/cat.png", catalog.Media{Class: "image"})
	if err != nil || m.Blob.Name != "cat.png" {
		t.Fatalf("got %v, %v", m, err)
	}
	t.Chdir(d.outside)
	_, _, err = d.Take(t.Context(), "first_frame", "folder/cat.png", catalog.Media{Class: "image"})
	checkRefused(t, err, nexconn.InvalidArgument, "no file")
}

func TestNothingLocalOverHTTP(t *testing.T) {
	d := newDesk(t)
	d.Local = false
	for _, value := range []string{filepath.Join(d.home, "cat.png"), "file://" + d.home + "/cat.png", "~/cat.png", "cat.png", "/etc/passwd", `C:\cat.png`} {
		_, _, err := d.Take(t.Context(), "first_frame", value, catalog.Media{Class: "image"})
		checkRefused(t, err, nexconn.Forbidden, "no local files")
	}
}

func TestNoFolderAllowed(t *testing.T) {
	d := newDesk(t)
	d.Dirs = nil
	_, _, err := d.Take(t.Context(), "first_frame", filepath.Join(d.home, "cat.png"), catalog.Media{Class: "image"})
	checkRefused(t, err, nexconn.Forbidden, "outside")
}

func TestFileThatChangesAfterItWasChecked(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(d.home, "cat.png")
	m, _, err := d.Take(t.Context(), "first_frame", path, catalog.Media{Class: "image"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(d.outside, "cat.png"), path); err != nil {
		t.Fatal(err)
	}
	if r, err := m.Blob.Open(); err == nil {
		r.Close()
		t.Fatal("a symlink put in the file's place was followed out")
	}
}

func TestAttachments(t *testing.T) {
	d := newDesk(t)
	word := []byte("PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + strings.Repeat("\x00", 12) + "\x11\x00\x00\x00word/document.xml" + strings.Repeat("\x00", 200))
	for name, data := range map[string][]byte{
		"paper.pdf": []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
		"paper.dat": word,
		"song.bin":  append([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"), make([]byte, 64)...),
		"what.bin":  {0, 1, 2, 3, 4, 5, 6, 7, 0xfe},
		"hum.PCM":   {0, 1, 2, 3, 4, 5, 6, 7, 0xfe},
	} {
		if err := os.WriteFile(filepath.Join(d.home, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, mime, text string
		warns            bool
		code             nexconn.Code
	}{
		{name: "cat.png", mime: "image/png"},
		{name: "movie.mp4", mime: "video/mp4"},
		{name: "song.bin", mime: "audio/wav"},
		{name: "hum.PCM", mime: "audio/pcm"},
		{name: "paper.pdf", mime: "application/pdf"},
		{name: "paper.dat", mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{name: "words/plain.md", mime: "text/plain", text: "# Größe\n"},
		{name: "words/latin.csv", mime: "text/plain", text: "größe,1\nhöhe,2\n", warns: true},
		{name: "words/utf16.txt", mime: "text/plain", text: "hi"},
		{name: "words/main.go", mime: "text/plain", text: "package main\n\nfunc main() {}\n"},
		{name: "words/data.json", mime: "text/plain", text: `{"a": [1, 2, 3]}`},
		{name: "words/cars.txt", mime: "text/plain", text: "BMW, ID3 und MZ: größer\n"},
		{name: "drawing.svg", mime: "text/plain"},
		{name: "words/long.txt", code: nexconn.InvalidArgument},
		{name: "words/secretly.html", code: nexconn.InvalidArgument},
		{name: "what.bin", code: nexconn.InvalidArgument},
		{name: ".ssh/cat.png", code: nexconn.Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, warnings, err := d.Attach(t.Context(), "first_frame", c.name, catalog.Media{})
			if c.code != "" {
				checkRefused(t, err, c.code, "")
				return
			}
			if err != nil || m.Blob.MIME != c.mime || m.Blob.Name != filepath.Base(c.name) || (len(warnings) > 0) != c.warns {
				t.Fatalf("got %+v, %q, %v", m.Blob, warnings, err)
			}
			if c.text == "" {
				return
			}
			r, _ := m.Blob.Open()
			got, _ := io.ReadAll(r)
			if diff := cmp.Diff(c.text, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	m, _, err := d.Attach(t.Context(), "first_frame", "data:text/plain;base64,aGVsbG8gd29ybGQ=", catalog.Media{})
	if err != nil || m.Blob.MIME != "text/plain" || m.Blob.Name != "" {
		t.Errorf("a text came out as %+v, %v", m.Blob, err)
	}
	for value, mime := range map[string]string{
		"data:text/plain,hello%20world": "text/plain", "data:,hello": "text/plain",
		"data:audio/pcm;base64,AAECAwQFBgf+": "audio/pcm", "data:audio/L16;rate=24000;base64,AAECAwQFBgf+": "audio/pcm",
	} {
		if m, _, err := d.Attach(t.Context(), "attachments[0]", value, catalog.Media{}); err != nil || m.Blob.MIME != mime {
			t.Errorf("%s came out as %+v, %v", value, m.Blob, err)
		}
	}
	if _, _, err := d.Attach(t.Context(), "attachments[0]", "what.bin", catalog.Media{}); err == nil || !strings.Contains(err.Error(), "takes an image, video") {
		t.Errorf("bytes of no type: %v", err)
	}
	m, _, err = d.Attach(t.Context(), "first_frame", "qfile-1-2-3", catalog.Media{})
	if err != nil || m.Ref != "qfile-1-2-3" {
		t.Errorf("a qfile came out as %+v, %v", m, err)
	}
}

// A large file is read in pieces, whether it comes by path or as a data URL.
func TestLargeInputsStayOutOfMemory(t *testing.T) {
	const large = 20 << 20
	d := newDesk(t)
	data := append(clip(t), make([]byte, large)...)
	path := filepath.Join(d.home, "large.mp4")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"path": path,
		"data": "data:video/mp4;base64," + base64.StdEncoding.EncodeToString(data),
	} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() {
				m, _, err := d.Take(t.Context(), "source_video", value, catalog.Media{Class: "video"})
				if err != nil {
					t.Fatal(err)
				}
				r, err := m.Blob.Open()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				n, err := io.Copy(base64.NewEncoder(base64.StdEncoding, io.Discard), r)
				if err != nil || n != int64(len(data)) {
					t.Fatalf("%d bytes, %v", n, err)
				}
			})
			if used > large/8 {
				t.Errorf("%d bytes were allocated for a file of %d", used, large)
			}
		})
	}
}

func TestPlainLinksLeadToThisMachineOnly(t *testing.T) {
	in := Inputs{HTTPOK: true}
	want := catalog.Media{Form: catalog.URLOnly, Class: "image"}
	for link, ok := range map[string]bool{
		"http://127.0.0.1:8900/a.png": true, "http://[::1]:8900/a.png": true, "http://localhost/a.png": true,
		"http://example.org/a.png": false, "http://10.0.0.1/a.png": false, "http://127.0.0.1.example.org/a.png": false,
	} {
		if _, _, err := in.Take(t.Context(), "first_frame", link, want); (err == nil) != ok {
			t.Errorf("%s: got %v", link, err)
		}
	}
}
