package schemas

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Faults are arguments that can't be what they should be.
type Faults []Fault

// Error is what is wrong with each of them.
func (f Faults) Error() string {
	says := make([]string, len(f))
	for i, one := range f {
		says[i] = one.Say
	}
	return strings.Join(says, " ")
}

// Decode fills the struct that into points to from arguments as Fit gives
// them, by the names of its json tags and without JSON in between: numbers of
// free-form values stay json.Number, digit for digit. A value may also be
// json.RawMessage; a field of type json.RawMessage, and a type that reads its
// own JSON, gets those bytes as they are. The error is of type Faults.
func Decode(given map[string]any, into any) error {
	d := decoder{}
	d.object("", given, reflect.ValueOf(into).Elem())
	if len(d.faults) > 0 {
		return d.faults
	}
	return nil
}

type decoder struct{ faults Faults }

func (d *decoder) fault(path, want string, v any) {
	d.faults = append(d.faults, Fault{Field: path, Say: fmt.Sprintf("%s must be %s, not %s.", path, want, kindOf(v))})
}

func (d *decoder) object(path string, given map[string]any, into reflect.Value) {
	for _, f := range fieldsOf(into.Type()) {
		if v, ok := given[f.name]; ok && v != nil {
			d.value(join(path, f.name), v, into.FieldByIndex(f.index))
		}
	}
}

func (d *decoder) value(path string, v any, into reflect.Value) {
	t := into.Type()
	if t.Kind() == reflect.Pointer {
		if into.IsNil() {
			into.Set(reflect.New(t.Elem()))
		}
		d.value(path, v, into.Elem())
		return
	}
	raw, isRaw := v.(json.RawMessage)
	switch {
	case t == rawType:
		d.raw(path, v, into)
		return
	case into.CanAddr() && reflect.PointerTo(t).Implements(textReader):
		d.text(path, v, into)
		return
	case into.CanAddr() && reflect.PointerTo(t).Implements(jsonReader):
		d.json(path, v, into)
		return
	case t.Kind() == reflect.Interface:
		into.Set(reflect.ValueOf(v))
		return
	case isRaw:
		if v = plainValue(raw); v == nil {
			return
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		if m, ok := v.(map[string]any); ok {
			d.object(path, m, into)
			return
		}
		d.fault(path, "an object", v)
	case reflect.Map:
		d.mapping(path, v, into)
	case reflect.Slice:
		d.list(path, v, into)
	default:
		d.scalar(path, v, into)
	}
}

func (d *decoder) mapping(path string, v any, into reflect.Value) {
	m, ok := v.(map[string]any)
	if !ok {
		d.fault(path, "an object", v)
		return
	}
	if into.Type().Elem().Kind() == reflect.Interface {
		into.Set(reflect.ValueOf(m))
		return
	}
	out := reflect.MakeMapWithSize(into.Type(), len(m))
	for name, item := range m {
		one := reflect.New(into.Type().Elem()).Elem()
		if item != nil {
			d.value(join(path, name), item, one)
		}
		out.SetMapIndex(reflect.ValueOf(name), one)
	}
	into.Set(out)
}

func (d *decoder) list(path string, v any, into reflect.Value) {
	items, ok := v.([]any)
	if !ok {
		d.fault(path, "a list", v)
		return
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		if item != nil {
			d.value(path+"["+strconv.Itoa(i)+"]", item, out.Index(i))
		}
	}
	into.Set(out)
}

func (d *decoder) scalar(path string, v any, into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		if s, ok := v.(string); ok {
			into.SetString(s)
			return
		}
		d.fault(path, "a string", v)
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			into.SetBool(b)
			return
		}
		d.fault(path, "true or false", v)
	case reflect.Float64, reflect.Float32:
		if f, ok := floatOf(v); ok {
			into.SetFloat(f)
			return
		}
		d.fault(path, "a number", v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := wholeOf(v); ok && !into.OverflowInt(n) {
			into.SetInt(n)
			return
		}
		d.fault(path, "a whole number", v)
	default:
		panic(fmt.Sprintf("schemas: %s is of type %s, which no argument has", path, into.Type()))
	}
}

// raw keeps JSON as it was written, or writes the value.
func (d *decoder) raw(path string, v any, into reflect.Value) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = plainJSON(v); err != nil {
			d.fault(path, "JSON", v)
			return
		}
	}
	into.SetBytes(raw)
}

func (d *decoder) text(path string, v any, into reflect.Value) {
	if raw, ok := v.(json.RawMessage); ok {
		v = plainValue(raw)
	}
	s, ok := v.(string)
	if !ok {
		d.fault(path, "a string", v)
		return
	}
	if err := into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		d.faults = append(d.faults, Fault{Field: path, Say: path + ": " + err.Error()})
	}
}

func (d *decoder) json(path string, v any, into reflect.Value) {
	raw, ok := v.(json.RawMessage)
	var err error
	if !ok {
		raw, err = plainJSON(v)
	}
	if err == nil {
		err = into.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw)
	}
	if err != nil {
		d.faults = append(d.faults, Fault{Field: path, Say: path + ": " + err.Error()})
	}
}

var (
	rawType    = reflect.TypeFor[json.RawMessage]()
	textReader = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonReader = reflect.TypeFor[json.Unmarshaler]()
)

// plainJSON is a value as JSON without escapes for HTML.
func plainJSON(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// plainValue is what JSON says, its numbers as they are written.
func plainValue(raw json.RawMessage) any {
	var v any
	exactly(string(raw), &v)
	return v
}

func floatOf(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

func wholeOf(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		const tooLarge = 1 << 63
		return int64(n), n == math.Trunc(n) && n >= -tooLarge && n < tooLarge
	case json.Number:
		if whole, err := n.Int64(); err == nil {
			return whole, true
		}
		f, err := n.Float64()
		if err != nil {
			return 0, false
		}
		return wholeOf(f)
	}
	return 0, false
}

// field is a field of a struct by its name in JSON; embedded structs are flat.
type field struct {
	name  string
	index []int
}

var fieldLists sync.Map // of a reflect.Type

func fieldsOf(t reflect.Type) []field {
	if have, ok := fieldLists.Load(t); ok {
		return have.([]field)
	}
	var list []field
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && !f.Anonymous && name != "" && name != "-" {
			list = append(list, field{name, f.Index})
		}
	}
	fieldLists.Store(t, list)
	return list
}
