package resources

import (
	"context"
	"embed"
	"path"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
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
	text, err := guides.ReadFile(path.Join("guide", path.Base(after(req.Params.URI, guidesURI))+".md"))
	if err != nil {
		return nil, notFound(req.Params.URI)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: "text/markdown", Text: string(text)}}, nil
}
