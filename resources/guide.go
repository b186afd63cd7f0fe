package resources

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

//go:embed guide/*.md
var guides embed.FS

// topics are the guides there are.
func topics() []string {
	entries, err := guides.ReadDir("guide")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".md"))
	}
	slices.Sort(names)
	return names
}

func (d Deps) guide(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	topic := after(req.Params.URI, guidesURI)
	if !slices.Contains(topics(), topic) {
		return nil, notFound(req.Params.URI)
	}
	text, err := guideText(topic, d.Models())
	if err != nil {
		return nil, err
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: "text/markdown", Text: text}}, nil
}

// guideText is a guide with the limits that the catalogue has now.
func guideText(topic string, models catalog.Set) (string, error) {
	t, err := template.New(topic+".md").Funcs(template.FuncMap{
		"models": func(words ...string) (string, error) { return limitsOf(models, words) },
	}).ParseFS(guides, "guide/"+topic+".md")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, nil)
	return b.String(), err
}

// limitsOf lists the models whose ids hold all the words, with the limits of
// what a prompt is written for.
func limitsOf(models catalog.Set, words []string) (string, error) {
	var b strings.Builder
	b.WriteString("## Models\nEvery limit and price: `nexconn://models/{id}`.\n")
	for _, kind := range []catalog.Kind{catalog.Image, catalog.Video} {
		for _, m := range models.Of(kind).RecommendedFirst() {
			if m.Pattern || m.Off || !m.Listed || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(m.ID, w) }) {
				continue
			}
			limits, err := shortLimits(m)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "\n* `%s` (%s): %s%s", m.ID, m.Kind, m.Summary, limits)
			if m.Retired && m.Successor != "" {
				fmt.Fprintf(&b, " Retired; use `%s`.", m.Successor)
			}
		}
	}
	return b.String(), nil
}

// shortLimits are those of the prompt, the length and the form, as far as they
// hold for every operation of a model.
func shortLimits(m catalog.Model) (string, error) {
	doc, err := json.Marshal(m.Entry(true).Limits["every_operation"])
	if err != nil {
		return "", err
	}
	var every map[string]struct {
		Min      *float64 `json:"min"`
		Max      *float64 `json:"max"`
		MaxChars int      `json:"max_chars"`
		OneOf    []any    `json:"one_of"`
	}
	if err := json.Unmarshal(doc, &every); err != nil {
		return "", err
	}
	var said []string
	for _, name := range []string{"prompt", "seconds", "aspect_ratio", "resolution"} {
		limit := every[name]
		switch {
		case limit.MaxChars > 0:
			said = append(said, fmt.Sprintf("`%s` up to %d characters", name, limit.MaxChars))
		case len(limit.OneOf) > 0:
			said = append(said, fmt.Sprintf("`%s` %s", name, strings.Trim(fmt.Sprint(limit.OneOf), "[]")))
		case limit.Min != nil && limit.Max != nil:
			said = append(said, fmt.Sprintf("`%s` %v to %v", name, *limit.Min, *limit.Max))
		}
	}
	if len(said) == 0 {
		return "", nil
	}
	return " " + strings.Join(said, "; ") + ".", nil
}
