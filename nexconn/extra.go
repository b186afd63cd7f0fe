package nexconn

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
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
// it. `model` and `stream` are always refused.
func mergeExtra(wire any, extra map[string]any) (any, error) {
	if len(extra) == 0 {
		return wire, nil
	}
	var clashes []clash
	for _, key := range []string{"model", "stream"} {
		if _, ok := extra[key]; ok {
			clashes = append(clashes, clash{"extra." + key, key})
		}
	}
	findClashes(reflect.ValueOf(wire), extra, "extra", &clashes)
	if len(clashes) > 0 {
		return nil, clashError(clashes)
	}
	base, err := marshalPlain(wire)
	if err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	over, err := marshalPlain(extra)
	if err != nil {
		return nil, Errorf(InvalidArgument, "extra is not JSON: %w", err)
	}
	return mergeJSON(base, over), nil
}

type clash struct{ path, args string }

func clashError(clashes []clash) error {
	slices.SortStableFunc(clashes, func(a, b clash) int { return strings.Compare(a.path, b.path) })
	clashes = slices.CompactFunc(clashes, func(a, b clash) bool { return a.path == b.path })
	says := make([]string, len(clashes))
	for i, c := range clashes {
		switch c.args {
		case "stream":
			says[i] = c.path + " is decided here and can't be set"
		default:
			says[i] = fmt.Sprintf("%s is written by the argument %s; say it there", c.path, strings.ReplaceAll(c.args, ",", " or "))
		}
	}
	err := Errorf(InvalidArgument, "%s", strings.Join(says, "; "))
	err.Field = clashes[0].path
	return err
}

// findClashes walks the part of v that extra names.
func findClashes(v reflect.Value, extra map[string]any, path string, found *[]clash) {
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
			*found = append(*found, clash{at, args})
		case args != "":
		case isObject:
			findClashes(field, inner, at, found)
		default:
			if inside := argsInside(field); len(inside) > 0 {
				*found = append(*found, clash{at, strings.Join(inside, ",")})
			}
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
			args = append(args, arg)
		}
		args = append(args, argsInside(v.Field(i))...)
	}
	return args
}

// fieldByJSON finds the field that goes on the wire as key, in embedded
// structs too.
func fieldByJSON(v reflect.Value, key string) (field reflect.Value, arg string, ok bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			if field, arg, ok = fieldByJSON(v.Field(i), key); ok {
				return field, arg, true
			}
			continue
		}
		if name == key {
			return v.Field(i), f.Tag.Get("arg"), true
		}
	}
	return reflect.Value{}, "", false
}

// mergeJSON lays over on base: objects are merged, anything else is replaced.
func mergeJSON(base, over json.RawMessage) json.RawMessage {
	var b, o object
	if json.Unmarshal(base, &b) != nil || json.Unmarshal(over, &o) != nil {
		return over
	}
	for _, m := range o {
		if have, ok := b.get(m.key); ok {
			m.value = mergeJSON(have, m.value)
		}
		b.set(m.key, m.value)
	}
	merged, err := b.MarshalJSON()
	if err != nil {
		return over
	}
	return merged
}
