package nexconn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// content is one message's while its parts are read.
type content struct {
	*messagesOf
	parts []any
	// changed says that parts are other than they were given, moved that calls,
	// answers or thoughts were taken out of them.
	changed, moved, refused bool
	calls                   []object
	answers                 []chatMessage
	thoughts                []json.RawMessage
}

// partTypes are those of MessageContent (chat.md 3.3) and of the other forms
// that are understood.
var partTypes = []string{"text", "image_url", "video_url", "file_url", "input_audio", "file", "refusal",
	"input_text", "output_text", "input_image", "image", "audio", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"}

// read takes a text, a list of parts, or nothing.
func (c *content) read(raw json.RawMessage, at string) {
	var text string
	var list []json.RawMessage
	switch {
	case isNone(raw), json.Unmarshal(raw, &text) == nil:
	case json.Unmarshal(raw, &list) == nil:
		gemini := strings.HasSuffix(at, ".parts")
		for i, one := range list {
			c.part(one, fmt.Sprintf("%s[%d]", at, i), gemini)
		}
	default:
		c.no(at, "is a text or a list of parts, each an object")
	}
}

// whole is the content as it goes out: as it was given where nothing had to
// change, nil for none.
func (c *content) whole(raw json.RawMessage) any {
	switch {
	case isNone(raw), c.refused, c.changed && len(c.parts) == 0:
		return nil
	case c.moved && onlyTexts(c.parts):
		if len(c.parts) == 0 {
			return nil
		}
		var texts []string
		for _, p := range c.parts {
			texts = append(texts, textOf(p))
		}
		return strings.Join(texts, "\n")
	case c.changed || c.moved:
		return c.parts
	}
	return raw
}

func onlyTexts(parts []any) bool {
	return !slices.ContainsFunc(parts, func(p any) bool { return textOf(p) == "" })
}

// textOf is the text of a plain text part, empty for others.
func textOf(p any) string {
	switch p := p.(type) {
	case part:
		return p.Text
	case json.RawMessage:
		var o object
		if json.Unmarshal(p, &o) == nil && o.text("type") == "text" && onlyKeys(o, "type", "text") {
			return o.text("text")
		}
	}
	return ""
}

func (c *content) no(at, format string, args ...any) {
	c.refused = true
	c.wrong(at, format, args...)
}

func (c *content) change(p part) {
	c.changed = true
	c.parts = append(c.parts, p)
}

// part takes one part in any of the forms.
func (c *content) part(raw json.RawMessage, at string, gemini bool) {
	var text string
	var p object
	switch {
	case strings.TrimSpace(string(raw)) == "null":
		c.changed = true
		return
	case json.Unmarshal(raw, &text) == nil:
		c.change(part{Type: "text", Text: text})
		return
	case json.Unmarshal(raw, &p) != nil:
		c.no(at, "is a part of a message, which is an object with a type")
		return
	}
	switch kind := p.text("type"); kind {
	case "":
		c.untyped(p, at, gemini)
	case "text", "input_text", "output_text":
		value, _ := p.get("text")
		switch {
		case json.Unmarshal(value, &text) != nil || value == nil:
			c.no(at+".text", "is a text")
		case kind == "text":
			c.parts = append(c.parts, raw)
		default:
			c.change(part{Type: "text", Text: text})
		}
	case "image_url", "video_url", "file_url", "input_image":
		c.linked(p, raw, kind, at)
	case "input_audio", "file", "refusal":
		if value, _ := p.get(kind); isNone(value) {
			c.no(at+"."+kind, "is missing")
			return
		}
		c.parts = append(c.parts, raw)
	case "image", "audio", "document":
		c.sourced(p, kind, at)
	case "tool_use":
		c.moved = true
		c.calls = c.call(c.calls, raw, at)
	case "tool_result":
		c.moved = true
		answer := chatMessage{role: "tool"}
		id, _ := p.get("tool_use_id")
		answer.rest.set("tool_use_id", id)
		result, _ := p.get("content")
		c.toolAnswer(&answer, result, at)
		c.answers = append(c.answers, answer)
	case "thinking", "redacted_thinking":
		c.moved = true
		c.thoughts = append(c.thoughts, raw)
	default:
		c.no(at+".type", "is %q; a part is one of %s", clip(kind, 80), strings.Join(partTypes[:6], ", "))
	}
}

// untyped is a part of Gemini's, which has no type.
func (c *content) untyped(p object, at string, gemini bool) {
	text := p.text("text")
	data, inline := p.inner("inlineData")
	switch {
	case gemini && text != "":
		c.change(part{Type: "text", Text: text})
	case gemini && inline:
		c.change(part{Type: "image_url", ImageURL: &mediaURL{dataURL(data.text("mimeType"), data.text("data"))}})
	default:
		c.no(at+".type", "is missing; a part is one of %s", strings.Join(partTypes[:6], ", "))
	}
}

// linked is a part that names an address, as a text or as an object with a url.
func (c *content) linked(p object, raw json.RawMessage, kind, at string) {
	member := kind
	if kind == "input_image" {
		member = "image_url"
	}
	url := p.text(member)
	inner, ok := p.inner(member)
	switch {
	case ok && inner.text("url") != "" && kind == member:
		c.parts = append(c.parts, raw)
		return
	case ok:
		url = inner.text("url")
	}
	switch id := p.text("file_id"); {
	case url != "":
		link := &mediaURL{url}
		c.change(map[string]part{
			"image_url": {Type: member, ImageURL: link}, "video_url": {Type: member, VideoURL: link}, "file_url": {Type: member, FileURL: link},
		}[member])
	case kind == "input_image" && id != "":
		c.change(part{Type: "file", File: &filePart{FileID: id}})
	default:
		c.no(at+"."+member, "has no url")
	}
}

// sourced is a part that brings its bytes or a link: Anthropic's image and
// document with a source, MCP's image and audio with data and mimeType.
func (c *content) sourced(p object, kind, at string) {
	source, _ := p.inner("source")
	mime := cmp.Or(source.text("media_type"), p.text("mimeType"), p.text("mime_type"))
	data, url := cmp.Or(source.text("data"), p.text("data")), cmp.Or(source.text("url"), p.text("url"))
	switch {
	case data != "" && (source.text("type") == "text" || strings.HasPrefix(mime, "text/")):
		c.change(part{Type: "text", Text: data})
	case data != "" && kind == "audio":
		c.change(part{Type: "input_audio", InputAudio: &inputAudio{Data: data, Format: cmp.Or(audioFormats[mime], strings.TrimPrefix(mime, "audio/"))}})
	case data == "" && url == "":
		c.no(at+".source", "has neither data nor a url")
	default:
		link := &mediaURL{url}
		if data != "" {
			link.URL = dataURL(mime, data)
		}
		if kind == "document" {
			c.change(part{Type: "file_url", FileURL: link})
			return
		}
		c.change(part{Type: "image_url", ImageURL: link})
	}
}
