package catalog

import "encoding/json"

// Bound is what a model wants of one argument. A value outside Hard is
// refused, one outside Reported is warned about; what Hard forbids and
// Reported allows goes through with a warning.
type Bound struct {
	IsRequired bool
	// Hard is the limit by the service's own pages.
	Hard Limit
	// Reported is the limit by third parties: not verified.
	Reported Limit
	// Media says what a picture, video or sound has to be, and how it goes on
	// the wire.
	Media *Media
	// Fields bound the fields of an object, or of each object of a list.
	Fields Takes
	// Reason explains a refusal where the bound alone would puzzle
	// ("sora-2 always makes sound").
	Reason string
	// Warning is given whenever the argument is: its field is known second-hand,
	// or has little effect here.
	Warning string
	// Note is shown with the model's limits.
	Note string
}

// Limit is what one source allows of an argument. The zero value allows all.
type Limit struct {
	OneOf    []any
	Min, Max *float64
	MaxChars int
	MinItems int
	MaxItems int
	// Like is a regular expression that a text matches.
	Like string
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
	Form Form
	// Class is image, video, audio or document.
	Class string
	Types []string
	Bytes int64
	// MinSide and MaxSide are in pixels; ratios are width to height.
	MinSide, MaxSide   int
	MinRatio, MaxRatio float64
	// HardBytes and HardTypes say which limits are enforced; all others are not
	// verified.
	HardBytes, HardTypes bool
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

// MaxChars takes texts of at most n characters.
func MaxChars(n int) Bound { return Bound{Hard: Limit{MaxChars: n}} }

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

// Required is the bound on an argument that can't be left out.
func (b Bound) Required() Bound { b.IsRequired = true; return b }

// Unverified is the bound as third parties report it: warned about, not
// enforced.
func (b Bound) Unverified() Bound { b.Reported, b.Hard = b.Hard, Limit{}; return b }

// OrUnverified is the bound with what third parties say is allowed besides.
func (b Bound) OrUnverified(softer Bound) Bound { b.Reported = softer.Hard; return b }

// With is the bound with media limits of m.
func (b Bound) With(m Media) Bound { b.Media = &m; return b }

// WithReason is the bound with the reason its refusal gives.
func (b Bound) WithReason(reason string) Bound { b.Reason = reason; return b }

// WithWarning is the bound with a warning that is given whenever it is used.
func (b Bound) WithWarning(warning string) Bound { b.Warning = warning; return b }

// WithNote is the bound with a note that is shown with the limits.
func (b Bound) WithNote(note string) Bound { b.Note = note; return b }

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
