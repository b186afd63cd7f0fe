package nexconn

import (
	"bytes"
	"encoding/json"
	"errors"
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
	*o = (*o)[:0]
	var places map[string]int
	if !eachMember(doc, func(m rawMember) {
		key, value := unquoted(doc[m.key:m.keyEnd]), json.RawMessage(doc[m.value:m.end])
		at := -1
		switch {
		case places != nil:
			if i, ok := places[key]; ok {
				at = i
			}
		default:
			at = o.index(key)
		}
		if at >= 0 {
			(*o)[at].value = value
			return
		}
		*o = append(*o, member{key, value})
		if places == nil && len(*o) > smallObject {
			places = o.places()
		} else if places != nil {
			places[key] = len(*o) - 1
		}
	}) {
		return errors.New("not a JSON object")
	}
	return nil
}

// smallObject is up to how many members an object is searched through.
const smallObject = 32

// places is where each member stands.
func (o object) places() map[string]int {
	all := make(map[string]int, 2*len(o))
	for i, m := range o {
		all[m.key] = i
	}
	return all
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
