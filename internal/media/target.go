package media

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Target is where a file is to go.
type Target struct {
	// Dir is made if it isn't there.
	Dir string
	// Name is the file's name without its ending, which follows from the
	// content. Where it is taken, -2, -3, … is added.
	Name string
	// MIME is what the file should be: its class has to be right, and it counts
	// where the content alone tells nothing. Empty takes any media.
	MIME string
}

// Saved is a file that is whole and on the disk, or in the bucket.
type Saved struct {
	// Name is the file's name in its Store, with slashes.
	Name string
	// Path is where the file lies; empty in a bucket.
	Path   string
	Bytes  int64
	MIME   string
	SHA256 string
	Facts
}

// Write saves bytes that are at hand as Downloader.Save saves a link.
func (t Target) Write(r io.Reader) (Saved, error) {
	p, err := newPart(t.Dir)
	if err != nil {
		return Saved{}, err
	}
	defer p.discard()
	if _, err := io.Copy(writer(p.write), r); err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the file can't be written: %w", err)
	}
	return p.land(t)
}

type writer func([]byte) error

func (w writer) Write(b []byte) (int, error) {
	if err := w(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// partPattern matches the hidden names of files that aren't whole yet.
const partPattern = ".nexconn-*.part"

// part is a file that is still being filled, under a hidden name in the folder
// it will end in.
type part struct {
	f     *os.File
	sum   hash.Hash
	head  []byte
	n     int64
	total int64
	// validator is the ETag or date by which the rest can be asked for.
	validator string
}

func newPart(dir string) (*part, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, noFolder("made", err)
	}
	name := strings.Replace(partPattern, "*", rand.Text(), 1)
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, noFolder("written", err)
	}
	return &part{f: f, sum: sha256.New(), total: -1}, nil
}

// noFolder is why an output folder can't be used; where it lies is not for
// every caller to know.
func noFolder(what string, err error) error {
	why := err
	var at *fs.PathError
	if errors.As(err, &at) {
		why = at.Err
	}
	return &nexconn.Error{Code: nexconn.NotConfigured, Message: fmt.Sprintf("the output folder can't be %s: %v", what, why), Cause: err}
}

func (p *part) write(b []byte) error {
	if _, err := p.f.Write(b); err != nil {
		return err
	}
	p.sum.Write(b)
	p.n += int64(len(b))
	if room := sniffed - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(room, len(b))]...)
	}
	return nil
}

func (p *part) restart() error {
	p.sum.Reset()
	p.head, p.n = p.head[:0], 0
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return p.f.Truncate(0)
}

// discard removes what did not land.
func (p *part) discard() {
	p.f.Close()
	_ = os.Remove(p.f.Name())
}

// land checks what came, brings it safely to the disk and gives it its name.
func (p *part) land(t Target) (Saved, error) {
	k, err := p.kind(t)
	if err != nil {
		return Saved{}, err
	}
	if err := p.f.Sync(); err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the file can't be written: %w", err)
	}
	saved := Saved{Bytes: p.n, MIME: k.mime, SHA256: hex.EncodeToString(p.sum.Sum(nil)), Facts: facts(p.f, k.mime)}
	if err := p.f.Close(); err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the file can't be written: %w", err)
	}
	if saved.Path, err = settle(os.Link, p.f.Name(), filepath.Join(t.Dir, t.Name), k.ext); err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the file can't be given its name: %w", err)
	}
	saved.Name = filepath.Base(saved.Path)
	return saved, nil
}

// kind tells what came, and refuses what no model makes: an error page, say.
func (p *part) kind(t Target) (kind, error) {
	if p.n == 0 {
		return kind{}, nexconn.Errorf(nexconn.UpstreamError, "the file is empty")
	}
	k := sniff(p.head)
	wanted := classOf(t.MIME)
	switch {
	case wanted == classText, t.MIME == "application/json",
		k.mime == "application/octet-stream" && t.MIME != "":
		// The content alone doesn't tell, so the word of whoever saves it does.
		return kind{mime: t.MIME, ext: extension(t.MIME), class: wanted}, nil
	case wanted != "" && k.class != wanted,
		t.MIME == "" && k.class != classImage && k.class != classVideo && k.class != classAudio:
		return kind{}, nexconn.Errorf(nexconn.UpstreamError, "what came is %s and not %s", k.mime, expected(t.MIME))
	}
	return k, nil
}

