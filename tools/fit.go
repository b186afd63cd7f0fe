package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// What a result may weigh, in bytes of JSON as it is written: structured
// content stays under 50 KB.
const (
	mostStructured = 50_000
	// longAnswer is what of a long answer a result holds.
	longAnswer = 20 << 10
	// mostWarnings is what all warnings may weigh.
	mostWarnings = 6 << 10
	// slack is for the place of what was kept and the warning that tells it.
	slack = 4 << 10
)

// weight is what a value weighs in a result. What is no JSON weighs most.
func weight(v any) int {
	doc, err := json.Marshal(v)
	if err != nil {
		return math.MaxInt32
	}
	return len(doc)
}

// cut is at most n bytes of s, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:max(0, n)]
}

// light is as much of s as weighs at most n.
func light(s string, n int) string {
	if weight(s) <= n {
		return s
	}
	over := sort.Search(len(s), func(i int) bool { return weight(cut(s, i)) > n })
	return cut(s, over-1)
}

// chatFit shortens a chat's answer to what a result may hold. What goes is kept
// whole in files where there is a place for it: signed thoughts go before the
// arguments of tool calls, and neither because the text is long.
type chatFit struct {
	out   *ChatResult
	whole ChatResult
	keep  func(name string, doc []byte) (jobs.Output, error)
}

// fit shortens out and gives what its text says of that.
func (d Deps) fit(ctx context.Context, row jobs.Row, out *ChatResult) []string {
	out.Warnings = fewer(out.Warnings)
	f := chatFit{out: out, whole: *out, keep: func(name string, doc []byte) (jobs.Output, error) {
		return d.Jobs.Outputs().KeepText(ctx, row, name, doc)
	}}
	f.fitImages()
	beside := f.fitBeside()
	return slices.DeleteFunc([]string{f.fitText(), beside}, func(s string) bool { return s == "" })
}

// mostImages is what the places of pictures may weigh.
const mostImages = 15 << 10

// fitImages leaves out the places of pictures that are too many to tell; the
// task has them all.
func (f *chatFit) fitImages() {
	images := f.out.Images
	if weight(images) <= mostImages {
		return
	}
	n := sort.Search(len(images), func(n int) bool { return weight(images[:n+1]) > mostImages })
	f.out.Images = images[:n]
	f.warn(fmt.Sprintf("%d more pictures are left out here; query_task with task_id %s lists them.", len(images)-n, f.out.TaskID))
}

// heavy is what a list weighs; an empty one is left out of a result.
func heavy[T any](list []T) int {
	if len(list) == 0 {
		return 0
	}
	return weight(list)
}

// fitBeside shortens what comes beside the text. Arguments that are too long by
// themselves go first, so that thoughts go only for what is left.
func (f *chatFit) fitBeside() string {
	out, said := f.out, min(len(f.whole.Text)+len(f.whole.Reasoning), longAnswer)
	bare := *out
	bare.Text, bare.Reasoning, bare.ThinkingBlocks, bare.ToolCalls = "", "", nil, nil
	room := max(0, mostStructured-weight(bare)-said-slack)
	thoughts, calls := heavy(out.ThinkingBlocks), heavy(out.ToolCalls)
	if thoughts <= longAnswer && calls <= longAnswer && thoughts+calls <= room {
		return ""
	}
	doc, err := nexconn.PlainJSON(struct {
		ToolCalls      []nexconn.ToolCallAnswer `json:"tool_calls,omitempty"`
		ThinkingBlocks []json.RawMessage        `json:"thinking_blocks,omitempty"`
	}{out.ToolCalls, out.ThinkingBlocks})
	var place jobs.Output
	if err == nil {
		place, err = f.keep("calls.json", doc)
	}
	where, most := "they are whole at "+whereabouts(place), longAnswer
	if err != nil {
		where, most = "they could not be kept: "+err.Error(), room
	}
	var gone []string
	if calls > most {
		gone = f.shortenCalls(most)
		calls = heavy(out.ToolCalls)
	}
	if thoughts > 0 && (thoughts > most || thoughts+calls > room) {
		out.ThinkingBlocks = nil
		gone = append([]string{"The thinking blocks"}, gone...)
	}
	if calls > room {
		gone = append(gone, f.shortenCalls(room)...)
	}
	if len(gone) == 0 {
		return ""
	}
	for _, what := range gone {
		f.warn(what + " are longer than a result may be; " + where + ".")
	}
	return f.shortened(place, err, "What is left out here is whole at ", "")
}

