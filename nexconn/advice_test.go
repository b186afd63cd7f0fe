package nexconn

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// A model that a refusal names takes the call that was refused.
func TestRefusedChatsNameModelsThatDo(t *testing.T) {
	set := catalog.Builtin()
	named := regexp.MustCompile(`Models that (?:take it|do): (.*?)\.(?: |$)`)
	calls := map[string]map[string]any{
		"off":         {"reasoning": "off"},
		"high":        {"reasoning": "high"},
		"minimal":     {"reasoning": "minimal"},
		"a budget":    {"reasoning_budget": 5000.0},
		"little":      {"reasoning_budget": 100.0},
		"picture":     {"image_config": map[string]any{"aspect_ratio": "1:1"}},
		"4K picture":  {"image_config": map[string]any{"image_size": "4K"}},
		"temperature": {"temperature": 3.0},
	}
	follows := 0
	for _, m := range set {
		if m.Chat == nil {
			continue
		}
		for name, args := range calls {
			args["prompt"] = "p"
			faults, _ := m.Check(set, catalog.Turn, args)
			for _, f := range faults {
				found := named.FindStringSubmatch(f.Say)
				if found == nil {
					continue
				}
				for id := range strings.SplitSeq(found[1], ", ") {
					follows++
					other := chatModel(t, id)
					again, _ := other.Check(set, catalog.Turn, args)
					r := ChatRequest{Prompt: "p"}
					r.Reasoning, _ = args["reasoning"].(string)
					budget, _ := args["reasoning_budget"].(float64)
					r.ReasoningBudget = int(budget)
					if _, ok := args["image_config"]; ok {
						r.ImageConfig = &ImageConfig{}
					}
					if _, _, err := builtChat(other, r); err != nil || len(again) > 0 {
						t.Errorf("%s, %s: %s is named and answers %v %v", m.ID, name, id, err, again)
					}
				}
			}
		}
	}
	if follows < 50 {
		t.Errorf("only %d names were followed", follows)
	}
}
