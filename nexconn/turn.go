package nexconn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// turn gathers a chat's answer from its pieces.
type turn struct {
	each func(Delta)
	// ended is called at the finish reason and at every piece that comes after
	// it, grew whenever the answer has become longer.
	ended, grew func()
	// scrub takes the key out of what came.
	scrub func([]byte) []byte
	// last is called at [DONE] where the usage has not come yet.
	last func()
	out  ChatAnswer
	// unread says that the last event could not be read.
	unread bool
	// whole says that the end was reached, by [DONE] or a finish reason.
	whole bool
	// first says that a choice numbered 0 came; until then spare holds the
	// pieces of the first that has another number.
	first bool
	spare []node
	// others says that the service sent further choices, odd names the members
	// that came in another form than the documents have.
	others                   bool
	odd                      []string
	text, reasoning, refusal pieces
	calls                    toolCalls
	images                   []string
	seen                     map[string]bool
	thoughts                 []thinkingBlock
}

type callParts struct {
	index     int
	id, name  string
	arguments pieces
}

// came says that there is something to show for the money.
func (t *turn) came() bool {
	return !t.text.empty() || !t.reasoning.empty() || !t.refusal.empty() || len(t.images) > 0 || len(t.calls) > 0
}

// size is how much came so far.
func (t *turn) size() int {
	n := t.text.whole.Len() + t.reasoning.whole.Len() + t.refusal.whole.Len() + len(t.images) + len(t.calls) + len(t.thoughts)
	if last := len(t.calls) - 1; last >= 0 {
		n += t.calls[last].arguments.whole.Len()
	}
	return n
}

// said says that an answer which has ended is one, if an empty one: something
// that could be read, a finish reason or what it cost.
func (t *turn) said() bool {
	return t.came() || len(t.odd) == 0 && (t.out.FinishReason != "" || t.out.Usage != Usage{})
}

func (t *turn) leaveOut(member string) {
	if !slices.Contains(t.odd, member) {
		t.odd = append(t.odd, member)
	}
}

// toolCalls are the calls that a model wants made, as far as they have come.
type toolCalls []*callParts

// add joins a fragment of a ToolCall to its call: by id, by index, and where a
// server gives neither, to the last.
func (t *toolCalls) add(n node) (ok bool) {
	calls := *t
	n = n.one()
	function := n.at("function").one()
	if function.empty() {
		function = n // ToolCallFunction without its object
	}
	id, name := n.at("id").text(), function.at("name").text()
	fragment := argumentsOf(function.at("arguments", "input", "parameters"))
	index, numbered := n.at("index").number()
	var at *callParts
	switch last := len(calls) - 1; {
	case id != "" && calls.byID(id) != nil:
		at = calls.byID(id)
	case numbered:
		if at = calls.byIndex(int(index)); at != nil && id != "" && at.id != "" {
			at = nil // another id under the same index is another call
		}
	case last >= 0 && id == "" && (name == "" || name == calls[last].name && !calls[last].complete()):
		at = calls[last]
	}
	if at == nil {
		if len(calls) >= maxCalls {
			return false
		}
		at = &callParts{index: len(calls)}
		if numbered {
			at.index = int(index)
		}
		*t = append(calls, at)
	}
	at.id, at.name = cmp.Or(at.id, id), cmp.Or(at.name, name)
	if strings.HasPrefix(fragment, "{") && json.Valid([]byte(fragment)) && at.complete() {
		at.arguments = pieces{} // the whole once more
	}
	at.arguments.add(fragment)
	return true
}

// maxCalls is how many tool calls one turn may have.
const maxCalls = 1000

