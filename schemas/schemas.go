// Package schemas turns Go types and catalogue facts into JSON schemas, and
// holds arguments against them. The schemas are flat and plain: root object,
// one type a field, no references, no unions, no boolean schema but
// additionalProperties: false, because one schema beyond a client's reach
// costs that client every tool of the list.
package schemas

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/invopop/jsonschema"
)

// Options shape the schema of a tool's arguments beyond the table of
// arguments.
type Options struct {
	// Omit are fields of the type that this tool does not offer.
	Omit []string
	// Models is the description of model: the ids to choose from.
	Models string
	// Default are the values where an argument is left out.
	Default map[string]any
}

// Schema is a JSON schema in the plain form this package makes.
type Schema struct {
	Type                 string
	Description          string
	Properties           Properties
	Items                *Schema
	Enum                 []any
	Required             []string
	Default              any
	Minimum              *float64
	Maximum              *float64
	MaxLength            int
	MinItems             int
	MaxItems             int
	AdditionalProperties *bool
}

// Properties are a schema's fields in the order of the type.
type Properties []Property

// Property is one field.
type Property struct {
	Name   string
	Schema *Schema
}

// append writes the fields as an object, in order.
func (p Properties) append(out []byte) []byte {
	out = append(out, '{')
	for i, one := range p {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, one.Name), ':')
		out = one.Schema.append(out)
	}
	return append(out, '}')
}

// Input is the schema of a tool's arguments: the fields of T with the words
// and bounds of the table of arguments. Unknown arguments are refused.
func Input[T any](tool string, o Options) *Schema {
	s := reflectType[T](false)
	s.Properties = slices.DeleteFunc(s.Properties, func(p Property) bool { return slices.Contains(o.Omit, p.Name) })
	s.describe(tool, "")
	if o.Models != "" {
		s.at("model").Description = o.Models
	}
	for name, v := range o.Default {
		s.at(name).Default = v
	}
	return s
}

// Output is the schema of a tool's structured result: nothing is required, and
// what it does not name may come, since a dry run has another shape. It names
// the fields of the result, but for those left out, and not those of what lies
// in them: an agent reads these in the result, and a tool list is paid for in
// every session.
func Output[T any](leftOut ...string) *Schema {
	s := reflectType[T](true)
	s.Properties = slices.DeleteFunc(s.Properties, func(p Property) bool { return slices.Contains(leftOut, p.Name) })
	for i, p := range s.Properties {
		s.Properties[i].Schema = p.Schema.outline()
	}
	return s
}

func (s *Schema) outline() *Schema {
	out := &Schema{Type: s.Type}
	if s.Items != nil {
		out.Items = &Schema{Type: s.Items.Type}
	}
	return out
}

// JSON is the schema as clients receive it.
func (s *Schema) JSON() json.RawMessage { return s.append(make([]byte, 0, 1024)) }

// append writes the schema in one pass: a start pays for the whole list.
func (s *Schema) append(out []byte) []byte {
	out = append(out, '{')
	field := func(name string, value []byte) {
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), name...), '"', ':'), value...)
	}
	if s.Type != "" {
		field("type", encode(s.Type))
	}
	if s.Description != "" {
		field("description", encode(s.Description))
	}
	if len(s.Properties) > 0 {
		field("properties", nil)
		out = s.Properties.append(out)
	}
	if s.Items != nil {
		field("items", nil)
		out = s.Items.append(out)
	}
	if len(s.Enum) > 0 {
		field("enum", encode(s.Enum))
	}
	if len(s.Required) > 0 {
		field("required", encode(s.Required))
	}
	if s.Default != nil {
		field("default", encode(s.Default))
	}
	if s.Minimum != nil {
		field("minimum", encode(*s.Minimum))
	}
	if s.Maximum != nil {
		field("maximum", encode(*s.Maximum))
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"maxLength", s.MaxLength}, {"minItems", s.MinItems}, {"maxItems", s.MaxItems}} {
		if n.value > 0 {
			field(n.name, strconv.AppendInt(nil, int64(n.value), 10))
		}
	}
	if s.AdditionalProperties != nil {
		field("additionalProperties", strconv.AppendBool(nil, *s.AdditionalProperties))
	}
	return append(out, '}')
}

func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic("schemas: " + err.Error())
	}
	return out
}

// Names are the fields of an object schema, in order.
func (s *Schema) Names() []string {
	names := make([]string, len(s.Properties))
	for i, p := range s.Properties {
		names[i] = p.Name
	}
	return names
}

// Field is the schema of a field, nil if there is none.
func (s *Schema) Field(name string) *Schema {
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	return nil
}

func (s *Schema) at(name string) *Schema {
	f := s.Field(name)
	if f == nil {
		panic(fmt.Sprintf("schemas: no field %q", name))
	}
	return f
}

func reflectType[T any](open bool) *Schema {
	r := jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		RequiredFromJSONSchemaTags: true, AllowAdditionalProperties: open, Mapper: plain,
	}
	return convert(r.Reflect(new(T)), open)
}

var (
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType = reflect.TypeFor[json.Marshaler]()
)

// plain keeps the reflector from emitting what clients can't bear: a type that
// writes itself as text is a string, one that writes its own JSON an object,
// and "anything" is an object too.
func plain(t reflect.Type) *jsonschema.Schema {
	switch {
	case t.Kind() == reflect.Interface, t == reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{Type: "object"}
	case t.Kind() == reflect.Struct && t.Implements(textType):
		return &jsonschema.Schema{Type: "string"}
	case t.Kind() == reflect.Struct && t.Implements(jsonType):
		return &jsonschema.Schema{Type: "object"}
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Interface:
		return &jsonschema.Schema{Type: "object"}
	}
	return nil
}

// convert keeps of the reflected schema what this package speaks.
func convert(in *jsonschema.Schema, open bool) *Schema {
	out := &Schema{Type: in.Type}
	if in.Items != nil {
		out.Items = convert(in.Items, open)
	}
	if in.Properties != nil {
		for pair := in.Properties.Oldest(); pair != nil; pair = pair.Next() {
			out.Properties = append(out.Properties, Property{Name: pair.Key, Schema: convert(pair.Value, open)})
		}
		if !open {
			no := false
			out.AdditionalProperties = &no
		}
	}
	return out
}
