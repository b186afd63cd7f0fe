package sandbox

// response is an answer in the form of OpenAI's Responses.
type response struct {
	ID                string           `json:"id"`
	Object            string           `json:"object"`
	CreatedAt         int64            `json:"created_at"`
	CompletedAt       int64            `json:"completed_at,omitempty"`
	Status            string           `json:"status"`
	Model             string           `json:"model"`
	Output            []responseItem   `json:"output"`
	Error             any              `json:"error"`
	IncompleteDetails *incomplete      `json:"incomplete_details"`
	Instructions      *string          `json:"instructions"`
	ParallelToolCalls bool             `json:"parallel_tool_calls"`
	ToolChoice        any              `json:"tool_choice"`
	Tools             []map[string]any `json:"tools"`
	Metadata          map[string]any   `json:"metadata"`
	Usage             *responseUsage   `json:"usage"`
}

type incomplete struct {
	Reason string `json:"reason"`
}

// responseItem is one item of output: reasoning, message or function_call.
type responseItem struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Status    string            `json:"status,omitempty"`
	Role      string            `json:"role,omitempty"`
	Content   []responseContent `json:"content,omitzero"`
	Summary   []responseText    `json:"summary,omitzero"`
	CallID    string            `json:"call_id,omitempty"`
	Name      string            `json:"name,omitempty"`
	Arguments *string           `json:"arguments,omitempty"`
}

type responseContent struct {
	Type        string `json:"type"`
	Text        string `json:"text"`
	Annotations []any  `json:"annotations"`
}

type responseText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type responseUsage struct {
	InputTokens  int            `json:"input_tokens"`
	OutputTokens int            `json:"output_tokens"`
	TotalTokens  int            `json:"total_tokens"`
	InDetails    map[string]int `json:"input_tokens_details"`
	OutDetails   map[string]int `json:"output_tokens_details"`
}

func wholeResponse(q responsesRequest, p reply) response {
	v := response{
		ID: "resp_" + p.id, Object: "response", CreatedAt: p.created, CompletedAt: p.created, Status: "completed", Model: q.Model,
		Output: []responseItem{}, ParallelToolCalls: deref(q.ParallelToolCalls, true), ToolChoice: "auto",
		Tools: []map[string]any{}, Metadata: map[string]any{},
		Usage: &responseUsage{
			p.inTokens, p.outTokens, p.inTokens + p.outTokens,
			map[string]int{"cached_tokens": p.cachedTokens}, map[string]int{"reasoning_tokens": p.reasonTokens},
		},
	}
	if len(q.ToolChoice) > 0 {
		v.ToolChoice = q.ToolChoice
	}
	if q.Instructions != "" {
		v.Instructions = &q.Instructions
	}
	for _, t := range q.Tools {
		v.Tools = append(v.Tools, map[string]any{"type": t.Type, "name": t.Name, "description": t.Description, "parameters": t.Parameters, "strict": false})
	}
	if p.reasonTokens > 0 {
		summary := []responseText{}
		if p.reasoning != "" {
			summary = append(summary, responseText{"summary_text", p.reasoning})
		}
		v.Output = append(v.Output, responseItem{ID: "rs_" + p.id, Type: "reasoning", Summary: summary})
	}
	if p.text != "" {
		v.Output = append(v.Output, responseItem{
			ID: "msg_" + p.id, Type: "message", Status: "completed", Role: "assistant",
			Content: []responseContent{{"output_text", p.text, []any{}}},
		})
	}
	for _, c := range p.calls {
		v.Output = append(v.Output, responseItem{
			ID: "fc_" + c.id[5:], Type: "function_call", Status: "completed", CallID: c.id, Name: c.name, Arguments: &c.arguments,
		})
	}
	switch p.finish {
	case finishLength:
		v.Status, v.IncompleteDetails = "incomplete", &incomplete{"max_output_tokens"}
	case finishContent:
		v.Status, v.IncompleteDetails = "incomplete", &incomplete{"content_filter"}
	}
	return v
}

// responseStream numbers the events of a stream.
type responseStream struct {
	e *eventStream
	n int
}

type fields map[string]any

func (s *responseStream) send(kind string, more fields) error {
	more["type"], more["sequence_number"] = kind, s.n
	s.n++
	return s.e.event(kind, more)
}

// streamResponse sends a reply as the events of a response.
func streamResponse(e *eventStream, v response, p reply) error {
	s := &responseStream{e: e}
	begun := v
	begun.Status, begun.Output, begun.Usage, begun.CompletedAt, begun.IncompleteDetails = "in_progress", []responseItem{}, nil, 0, nil
	for _, kind := range []string{"response.created", "response.in_progress"} {
		if err := s.send(kind, fields{"response": begun}); err != nil {
			return err
		}
	}
	for i, item := range v.Output {
		if err := s.item(i, item); err != nil {
			return err
		}
	}
	if p.text == "" {
		if err := e.finish(); err != nil {
			return err
		}
	}
	return s.send("response."+v.Status, fields{"response": v})
}

// item sends one item of output: that it begins, its parts, and the whole of it.
func (s *responseStream) item(i int, item responseItem) error {
	begun := item
	empty := ""
	at := fields{"output_index": i, "item_id": item.ID}
	var says func() error
	switch item.Type {
	case "reasoning":
		begun.Summary = []responseText{}
		says = func() error { return s.summary(at, item.Summary) }
	case "message":
		begun.Status, begun.Content = "in_progress", []responseContent{}
		says = func() error { return s.text(at, item.Content[0]) }
	case "function_call":
		begun.Status, begun.Arguments = "in_progress", &empty
		says = func() error {
			for _, part := range fragments(*item.Arguments) {
				if err := s.send("response.function_call_arguments.delta", at.with("delta", part)); err != nil {
					return err
				}
			}
			return s.send("response.function_call_arguments.done", at.with("arguments", *item.Arguments).with("name", item.Name))
		}
	}
	if err := s.send("response.output_item.added", fields{"output_index": i, "item": begun}); err != nil {
		return err
	}
	if err := says(); err != nil {
		return err
	}
	return s.send("response.output_item.done", fields{"output_index": i, "item": item})
}

func (s *responseStream) text(at fields, c responseContent) error {
	at = at.with("content_index", 0)
	if err := s.send("response.content_part.added", at.with("part", responseContent{c.Type, "", []any{}})); err != nil {
		return err
	}
	if err := s.e.each(c.Text, func(piece string) error {
		return s.send("response.output_text.delta", at.with("delta", piece).with("logprobs", []any{}))
	}); err != nil {
		return err
	}
	if err := s.send("response.output_text.done", at.with("text", c.Text).with("logprobs", []any{})); err != nil {
		return err
	}
	return s.send("response.content_part.done", at.with("part", c))
}

func (s *responseStream) summary(at fields, parts []responseText) error {
	for n, part := range parts {
		at := at.with("summary_index", n)
		if err := s.send("response.reasoning_summary_part.added", at.with("part", responseText{part.Type, ""})); err != nil {
			return err
		}
		for _, piece := range pieces(part.Text) {
			if err := s.send("response.reasoning_summary_text.delta", at.with("delta", piece)); err != nil {
				return err
			}
		}
		if err := s.send("response.reasoning_summary_text.done", at.with("text", part.Text)); err != nil {
			return err
		}
		if err := s.send("response.reasoning_summary_part.done", at.with("part", part)); err != nil {
			return err
		}
	}
	return nil
}

// with is f and one field more; f stays as it is.
func (f fields) with(key string, value any) fields {
	out := fields{key: value}
	for k, v := range f {
		out[k] = v
	}
	return out
}
