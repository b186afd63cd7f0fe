package nexconn

import "log/slog"

// Secret is an API key. Printed, formatted or logged it shows dots; only the
// client reads what it holds, when it writes the Authorization header.
type Secret string

const dots = "•••"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return dots
}

// GoString keeps %#v from showing the key.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps slog from showing the key.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps encoders from showing the key.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
