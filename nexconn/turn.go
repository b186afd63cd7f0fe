package nexconn

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// turn gathers a chat's answer from its pieces.
type turn struct {
	seen func(text string, reasoning bool)
	// ended hears of the finish reason and of every piece that comes after it.
	ended func()
	out   ChatAnswer
	// whole says that the end was reached, by [DONE] or a finish reason.
	whole bool
	// first says that a choice numbered 0 came; until then spare holds the
	// pieces of the first that has another number.
	first bool
	spare []chatChoice
	// others says that the service sent further choices, odd names the members
	// that came in another form than the documents have.
	others          bool
	odd             []string
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

// said says that an answer which has ended is one, if an empty one: something
// that could be read, a finish reason or what it cost.
func (t *turn) said() bool {
	return t.came() || len(t.odd) == 0 && (t.out.FinishReason != "" || t.out.Usage != Usage{})
}

// decode reads JSON and takes what has the documents' form: a paid answer is
// not lost over a member that hasn't.
func (t *turn) decode(doc []byte, into any) error {
	err := json.Unmarshal(doc, into)
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) && other.Field != "" {
		t.leaveOut(other.Field)
		return nil
	}
	return err
}

func (t *turn) leaveOut(member string) {
	if !slices.Contains(t.odd, member) {
		t.odd = append(t.odd, member)
	}
}

// name takes what a reply says of the turn as a whole.
func (t *turn) name(r chatReply) {
	t.out.ID, t.out.Model = cmp.Or(t.out.ID, string(r.ID)), cmp.Or(t.out.Model, string(r.Model))
	if r.Usage != nil {
		t.out.Usage = r.Usage.usage()
	}
}

// take takes the pieces of the first choice in. A second, which only extra
// could ask for, is not mixed in.
func (t *turn) take(choices []chatChoice) {
	for _, c := range choices {
		switch {
		case c.Index == 0:
			t.others = t.others || len(t.spare) > 0
			t.first, t.spare = true, nil
			t.choice(c)
		case !t.first && (len(t.spare) == 0 || c.Index == t.spare[0].Index):
			t.spare = append(t.spare, c)
		default:
			t.others = true
		}
	}
}

// settle takes the spare choice where none was numbered 0.
func (t *turn) settle() {
	spare := t.spare
	t.spare = nil
	for _, c := range spare {
		t.choice(c)
	}
}

func (t *turn) choice(c chatChoice) {
	if piece := cmp.Or(c.Delta, c.Message); piece != nil {
		t.piece(piece)
	}
	if c.FinishReason != "" {
		t.out.FinishReason, t.whole = string(c.FinishReason), true
	}
	if t.whole && t.ended != nil {
		t.ended()
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
	if t.decode(raw, &parts) != nil {
		t.leaveOut("content")
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
	last, id, name := len(t.calls)-1, string(p.ID), string(p.Function.Name)
	var at *callParts
	switch {
	case p.Index != nil:
		for _, c := range slices.Backward(t.calls) {
			if c.index == int(*p.Index) {
				at = c
				break
			}
		}
		if at != nil && id != "" && at.id != "" && id != at.id {
			at = nil
		}
	case last >= 0 && (id == "" && name == "" || id != "" && id == t.calls[last].id):
		at = t.calls[last]
	}
	if at == nil {
		at = &callParts{index: last + 1}
		if p.Index != nil {
			at.index = int(*p.Index)
		}
		t.calls = append(t.calls, at)
	}
	at.id, at.name = cmp.Or(at.id, id), cmp.Or(at.name, name)
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
		call := ToolCallAnswer{ID: cmp.Or(c.id, fmt.Sprintf("call_%d", i)), Name: c.name, Arguments: json.RawMessage(c.arguments.String())}
		if null(call.Arguments) && t.whole {
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

// pictureOf is a picture that came as a data URL or as a link; ok says that
// there is something in it.
func pictureOf(link string) (o Output, ok bool) {
	head, body, _ := strings.Cut(link, ",")
	kind, isData := strings.CutPrefix(head, "data:")
	if !isData {
		return linked(link, "", "image/png", time.Time{}, time.Time{}), true
	}
	kind, _, encoded := strings.Cut(kind, ";")
	for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if data, err := alphabet.DecodeString(body); err == nil && len(data) > 0 {
			return Output{Data: data, MIME: cmp.Or(kind, "image/png")}, true
		}
	}
	if text, err := url.PathUnescape(body); err == nil && !encoded && text != "" {
		return Output{Data: []byte(text), MIME: cmp.Or(kind, "image/png")}, true
	}
	return Output{}, false
}
