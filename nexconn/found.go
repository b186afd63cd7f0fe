package nexconn

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// found are the outputs that an answer holds.
type found struct {
	all      []Output
	warnings []string
	usual    string
	broken   int
	// unreachable says that an output is kept where it can't be fetched.
	unreachable bool
	left        int // values still to look at
}

// Where outputs stand: links and bytes under these names, in objects and lists
// under those. Covers, thumbnails and addresses of the API are none of them.
var (
	linkKeys = []string{"url", "uri", "video_url", "image_url", "download_url", "file_url", "link", "src", "href", "gcs_uri", "file_uri", "signed_url", "video_uri", "image_uri"}
	byteKeys = []string{"b64_json", "bytes_base64_encoded", "base64", "b64", "image_bytes", "video_bytes", "bytes"}
	nested   = []string{"inline_data", "inlineData", "file_data", "fileData", "resource"}
	holders  = []string{"task_result", "result", "results", "output", "outputs", "data", "content", "response", "generate_video_response",
		"videos", "generated_videos", "generated_samples", "samples", "predictions", "video", "files", "file", "artifacts",
		"creations", "works", "candidates", "choices", "message", "parts", "media"}
	imageHolders = []string{"images", "generated_images", "image"}
)

// maxOutputs is how many outputs of one answer are read, maxValues how many
// values are looked at for them.
const (
	maxOutputs = 64
	maxValues  = 5000
)

// findMedia collects the outputs of a part of an answer.
func findMedia(n node, usual string) found {
	f := found{usual: usual, left: maxValues}
	f.look(n, 0)
	if f.broken > 0 {
		f.warnings = append(f.warnings, fmt.Sprintf("%d of the outputs in the service's answer can't be read and are left out.", f.broken))
	}
	return f
}

// look takes the output that n is, or those in it.
func (f *found) look(n node, level int) (hit bool) {
	if f.left--; level > 12 || f.left < 0 || len(f.all) >= maxOutputs || n.empty() {
		return false
	}
	if list, ok := n.v.([]any); ok {
		for _, v := range list {
			item := node{v}
			if f.look(item, level+1) {
				hit = true
			} else if item.isObject() && holdsMedia(item) {
				f.broken++
			} else if item.isText() {
				hit = f.text(item.text(), n) || hit
			}
		}
		return hit
	}
	if !n.isObject() {
		return false
	}
	if role := n.at("role").text(); role != "" && role != "assistant" && role != "model" {
		return false // an input that is repeated
	}
	if f.item(n) {
		return true
	}
	for _, key := range f.places() {
		in := n.at(key)
		if in.empty() {
			continue
		}
		if link := in.one(); link.isText() {
			if (in.isList() || key == "video" || key == "image" || key == "file" || key == "output" || key == "result" || key == "data") && f.text(link.text(), n) {
				return true
			}
			continue
		}
		if f.look(in, level+1) {
			hit = true
			if key != "data" && key != "content" {
				return true // the same under another name is not another
			}
		}
	}
	return hit
}

func (f *found) places() []string {
	if strings.HasPrefix(f.usual, "image/") {
		return slices.Concat(imageHolders, holders)
	}
	return holders
}

// holdsMedia says that an object was meant to be an output.
func holdsMedia(n node) bool {
	return slices.ContainsFunc(slices.Concat(linkKeys, byteKeys), n.given)
}

// item takes an object that has a link or bytes of its own.
func (f *found) item(n node) bool {
	for _, key := range byteKeys {
		if in := n.at(key); !in.empty() && f.bytes(n, in.text()) {
			return true
		}
	}
	for _, key := range nested {
		in := n.at(key).one()
		if data := in.at("data"); in.isObject() && !data.empty() && f.bytes(in, data.text()) {
			return true
		}
		if link := in.at("file_uri", "url", "uri").text(); link != "" && f.link(link, in) {
			return true
		}
	}
	for _, key := range linkKeys {
		in := n.at(key).one()
		if in.isObject() {
			in = in.at("url", "uri").one()
		}
		if link := in.text(); link != "" && f.link(link, n) {
			return true
		}
	}
	return false
}

