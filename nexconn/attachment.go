package nexconn

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// maxText is how much of a text file goes into a message.
const maxText = 8 << 20

// attach makes a content part of a medium: chat.md 3.3.
func (b *chatBuilder) attach(m Media, arg string) (part, error) {
	kind, class := classOf(m)
	if class == "qfile" && !unheardOf(b.model) && !slices.Contains(b.model.Chat.Inputs, class) {
		e := Errorf(Unsupported, "%s: %s reads no uploaded files", arg, b.model.ID)
		e.Field = arg
		return part{}, e
	}
	b.known(class, arg)
	b.weigh(m, class, arg)
	switch class {
	case "qfile":
		return part{Type: "file", File: &filePart{FileID: m.Ref}}, nil
	case "video":
		return part{Type: "video_url", VideoURL: &mediaURL{b.put(m, catalog.DataURI)}}, nil
	case "audio":
		return b.audio(m, kind, arg)
	case "text":
		if m.Blob != nil || strings.HasPrefix(m.Ref, "data:") {
			return textPart(m, arg)
		}
		return part{Type: "file_url", FileURL: &mediaURL{m.Ref}}, nil
	case "document":
		return part{Type: "file_url", FileURL: &mediaURL{b.put(m, catalog.DataURI)}}, nil
	}
	return part{Type: "image_url", ImageURL: &mediaURL{b.put(m, catalog.DataURI)}}, nil
}

// weigh counts what goes to the vendor with the request itself.
func (b *chatBuilder) weigh(m Media, class, arg string) {
	var n int64
	switch {
	case class == "text":
	case m.Blob != nil:
		n = m.Blob.Size
	case strings.HasPrefix(m.Ref, "data:"):
		n = int64(len(m.Ref)) / 4 * 3
	}
	b.direct += n
	if n > b.largest {
		b.largest, b.heaviest = n, arg
	}
}

// weighContent counts the data URLs in content that its caller wrote.
func (b *chatBuilder) weighContent(content []byte, arg string) {
	for {
		_, rest, found := bytes.Cut(content, []byte(`"data:`))
		if !found {
			return
		}
		link, after, _ := bytes.Cut(rest, []byte(`"`))
		b.weigh(Media{Ref: "data:" + string(link)}, "", arg)
		content = after
	}
}

// heavy refuses media that are too much for one request of the model's vendor.
func (b *chatBuilder) heavy() {
	if unheardOf(b.model) || b.model.Chat.DirectBytes == 0 || b.direct <= b.model.Chat.DirectBytes {
		return
	}
	b.refuse(InvalidArgument, b.heaviest, "%s: the media of this call have %.1f MB in all, and %s takes up to %d MB with a request; "+
		"give what is large to upload_file by a public URL, and its file_id as the attachment",
		b.heaviest, float64(b.direct)/(1<<20), b.model.ID, b.model.Chat.DirectBytes>>20)
}

// known warns where a model is not known to understand a kind of attachment.
func (b *chatBuilder) known(class, arg string) {
	facts := b.model.Chat
	if unheardOf(b.model) || class == "text" || slices.Contains(facts.Inputs, class) {
		return
	}
	b.warn("%s: %s is not known to understand %s; it is said to take %s.", arg, b.model.ID,
		map[string]string{"image": "pictures", "video": "clips", "audio": "sound", "document": "documents"}[class],
		strings.Join(append([]string{"text"}, facts.Inputs...), ", "))
}

// classOf tells what a medium is: by its type where bytes are at hand, by the
// path's ending for a link. A link whose ending tells nothing, or that has none,
// is taken for a picture.
func classOf(m Media) (kind, class string) {
	switch {
	case m.Blob != nil:
		kind = m.Blob.MIME
	case strings.HasPrefix(m.Ref, "qfile-"):
		return "", "qfile"
	case strings.HasPrefix(m.Ref, "data:"):
		kind, _, _ = strings.Cut(m.Ref[len("data:"):], ",")
		kind, _, _ = strings.Cut(kind, ";")
	default:
		kind = kindOf(ending(m.Ref))
	}
	kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";")
	major, minor, _ := strings.Cut(kind, "/")
	switch {
	case major == "image" || kind == "":
		return kind, "image"
	case major == "video", major == "audio", major == "text":
		return kind, major
	case slices.Contains([]string{"json", "xml", "yaml", "x-yaml", "toml", "javascript", "sql", "x-sh", "x-ndjson"}, minor),
		strings.HasSuffix(minor, "+json"), strings.HasSuffix(minor, "+xml"):
		return kind, "text"
	}
	return kind, "document"
}

// ending is that of a link's path, without the style that picture stores put
// after it, as in a.jpg!large and a.jpg@80w.
func ending(ref string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	end := strings.ToLower(path.Ext(u.Path))
	if i := strings.IndexAny(end, "!@"); i >= 0 {
		end = end[:i]
	}
	return end
}

