package order

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Faults are all that is wrong with a call, told at once.
type Faults []*nexconn.Error

// Add appends a fault.
func (f *Faults) Add(code nexconn.Code, field, say string) {
	*f = append(*f, &nexconn.Error{Code: code, Field: field, Message: say})
}

// AddErr appends an error as a fault.
func (f *Faults) AddErr(field string, err error) {
	var e *nexconn.Error
	if !errors.As(err, &e) {
		e = &nexconn.Error{Code: nexconn.InvalidArgument, Message: err.Error(), Cause: err}
	}
	if e.Field == "" {
		named := *e
		named.Field = field
		e = &named
	}
	*f = append(*f, e)
}

// Has says that a fault of a field is among them.
func (f Faults) Has(field string) bool {
	return slices.ContainsFunc(f, func(e *nexconn.Error) bool { return field != "" && e.Field == field })
}

// addCheck takes what checking a model found, but for fields whose fault was
// known before.
func (f *Faults) addCheck(wrong []catalog.Fault) {
	before := *f
	for _, w := range wrong {
		if before.Has(w.Arg) {
			continue
		}
		code := nexconn.InvalidArgument
		if w.Unsupported {
			code = nexconn.Unsupported
		}
		f.Add(code, w.Arg, w.Say)
	}
}

// missed are the arguments that seem to be missing where another's value was
// refused.
var missed = map[string]string{"messages": "prompt", "tools": "tool_choice"}

// Explain says that these faults, of values that were refused, are why another
// field is at fault: it lies in the same argument, or is missed without it.
func (f Faults) Explain(field string) bool {
	root := rootOf(field)
	return root != "" && slices.ContainsFunc(f, func(e *nexconn.Error) bool {
		arg := rootOf(e.Field)
		return arg == root || missed[arg] == root
	})
}

// rootOf is the argument that a field lies in.
func rootOf(field string) string {
	if i := strings.IndexAny(field, ".["); i >= 0 {
		return field[:i]
	}
	return field
}

// AddBuild takes the joined errors of building a request, without the values that
// were refused before. What follows from those, and fields whose fault is known,
// say nothing new; and where there are faults, what is none of the arguments is
// only their consequence.
func (f *Faults) AddBuild(refused Faults, err error) {
	if err == nil {
		return
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	before := *f
	for _, err := range errs {
		field := ""
		if e := (*nexconn.Error)(nil); errors.As(err, &e) {
			field = e.Field
		}
		follows := field == "" && len(before) > 0 && nexconn.CodeOf(err) != nexconn.InvalidArgument
		if !follows && !before.Has(field) && !refused.Explain(field) {
			f.AddErr("", err)
		}
	}
}

// Err is the faults as one error: nil for none, the fault itself for one.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	if len(f) == 1 {
		return f[0]
	}
	code := f[0].Code
	lines := make([]string, len(f))
	var advice []string
	for i, one := range f {
		if one.Code != code {
			code = nexconn.InvalidArgument
		}
		lines[i] = "- " + one.Message
		if one.Advice != "" && !slices.Contains(advice, one.Advice) {
			advice = append(advice, one.Advice)
		}
	}
	return &nexconn.Error{Code: code, Field: f[0].Field, Advice: strings.Join(advice, " "),
		Message: fmt.Sprintf("%d things are wrong:\n%s", len(f), strings.Join(lines, "\n"))}
}
