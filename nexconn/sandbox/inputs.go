package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// isURL tells whether a string is an http(s) address a server could fetch.
// Addresses of private networks are not; loopback is, since this stand-in's own
// results lie there.
func isURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || ip.IsLoopback() || !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified()
}

// dataURI gives what a data: URI carries.
func dataURI(s string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(s, "data:")
	head, body, found := strings.Cut(rest, ",")
	if !ok || !found || !strings.HasSuffix(head, ";base64") {
		return nil, false
	}
	return decode64(body)
}

func decode64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil && len(b) > 0
}

// urlOrData refuses a field that is neither an address nor a data: URI.
func urlOrData(field, s string) error {
	if _, ok := dataURI(s); ok || isURL(s) {
		return nil
	}
	return bad(field, "%s must be an http(s) URL or a data: URI", field)
}

// urlOrBase64 takes plain base64 too: the form Kling's own API wants.
func urlOrBase64(field, s string) error {
	if _, ok := decode64(s); ok {
		return nil
	}
	if urlOrData(field, s) == nil {
		return nil
	}
	return bad(field, "%s must be an http(s) URL or base64", field)
}

// first gives the first fault of several checks, as the service does.
func first(faults ...error) error {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

// required refuses an empty string field.
func required(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return bad(field, "%s is required", field)
	}
	return nil
}

// atMost refuses a text of more than n characters.
func atMost(field, value string, n int) error {
	if utf8.RuneCountInString(value) > n {
		return bad(field, "%s is longer than %d characters", field, n)
	}
	return nil
}

// oneOf refuses a value that is given and not in the list.
func oneOf[T comparable](field string, value T, list ...T) error {
	var none T
	if value == none {
		return nil
	}
	for _, v := range list {
		if v == value {
			return nil
		}
	}
	return bad(field, "%s must be one of %v, got %v", field, list, value)
}

// within refuses a number that is given and outside its range.
func within[T int | int64 | float64](field string, value *T, low, high T) error {
	if value != nil && (*value < low || *value > high) {
		return bad(field, "%s must be between %v and %v, got %v", field, low, high, *value)
	}
	return nil
}

// or gives the first value that is not zero.
func or[T comparable](values ...T) T {
	var none T
	for _, v := range values {
		if v != none {
			return v
		}
	}
	return none
}

// deref is the value of an optional field, or what it defaults to.
func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// requestOrigin is the address under which a client reached this server.
func requestOrigin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
