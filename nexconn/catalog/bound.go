package catalog

import "encoding/json"

// Bound is what a model wants of one argument. Hard is enforced; Told is said
// and warned about. A value outside Hard that a softer source allows (inside
// Told) goes through with a warning.
type Bound struct {
	Required bool
	Hard     Limit
	Told     Limit
	// Media says what a picture, clip or sound has to be, and how it goes on
	// the wire.
	Media *Media
	// Fields bound the fields of an object, or of each object of a list.
	Fields Takes
	// Why explains a refusal where the bound alone would puzzle
	// ("sora-2 always makes sound").
	Why string
	// Doubt is said as a warning whenever the argument is given: its field is
	// known second-hand, or has little effect here.
	Doubt string
	// Note is told with the model's limits.
	Note string
}

// Limit is one source's word on an argument. The zero value allows all.
type Limit struct {
	OneOf    []any    `json:"one_of,omitempty"`
	Min      *float64 `json:"min,omitempty"`
	Max      *float64 `json:"max,omitempty"`
	MaxChars int      `json:"max_chars,omitempty"`
	MinItems int      `json:"min_items,omitempty"`
	MaxItems int      `json:"max_items,omitempty"`
	// Like is a regular expression that a text matches.
	Like string `json:"like,omitempty"`
}

// Form is how bytes go on the wire.
type Form string

// The forms.
const (
	// DataURI is data:TYPE;base64,…
	DataURI Form = "data-uri"
	// Base64 is the bare base64 text.
	Base64 Form = "base64"
	// URLOnly means the service fetches it from a public URL; local files and
	// data URLs are refused.
	URLOnly Form = "url"
)

// Media is what a model asks of a file. Limits are checked where the bytes are
// at hand; a picture over them is scaled down.
type Media struct {
	Form Form `json:"form"`
	// Class is image, video, audio or document.
	Class string   `json:"class"`
	Types []string `json:"types,omitempty"`
	Bytes int64    `json:"max_bytes,omitempty"`
	// MinSide and MaxSide are in pixels; ratios are width to height.
	MinSide  int     `json:"min_side,omitempty"`
	MaxSide  int     `json:"max_side,omitempty"`
	MinRatio float64 `json:"min_ratio,omitempty"`
	MaxRatio float64 `json:"max_ratio,omitempty"`
	// HardBytes, HardTypes say which limits are enforced; all others are told.
	HardBytes bool `json:"-"`
	HardTypes bool `json:"-"`
}

// Any takes whatever is given.
func Any() Bound { return Bound{} }

// OneOf takes the listed values.
func OneOf[T string | int | float64 | bool](values ...T) Bound {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return Bound{Hard: Limit{OneOf: normal(list)}}
}

// Between takes numbers from min to max.
func Between(min, max float64) Bound { return Bound{Hard: Limit{Min: &min, Max: &max}} }

// Upto takes texts of at most n characters.
func Upto(n int) Bound { return Bound{Hard: Limit{MaxChars: n}} }

// Items takes lists of min to max items.
func Items(min, max int) Bound { return Bound{Hard: Limit{MinItems: min, MaxItems: max}} }

// AtLeast takes numbers from min up.
func AtLeast(min float64) Bound { return Bound{Hard: Limit{Min: &min}} }

// Like takes texts that match a regular expression.
func Like(expr string) Bound { return Bound{Hard: Limit{Like: expr}} }

// Each takes lists of min to max objects with the given fields.
func Each(min, max int, fields Takes) Bound {
	return Bound{Hard: Limit{MinItems: min, MaxItems: max}, Fields: fields}
}

// Of takes media of a class.
func Of(m Media) Bound { return Bound{Media: &m} }

// Must is the bound on an argument that can't be left out.
func (b Bound) Must() Bound { b.Required = true; return b }

// Hearsay is the bound as a second-hand source tells it: warned about, not
// enforced.
func (b Bound) Hearsay() Bound { b.Told, b.Hard = b.Hard, Limit{}; return b }

// OrTold is the bound with what a softer source allows besides.
func (b Bound) OrTold(softer Bound) Bound { b.Told = softer.Hard; return b }

// With is the bound with media limits of m.
func (b Bound) With(m Media) Bound { b.Media = &m; return b }

// Because is the bound with the reason its refusal gives.
func (b Bound) Because(why string) Bound { b.Why = why; return b }

// Doubting is the bound with a warning that is given whenever it is used.
func (b Bound) Doubting(warning string) Bound { b.Doubt = warning; return b }

// Noting is the bound with a note that is told with the limits.
func (b Bound) Noting(note string) Bound { b.Note = note; return b }

// normal makes numbers float64, as JSON arguments are.
func normal(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		switch n := v.(type) {
		case int:
			out[i] = float64(n)
		case int64:
			out[i] = float64(n)
		case json.Number:
			if f, err := n.Float64(); err == nil {
				out[i] = f
			} else {
				out[i] = n.String()
			}
		default:
			out[i] = v
		}
	}
	return out
}
