package nexconn

import (
	"cmp"
	"strings"
)

// usageOf counts the tokens of a ChatCompletionResponse; completion_tokens
// includes reasoning and images. Other vendors' names are read too.
func usageOf(n node) Usage {
	n = n.one()
	input := n.at("prompt_tokens_details", "input_tokens_details")
	output := n.at("completion_tokens_details", "output_tokens_details")
	u := Usage{
		InputTokens:     n.at("prompt_tokens", "input_tokens", "prompt_token_count").count(),
		OutputTokens:    n.at("completion_tokens", "output_tokens").count(),
		ReasoningTokens: cmp.Or(output.at("reasoning_tokens").count(), n.at("reasoning_tokens", "thoughts_token_count").count()),
		CachedTokens:    cmp.Or(input.at("cached_tokens").count(), n.at("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_content_token_count").count()),
		AudioTokens:     input.at("audio_tokens").count(),
		ImageTokens:     output.at("image_tokens").count(),
	}
	if u.OutputTokens == 0 { // Gemini counts its thoughts apart
		if answer := n.at("candidates_token_count").count(); answer > 0 {
			u.OutputTokens = answer + u.ReasoningTokens
		}
	}
	u.cacheWrites(n)
	return u
}

// usageIn is what a reply says was used, wherever servers put it: beside the
// choices, in a choice or its message, in a vendor's own member.
func usageIn(n node) Usage {
	places := []node{n, n.at("x_groq")}
	for _, c := range n.at("choices").items() {
		places = append(places, c, c.at("delta", "message"))
	}
	for _, place := range places {
		if used := usageOf(place.at("usage", "usage_metadata")); used != (Usage{}) {
			return used
		}
	}
	return Usage{}
}

// cacheWrites reads what was written to a cache and searched for, in Anthropic's
// names (its page on prompt caching).
func (u *Usage) cacheWrites(n node) {
	u.CacheHourTokens = n.at("cache_creation").at("ephemeral_1h_input_tokens").count()
	u.CacheWriteTokens = max(n.at("cache_creation_input_tokens").count(), u.CacheHourTokens+n.at("cache_creation").at("ephemeral_5m_input_tokens").count())
	u.Searches = n.at("server_tool_use").at("web_search_requests").count()
}

// event takes in one event of the stream: a chunk of a ChatCompletionResponse,
// which has a delta where the whole answer has a message. chat.md section 5.
func (t *turn) event(kind string, data []byte) (*Error, error) {
	n, err := parse(markHalves(data))
	n = n.one()
	if kind == "error" && n.at("choices").empty() {
		if inner := n.at("error"); inner.empty() {
			n = node{map[string]any{"error": cmp.Or[any](n.v, string(data))}}
		}
		return refusedNode(n), nil
	}
	switch {
	case err != nil && t.whole:
		return nil, nil // the usage may follow
	case err != nil:
		t.unread = true // what comes next may be whole
		return nil, nil
	case n.isText() || n.empty():
		return nil, nil // a sign of life
	case !n.isObject():
		return nil, errNoChat
	}
	t.name(n)
	choices := n.at("choices")
	usage := usageIn(n)
	if (choices.empty() && usage == Usage{} || !n.at("error").empty()) && faultOf(n).envelope {
		return refusedNode(n), nil
	}
	return t.take(choices), nil
}

// document takes in a whole ChatCompletionResponse. What a model said counts
// for more than what looks like a refusal beside it, a real error excepted.
func (t *turn) document(doc []byte) (*Error, error) {
	n, err := parse(markHalves(doc))
	n = n.one()
	choices := n.at("choices")
	failed := faultOf(n).envelope
	switch {
	case failed && (choices.empty() || !n.at("error").empty()):
		return refusedNode(n), nil
	case choices.empty():
		return nil, errNoChat
	}
	t.name(n)
	refusal := t.take(choices)
	t.settle()
	switch {
	case refusal != nil:
		return refusal, nil
	case failed && !t.came() && t.out.Usage == Usage{}:
		return refusedNode(n), nil
	case err != nil && !t.came():
		return nil, errNoChat
	case err != nil:
		return nil, errCut
	}
	t.whole = true
	return nil, nil
}

// name takes what a reply says of the turn as a whole; of several counts of what
// was used the last that says something counts.
func (t *turn) name(n node) {
	t.out.ID, t.out.Model = cmp.Or(t.out.ID, n.at("id").text()), cmp.Or(t.out.Model, n.at("model").text())
	if used := usageIn(n); used != (Usage{}) {
		t.out.Usage = used
	}
}

// take takes the pieces of the first choice in. A second, which only extra
// could ask for, is not mixed in. The error of a choice is the turn's.
func (t *turn) take(choices node) *Error {
	for _, c := range choices.items() {
		if !c.isObject() {
			t.leaveOut("choices")
			continue
		}
		if !c.at("error").empty() {
			return refusedNode(node{map[string]any{"error": c.at("error").v}})
		}
		index := c.at("index").count()
		switch {
		case index == 0:
			t.others = t.others || len(t.spare) > 0
			t.first, t.spare = true, nil
			t.choice(c)
		case !t.first && (len(t.spare) == 0 || index == t.spare[0].at("index").count()):
			t.spare = append(t.spare, c)
		default:
			t.others = true
		}
	}
	return nil
}

