package nexconn

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// mergeExtra merges extra deep into a wire struct, for fields the service has
// and we do not name.
//
// A field of a wire struct that a named argument writes carries its name in
// the tag `arg:"seconds"` (several: `arg:"aspect_ratio,resolution"`). Such a
// field in extra is refused, whether or not the call gives the argument, since
// two ways to say one thing would hide which one counted. Where an argument
// writes different fields for different models the tag ends in a question
// mark, `arg:"reasoning?"`, and the field is refused only if this call writes
// it. Where the model does not take the argument here, extra is the only way
// to say it: it goes through with a doubt. `model` and `stream` are always
// refused.
func mergeExtra(m catalog.Model, op catalog.Op, wire any, extra map[string]any) (merged any, doubts []string, err error) {
	if len(extra) == 0 {
		return wire, nil, nil
	}
	found := overlay{admits: func(arg string) bool { return arg == "model" || arg == "stream" || m.Admits(op, arg) }}
	for key := range extra {
		if word := strings.ToLower(key); word == "model" || word == "stream" {
			found.clashes = append(found.clashes, clash{"extra." + key, word})
		}
	}
	found.look(reflect.ValueOf(wire), extra, "extra")
	if len(found.clashes) > 0 {
		return nil, nil, clashError(found.clashes)
	}
	for _, d := range found.doubts {
		doubts = append(doubts, fmt.Sprintf("%s: %s is not known to take %s%s; sent all the same.", d.path, m.ID, plainly(d.args), during(op)))
	}
	base, err := PlainJSON(wire)
	if err != nil {
		return nil, nil, fmt.Errorf("encode body: %w", err)
	}
	over, err := PlainJSON(extra)
	if err != nil {
		return nil, nil, Errorf(InvalidArgument, "extra is not JSON: %w", err)
	}
	return mergeJSON(base, over), doubts, nil
}

func during(op catalog.Op) string {
	if op == catalog.Turn {
		return ""
	}
	return " for " + string(op)
}

// clash is a field of extra that arguments write.
type clash struct{ path, args string }

// plainly is a tag's arguments in words.
func plainly(args string) string { return strings.ReplaceAll(args, ",", " or ") }

// overlay is what laying extra over a wire struct would meet: fields that
// arguments of the call write, and fields that arguments of other models do.
type overlay struct {
	admits          func(arg string) bool
	clashes, doubts []clash
}

// meet notes a field that the arguments of a tag write.
func (o *overlay) meet(at string, args []string) {
	var here []string
	for _, arg := range args {
		if o.admits(arg) {
			here = append(here, arg)
		}
	}
	switch {
	case len(here) > 0:
		o.clashes = append(o.clashes, clash{at, strings.Join(here, ",")})
	case len(args) > 0:
		o.doubts = append(o.doubts, clash{at, strings.Join(args, ",")})
	}
}

func clashError(clashes []clash) error {
	slices.SortStableFunc(clashes, func(a, b clash) int { return strings.Compare(a.path, b.path) })
	clashes = slices.CompactFunc(clashes, func(a, b clash) bool { return a.path == b.path })
	says := make([]string, len(clashes))
	for i, c := range clashes {
		switch c.args {
		case "stream":
			says[i] = c.path + " is decided here and can't be set"
		default:
			says[i] = fmt.Sprintf("%s is written by the argument %s; say it there", c.path, plainly(c.args))
		}
	}
	err := Errorf(InvalidArgument, "%s", strings.Join(says, "; "))
	err.Field = clashes[0].path
	return err
}

// look walks the part of v that extra names.
func (o *overlay) look(v reflect.Value, extra map[string]any, path string) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			if v.Kind() == reflect.Interface {
				return
			}
			v = reflect.New(v.Type().Elem())
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		field, tag, ok := fieldByJSON(v, key)
		if !ok {
			continue
		}
		at := path + "." + key
		args, optional := strings.CutSuffix(tag, "?")
		switch inner, isObject := extra[key].(map[string]any); {
		case args != "" && !(optional && field.IsZero()):
			o.meet(at, strings.Split(args, ","))
		case args != "":
		case isObject:
			o.look(field, inner, at)
		default:
			o.meet(at, argsInside(field))
		}
	}
}

// argsInside are the arguments that write a field of the struct v, which
// something other than an object would overwrite.
func argsInside(v reflect.Value) (args []string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		arg, optional := strings.CutSuffix(v.Type().Field(i).Tag.Get("arg"), "?")
		if arg != "" && !(optional && v.Field(i).IsZero()) {
			args = append(args, strings.Split(arg, ",")...)
		}
		args = append(args, argsInside(v.Field(i))...)
	}
	return args
}

// place is where a field stands in a struct, and the arguments that write it.
type place struct {
	index []int
	arg   string
}

// placesOf are the fields of each wire struct by their names on the wire; the
// structs are few.
var placesOf sync.Map // reflect.Type to map[string]place

// fieldByJSON finds the field that goes on the wire as key, in embedded
// structs too. Letter case doesn't matter: a service in Go reads so.
func fieldByJSON(v reflect.Value, key string) (field reflect.Value, arg string, ok bool) {
	all, known := placesOf.Load(v.Type())
	if !known {
		all, _ = placesOf.LoadOrStore(v.Type(), wirePlaces(v.Type()))
	}
	p, ok := all.(map[string]place)[strings.ToLower(key)]
	if !ok {
		return reflect.Value{}, "", false
	}
	return v.FieldByIndex(p.index), p.arg, true
}

func wirePlaces(t reflect.Type) map[string]place {
	all := map[string]place{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous || name != "" || f.Type.Kind() != reflect.Struct {
			all[strings.ToLower(name)] = place{[]int{i}, f.Tag.Get("arg")}
			continue
		}
		for name, p := range wirePlaces(f.Type) {
			if _, taken := all[name]; !taken {
				all[name] = place{append([]int{i}, p.index...), p.arg}
			}
		}
	}
	return all
}

// mergeJSON lays over on base: objects are merged, anything else is replaced.
func mergeJSON(base, over json.RawMessage) json.RawMessage {
	var b, o object
	if json.Unmarshal(base, &b) != nil || json.Unmarshal(over, &o) != nil {
		return over
	}
	places := b.places()
	for _, m := range o {
		if i, ok := places[m.key]; ok {
			b[i].value = mergeJSON(b[i].value, m.value)
			continue
		}
		places[m.key] = len(b)
		b = append(b, m)
	}
	merged, err := b.MarshalJSON()
	if err != nil {
		return over
	}
	return merged
}
