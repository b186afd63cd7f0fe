package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

func (s *Server) readMessages(q chatRequest, a *ask) error {
	inline := 0
	for i, m := range q.Messages {
		text, parts, err := readContent(m.Content)
		if err != nil {
			return err
		}
		for _, part := range parts {
			kind, size, err := s.checkPart(q.Model, part)
			if err != nil {
				return err
			}
			if part.CacheControl != nil {
				a.cached += tokens(part.Text)
			}
			if kind != "" {
				a.given = append(a.given, kind)
			}
			inline += size
		}
		a.read += text
		switch m.Role {
		case "user":
			a.turns++
			a.prompt = steer(text)
			a.results = nil
		case "tool", "function":
			a.results = append(a.results, toolResult{toolName(q.Messages[:i], m), text})
		case "assistant", "system", "developer":
			a.results = nil
		default:
			return bad("messages", "messages[%d].role %q is not known", i, m.Role)
		}
	}
	if strings.HasPrefix(q.Model, "gemini-") && inline > s.maxInline {
		return bad("messages", "the media in the request are larger than 15 MB: upload them through /v1/files")
	}
	return nil
}

func readContent(raw json.RawMessage) (string, []chatPart, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil, nil
	}
	if raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		return text, nil, err
	}
	var parts []chatPart
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", nil, bad("messages", "content must be a string or an array of parts: %v", err)
	}
	var words []string
	for _, p := range parts {
		if p.Type == "text" {
			words = append(words, p.Text)
		}
	}
	return strings.Join(words, "\n"), parts, nil
}

// checkPart gives the kind of medium of a part ("" for words) and how many bytes
// of it came inline.
func (s *Server) checkPart(model string, p chatPart) (kind string, size int, err error) {
	var u *urlObject
	switch p.Type {
	case "text", "thinking", "redacted_thinking":
		return "", 0, nil
	case "image_url":
		kind, u = "image", p.ImageURL
	case "video_url":
		kind, u = "video", p.VideoURL
	case "file_url":
		kind, u = "document", p.FileURL
	case "video":
		if len(p.Video) == 0 {
			return "", 0, bad("messages", "video is required in a part of type video")
		}
		return "video", 0, nil
	case "input_audio":
		if p.InputAudio == nil {
			return "", 0, bad("messages", "input_audio is required in a part of type input_audio")
		}
		data, err := base64.StdEncoding.DecodeString(p.InputAudio.Data)
		if err != nil {
			return "", 0, bad("messages", "input_audio.data is not base64")
		}
		return "audio clip", len(data), nil
	case "file":
		if p.File == nil || p.File.FileID == "" && p.File.FileData == "" {
			return "", 0, bad("messages", "file.file_id is required in a part of type file")
		}
		if p.File.FileID == "" {
			return "document", len(p.File.FileData) * 3 / 4, nil
		}
		return "file", 0, s.checkFile(model, p.File.FileID)
	default:
		return "", 0, bad("messages", "a part of type %q is not known", p.Type)
	}
	if u == nil || u.URL == "" {
		return "", 0, bad("messages", "%s.url is required in a part of type %[1]s", p.Type)
	}
	if strings.HasPrefix(u.URL, "qfile-") {
		return "file", 0, s.checkFile(model, u.URL)
	}
	if data, ok := dataURI(u.URL); ok {
		return kind, len(data), nil
	}
	if !isURL(u.URL) {
		return "", 0, bad("messages", "%s.url must be an http(s) URL or a data: URI", p.Type)
	}
	return kind, 0, nil
}

// checkFile holds a qfile to its rules: for Gemini models, known, and ready.
func (s *Server) checkFile(model, id string) error {
	j, ok, _ := s.find(id, faceFile)
	switch {
	case !strings.HasPrefix(model, "gemini-"):
		return bad("messages", "files are only for Gemini models, not for %s", model)
	case !ok:
		return bad("messages", "the file %s does not exist", head(id, 64))
	case fileStatus(j) != "ready":
		return bad("messages", "the file %s is not ready (status: %s)", id, fileStatus(j))
	}
	return nil
}

// toolName is the name of the tool that a result answers.
func toolName(before []chatMessage, result chatMessage) string {
	for _, m := range before {
		for _, c := range m.ToolCalls {
			if c.ID == result.ToolCallID {
				return c.Function.Name
			}
		}
	}
	return result.Name
}