// settle takes the spare choice where none was numbered 0.
func (t *turn) settle() {
	spare := t.spare
	t.spare = nil
	for _, c := range spare {
		t.choice(c)
	}
}

func (t *turn) choice(c node) {
	if t.unread {
		t.unread = false
		t.leaveOut("an event")
	}
	before := t.size()
	if piece := c.at("delta", "message").one(); piece.isObject() {
		t.piece(piece)
	} else if text := cmp.Or(piece.text(), c.at("text").text()); text != "" {
		t.content(node{text})
	} else if !piece.empty() {
		t.leaveOut("choices.delta")
	}
	if reason := c.at("finish_reason").text(); reason != "" {
		t.out.FinishReason, t.whole = reason, true
	}
	if t.size() != before && t.grew != nil {
		t.grew()
	}
	if t.whole && t.ended != nil {
		t.ended()
	}
}

// piece is what a model said, whole or in part.
func (t *turn) piece(p node) {
	if s := thoughtOf(p); s != "" {
		if s = t.reasoning.add(s); s != "" {
			t.each(Delta{Reasoning: s})
		}
	}
	t.content(p.at("content"))
	t.refusal.add(refusalIn(p.at("refusal")))
	for _, image := range p.at("images").items() {
		t.image(image)
	}
	for _, call := range p.at("tool_calls").items() {
		if !t.calls.add(call) {
			t.leaveOut("tool_calls")
		}
	}
	if old := p.at("function_call"); old.isObject() { // FunctionCall, the older form
		t.calls.add(node{map[string]any{"index": "0", "function": old.v}})
	}
	for _, block := range p.at("thinking_blocks").items() {
		t.thought(block)
	}
}

// thoughtOf is the reasoning of a piece: one thought, though relays may tell it
// under several names.
func thoughtOf(p node) string {
	for _, key := range []string{"reasoning_content", "reasoning", "thinking", "thoughts", "thought"} {
		if s := wordsIn(p.at(key), "text", "content", "summary"); s != "" {
			return s
		}
	}
	var all strings.Builder
	for _, d := range p.at("reasoning_details").items() {
		if kind := d.at("type").text(); kind == "" || strings.HasSuffix(kind, "text") || strings.HasSuffix(kind, "summary") {
			all.WriteString(d.at("text", "summary").text())
		}
	}
	return all.String()
}

// wordsIn joins what a text, an object or a list of them says, under keys.
func wordsIn(n node, keys ...string) string {
	var all strings.Builder
	for _, item := range n.items() {
		all.WriteString(cmp.Or(item.text(), item.at(keys...).text()))
	}
	return all.String()
}

// refusalIn is what a refusal says: a text, an object or a list of parts.
func refusalIn(n node) string { return wordsIn(n, "refusal", "text", "reason", "message", "content") }

// aside reads a part that is none of the text: a refusal, or reasoning in the
// forms of Mistral, Anthropic and Gemini.
func aside(part node) (refusal, reasoning string, ok bool) {
	if !part.isObject() {
		return "", "", false
	}
	thought, _ := part.at("thought").v.(bool)
	switch kind := part.at("type").text(); {
	case kind == "refusal":
		return refusalIn(part), "", true
	case thought, kind == "thinking", kind == "reasoning", kind == "thought":
		return "", wordsIn(part.at("thinking", "reasoning", "text", "summary", "content"), "text", "thinking"), true
	}
	return "", "", false
}

// content is a text, or a list of parts, whose pictures are taken as well.
func (t *turn) content(n node) {
	for _, part := range n.items() {
		if refusal, reasoning, ok := aside(part); ok {
			t.refusal.add(refusal)
			if reasoning = t.reasoning.add(reasoning); reasoning != "" {
				t.each(Delta{Reasoning: reasoning})
			}
			continue
		}
		text := cmp.Or(part.text(), part.at("text").text(), part.at("text").at("value").text())
		image := part.at("image_url", "image", "inline_data", "inlineData")
		if text != "" {
			if text = t.text.add(text); text != "" {
				t.each(Delta{Text: text})
			}
		}
		if !image.empty() {
			t.image(part)
		}
		if text == "" && image.empty() && !part.isText() && part.at("type").empty() && !part.empty() && part.text() == "" && !part.given("text") {
			t.leaveOut("content")
		}
	}
}

// image takes a picture: Image with its link or data, or the link alone.
func (t *turn) image(n node) {
	n = n.one()
	in := n.at("image_url", "image", "inline_data", "inlineData").one()
	if in.empty() {
		in = n
	}
	link := cmp.Or(in.at("url", "uri").text(), in.text())
	if data := in.at("data", "b64_json", "base64").text(); link == "" && data != "" {
		link = "data:" + cmp.Or(in.at("mime_type", "media_type").text(), "image/png") + ";base64," + data
	}
	if link != "" && !t.seen[link] {
		t.seen[link] = true
		t.images = append(t.images, link)
	}
}
