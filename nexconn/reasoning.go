package nexconn

import (
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// claudeBudgets are the tokens a level of reasoning stands for where the wire
// wants a number, and answerRoom what is left for the answer then: defaults.md.
var claudeBudgets = map[string]int{"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384}

const answerRoom = 4096

// reason writes a model's own switch for thinking: chat.md section 6 and
// defaults.md.
func (b *chatBuilder) reason(body *chatBody, r *ChatRequest) {
	level, budget := r.Reasoning, r.ReasoningBudget
	if level == "" && budget == 0 {
		return
	}
	if _, ok := claudeBudgets[level]; !ok && level != "" && level != "off" {
		b.refuse(InvalidArgument, "reasoning", "reasoning is off, minimal, low, medium or high, not %q", clip(level, 80))
		return
	}
	if level == "off" && budget > 0 {
		b.refuse(InvalidArgument, "reasoning_budget", "reasoning off and a reasoning_budget contradict each other")
		return
	}
	facts := catalog.Reasoning{Style: catalog.EffortOrBudget}
	if !unheardOf(b.model) {
		facts = b.model.Chat.Reasoning
	}
	switch {
	case level == "off" && facts.CannotStop:
		b.refuse(Unsupported, "reasoning", "%s cannot stop thinking; leave reasoning out or take %s", b.model.ID, strings.Join(facts.Has()[:2], " or "))
		return
	case facts.None && (level != "off" || budget > 0):
		b.refuse(Unsupported, "reasoning", "%s does not think and has no switch for it; leave reasoning out, or take a model that thinks", b.model.ID)
		return
	case facts.None:
		return
	}
	if level != "" && level != "off" && !slices.Contains(facts.Has(), level) {
		b.warn("%s is said to think %s; reasoning %s is sent all the same.", b.model.ID, strings.Join(facts.Levels, ", "), level)
	}
	b.boundBudget(facts, budget)
	switch facts.Style {
	case catalog.Budget:
		b.thinkWithin(body, facts, level, budget)
	case catalog.Switch:
		body.Thinking = &thinkType{Type: "enabled", BudgetTokens: budget}
		if level == "off" {
			body.Thinking.Type = "disabled"
		}
		b.levelless(level, budget)
	case catalog.EnableThinking:
		on := level != "off"
		body.EnableThinking = &on
		if budget > 0 {
			body.ChatTemplateKwargs = &chatTemplateKwargs{ThinkingBudget: budget}
		}
		b.levelless(level, 0)
	case catalog.EffortOrBudget:
		if budget > 0 {
			body.Thinking = &thinkType{Type: "enabled", BudgetTokens: budget}
			if level != "" {
				b.warn("reasoning_budget says exactly how much %s may think; reasoning %s was left out.", b.model.ID, level)
			}
			return
		}
		body.ReasoningEffort = effort(level)
	default:
		if budget > 0 {
			b.refuse(Unsupported, "reasoning_budget", "%s takes no reasoning_budget; say reasoning minimal, low, medium or high", b.model.ID)
			return
		}
		body.ReasoningEffort = effort(level)
	}
}

// effort is the word of reasoning_effort, whose "none" is our off.
func effort(level string) string {
	if level == "off" {
		return "none"
	}
	return level
}

// levelless warns that a model thinks or doesn't, with nothing between.
func (b *chatBuilder) levelless(level string, budget int) {
	if level == "minimal" || level == "low" {
		b.warn("%s can only think or not think; reasoning %s is the same as high.", b.model.ID, level)
	}
	if budget > 0 {
		b.warn("No document says that %s heeds a reasoning_budget.", b.model.ID)
	}
}

func (b *chatBuilder) boundBudget(facts catalog.Reasoning, budget int) {
	if budget == 0 {
		return
	}
	switch {
	case budget < facts.MinBudget && facts.HardBudget:
		b.refuse(InvalidArgument, "reasoning_budget", "reasoning_budget of %s is at least %d tokens, not %d", b.model.ID, facts.MinBudget, budget)
	case budget < facts.MinBudget:
		b.warn("reasoning_budget of %s is said to be at least %d tokens.", b.model.ID, facts.MinBudget)
	case facts.MaxBudget > 0 && budget > facts.MaxBudget:
		b.warn("reasoning_budget of %s is said to be at most %d tokens.", b.model.ID, facts.MaxBudget)
	}
}

// thinkWithin is Claude's switch: a budget that has to fit into max_tokens.
func (b *chatBuilder) thinkWithin(body *chatBody, facts catalog.Reasoning, level string, budget int) {
	if level == "off" {
		body.Thinking = &thinkType{Type: "disabled"}
		return
	}
	field := "reasoning_budget"
	if budget == 0 {
		budget, field = claudeBudgets[level], "max_tokens"
	} else if level != "" {
		b.warn("reasoning_budget says exactly how much %s may think; reasoning %s was left out.", b.model.ID, level)
	}
	body.Thinking = &thinkType{Type: "enabled", BudgetTokens: budget}
	switch {
	case body.MaxTokens == 0:
		body.MaxTokens = budget + answerRoom
	case body.MaxTokens <= budget && facts.HardBudget:
		b.refuse(InvalidArgument, field, "max_tokens counts the %d tokens %s may think with; give more than that, such as %d, or think less",
			budget, b.model.ID, budget+answerRoom)
	case body.MaxTokens <= budget:
		b.warn("max_tokens should be more than the %d tokens %s may think with.", budget, b.model.ID)
	}
}