func expected(mime string) string {
	if mime == "" {
		return "a picture, clip or sound"
	}
	return mime
}

// settle gives the file at path its final name, base plus ending, or base-2,
// base-3, … It never replaces a file, also not one that another process puts
// there at the same moment: a link can't be made where a name is taken.
func settle(link func(old, new string) error, path, base, ext string) (string, error) {
	for i := 1; i <= 100_000; i++ {
		final := base + ext
		if i > 1 {
			final = fmt.Sprintf("%s-%d%s", base, i, ext)
		}
		err := link(path, final)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			_ = os.Remove(path)
		} else {
			// No links on this file system: the name is taken by an empty file first.
			f, err := os.OpenFile(final, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			f.Close()
			if err := os.Rename(path, final); err != nil {
				_ = os.Remove(final)
				return "", err
			}
		}
		syncDir(filepath.Dir(final))
		return final, nil
	}
	return "", fmt.Errorf("every name like %s is taken", filepath.Base(base)+ext)
}

// syncDir makes a new name survive a power cut, where folders can be synced.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// Name is what an output is called, without its ending: the model, the time,
// and the prompt's first words (none if the prompt is empty). It is safe on
// every file system.
func Name(model string, at time.Time, prompt string) string {
	name := slug(model, 60) + "-" + at.Format("20060102-150405")
	if words := slug(prompt, 40); words != "" {
		name += "-" + words
	}
	return name
}

// slug keeps letters, digits and dots between them, and cuts at a word where it
// can. Letters of every script stay; more than 3 bytes each would make names
// too long.
func slug(text string, most int) string {
	var b strings.Builder
	n, gap, lastWord := 0, false, 0
	for _, r := range strings.ToLower(text) {
		if (!unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.') || r > 0xffff {
			gap = b.Len() > 0
			continue
		}
		if gap {
			lastWord = b.Len()
			b.WriteByte('-')
			n, gap = n+1, false
		}
		if n++; n > most {
			cut := b.String()
			if lastWord > len(cut)/2 {
				cut = cut[:lastWord]
			}
			return strings.Trim(cut, "-.")
		}
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), "-.")
}

// Dir is the folder that a caller named inside the output folder, made if it
// isn't there. Absolute paths, .. and symlinks that lead out are forbidden.
func Dir(outputDir, directory string) (string, error) {
	no := func(why string) (string, error) {
		e := nexconn.Errorf(nexconn.Forbidden, "directory %s: %s", brief(directory), why)
		e.Field, e.Advice = "directory", "Name a folder relative to the output folder, such as clips/today."
		return "", e
	}
	rel := filepath.FromSlash(directory)
	if rel == "" {
		rel = "."
	}
	if !filepath.IsLocal(rel) {
		return no("it has to be relative to the output folder and inside it")
	}
	if err := os.MkdirAll(outputDir, 0o755); err != nil {
		return "", noFolder("made", err)
	}
	root, err := os.OpenRoot(outputDir)
	if err != nil {
		return "", noFolder("opened", err)
	}
	defer root.Close()
	real := withoutLinks(outputDir, rel)
	if err := root.MkdirAll(real, 0o755); err != nil {
		return no("it leads out of the output folder, or is no folder")
	}
	if info, err := root.Stat(real); err != nil || !info.IsDir() {
		return no("it leads out of the output folder, or is no folder")
	}
	return filepath.Join(outputDir, filepath.Clean(rel)), nil
}

// withoutLinks is the way from a folder to one inside it without symlinks: a
// root follows none that is written out in full, even one that leads inside.
// A way that leads out stays as it is, to be refused.
func withoutLinks(dir, rel string) string {
	top, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return rel
	}
	in, err := filepath.Rel(top, realPath(filepath.Join(top, rel)))
	if err != nil || !filepath.IsLocal(in) {
		return rel
	}
	return in
}
