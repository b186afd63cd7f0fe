// Package media brings files to models and what models make to disk.
//
// On the way in, Inputs turns what a caller wrote (a link, a data URL, a path,
// another task's output) into what a model takes, after checking it: where it
// may come from, what it is by its content, and how large it may be. On the way
// out, Downloader fetches results without ever touching a private address, and
// a Store keeps them under names that never overwrite one another.
//
// Files are streamed in both directions; only a picture that has to be scaled
// is decoded in memory.
package media

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// sniffed is as much of a file's head as tells its type.
const sniffed = 4096

// The classes of content, in the words of catalog.Media plus text.
const (
	classImage    = "image"
	classVideo    = "video"
	classAudio    = "audio"
	classDocument = "document"
	classText     = "text"
)

// kind is what bytes are, told by the bytes alone: never by a name or a header.
type kind struct {
	mime  string
	ext   string
	class string
}

func sniff(head []byte) kind {
	found := mimetype.Detect(head)
	base, _, err := mime.ParseMediaType(found.String())
	if err != nil {
		base = found.String()
	}
	k := kind{mime: base, ext: found.Extension()}
	switch base {
	case "image/apng":
		k.mime, k.ext = "image/png", ".png"
	case "video/x-m4v":
		k.mime, k.ext = "video/mp4", ".mp4"
	case "audio/x-m4a":
		k.mime = "audio/mp4"
	}
	for m := found; m != nil; m = m.Parent() {
		if m.Is("text/plain") {
			k.class = classText
			return k
		}
	}
	k.class = classOf(k.mime)
	if _, wide := halfZero(head[:len(head)&^1]); wide && k.mime == "application/octet-stream" {
		return kind{mime: "text/plain", ext: ".txt", class: classText}
	}
	if k.class != classDocument && isText(head) {
		return kind{mime: "text/plain", ext: ".txt", class: classText}
	}
	return k
}

// isText says that a head is nothing but printable UTF-8. Some magic numbers are
// two letters long ("BM" begins a bitmap), and so is many a text's beginning.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		head = head[n:]
	}
	return true
}

// IsMedia says whether bytes of which nobody said what they are are a picture, a
// film or sound. A format that begins with two bytes only (bare MP3 and AAC
// frames, JPEG XL, BMP) doesn't count: of a few thousand random texts one begins
// so too.
func IsMedia(data []byte) bool {
	short := bytes.HasPrefix(data, []byte("BM")) ||
		bytes.HasPrefix(data, []byte{0xff}) && !bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff})
	if short {
		return false
	}
	switch sniff(data[:min(len(data), sniffed)]).class {
	case classImage, classVideo, classAudio:
		return true
	}
	return false
}

// sniffReader tells what r holds and gives back a reader of all of it.
func sniffReader(r io.Reader) (kind, io.Reader, error) {
	buffered := bufio.NewReaderSize(r, sniffed)
	head, err := buffered.Peek(sniffed)
	if err != nil && err != io.EOF {
		return kind{}, nil, err
	}
	return sniff(head), buffered, nil
}

func classOf(mime string) string {
	switch {
	case strings.HasPrefix(mime, "image/"):
		return classImage
	case strings.HasPrefix(mime, "video/"):
		return classVideo
	case strings.HasPrefix(mime, "audio/"):
		return classAudio
	case strings.HasPrefix(mime, "text/"):
		return classText
	case mime == "application/pdf", mime == "application/msword",
		strings.HasPrefix(mime, "application/vnd.openxmlformats-officedocument."),
		strings.HasPrefix(mime, "application/vnd.oasis.opendocument."),
		mime == "application/vnd.ms-excel", mime == "application/vnd.ms-powerpoint":
		return classDocument
	}
	return ""
}

// isOf says whether the kind is on a list of types, which may be written as
// MIME types ("image/png") or as file endings ("png").
func (k kind) isOf(types []string) bool {
	_, sub, _ := strings.Cut(k.mime, "/")
	names := []string{k.mime, sub, strings.TrimPrefix(k.ext, ".")}
	switch k.mime {
	case "image/jpeg":
		names = append(names, "jpg", "image/jpg")
	case "image/tiff":
		names = append(names, "tif")
	case "audio/mpeg":
		names = append(names, "audio/mp3")
	case "audio/wav":
		names = append(names, "audio/x-wav", "audio/wave")
	case "video/quicktime":
		names = append(names, "video/mov")
	case "video/x-msvideo":
		names = append(names, "video/avi")
	}
	return slices.ContainsFunc(types, func(t string) bool { return slices.Contains(names, strings.ToLower(t)) })
}

// extension is the ending of a file of that type, with its dot.
func extension(mimeType string) string {
	base, _, _ := strings.Cut(mimeType, ";")
	switch strings.ToLower(base) { // which have no content of their own to be told by
	case "text/markdown":
		return ".md"
	case "audio/pcm", "audio/l16":
		return ".pcm"
	}
	if found := mimetype.Lookup(base); found != nil && found.Extension() != "" {
		return found.Extension()
	}
	return ".bin"
}

// IsExtension says that a file ending, with its dot, is one that media or texts
// have: what a caller adds to a file's name is not part of it.
func IsExtension(ext string) bool {
	switch strings.ToLower(ext) {
	case ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".svg", ".heic", ".avif",
		".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v", ".mp3", ".wav", ".m4a", ".aac", ".ogg", ".flac", ".pcm", ".txt", ".md", ".json":
		return true
	}
	return false
}
