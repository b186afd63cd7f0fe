package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ask is one question to a chat model, whatever the protocol it came in.
type ask struct {
	model  string
	turns  int      // messages of the conversation
	read   string   // all the text that counts as input
	prompt steering // the last user message
	given  []string // kinds of media in the conversation, in order

	results  []toolResult // if the conversation ends in tool results
	tools    []tool
	choice   string // auto, none, required or a tool's name
	parallel bool

	schema     json.RawMessage // the answer must satisfy it
	jsonObject bool

	effort     string // "" for no reasoning, else minimal to high
	hideReason bool
	maxTokens  int
	stop       []string
	cached     int
	image      *imageConfig // not nil if pictures may be answered
}

type tool struct {
	name, description string
	schema            json.RawMessage
}

type toolResult struct{ name, text string }

// reply is what the stand-in for a model says.
type reply struct {
	id        string
	created   int64
	reasoning string
	text      string
	calls     []toolCall
	images    [][]byte
	finish    finish
	stopped   string // the stop sequence that ended it

	inTokens, outTokens, reasonTokens, imageTokens, cachedTokens int
}

type toolCall struct {
	id, name  string
	arguments string // JSON
}

// finish is why a reply ended, in OpenAI's words.
type finish string

const (
	finishStop    finish = "stop"
	finishLength  finish = "length"
	finishTools   finish = "tool_calls"
	finishContent finish = "content_filter"
)

// imageTokens is what a picture of Gemini's costs in output tokens.
const imageTokens = 1120

// think answers a question: the same question, the same answer.
func (s *Server) think(a ask) (reply, error) {
	if err := a.prompt.refuse(); err != nil {
		return reply{}, err
	}
	if a.prompt.fate == failOther {
		return reply{}, refusal{status: http.StatusInternalServerError, message: "the provider could not answer"}
	}
	p := reply{
		id: randomHex(16), created: time.Now().Unix(), finish: finishStop,
		inTokens: tokens(a.read) + 260*len(a.given), cachedTokens: a.cached,
	}
	if a.prompt.fate == failContent {
		p.finish = finishContent
		return p, nil
	}
	p.reasoning = a.reason()
	p.reasonTokens = tokens(p.reasoning)
	var err error
	switch p.calls = a.callTools(p.id); {
	case len(p.calls) > 0:
		p.finish = finishTools
	case a.schema != nil:
		p.text, err = inventText(a.schema, a.prompt.text)
	case a.jsonObject:
		p.text = mustJSON(map[string]string{"model": a.model, "answer": a.say()})
	case a.draws():
		err = a.draw(&p)
	default:
		p.text = a.say()
	}
	if err != nil {
		return reply{}, bad("", "%v", err)
	}
	a.limit(&p)
	p.outTokens = p.reasonTokens + tokens(p.text) + p.imageTokens
	for _, c := range p.calls {
		p.outTokens += tokens(c.arguments) + 8
	}
	if a.hideReason {
		p.reasoning = ""
	}
	return p, nil
}

// say is the answer in words.
func (a ask) say() string {
	var b strings.Builder
	if len(a.results) > 0 {
		for _, r := range a.results {
			fmt.Fprintf(&b, "The tool %s answered: %s ", or(r.name, "you ran"), head(r.text, 2000))
		}
	} else {
		fmt.Fprintf(&b, "You asked %s: %q. ", a.model, head(a.prompt.text, 400))
	}
	if len(a.given) > 0 {
		fmt.Fprintf(&b, "I was given %s. ", count(a.given))
	}
	if a.turns > 1 {
		fmt.Fprintf(&b, "This is turn %d of our talk. ", a.turns)
	}
	b.WriteString("This is the Nexconn sandbox: the answer is made up, no model was run and nothing was billed.")
	if a.prompt.words == 0 {
		return b.String()
	}
	words := strings.Fields(b.String())
	for n := len(words); n < a.prompt.words; n++ {
		words = append(words, fmt.Sprintf("word%d", n+1))
	}
	return strings.Join(words[:a.prompt.words], " ")
}

// reason is the visible thinking: longer the more was asked for.
func (a ask) reason() string {
	if a.effort == "" {
		return ""
	}
	lines := []string{
		"The user wants an answer to: " + head(a.prompt.text, 120) + ".",
		"Let me see what is given and what is missing.",
		"There may be more than one way to read the question, so I take the plain one.",
		"Checking the result once more before I answer.",
	}
	n := map[string]int{"minimal": 1, "low": 1, "medium": 2}[a.effort]
	return strings.Join(lines[:or(n, 4)], " ")
}

// draws tells whether the answer is a picture: an image model draws unless it is
// asked a question.
func (a ask) draws() bool {
	return a.image != nil && !strings.HasSuffix(strings.TrimSpace(a.prompt.text), "?")
}

func (a ask) draw(p *reply) error {
	inputs := 0
	for _, g := range a.given {
		if g == "image" {
			inputs++
		}
	}
	w, h := a.image.frame()
	data, err := picture{prompt: a.prompt.text, model: a.model, width: w, height: h, inputs: inputs}.png()
	p.images, p.imageTokens = [][]byte{data}, imageTokens
	return err
}

// limit ends a text at a stop sequence or at the most tokens allowed, reasoning
// counted in.
func (a ask) limit(p *reply) {
	for _, stop := range a.stop {
		if before, _, ok := strings.Cut(p.text, stop); ok && stop != "" {
			p.text, p.stopped = before, stop
		}
	}
	if a.maxTokens <= 0 || p.finish == finishTools || len(p.images) > 0 {
		return
	}
	room := a.maxTokens - p.reasonTokens
	if tokens(p.text) <= room {
		return
	}
	p.finish, p.stopped = finishLength, ""
	p.text = firstTokens(p.text, room)
	if room < 0 {
		p.reasoning = firstTokens(p.reasoning, a.maxTokens)
		p.reasonTokens = tokens(p.reasoning)
	}
}

// tokens counts four bytes to the token.
func tokens(s string) int { return (len(s) + 3) / 4 }

func firstTokens(s string, n int) string {
	if n <= 0 {
		return ""
	}
	return strings.ToValidUTF8(s[:min(len(s), n*4)], "")
}

// head is the first n bytes of a text, on a whole character.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// count says "1 image and 2 videos".
func count(kinds []string) string {
	var order []string
	n := map[string]int{}
	for _, k := range kinds {
		if n[k] == 0 {
			order = append(order, k)
		}
		n[k]++
	}
	for i, k := range order {
		order[i] = plural(n[k], k)
	}
	if len(order) > 1 {
		last := len(order) - 1
		return strings.Join(order[:last], ", ") + " and " + order[last]
	}
	return order[0]
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain maps and strings come here
	}
	return string(b)
}
