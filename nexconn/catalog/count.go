package catalog

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// How tokens are counted.
//
// A bound: every tokenizer of these models falls back to bytes, so a text has
// at most as many tokens as UTF-8 has bytes of it, in any script; the JSON that
// a message is wrapped in is longer than what a vendor puts around it, and
// hiddenTokens covers what the service adds besides.
//
// An expectation, by script: four ASCII characters a token, two letters of
// other alphabets, one Chinese, Japanese or Korean character.
const (
	asciiPerToken  = 4
	letterPerToken = 2
	// hiddenTokens is what a vendor adds: with tools Anthropic's instructions
	// are 346 to 804 tokens (its page on tool use).
	hiddenTokens = 1024
	// mediumTokens is what a video, a sound or a document of unknown length is
	// expected to be: a minute of video at 263 tokens a second (Gemini's page on
	// tokens). Its bound is the model's context.
	mediumTokens = 60 * 263
)

// likelyTokens is how many tokens a text, as JSON writes it, is likely to be.
func likelyTokens(text []byte) float64 {
	var ascii, letters, signs float64
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			ascii++
			text = text[1:]
			continue
		}
		c, size := utf8.DecodeRune(text)
		text = text[size:]
		if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			signs++
		} else {
			letters++
		}
	}
	return ascii/asciiPerToken + letters/letterPerToken + signs
}

// imageTokens is what a picture is for a vendor's models, most and likely, by
// the vendors' pages:
// OpenAI: 70 to 85 and 140 to 170 for each of at most 8 tiles of 512 pixels
// (vision); newer ones by patches, 1,536 with a factor of up to 1.62.
// Anthropic: width x height / 750, scaled down to at most 1,600 (vision).
// Google: 258 for each tile of 256 to 768 pixels, of a picture scaled down to
// 3072 x 3072: at most 24 tiles and the whole (image understanding); Gemini 3 at
// most 2,240 (media resolution).
// ByteDance: at most 5,120 at high detail (visual understanding of Doubao).
// Others publish none: the most of all.
var imageTokens = map[string]struct{ most, likely float64 }{
	"OpenAI": {2500, 765}, "Anthropic": {1600, 1334}, "Google": {6450, 1120}, "ByteDance": {5120, 1312}, "": {6450, 1312},
}

// turn is what a chat takes.
func (b bill) turn(s Sent) (likely, most quantities) {
	m := b.m
	likely, most = heard(m, s)
	output, thinking := float64(s.MaxOutput), 0.0
	if s.MaxOutput == 0 && m.Chat != nil {
		output = float64(m.Chat.MaxOutput)
	}
	if m.Chat != nil && !s.ThinksNot {
		if thinking = float64(m.Chat.Reasoning.Beside); thinking > 0 && s.ThinkingBudget > 0 {
			thinking = math.Max(float64(s.ThinkingBudget), 0)
		}
	}
	if output == 0 {
		likely.unknown = "how long the answer of " + m.ID + " may be is not known; give max_tokens"
		most.unknown = likely.unknown
		return likely, most
	}
	likely.answer(output, 0)
	most.answer(output+thinking, 0)
	if p := m.Price.Pictures; p != nil {
		resolution, _ := s.Fields["resolution"].(string)
		likely.answer(0, float64(p.of(resolution)))
		most.answer(0, float64(p.Most*p.of(resolution)))
	}
	likely.times(max(1, s.Answers))
	most.times(max(1, s.Answers))
	return likely, most
}

// drawn is what a call for pictures takes that are billed by tokens.
func (b bill) drawn(s Sent) (likely, most quantities) {
	likely, most = heard(b.m, s)
	p := b.m.Price.Pictures
	resolution, _ := valueOf(b.m, "resolution", b.args).(string)
	likely.answer(0, float64(p.of(resolution)))
	most.answer(float64(p.Text), float64(p.Most*p.of(resolution)))
	n := b.count()
	likely.times(int(n))
	most.times(max(int(n), s.Answers))
	return likely, most
}

// heard is the input of a call.
func heard(m Model, s Sent) (likely, most quantities) {
	picture, ok := imageTokens[m.Vendor]
	if !ok {
		picture = imageTokens[""]
	}
	context := 0.0
	if m.Chat != nil {
		context = float64(m.Chat.Context)
	}
	input := float64(s.TextTokens) + picture.likely*float64(s.Images) + mediumTokens*float64(s.Others)
	limit := float64(s.TextBytes) + picture.most*float64(s.Images) + hiddenTokens
	if s.Others > 0 || s.Stored || s.Searches > 0 {
		if limit = math.Max(limit, context) * float64(1+max(0, s.Searches)); context == 0 {
			most.unknown = "how long the input is isn't known"
		}
	}
	switch {
	case s.Searches == AnyNumber:
		most.unknown = "it lets the model search the web any number of times; limit them with max_uses"
	case len(s.Unpriced) > 0:
		most.unknown = "what " + s.Unpriced[0] + " costs is not known"
	}
	unit := PerInputToken
	switch {
	case s.CacheHour:
		unit = PerHourToken
	case s.CacheWrite:
		unit = PerWrittenToken
	case s.Sound:
		unit = PerAudioToken
	}
	likely.input, likely.of = input, map[Unit]float64{PerInputToken: input, PerCall: 1}
	most.input, most.of = limit, map[Unit]float64{unit: limit, PerCall: 1}
	if s.Searches != 0 {
		likely.of[PerSearch], most.of[PerSearch] = 1, float64(s.Searches)
	}
	return likely, most
}

// answer adds what is answered: tokens of text and of pictures.
func (q *quantities) answer(text, pictures float64) {
	q.output += text + pictures
	q.of[PerOutputToken] += text
	q.of[PerPictureToken] += pictures
}

// times is the same several times over; each may be billed with its input.
func (q *quantities) times(n int) {
	for unit := range q.of {
		q.of[unit] *= float64(n)
	}
}

// OutputWithin is how many tokens the answer of a chat may have so that the call
// costs no more than usd, and ok where it can cost so little and a limit can
// see to it. Where the body has no limit the model's own counts.
func (m Model) OutputWithin(usd float64, sent Sent) (tokens int, ok bool) {
	low, high := 0, sent.MaxOutput
	if high == 0 && m.Chat != nil {
		high = m.Chat.MaxOutput
	}
	if high == 0 {
		high = 1 << 20
	}
	for low < high {
		sent.MaxOutput = low + (high-low+1)/2
		if q := m.Quote(Turn, nil, sent); q.Most != nil && *q.Most <= usd {
			low = sent.MaxOutput
		} else {
			high = sent.MaxOutput - 1
		}
	}
	return low, low > 0
}
