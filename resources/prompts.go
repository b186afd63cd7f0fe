package resources

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

//go:embed prompt/*.md
var promptTexts embed.FS

// Prompt is a piece of work that a person can start by name. Its text is a
// template over its arguments; the calls in it stand in code blocks that name
// their tool.
type Prompt struct {
	Name, Title, Description string
	Arguments                []Argument
}

// Argument is what a person fills in.
type Argument struct {
	Name, Description string
	// Example stands for the value in the skill, where no one fills it in.
	Example string
	// Default is the value where none is given; empty with no Kind means that
	// the argument is required.
	Default string
	// Kind and Op are set where the value is a model; a recommended one with
	// that operation, whose id begins with Prefix, is the default. Several takes
	// a list with commas.
	Kind    catalog.Kind
	Op      catalog.Op
	Prefix  string
	Several bool
}

func (a Argument) required() bool { return a.Default == "" && a.Kind == "" }

// Prompts are all there are, in the order in which they are listed.
var Prompts = []Prompt{
	{"storyboard", "Storyboard to video", "Turns a story into one video of several shots.", []Argument{
		{Name: "story", Description: "What happens, in a few sentences.", Example: "STORY"},
		{Name: "model", Description: "A video model that takes shots.", Example: "MODEL", Kind: catalog.Video, Op: catalog.MultiShot},
	}},
	{"product-photos", "Product photo set", "Makes matching photos of a product from one picture of it.", []Argument{
		{Name: "photo", Description: "The picture: an https link, a path or TASK_ID#N.", Example: "PHOTO"},
		{Name: "product", Description: "What the product is.", Example: "PRODUCT"},
		{Name: "model", Description: "An image model that edits.", Example: "MODEL", Kind: catalog.Image, Op: catalog.ImageToImage},
	}},
	{"character-series", "Character in several scenes", "Draws one character in several scenes without changing it.", []Argument{
		{Name: "character", Description: "What the character looks like.", Example: "CHARACTER"},
		{Name: "scenes", Description: "The scenes, one after another.", Example: "SCENES"},
		{Name: "model", Description: "An image model that edits.", Example: "MODEL", Kind: catalog.Image, Op: catalog.ImageToImage},
	}},
	{"compare-models", "Compare models", "Asks several models one question and compares the answers.", []Argument{
		{Name: "question", Description: "The question.", Example: "QUESTION"},
		{Name: "models", Description: "Chat models, separated by commas.", Example: "FIRST_MODEL,SECOND_MODEL", Kind: catalog.Chat, Several: true},
	}},
	{"describe-video", "Describe a long video", "Uploads a video and answers questions about it, with times.", []Argument{
		{Name: "video", Description: "A public https link to the video.", Example: "VIDEO_URL"},
		{Name: "question", Description: "What you want to know of it.", Example: "QUESTION", Default: "What happens in this video, scene by scene?"},
		{Name: "model", Description: "A Gemini chat model.", Example: "MODEL", Kind: catalog.Chat, Prefix: "gemini"},
	}},
}