// shortenCalls takes the longest arguments away until the calls fit, and then
// calls from the end; what names a call stays as long as it can.
func (f *chatFit) shortenCalls(most int) (gone []string) {
	calls := slices.Clone(f.out.ToolCalls)
	order := make([]int, len(calls))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(calls[b].Arguments), len(calls[a].Arguments)) })
	left, names := weight(calls), []string{}
	for _, i := range order {
		if left <= most {
			break
		}
		before := weight(calls[i])
		calls[i].Arguments = nil
		left += weight(calls[i]) - before
		names = append(names, fmt.Sprintf("%s (%s)", cut(calls[i].Name, 60), cut(calls[i].ID, 60)))
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more calls", len(names)-3))
	}
	if len(names) > 0 {
		gone = append(gone, "The arguments of "+strings.Join(names, ", "))
	}
	if weight(calls) > most {
		n := sort.Search(len(calls), func(n int) bool { return weight(calls[:n+1]) > most })
		gone = append(gone, fmt.Sprintf("The tool calls after the first %d of %d", n, len(calls)))
		calls = calls[:n]
	}
	f.out.ToolCalls = calls
	return gone
}

// fitText shortens the text and the reasoning to what is left of a result.
func (f *chatFit) fitText() string {
	out := f.out
	if len(out.Text)+len(out.Reasoning) <= longAnswer && weight(out) <= mostStructured {
		return ""
	}
	place, err := f.keep("answer.md", []byte(wholeText(f.whole)))
	most := longAnswer
	if err != nil {
		most = mostStructured
	}
	bare := *out
	bare.Text, bare.Reasoning = "", ""
	room := mostStructured - weight(bare) - slack
	out.Text = light(cut(out.Text, most), room)
	most, room = most-len(out.Text), room-weight(out.Text)
	out.Reasoning = light(cut(out.Reasoning, max(0, most)), max(0, room))
	if out.Text == f.whole.Text && out.Reasoning == f.whole.Reasoning {
		return ""
	}
	if err != nil {
		f.warn("The answer is longer than a result may be, and the whole of it could not be kept: " + err.Error())
	}
	return f.shortened(place, err, "The whole answer is at ", "The answer is cut off here; the rest could not be kept.")
}

// shortened marks the result as shortened, with the place of the whole, and
// gives the words for its text.
func (f *chatFit) shortened(place jobs.Output, err error, at, nowhere string) string {
	f.out.Truncated = true
	if err != nil {
		return nowhere
	}
	f.out.Path, f.out.URL, f.out.URI = place.Path, place.URL, place.URI
	return at + whereabouts(place)
}

// whereabouts is where what was kept can be opened.
func whereabouts(place jobs.Output) string { return cmp.Or(place.Path, place.URL, place.URI) }

func (f *chatFit) warn(words string) {
	f.out.Warnings = append(slices.Clip(f.out.Warnings), cut(words, 1<<10))
}

func wholeText(out ChatResult) string {
	if out.Reasoning == "" {
		return out.Text
	}
	return out.Text + "\n\n---\n\nReasoning:\n\n" + out.Reasoning
}

// What the outputs of a task may weigh, and how long a link may be: browsers and
// clients cut longer ones off.
const (
	mostOutputs = 34 << 10
	longestLink = 8 << 10
)

// fitOutputs are as many outputs as a result bears, without links that are too
// long for it, and the warnings with what was left out. The record has them all.
func fitOutputs(outputs []jobs.TaskOutput, warnings []string) ([]jobs.TaskOutput, []string) {
	left := mostOutputs
	for i := range outputs {
		if n := len(outputs[i].URL); n > longestLink {
			outputs[i].URL = ""
			warnings = append(warnings, fmt.Sprintf("The link of output %d has %d characters and is left out here; save_outputs saves what it leads to.", i, n))
		}
		if left -= weight(outputs[i]) + 1; left < 0 {
			warnings = append([]string{fmt.Sprintf("%d more outputs are left out here; save_outputs saves all.", len(outputs)-i)}, warnings...)
			outputs = outputs[:i]
			break
		}
	}
	return outputs, fewer(warnings)
}

// fewer are warnings said once each, and no more of them than a result bears.
func fewer(warnings []string) []string {
	var told []string
	left := mostWarnings
	for i, w := range warnings {
		if slices.Contains(told, w) {
			continue
		}
		if left -= weight(w) + 1; left < 0 {
			return append(told, fmt.Sprintf("%d more warnings are left out.", len(warnings)-i))
		}
		told = append(told, w)
	}
	return told
}
