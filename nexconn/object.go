package nexconn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// object is a JSON object that keeps the order and the exact text of its
// members, so that a body that passes through is the one its writer sees in a
// dry run.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

// UnmarshalJSON takes an object and nothing else; of two members with one
// name the later counts, as in most decoders.
func (o *object) UnmarshalJSON(doc []byte) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	*o = (*o)[:0]
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("member %q: %w", key, err)
		}
		o.set(key.(string), value)
	}
	return nil
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			buf.WriteByte(',')
		}
		key, err := PlainJSON(m.key)
		if err != nil {
			return nil, err
		}
		buf.Write(key)
		buf.WriteByte(':')
		buf.Write(m.value)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

func (o object) index(key string) int {
	return slices.IndexFunc(o, func(m member) bool { return m.key == key })
}

func (o object) get(key string) (json.RawMessage, bool) {
	if i := o.index(key); i >= 0 {
		return o[i].value, true
	}
	return nil, false
}

// text is a member that is a string; empty where it is not.
func (o object) text(key string) string {
	raw, _ := o.get(key)
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// inner is a member that is an object.
func (o object) inner(key string) (object, bool) {
	raw, _ := o.get(key)
	var in object
	err := json.Unmarshal(raw, &in)
	return in, err == nil
}

// objectOf is a value as an object: raw JSON in the order it was written, a map
// in that of its keys.
func objectOf(v any) (object, error) {
	doc, err := PlainJSON(v)
	if err != nil {
		return nil, err
	}
	var o object
	err = json.Unmarshal(doc, &o)
	return o, err
}

func (o *object) set(key string, value json.RawMessage) {
	if i := o.index(key); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, member{key, value})
}

func (o *object) drop(key string) bool {
	i := o.index(key)
	if i >= 0 {
		*o = slices.Delete(*o, i, i+1)
	}
	return i >= 0
}
