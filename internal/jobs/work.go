package jobs

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Work is one paid call, checked and built, not yet sent.
type Work struct {
	Tool  string
	Kind  catalog.Kind
	Model catalog.Model
	Op    catalog.Op
	// Args are the arguments that make the call what it is: no waiting, saving
	// or confirming among them.
	Args map[string]any
	// Priced are the arguments its price depends on, where they aren't Args.
	Priced map[string]any
	Prompt string
	Call   nexconn.Call
	// Native says that the call is a vendor's own protocol.
	Native bool

	// Key is the caller's idempotency key, Confirm its consent to the price.
	Key, Confirm string
	Save         bool
	// known is the row that has the key, where planning found it.
	known *ledger.Row
	// Wait is how long the caller waits, counted from Start.
	Start time.Time
	Wait  time.Duration
	// CanAsk says that the caller's client can put a price to its user,
	// Declined that the user said no.
	CanAsk, Declined bool
	Seen             Seen
	// Warnings are what checking found, to be told with the result.
	Warnings []string
}

// Seen hears how a job gets on: a fraction from 0 to 1, and words.
type Seen func(fraction float64, note string)

func (w Work) until() time.Time { return w.Start.Add(w.Wait) }

func (w Work) hash() string {
	args, _ := json.Marshal(w.Args)
	return sum(w.Tool, w.Model.ID, string(args))
}

// Outcome is a row as the call leaves it, and what the caller should know.
type Outcome struct {
	Row      ledger.Row
	Warnings []string
	// Answer is the whole answer of a chat or native call.
	Answer json.RawMessage
}

// DryRun is what would be sent, and what it would cost.
type DryRun struct {
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Body     json.RawMessage `json:"body,omitempty"`
	USD      *float64        `json:"estimated_usd,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
}

// DryRun prices work and shows the exact request; nothing is sent or recorded.
func (s *Service) DryRun(w Work) DryRun {
	d := DryRun{Method: w.Call.Method, Path: w.Call.Path, USD: s.estimate(w), Warnings: w.Warnings}
	if !w.Call.Body.IsZero() {
		d.Body = w.Call.Body.Show()
	}
	return d
}

func (s *Service) estimate(w Work) *float64 {
	usd, ok := w.Model.Estimate(w.Op, w.priced())
	if !ok {
		return nil
	}
	return &usd
}

func (w Work) priced() map[string]any {
	if w.Priced != nil {
		return w.Priced
	}
	return w.Args
}

// headChars is how much of a prompt is kept by default.
const headChars = 120

func (s *Service) row(c Caller, w Work, usd *float64) ledger.Row {
	r := ledger.Row{
		Caller: c.ID, Tool: w.Tool, Kind: string(w.Kind), Model: w.Model.ID, Operation: string(w.Op),
		Task: w.Kind != catalog.Chat, Status: ledger.Intent, ArgsHash: w.hash(), Key: w.Key, USD: usd,
		CreatedAt: w.Start, UpdatedAt: w.Start, Priced: priceFacts(w.priced()),
	}
	if w.Prompt != "" {
		r.PromptHash = sum("prompt", w.Prompt)
	}
	switch s.Prompts {
	case PromptNone:
	case PromptFull:
		r.PromptHead = w.Prompt
	default:
		r.PromptHead = head(w.Prompt, headChars)
	}
	return r
}

// priceFacts are the arguments that a price may depend on: numbers, switches
// and short words stay, of everything else only that it was given.
func priceFacts(args map[string]any) map[string]any {
	facts := map[string]any{}
	for name, v := range args {
		switch v := v.(type) {
		case float64, bool:
			facts[name] = v
		case string:
			switch name {
			case "mode", "resolution", "aspect_ratio", "motion_orientation":
				facts[name] = v
			default:
				facts[name] = "given"
			}
		case []any:
			if len(v) > 0 {
				facts[name] = []any{"given"}
			}
			if name == "shots" {
				facts[name] = lengths(v)
			}
		}
	}
	delete(facts, "model")
	delete(facts, "extra")
	return facts
}

// lengths are the seconds of shots, which make up the clip's.
func lengths(shots []any) []any {
	var list []any
	for _, shot := range shots {
		if m, ok := shot.(map[string]any); ok {
			list = append(list, map[string]any{"seconds": m["seconds"]})
		}
	}
	return list
}

func head(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
