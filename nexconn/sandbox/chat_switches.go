package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// checkThinking holds Claude's budget to its page: at least 1024 and less than
// max_tokens.
func checkThinking(model string, t *thinkType, maxTokens int) error {
	if !strings.HasPrefix(model, "claude") || t == nil || t.BudgetTokens == nil || t.Type == "disabled" {
		return nil
	}
	if *t.BudgetTokens < 1024 {
		return bad("thinking.budget_tokens", "thinking.budget_tokens must be at least 1024, got %d", *t.BudgetTokens)
	}
	if maxTokens > 0 && *t.BudgetTokens >= maxTokens {
		return bad("thinking.budget_tokens", "max_tokens must be greater than thinking.budget_tokens (%d)", *t.BudgetTokens)
	}
	return nil
}

// effort reads whichever switch is set on whatever model, and tells whether the
// reasoning's text stays hidden.
func (q chatRequest) effort() (level string, hidden bool) {
	level = standardEffort(q.Model)
	set := func(on bool, as string) {
		level = ""
		if on {
			level = or(as, "medium")
		}
	}
	if q.EnableThinking != nil {
		set(*q.EnableThinking, "")
	}
	if k := q.TemplateArgs; k != nil {
		for _, b := range []*bool{k.Thinking, k.EnableThinking} {
			if b != nil {
				set(*b, budgetEffort(k.ThinkingBudget))
			}
		}
	}
	if t := q.Thinking; t != nil {
		set(t.Type != "disabled", budgetEffort(t.BudgetTokens))
	}
	if t := q.Reasoning; t != nil {
		set(deref(t.Enabled, true), or(t.Effort, budgetEffort(t.MaxTokens)))
		hidden = t.Exclude
	}
	if q.ReasoningEffort != "" {
		set(q.ReasoningEffort != "none", q.ReasoningEffort)
	}
	if level == "" {
		level = unstoppable(q.Model)
	}
	return level, hidden || strings.HasPrefix(q.Model, "openai/")
}

// standardEffort is how a model reasons when nobody asks: kimi does unless told
// not to.
func standardEffort(model string) string {
	if strings.HasPrefix(model, "moonshotai/kimi") {
		return "medium"
	}
	return unstoppable(model)
}

// unstoppable is the least reasoning of a model that cannot go without.
func unstoppable(model string) string {
	for _, prefix := range []string{"gemini-2.5-pro", "gemini-3.1-pro", "openai/gpt-5"} {
		if strings.HasPrefix(model, prefix) {
			return "low"
		}
	}
	return ""
}

func budgetEffort(budget *int) string {
	switch {
	case budget == nil:
		return ""
	case *budget <= 1024:
		return "minimal"
	case *budget <= 4096:
		return "low"
	case *budget <= 8192:
		return "medium"
	}
	return "high"
}

// readChoice reads tool_choice: auto, none, required, or an object with a name.
func readChoice(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "auto", nil
	}
	var word string
	if json.Unmarshal(raw, &word) == nil {
		if word == "any" {
			word = "required"
		}
		if !contains([]string{"auto", "none", "required"}, word) {
			return "", bad("tool_choice", "tool_choice must be none, auto, required or an object, got %q", word)
		}
		return word, nil
	}
	var object struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return "", bad("tool_choice", "tool_choice must be a string or an object")
	}
	if name := or(object.Function.Name, object.Name); name != "" {
		return name, nil
	}
	switch object.Type {
	case "auto", "none":
		return object.Type, nil
	case "any", "required":
		return "required", nil
	}
	return "", bad("tool_choice", "tool_choice names no function")
}

// readFormat reads response_format: a word, as the schema page declares it, or
// OpenAI's object.
func readFormat(raw json.RawMessage, a *ask) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var word string
	var object struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	}
	if json.Unmarshal(raw, &word) != nil {
		if json.Unmarshal(raw, &object) != nil {
			return bad("response_format", "response_format must be a string or an object")
		}
		word = object.Type
	}
	switch word {
	case "text":
	case "json_object":
		a.jsonObject = true
	case "json_schema":
		if len(object.JSONSchema.Schema) == 0 {
			return bad("response_format", "response_format.json_schema.schema is required")
		}
		a.schema = object.JSONSchema.Schema
	default:
		return bad("response_format", "response_format.type %q is not known", word)
	}
	return nil
}

// oneOrMany reads a field that is a string or an array of strings.
func oneOrMany(field string, raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return nil, bad(field, "%s must be a string or an array of strings", field)
	}
	return many, nil
}
