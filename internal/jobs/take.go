package jobs

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// inputs are where a call's media come from.
type inputs struct{ media.Inputs }

func (b *builder) from(dry bool) inputs {
	in := inputs{b.inputs}
	if dry {
		in.Task = b.queries.inputAsSeen
	}
	return in
}

// take resolves every media field of a canonical request in place: wants
// says what the model asks of a field, nil where it does not take it (which
// checking has said already).
func (in inputs) take(ctx context.Context, request any, wants func(arg string) *catalog.Media, faults *order.Faults) []string {
	var warnings []string
	v := reflect.ValueOf(request).Elem()
	for i := range v.NumField() {
		arg, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		want := wants(arg)
		if want == nil {
			continue
		}
		for at, m := range mediaIn(v.Field(i)) {
			name := arg + at
			got, notes, err := in.Take(ctx, name, m.Ref, *want)
			if err != nil {
				faults.AddErr(name, err)
				*m = nexconn.Media{} // so that nothing more is said of it
				continue
			}
			*m = got
			warnings = append(warnings, notes...)
		}
	}
	return warnings
}

// mediaIn yields the media of a field and where they stand in it.
func mediaIn(v reflect.Value) func(yield func(string, *nexconn.Media) bool) {
	return func(yield func(string, *nexconn.Media) bool) {
		switch f := v.Addr().Interface().(type) {
		case *nexconn.Media:
			if !f.IsZero() {
				yield("", f)
			}
		case *[]nexconn.Media:
			for i := range *f {
				if !yield(fmt.Sprintf("[%d]", i), &(*f)[i]) {
					return
				}
			}
		case *[]nexconn.Subject:
			for i := range *f {
				for j := range (*f)[i].Images {
					if !yield(fmt.Sprintf("[%d].images[%d]", i, j), &(*f)[i].Images[j]) {
						return
					}
				}
			}
		}
	}
}
