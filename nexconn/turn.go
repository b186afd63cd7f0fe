package nexconn

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// turn gathers a chat's answer from its pieces.
type turn struct {
	seen func(text string, reasoning bool)
	out  ChatAnswer
	// whole says that the end was reached, by [DONE] or a finish reason.
	whole           bool
	text, reasoning strings.Builder
	calls           []*callParts
	images          []string
	thoughts        []thinkingBlock
}

type callParts struct {
	index     int
	id, name  string
	arguments strings.Builder
}

// came says that there is something to show for the money.
func (t *turn) came() bool {
	return t.text.Len() > 0 || t.reasoning.Len() > 0 || len(t.images) > 0 || len(t.calls) > 0
}

func (t *turn) take(r chatReply) {
	t.out.ID, t.out.Model = cmp.Or(t.out.ID, r.ID), cmp.Or(t.out.Model, r.Model)
	if r.Usage != nil {
		t.out.Usage = r.Usage.usage()
	}
	if len(r.Choices) == 0 {
		return
	}
	// A second choice, which only extra could ask for, is not mixed in.
	choice := r.Choices[0]
	if piece := cmp.Or(choice.Delta, choice.Message); piece != nil {
		t.piece(piece)
	}
	if choice.FinishReason != "" {
		t.out.FinishReason, t.whole = choice.FinishReason, true
	}
}

func (t *turn) piece(p *chatPiece) {
	if p.ReasoningContent != "" {
		t.reasoning.WriteString(p.ReasoningContent)
		t.seen(p.ReasoningContent, true)
	}
	if text := t.content(p.Content); text != "" {
		t.text.WriteString(text)
		t.seen(text, false)
	}
	for _, image := range p.Images {
		t.image(image.ImageURL.URL)
	}
	for _, call := range p.ToolCalls {
		t.call(call)
	}
	for _, block := range p.ThinkingBlocks {
		t.thought(block)
	}
}

// content is the text of a string or of a list of parts, whose pictures are
// taken as well.
func (t *turn) content(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var parts []part
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	for _, p := range parts {
		text += p.Text
		if p.ImageURL != nil {
			t.image(p.ImageURL.URL)
		}
	}
	return text
}

func (t *turn) image(url string) {
	if url != "" && !slices.Contains(t.images, url) {
		t.images = append(t.images, url)
	}
}

// call joins a fragment to its call: by index, and where a server leaves the
// index out or gives it twice, by id.
func (t *turn) call(p callPiece) {
	last := len(t.calls) - 1
	var at *callParts
	switch {
	case p.Index != nil:
		for _, c := range slices.Backward(t.calls) {
			if c.index == *p.Index {
				at = c
				break
			}
		}
		if at != nil && p.ID != "" && at.id != "" && p.ID != at.id {
			at = nil
		}
	case last >= 0 && (p.ID == "" && p.Function.Name == "" || p.ID != "" && p.ID == t.calls[last].id):
		at = t.calls[last]
	}
	if at == nil {
		at = &callParts{index: last + 1}
		if p.Index != nil {
			at.index = *p.Index
		}
		t.calls = append(t.calls, at)
	}
	at.id, at.name = cmp.Or(at.id, p.ID), cmp.Or(at.name, p.Function.Name)
	var fragment string
	if raw := p.Function.Arguments; json.Unmarshal(raw, &fragment) != nil && string(raw) != "null" {
		fragment = string(raw) // an object where the schema has a string
	}
	at.arguments.WriteString(fragment)
}

// thinkingBlock is ThinkingBlock; data is Anthropic's of a redacted one.
type thinkingBlock struct {
	Type      string  `json:"type"`
	Thinking  *string `json:"thinking,omitempty"`
	Signature string  `json:"signature,omitempty"`
	Data      string  `json:"data,omitempty"`
}

// thought joins the fragments of a block, which is over once it is signed.
func (t *turn) thought(raw json.RawMessage) {
	var b thinkingBlock
	if json.Unmarshal(raw, &b) != nil {
		return
	}
	if n := len(t.thoughts); n > 0 {
		last := &t.thoughts[n-1]
		if last.Signature == "" && last.Data == "" && b.Data == "" && (b.Type == last.Type || b.Type == "") {
			if b.Thinking != nil && last.Thinking != nil {
				joined := *last.Thinking + *b.Thinking
				b.Thinking = &joined
			}
			last.Thinking, last.Signature = cmp.Or(b.Thinking, last.Thinking), b.Signature
			return
		}
	}
	t.thoughts = append(t.thoughts, b)
}

// answer is what was gathered.
func (t *turn) answer() *ChatAnswer {
	out := t.out
	out.Text, out.Reasoning = t.text.String(), t.reasoning.String()
	for _, url := range t.images {
		out.Images = append(out.Images, pictureOf(url))
	}
	out.Usage.Images = len(out.Images)
	for _, b := range t.thoughts {
		if raw, err := marshalPlain(b); err == nil {
			out.ThinkingBlocks = append(out.ThinkingBlocks, raw)
		}
	}
	for i, c := range t.calls {
		call := ToolCallAnswer{ID: cmp.Or(c.id, fmt.Sprintf("call_%d", i)), Name: c.name, Arguments: json.RawMessage(cmp.Or(c.arguments.String(), "{}"))}
		switch {
		case json.Valid(call.Arguments):
		case !t.whole:
			out.Warnings = append(out.Warnings, fmt.Sprintf("The call of %s was cut off and is left out.", c.name))
			continue
		default:
			// Half a call is never passed off as a whole one.
			call.Arguments, _ = marshalPlain(string(call.Arguments))
			out.Warnings = append(out.Warnings, fmt.Sprintf("The model's arguments for %s are not valid JSON; they are given as text.", c.name))
		}
		out.ToolCalls = append(out.ToolCalls, call)
	}
	return &out
}

// pictureOf is a picture that came as a data URL or as a link.
func pictureOf(url string) Output {
	head, body, _ := strings.Cut(url, ",")
	kind, isData := strings.CutPrefix(head, "data:")
	if !isData {
		return Output{URL: url}
	}
	kind, _, _ = strings.Cut(kind, ";")
	data, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		data, _ = base64.RawStdEncoding.DecodeString(body)
	}
	return Output{Data: data, MIME: cmp.Or(kind, "image/png")}
}