// text takes an output that stands alone as a text: its link, or its bytes
// where they are a picture or a clip.
func (f *found) text(s string, about node) bool {
	if strings.Contains(s, ":") {
		return f.link(s, about)
	}
	data, ok := fromBase64(s)
	if kind := http.DetectContentType(data); !ok || !strings.HasPrefix(kind, "image/") && !strings.HasPrefix(kind, "video/") {
		return false
	}
	f.add(Output{Data: data}, about)
	return true
}

// link takes an output behind a link; about tells its type and size.
func (f *found) link(link string, about node) bool {
	link = strings.TrimSpace(link)
	scheme, _, ok := strings.Cut(link, ":")
	switch scheme = strings.ToLower(scheme); {
	case strings.HasPrefix(link, "//"):
		link = "https:" + link
	case ok && scheme == "data":
		o, ok := pictureOf(link)
		if ok {
			f.add(o, about)
		}
		return ok
	case ok && (scheme == "http" || scheme == "https"):
	case ok && strings.Contains(link, "://"):
		f.warnings = append(f.warnings, "The service keeps an output at "+clip(link, 300)+", which can't be fetched from here.")
		f.unreachable = true
		return true
	default:
		return false
	}
	f.add(Output{URL: link}, about)
	return true
}

// bytes takes an output that came as base64.
func (f *found) bytes(about node, text string) bool {
	if strings.HasPrefix(strings.ToLower(text[:min(5, len(text))]), "data:") {
		o, ok := pictureOf(text)
		if ok {
			f.add(o, about)
		}
		return ok
	}
	data, ok := fromBase64(text)
	if ok {
		f.add(Output{Data: data}, about)
	}
	return ok
}

func (f *found) add(o Output, about node) {
	told := cmp.Or(about.at("mime_type", "content_type", "media_type").text(), o.MIMEType)
	if o.MIMEType = told; !strings.Contains(told, "/") {
		o.MIMEType = typeOf(o.URL, f.usual)
	}
	if o.Data != nil {
		// What the bytes are counts for more than what is said of them.
		if kind := http.DetectContentType(o.Data); strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
			o.MIMEType = kind
		}
	}
	if seconds, ok := about.at("duration", "duration_seconds", "seconds").number(); ok {
		o.Seconds = max(0, seconds)
	}
	o.Width, o.Height = about.at("width").count(), about.at("height").count()
	if o.Width == 0 {
		o.sized(about.at("size").text())
	}
	f.all = append(f.all, o)
}

// fromBase64 reads base64 of either alphabet, with or without padding and line
// ends; ok says that there is something in it.
func fromBase64(text string) (data []byte, ok bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		plain := strings.Map(func(r rune) rune {
			switch r {
			case ' ', '\t', '\r', '\n', '=':
				return -1
			case '-':
				return '+'
			case '_':
				return '/'
			}
			return r
		}, text)
		data, err = base64.RawStdEncoding.DecodeString(plain)
	}
	return data, err == nil && len(data) > 0
}

// pictureOf is an output that came as a data URL or as a link; ok says that
// there is something in it.
func pictureOf(link string) (o Output, ok bool) {
	head, body, _ := strings.Cut(link, ",")
	if len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return linked(link, "", "image/png", time.Time{}, time.Time{}), true
	}
	kind, parameters, _ := strings.Cut(head[5:], ";")
	kind = cmp.Or(strings.ToLower(strings.TrimSpace(kind)), "image/png")
	if data, ok := fromBase64(body); ok && (strings.Contains(strings.ToLower(parameters), "base64") || parameters == "") {
		return Output{Data: data, MIMEType: kind}, true
	}
	if text, err := url.PathUnescape(body); err == nil && text != "" && !strings.Contains(strings.ToLower(parameters), "base64") {
		return Output{Data: []byte(text), MIMEType: kind}, true
	}
	return Output{}, false
}
