package order

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Basis are the arguments that a price may depend on: numbers, switches and
// short words stay, of everything else only that it was given.
func Basis(args map[string]any) map[string]any {
	facts := map[string]any{}
	for name, v := range args {
		switch v := v.(type) {
		case float64, bool:
			facts[name] = v
		case string:
			switch name {
			case "mode", "resolution", "aspect_ratio", "motion_orientation":
				facts[name] = v
			default:
				facts[name] = "given"
			}
		case []any:
			if len(v) > 0 {
				facts[name] = []any{"given"}
			}
			if name == "shots" {
				facts[name] = lengths(v)
			}
		}
	}
	delete(facts, "model")
	delete(facts, "extra")
	return facts
}

// lengths are the seconds of shots, which add up to the video's.
func lengths(shots []any) []any {
	var list []any
	for _, shot := range shots {
		if m, ok := shot.(map[string]any); ok {
			list = append(list, map[string]any{"seconds": m["seconds"]})
		}
	}
	return list
}

// hash tells one call from another; the order of members makes no difference.
func hash(tool, model string, given map[string]any) string {
	args, _ := json.Marshal(given) // arguments came as JSON
	return Sum(tool, model, string(args))
}

// Sum is a hash over parts that can't be mistaken for one another.
func Sum(parts ...string) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(parts) // a hash takes every write, and texts encode
	return hex.EncodeToString(h.Sum(nil))
}
