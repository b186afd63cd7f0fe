package media

import (
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"
)

// Data is what a data URL holds.
type Data struct {
	Bytes []byte
	// MIME is the type that the URL says, without parameters and in lower case;
	// empty where it says none.
	MIME string
}

// IsDataURL says that a link holds its bytes itself.
func IsDataURL(link string) bool {
	link = strings.TrimSpace(link)
	return len(link) >= len("data:") && strings.EqualFold(link[:len("data:")], "data:")
}

// DecodeDataURL reads a data URL, base64 or plain, as people and programs write
// it.
func DecodeDataURL(link string) (Data, error) {
	d, err := parseDataURL(link)
	if err != nil {
		return Data{}, err
	}
	r := d.open()
	data, err := io.ReadAll(r)
	if err != nil {
		return Data{}, errNotBase64
	}
	return Data{Bytes: data, MIME: d.mime}, nil
}

var (
	errDataURL   = errors.New("a data URL has to be data:TYPE;base64, and then base64")
	errEscaped   = errors.New("the data URL is escaped wrongly")
	errNotBase64 = errors.New("the data URL is not valid base64")
)

// splitURL is a data URL taken apart: RFC 2397, and the ways it is bent.
type splitURL struct {
	mime string
	// params is what stands between the type and the comma, without base64.
	params  string
	base64  bool
	payload string
	// coding is the alphabet of a base64 payload.
	coding *base64.Encoding
}

// parseDataURL takes any letter case in the head, parameters in any order,
// blanks and line ends anywhere, percent-encoding, either alphabet of base64,
// and padding that is missing.
func parseDataURL(link string) (splitURL, error) {
	link = strings.TrimSpace(link)
	if !IsDataURL(link) {
		return splitURL{}, errDataURL
	}
	head, payload, ok := strings.Cut(link[len("data:"):], ",")
	if !ok {
		return splitURL{}, errDataURL
	}
	var d splitURL
	parts := strings.Split(head, ";")
	d.mime = mimeOf(parts[0])
	var params []string
	for _, part := range parts[1:] {
		part = strings.TrimSpace(part)
		if strings.EqualFold(part, "base64") {
			d.base64 = true
		} else if part != "" {
			params = append(params, part)
		}
	}
	d.params = strings.Join(params, ";")
	if strings.Contains(payload, "%") {
		plain, err := url.PathUnescape(payload)
		if err != nil {
			return splitURL{}, errEscaped
		}
		payload = plain
	}
	d.payload = payload
	if !d.base64 {
		return d, nil
	}
	if strings.Contains(d.payload, `\`) { // line ends in letters
		d.payload = strings.NewReplacer(`\n`, "", `\r`, "", `\t`, "").Replace(d.payload)
	}
	if strings.ContainsAny(d.payload, " \t\r\n\f\v") {
		d.payload = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\r\n\f\v", r) {
				return -1
			}
			return r
		}, d.payload)
	}
	d.payload = strings.TrimRight(d.payload, "=")
	d.coding = base64.RawStdEncoding
	if strings.ContainsAny(d.payload, "-_") {
		d.coding = base64.RawURLEncoding
	}
	return d, nil
}

// open reads the bytes, without a decoded copy of them all.
func (d splitURL) open() io.Reader {
	if !d.base64 {
		return strings.NewReader(d.payload)
	}
	return base64.NewDecoder(d.coding, strings.NewReader(d.payload))
}

// mimeOf is a type in lower case without parameters, under its registered name.
func mimeOf(said string) string {
	said, _, _ = strings.Cut(said, ";")
	said = strings.ToLower(strings.TrimSpace(said))
	if said == "image/jpg" || said == "image/pjpeg" {
		return "image/jpeg"
	}
	return said
}
