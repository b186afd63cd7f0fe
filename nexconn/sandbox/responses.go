package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// responsesRequest is a request in the form of OpenAI's Responses.
type responsesRequest struct {
	Model             string          `json:"model"`
	Input             json.RawMessage `json:"input"` // a string or items
	Instructions      string          `json:"instructions"`
	Stream            bool            `json:"stream"`
	MaxOutputTokens   int             `json:"max_output_tokens"`
	ParallelToolCalls *bool           `json:"parallel_tool_calls"`
	Background        bool            `json:"background"`
	ToolChoice        json.RawMessage `json:"tool_choice"`
	Tools             []struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"tools"`
	Reasoning *struct {
		Effort  string `json:"effort"`
		Summary string `json:"summary"`
	} `json:"reasoning"`
	Text *struct {
		Format *struct {
			Type   string          `json:"type"`
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"text"`
}

type responsesItem struct {
	Type    string          `json:"type"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"` // a string or parts
	CallID  string          `json:"call_id"`
	Name    string          `json:"name"`
	Output  json.RawMessage `json:"output"`
}

type responsesPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// responses answers POST /bypass/openai/v1/responses. Claude models have no such
// protocol.
func (s *Server) responses(r *http.Request) (answer, error) {
	q, err := decode[responsesRequest](r)
	if err != nil {
		return answer{}, err
	}
	if err := first(required("model", q.Model), checkChatModel(q.Model)); err != nil {
		return answer{}, err
	}
	if strings.HasPrefix(q.Model, "claude") {
		return answer{}, refusal{status: http.StatusInternalServerError, message: "not implemented"}
	}
	a, err := q.read()
	if err != nil {
		return answer{}, err
	}
	p, err := s.think(a)
	if err != nil {
		return answer{}, err
	}
	v := wholeResponse(q, p)
	out := answer{wait: a.prompt.slow, cut: a.prompt.cut, body: v}
	if q.Stream {
		out.stream = func(e *eventStream) error { return streamResponse(e, v, p) }
	}
	return out, nil
}

// read makes a request a question.
func (q responsesRequest) read() (ask, error) {
	a := ask{model: q.Model, read: q.Instructions, parallel: deref(q.ParallelToolCalls, true), maxTokens: q.MaxOutputTokens}
	if err := q.readInput(&a); err != nil {
		return a, err
	}
	for _, t := range q.Tools {
		if t.Type == "function" {
			a.tools = append(a.tools, tool{t.Name, t.Description, t.Parameters})
		}
	}
	var err error
	if a.choice, err = readChoice(q.ToolChoice); err != nil {
		return a, err
	}
	if q.Text != nil && q.Text.Format != nil {
		switch q.Text.Format.Type {
		case "json_schema":
			a.schema = q.Text.Format.Schema
		case "json_object":
			a.jsonObject = true
		}
	}
	a.effort, a.hideReason = unstoppable(q.Model), true
	if t := q.Reasoning; t != nil {
		a.effort, a.hideReason = or(t.Effort, "medium"), t.Summary == ""
		if t.Effort == "none" {
			a.effort = ""
		}
	}
	return a, nil
}

func (q responsesRequest) readInput(a *ask) error {
	var text string
	if json.Unmarshal(q.Input, &text) == nil && text != "" {
		a.turns, a.prompt = 1, steer(text)
		a.read += text
		return nil
	}
	var items []responsesItem
	if json.Unmarshal(q.Input, &items) != nil || len(items) == 0 {
		return bad("input", "input must be a string or an array of items")
	}
	names := map[string]string{}
	for _, item := range items {
		switch {
		case item.Type == "function_call":
			names[item.CallID] = item.Name
		case item.Type == "function_call_output":
			said := string(item.Output)
			_ = json.Unmarshal(item.Output, &said) // a string as a rule; anything else stands as it is
			a.results = append(a.results, toolResult{names[item.CallID], said})
			a.read += said
		case item.Role != "":
			a.results = nil
			text, given, err := readResponsesContent(item.Content)
			if err != nil {
				return err
			}
			a.read += text
			a.given = append(a.given, given...)
			if item.Role == "user" {
				a.turns++
				a.prompt = steer(text)
			}
		}
	}
	return nil
}

func readResponsesContent(raw json.RawMessage) (text string, given []string, err error) {
	if json.Unmarshal(raw, &text) == nil {
		return text, nil, nil
	}
	var parts []responsesPart
	if json.Unmarshal(raw, &parts) != nil {
		return "", nil, bad("input", "content must be a string or an array of parts")
	}
	var words []string
	for _, p := range parts {
		switch p.Type {
		case "input_text", "output_text", "refusal":
			words = append(words, p.Text)
		case "input_image":
			given = append(given, "image")
		case "input_file":
			given = append(given, "document")
		case "input_audio":
			given = append(given, "audio clip")
		default:
			return "", nil, bad("input", "a part of type %q is not known", p.Type)
		}
	}
	return strings.Join(words, "\n"), given, nil
}