func (t toolCalls) byID(id string) *callParts {
	for _, c := range slices.Backward(t) {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (t toolCalls) byIndex(index int) *callParts {
	for _, c := range slices.Backward(t) {
		if c.index == index {
			return c
		}
	}
	return nil
}

// complete says that the arguments so far are a whole object.
func (c *callParts) complete() bool {
	so := c.arguments.whole.String()
	return strings.HasSuffix(so, "}") && json.Valid([]byte(so))
}

// argumentsOf is a fragment of a call's arguments: a text, or an object where the
// schema has one.
func argumentsOf(n node) string {
	if n.isText() || n.empty() {
		return n.text()
	}
	doc, err := PlainJSON(n.v)
	if err != nil {
		return ""
	}
	return string(doc)
}

// thinkingBlock is ThinkingBlock; data is Anthropic's of a redacted one.
type thinkingBlock struct {
	Type      string  `json:"type"`
	Thinking  *string `json:"thinking,omitempty"`
	Signature string  `json:"signature,omitempty"`
	Data      string  `json:"data,omitempty"`
}

// thought joins the fragments of a block, which is over once it is signed.
func (t *turn) thought(n node) {
	if !n.isObject() {
		return
	}
	b := thinkingBlock{Type: n.at("type").text(), Signature: n.at("signature").text(), Data: n.at("data").text()}
	if n.given("thinking") {
		text := n.at("thinking").text()
		b.Thinking = &text
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

// noArguments says that a call has none.
func noArguments(raw json.RawMessage) bool {
	n, err := parse(raw)
	return err == nil && n.empty() || len(bytes.TrimSpace(raw)) == 0
}

// endedEmpty says why a turn has nothing in it.
func endedEmpty(reason string) string {
	switch reason {
	case "", "stop":
		return "The model's answer is empty."
	case "length", "max_tokens", "MAX_TOKENS":
		return "The turn ended without an answer (" + reason + "): its tokens ran out before the text began, on reasoning as a rule; a larger max_tokens leaves room."
	}
	return "The turn ended without an answer: " + clip(reason, maxCode) + "."
}

// answer is what was gathered.
func (t *turn) answer() *ChatAnswer {
	out := t.out
	out.Text, out.Reasoning, out.Refusal = t.text.text(), t.reasoning.text(), t.refusal.text()
	if out.Refusal != "" {
		out.Warnings = append(out.Warnings, "The model refused: "+clip(out.Refusal, 300))
	}
	if t.whole && !t.came() {
		out.Warnings = append(out.Warnings, endedEmpty(out.FinishReason))
	}
	if t.others {
		out.Warnings = append(out.Warnings, "The service sent further choices; only the first is given.")
	}
	if len(t.odd) > 0 {
		out.Warnings = append(out.Warnings, "What came in a form that can't be read is left out: "+clip(strings.Join(t.odd, ", "), 200)+".")
	}
	for i, url := range t.images {
		picture, ok := pictureOf(url)
		if !ok {
			out.Warnings = append(out.Warnings, fmt.Sprintf("Picture %d came broken and is left out.", i))
			continue
		}
		out.Images = append(out.Images, picture)
	}
	out.Usage.Images = len(out.Images)
	for _, b := range t.thoughts {
		if raw, err := PlainJSON(b); err == nil {
			out.ThinkingBlocks = append(out.ThinkingBlocks, raw)
		}
	}
	for i, c := range t.calls {
		call := ToolCallAnswer{ID: cmp.Or(c.id, fmt.Sprintf("call_%d", i)), Name: c.name, Arguments: json.RawMessage(c.arguments.text())}
		if noArguments(call.Arguments) && t.whole {
			call.Arguments = json.RawMessage("{}")
		}
		switch {
		case json.Valid(call.Arguments):
		case !t.whole:
			out.Warnings = append(out.Warnings, fmt.Sprintf("The call of %s was cut off and is left out.", c.name))
			continue
		default:
			// Half a call is never passed off as a whole one.
			call.Arguments, _ = PlainJSON(string(call.Arguments))
			out.Warnings = append(out.Warnings, fmt.Sprintf("The model's arguments for %s are not valid JSON; they are given as text.", c.name))
		}
		out.ToolCalls = append(out.ToolCalls, call)
	}
	return &out
}
