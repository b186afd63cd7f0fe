package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// messagesRequest is a request in Anthropic's form.
type messagesRequest struct {
	Model         string           `json:"model"`
	MaxTokens     int              `json:"max_tokens"`
	Messages      []messagesTurn   `json:"messages"`
	System        json.RawMessage  `json:"system"` // a string or blocks
	Stream        bool             `json:"stream"`
	StopSequences []string         `json:"stop_sequences"`
	Temperature   *float64         `json:"temperature"`
	TopP          *float64         `json:"top_p"`
	TopK          *int             `json:"top_k"`
	Tools         []messagesTool   `json:"tools"`
	ToolChoice    *messagesChoice  `json:"tool_choice"`
	Thinking      *thinkType       `json:"thinking"`
	CacheControl  *json.RawMessage `json:"cache_control"`
	OutputConfig  *struct {
		Effort string `json:"effort"`
		Format *struct {
			Type   string          `json:"type"`
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"output_config"`
}

type messagesTurn struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"` // a string or blocks
}

type messagesTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
}

type messagesChoice struct {
	Type            string `json:"type"`
	Name            string `json:"name"`
	DisableParallel bool   `json:"disable_parallel_tool_use"`
}

// messagesBlock is one block of a message, of any type, in a request or an answer.
type messagesBlock struct {
	Type      string           `json:"type"`
	Text      *string          `json:"text,omitempty"`
	Thinking  *string          `json:"thinking,omitempty"`
	Signature *string          `json:"signature,omitempty"`
	ID        string           `json:"id,omitempty"`
	Name      string           `json:"name,omitempty"`
	Input     json.RawMessage  `json:"input,omitempty"`
	ToolUseID string           `json:"tool_use_id,omitempty"`
	Content   json.RawMessage  `json:"content,omitempty"` // of a tool_result: a string or blocks
	Cache     *json.RawMessage `json:"cache_control,omitempty"`
	Source    *struct {
		Type      string `json:"type"`
		MediaType string `json:"media_type"`
		Data      string `json:"data"`
		URL       string `json:"url"`
	} `json:"source,omitempty"`
}

// messages answers POST /v1/messages, for every chat model.
func (s *Server) messages(r *http.Request) (answer, error) { return s.anthropic(r, false) }

// bypassMessages answers POST /bypass/anthropic/v1/messages: passed on to the
// vendor, who has no other models.
func (s *Server) bypassMessages(r *http.Request) (answer, error) { return s.anthropic(r, true) }

func (s *Server) anthropic(r *http.Request, bypass bool) (answer, error) {
	q, err := decode[messagesRequest](r)
	if err != nil {
		return answer{}, err
	}
	a, err := q.read()
	if err != nil {
		return answer{}, err
	}
	if bypass && offers("chat", q.Model) && !strings.HasPrefix(q.Model, "claude") {
		return answer{}, noChannels(q.Model)
	}
	if q.MaxTokens < 1 {
		return answer{}, bad("max_tokens", "max_tokens: Field required")
	}
	p, err := s.think(a)
	if err != nil {
		return answer{}, err
	}
	out := answer{wait: a.prompt.slow, cut: a.prompt.cut}
	if q.Stream {
		out.stream = func(e *eventStream) error { return streamMessage(e, a.model, p) }
	} else {
		out.body = wholeMessage(a.model, p)
	}
	return out, nil
}

// countTokens answers …/messages/count_tokens.
func (s *Server) countTokens(r *http.Request) (answer, error) {
	q, err := decode[messagesRequest](r)
	if err != nil {
		return answer{}, err
	}
	a, err := q.read()
	if err != nil {
		return answer{}, err
	}
	return answer{body: map[string]int{"input_tokens": tokens(a.read) + 260*len(a.given)}}, nil
}

// read makes a request a question.
func (q messagesRequest) read() (ask, error) {
	a := ask{model: q.Model, parallel: true, choice: "auto", maxTokens: q.MaxTokens, stop: q.StopSequences}
	if err := first(required("model", q.Model), checkChatModel(q.Model), checkThinking(q.Model, q.Thinking, q.MaxTokens)); err != nil {
		return a, err
	}
	if len(q.Messages) == 0 {
		return a, bad("messages", "messages: at least one message is required")
	}
	if err := q.readTurns(&a); err != nil {
		return a, err
	}
	for _, t := range q.Tools {
		if t.Name == "" {
			return a, bad("tools", "tools.name: Field required")
		}
		a.tools = append(a.tools, tool{t.Name, t.Description, t.InputSchema})
	}
	if c := q.ToolChoice; c != nil {
		a.parallel = !c.DisableParallel
		switch c.Type {
		case "any":
			a.choice = "required"
		case "tool":
			a.choice = c.Name
		case "auto", "none":
			a.choice = c.Type
		default:
			return a, bad("tool_choice", "tool_choice.type: %q is not known", c.Type)
		}
	}
	if t := q.Thinking; t != nil && t.Type != "disabled" {
		a.effort = or(budgetEffort(t.BudgetTokens), "medium")
	}
	if c := q.OutputConfig; c != nil && c.Format != nil && c.Format.Type == "json_schema" {
		a.schema = c.Format.Schema
	}
	if q.CacheControl != nil {
		a.cached = tokens(a.read)
	}
	return a, nil
}

func (q messagesRequest) readTurns(a *ask) error {
	system, blocks, err := readBlocks("system", q.System)
	if err != nil {
		return err
	}
	a.read = system
	for _, b := range blocks {
		if b.Cache != nil {
			a.cached += tokens(deref(b.Text, ""))
		}
	}
	names := map[string]string{}
	for i, m := range q.Messages {
		text, blocks, err := readBlocks("messages.content", m.Content)
		if err != nil {
			return err
		}
		a.read += text
		a.results = nil
		for _, b := range blocks {
			if b.Cache != nil {
				a.cached += tokens(deref(b.Text, ""))
			}
			switch b.Type {
			case "tool_use":
				names[b.ID] = b.Name
			case "tool_result":
				said, _, _ := readBlocks("tool_result.content", b.Content)
				a.read += said
				a.results = append(a.results, toolResult{names[b.ToolUseID], said})
			case "image", "document":
				if b.Source == nil || b.Source.Data == "" && b.Source.URL == "" {
					return bad("messages", "messages.%d: %s.source is required", i, b.Type)
				}
				a.given = append(a.given, b.Type)
			}
		}
		switch m.Role {
		case "user":
			if len(a.results) == 0 || text != "" {
				a.turns++
				a.prompt = steer(text)
			}
		case "assistant":
		default:
			return bad("messages", "messages.%d.role: must be user or assistant, got %q", i, m.Role)
		}
	}
	return nil
}

// readBlocks reads what is a string or an array of blocks.
func readBlocks(field string, raw json.RawMessage) (string, []messagesBlock, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil, nil
	}
	var blocks []messagesBlock
	if json.Unmarshal(raw, &blocks) != nil {
		return "", nil, bad(field, "%s: must be a string or an array of blocks", field)
	}
	known := []string{"text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"}
	var words []string
	for _, b := range blocks {
		if !slices.Contains(known, b.Type) {
			return "", nil, bad(field, "%s: a block of type %q is not known", field, b.Type)
		}
		if b.Type == "text" {
			words = append(words, deref(b.Text, ""))
		}
	}
	return strings.Join(words, "\n"), blocks, nil
}