// kindOf is the type that an ending tells: none for one that tells none.
func kindOf(ending string) string {
	bare := strings.TrimPrefix(ending, ".")
	switch {
	case slices.Contains(codeEndings, bare):
		return "text/plain"
	case slices.Contains(fileEndings, bare):
		return "application/octet-stream"
	}
	return endings[ending]
}

// endings are the links whose class an ending tells; package mime would ask
// the operating system, which answers differently everywhere.
var endings = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".bmp": "image/bmp",
	".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic", ".heif": "image/heif", ".avif": "image/avif", ".svg": "image/svg+xml",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".mkv": "video/x-matroska", ".avi": "video/x-msvideo",
	".m4v": "video/x-m4v", ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".wmv": "video/x-ms-wmv", ".flv": "video/x-flv", ".3gp": "video/3gpp",
	".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".pcm": "audio/pcm", ".m4a": "audio/mp4", ".flac": "audio/flac",
	".aac": "audio/aac", ".opus": "audio/opus", ".aiff": "audio/aiff", ".wma": "audio/x-ms-wma", ".amr": "audio/amr",
	".pdf": "application/pdf", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".doc":  "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".xml": "application/xml",
}

// codeEndings are those of further texts, programs above all.
var codeEndings = []string{
	"bash", "bat", "c", "cc", "cfg", "clj", "conf", "cpp", "cs", "css", "dart", "diff", "env", "ex", "go", "gradle", "graphql", "h", "hpp", "hs",
	"htm", "ini", "ipynb", "java", "jl", "js", "jsonl", "jsx", "kt", "less", "log", "lua", "mjs", "mk", "ndjson", "patch", "pl", "proto",
	"ps1", "py", "r", "rb", "rs", "rst", "scala", "scss", "sh", "sql", "srt", "svelte", "swift", "tex", "tf", "toml", "ts", "tsv", "tsx", "vtt",
	"vue", "yaml", "yml", "zig", "zsh",
}

// fileEndings are those of further documents and of files that hold others.
var fileEndings = []string{
	"7z", "bz2", "docm", "dot", "dotx", "eml", "epub", "gz", "key", "mobi", "msg", "numbers", "odp", "ods", "odt", "pages", "parquet", "pps", "ppsx",
	"pptm", "ps", "rar", "rtf", "tar", "tgz", "xlsb", "xlsm", "xps", "xz", "zip", "zst",
}

// audioFormats are the names that InputAudio knows.
var audioFormats = map[string]string{
	"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav",
	"audio/ogg": "ogg", "audio/pcm": "pcm", "audio/l16": "pcm",
}

func (b *chatBuilder) audio(m Media, kind, arg string) (part, error) {
	format, ok := audioFormats[kind]
	if !ok {
		_, format, _ = strings.Cut(kind, "/")
		format = strings.TrimPrefix(format, "x-")
		b.warn("%s: sound is said to be wav, mp3, ogg or pcm, not %s.", arg, format)
	}
	head, _, _ := strings.Cut(m.Ref, ",")
	if m.Blob == nil && !(strings.HasPrefix(head, "data:") && strings.HasSuffix(head, ";base64")) {
		e := Errorf(Unsupported, "%s: sound goes to a chat as bytes, not as a link; give a file or a base64 data: URL", arg)
		e.Field = arg
		return part{}, e
	}
	data := b.put(m, catalog.Base64)
	return part{Type: "input_audio", InputAudio: &inputAudio{Data: data, Format: format}}, nil
}

// textPart is a text file as words in the message.
func textPart(m Media, arg string) (part, error) {
	raw, err := readText(m)
	if err == nil && len(raw) > maxText {
		err = fmt.Errorf("the text is larger than %d MiB", maxText>>20)
	}
	if err != nil {
		e := Errorf(InvalidArgument, "%s can't be read: %w", arg, err)
		e.Field = arg
		return part{}, e
	}
	words := strings.ToValidUTF8(string(raw), "\uFFFD")
	if m.Blob != nil && m.Blob.Name != "" {
		words = path.Base(m.Blob.Name) + ":\n\n" + words
	}
	if words == "" {
		words = "(an empty file)"
	}
	return part{Type: "text", Text: words}, nil
}

func readText(m Media) ([]byte, error) {
	if m.Blob != nil {
		r, err := m.Blob.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(io.LimitReader(r, maxText+1))
	}
	head, data, _ := strings.Cut(m.Ref[len("data:"):], ",")
	plain, err := url.PathUnescape(data)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(head, ";base64") {
		return base64.StdEncoding.DecodeString(plain)
	}
	return []byte(plain), nil
}