// choices are the models that an argument takes, recommended ones first.
func (a Argument) choices(models catalog.Set) (ids []string) {
	for _, m := range models.Of(a.Kind).RecommendedFirst() {
		_, offers := m.Ops[a.Op]
		if !m.Pattern && !m.Off && m.Listed && (a.Op == "" || offers) && strings.HasPrefix(m.ID, a.Prefix) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// fill is the value of an argument.
func (a Argument) fill(models catalog.Set, given string) (any, error) {
	given = strings.TrimSpace(given)
	switch {
	case given == "" && a.required():
		return nil, wrongArgument(a.Name, a.Name+" is missing", "Give it: "+a.Description)
	case given == "" && a.Kind == "":
		return a.Default, nil
	}
	values := []string{given}
	if a.Several {
		values = slices.DeleteFunc(strings.Split(given, ","), func(v string) bool { return strings.TrimSpace(v) == "" })
	}
	if given == "" || len(values) == 0 {
		all := a.choices(models)
		if len(all) == 0 {
			return nil, wrongArgument(a.Name, a.Name+" is missing, and this server lists no model for it", "Give the id of a model.")
		}
		values = all[:1]
		if a.Several {
			values = all[:min(len(all), 3)]
		}
	}
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	if a.Several {
		return values, nil
	}
	return values[0], nil
}

// Text is the prompt with its arguments filled in. An error names the argument
// that is missing.
func (p Prompt) Text(models catalog.Set, given map[string]string) (string, error) {
	values := map[string]any{}
	for _, a := range p.Arguments {
		v, err := a.fill(models, given[a.Name])
		if err != nil {
			return "", err
		}
		values[a.Name] = v
	}
	for name := range given {
		if !slices.ContainsFunc(p.Arguments, func(a Argument) bool { return a.Name == name }) {
			return "", wrongArgument(name, name+" is no argument of this prompt", "It takes "+strings.Join(p.argumentNames(), ", ")+".")
		}
	}
	return p.render(values)
}

func (p Prompt) argumentNames() (names []string) {
	for _, a := range p.Arguments {
		names = append(names, a.Name)
	}
	return names
}

func wrongArgument(name, message, advice string) error {
	return &nexconn.Error{Code: nexconn.InvalidArgument, Field: name, Message: message, Advice: advice}
}

func (p Prompt) render(values map[string]any) (string, error) {
	t, err := template.New(p.Name+".md").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			doc, err := nexconn.PlainJSON(v)
			return string(doc), err
		},
		"inc": func(i int) int { return i + 1 },
	}).ParseFS(promptTexts, "prompt/"+p.Name+".md")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, values)
	return b.String(), err
}

// Skill is the prompt as a skill: the same text, with the arguments' names in
// capitals where a person would have filled them in.
func (p Prompt) Skill() (string, error) {
	values := map[string]any{}
	var b strings.Builder
	fmt.Fprintf(&b, "---\nname: %s\ndescription: %s Uses the tools of the nexconn server.\n---\n\n# %s\n\nTake these from what the user said; ask for what is missing.\n\n", p.Name, p.Description, p.Title)
	for _, a := range p.Arguments {
		values[a.Name] = a.Example
		if a.Several {
			values[a.Name] = strings.Split(a.Example, ",")
		}
		fmt.Fprintf(&b, "* %s: %s", strings.ReplaceAll(a.Example, ",", ", "), a.Description)
		switch {
		case a.Default != "":
			fmt.Fprintf(&b, " If not said: %s", a.Default)
		case a.Kind != "":
			fmt.Fprintf(&b, " If not said: a recommended one of list_models with `kind` %s", a.Kind)
			if a.Op != "" {
				fmt.Fprintf(&b, " and `capability` %s", a.Op)
			}
			b.WriteString(".")
		}
		b.WriteString("\n")
	}
	text, err := p.render(values)
	b.WriteString("\n" + text)
	return b.String(), err
}

// AddPrompts registers every prompt.
func AddPrompts(s *server.MCPServer, models func() catalog.Set) {
	for _, p := range Prompts {
		options := []mcp.PromptOption{mcp.WithPromptTitle(p.Title), mcp.WithPromptDescription(p.Description)}
		for _, a := range p.Arguments {
			about := []mcp.ArgumentOption{mcp.ArgumentDescription(a.Description)}
			if a.required() {
				about = append(about, mcp.RequiredArgument())
			}
			options = append(options, mcp.WithArgument(a.Name, about...))
		}
		s.AddPrompt(mcp.NewPrompt(p.Name, options...), func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			text, err := p.Text(models(), req.Params.Arguments)
			if err != nil {
				return nil, err
			}
			return mcp.NewGetPromptResult(p.Description, []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(text))}), nil
		})
	}
}

// CompletePromptArgument is the models that go on from what is typed; of a list
// it completes the last.
func (c Completion) CompletePromptArgument(_ context.Context, name string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, p := range Prompts {
		for _, a := range p.Arguments {
			if p.Name != name || a.Name != arg.Name || a.Kind == "" {
				continue
			}
			all := a.choices(c.Models())
			if at := strings.LastIndex(arg.Value, ","); a.Several && at >= 0 {
				done := matching(all, strings.TrimSpace(arg.Value[at+1:]))
				for i := range done.Values {
					done.Values[i] = arg.Value[:at+1] + done.Values[i]
				}
				return done, nil
			}
			return matching(all, arg.Value), nil
		}
	}
	return matching(nil, ""), nil
}
