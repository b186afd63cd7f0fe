package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// vertexRequest is a request in Gemini's form.
type vertexRequest struct {
	Contents          []vertexContent `json:"contents"`
	SystemInstruction *vertexContent  `json:"systemInstruction"`
	Tools             []struct {
		FunctionDeclarations []struct {
			Name                 string          `json:"name"`
			Description          string          `json:"description"`
			Parameters           json.RawMessage `json:"parameters"`
			ParametersJSONSchema json.RawMessage `json:"parametersJsonSchema"`
		} `json:"functionDeclarations"`
	} `json:"tools"`
	ToolConfig *struct {
		FunctionCallingConfig *struct {
			Mode                 string   `json:"mode"`
			AllowedFunctionNames []string `json:"allowedFunctionNames"`
		} `json:"functionCallingConfig"`
	} `json:"toolConfig"`
	GenerationConfig vertexConfig `json:"generationConfig"`
}

type vertexConfig struct {
	Temperature        *float64        `json:"temperature"`
	TopP               *float64        `json:"topP"`
	MaxOutputTokens    int             `json:"maxOutputTokens"`
	StopSequences      []string        `json:"stopSequences"`
	ResponseMimeType   string          `json:"responseMimeType"`
	ResponseSchema     json.RawMessage `json:"responseSchema"`
	ResponseJSONSchema json.RawMessage `json:"responseJsonSchema"`
	ResponseModalities []string        `json:"responseModalities"`
	ImageConfig        *struct {
		AspectRatio string `json:"aspectRatio"`
		ImageSize   string `json:"imageSize"`
	} `json:"imageConfig"`
	ThinkingConfig *struct {
		ThinkingBudget  *int   `json:"thinkingBudget"`
		ThinkingLevel   string `json:"thinkingLevel"`
		IncludeThoughts bool   `json:"includeThoughts"`
	} `json:"thinkingConfig"`
}

type vertexContent struct {
	Role  string       `json:"role,omitempty"`
	Parts []vertexPart `json:"parts"`
}

type vertexPart struct {
	Text             string              `json:"text,omitempty"`
	Thought          bool                `json:"thought,omitempty"`
	InlineData       *vertexBlob         `json:"inlineData,omitempty"`
	FileData         *vertexFile         `json:"fileData,omitempty"`
	FunctionCall     *vertexCall         `json:"functionCall,omitempty"`
	FunctionResponse *vertexCallResponse `json:"functionResponse,omitempty"`
}

type vertexBlob struct {
	MimeType string `json:"mimeType"`
	Data     string `json:"data"`
}

type vertexFile struct {
	MimeType string `json:"mimeType"`
	FileURI  string `json:"fileUri"`
}

type vertexCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type vertexCallResponse struct {
	Name     string          `json:"name"`
	Response json.RawMessage `json:"response"`
}

// vertex answers POST /bypass/vertex/v1/models/{model}:generateContent and
// :streamGenerateContent. A model's id may hold slashes.
func (s *Server) vertex(r *http.Request) (answer, error) {
	call := r.PathValue("call")
	at := strings.LastIndexByte(call, ':')
	if at < 0 || call[at:] != ":generateContent" && call[at:] != ":streamGenerateContent" {
		return answer{}, refusal{status: http.StatusNotFound, message: "route not found"}
	}
	model := call[:at]
	if err := checkChatModel(model); err != nil {
		return answer{}, err
	}
	if offers("chat", model) && !strings.HasPrefix(model, "gemini-") {
		return answer{}, noChannels(model)
	}
	q, err := decode[vertexRequest](r)
	if err != nil {
		return answer{}, err
	}
	a, err := q.read(model)
	if err != nil {
		return answer{}, err
	}
	p, err := s.think(a)
	if err != nil {
		return answer{}, err
	}
	out := answer{wait: a.prompt.slow, cut: a.prompt.cut}
	switch {
	case call[at:] == ":generateContent":
		out.body = wholeVertex(model, p)
	case r.URL.Query().Get("alt") == "sse":
		out.stream = func(e *eventStream) error { return streamVertex(e, model, p) }
	default: // without alt=sse the chunks come as one JSON array
		out.body = []vertexAnswer{wholeVertex(model, p)}
	}
	return out, nil
}

// read makes a request a question.
func (q vertexRequest) read(model string) (ask, error) {
	g := q.GenerationConfig
	a := ask{model: model, parallel: true, choice: "auto", maxTokens: g.MaxOutputTokens, stop: g.StopSequences}
	if len(q.Contents) == 0 {
		return a, bad("contents", "contents is not specified")
	}
	if q.SystemInstruction != nil {
		for _, p := range q.SystemInstruction.Parts {
			a.read += p.Text
		}
	}
	for _, c := range q.Contents {
		if err := c.read(&a); err != nil {
			return a, err
		}
	}
	var allowed []string
	if t := q.ToolConfig; t != nil && t.FunctionCallingConfig != nil {
		switch t.FunctionCallingConfig.Mode {
		case "ANY":
			a.choice = "required"
		case "NONE":
			a.choice = "none"
		}
		allowed = t.FunctionCallingConfig.AllowedFunctionNames
	}
	for _, t := range q.Tools {
		for _, f := range t.FunctionDeclarations {
			if len(allowed) > 0 && !contains(allowed, f.Name) {
				continue
			}
			schema := f.Parameters
			if len(f.ParametersJSONSchema) > 0 {
				schema = f.ParametersJSONSchema
			}
			a.tools = append(a.tools, tool{f.Name, f.Description, schema})
		}
	}
	if g.ResponseMimeType == "application/json" {
		a.schema, a.jsonObject = g.ResponseSchema, true
		if len(g.ResponseJSONSchema) > 0 {
			a.schema = g.ResponseJSONSchema
		}
	}
	a.effort = unstoppable(model)
	a.hideReason = true
	if t := g.ThinkingConfig; t != nil {
		a.hideReason = !t.IncludeThoughts
		if t.ThinkingBudget == nil || *t.ThinkingBudget != 0 {
			a.effort = or(strings.ToLower(t.ThinkingLevel), budgetEffort(t.ThinkingBudget), "medium")
		}
	}
	if offers("gemini image", model) && (len(g.ResponseModalities) == 0 || contains(g.ResponseModalities, "IMAGE")) {
		a.image = &imageConfig{}
		if c := g.ImageConfig; c != nil {
			a.image.AspectRatio, a.image.ImageSize = c.AspectRatio, c.ImageSize
		}
		return a, a.image.check(model)
	}
	return a, nil
}

func (c vertexContent) read(a *ask) error {
	var words []string
	a.results = nil
	for _, p := range c.Parts {
		switch {
		case p.FunctionResponse != nil:
			a.results = append(a.results, toolResult{p.FunctionResponse.Name, string(p.FunctionResponse.Response)})
		case p.InlineData != nil:
			if _, ok := decode64(p.InlineData.Data); !ok {
				return bad("contents", "inlineData.data is not base64")
			}
			a.given = append(a.given, mediumOf(p.InlineData.MimeType))
		case p.FileData != nil:
			a.given = append(a.given, mediumOf(p.FileData.MimeType))
		case !p.Thought:
			words = append(words, p.Text)
		}
	}
	text := strings.Join(words, "\n")
	a.read += text
	if c.Role != "model" && (len(a.results) == 0 || text != "") {
		a.turns++
		a.prompt = steer(text)
	}
	return nil
}

func mediumOf(mimeType string) string {
	switch kind, _, _ := strings.Cut(mimeType, "/"); kind {
	case "image", "video":
		return kind
	case "audio":
		return "audio clip"
	}
	return "document"
}
