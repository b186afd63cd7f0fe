package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Parse reads a schema of the plain form back from its JSON, its fields in the
// order they stand in.
func Parse(doc []byte) (*Schema, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	s := new(Schema)
	if err := s.read(dec); err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	return s, nil
}

func (s *Schema) read(dec *json.Decoder) error {
	return eachMember(dec, func(name string) error {
		switch name {
		case "properties":
			return eachMember(dec, func(name string) error {
				p := Property{Name: name, Schema: new(Schema)}
				s.Properties = append(s.Properties, p)
				return p.Schema.read(dec)
			})
		case "items":
			s.Items = new(Schema)
			return s.Items.read(dec)
		}
		into, ok := map[string]any{
			"type": &s.Type, "description": &s.Description, "enum": &s.Enum, "required": &s.Required, "default": &s.Default,
			"minimum": &s.Minimum, "maximum": &s.Maximum, "maxLength": &s.MaxLength, "minItems": &s.MinItems, "maxItems": &s.MaxItems,
			"additionalProperties": &s.AdditionalProperties,
		}[name]
		if !ok {
			return fmt.Errorf("%q is no word of this form", name)
		}
		return dec.Decode(into)
	})
}

// eachMember reads an object, in order.
func eachMember(dec *json.Decoder, member func(name string) error) error {
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("%v is no object", open)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if err := member(name.(string)); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
