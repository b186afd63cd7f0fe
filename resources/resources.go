// Package resources is what a client can read without calling a tool: the
// catalogue with every model's limits, the caller's tasks and what they made,
// and short guides. Ids complete.
package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/app"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Deps are what resources are read from.
type Deps struct {
	Jobs   *jobs.Service
	Models func() catalog.Set
	// Schema is the exact schema of a model's arguments.
	Schema func(catalog.Model) json.RawMessage
	// MediaHosts are the origins that results lie on, which the gallery may
	// show media from.
	MediaHosts func(ctx context.Context) []string
}

const (
	modelsURI  = "nexconn://models"
	tasksURI   = "nexconn://tasks"
	outputsURI = "nexconn://outputs/"
	guidesURI  = "nexconn://guide/"
)

// The templates of what an id stands for.
const (
	modelTemplate  = modelsURI + "/{+id}"
	taskTemplate   = tasksURI + "/{+id}"
	outputPath     = outputsURI + "{+task_id}/{n}"
	outputTemplate = outputPath + bytesOf
	// bytesOf names a range, FROM-TO, both inclusive as in HTTP.
	bytesOf       = "{?bytes}"
	guideTemplate = guidesURI + "{topic}"
)

// Add registers every resource and template.
func Add(s *server.MCPServer, d Deps) {
	s.AddResource(mcp.NewResource(modelsURI, "models", mcp.WithResourceDescription("Every model with what it offers."), mcp.WithMIMEType("application/json")), d.models)
	s.AddResource(mcp.NewResource(tasksURI, "tasks", mcp.WithResourceDescription("The jobs on record, newest first."), mcp.WithMIMEType("application/json")), d.tasks)
	s.AddResource(mcp.Resource{URI: app.URI, Name: "gallery", Title: "Gallery", MIMEType: app.MIMEType,
		Description: "Shows results and calls the tools for more; for clients with MCP Apps."}, d.gallery)
	template := func(uri, name, description, mime string, h server.ResourceTemplateHandlerFunc) {
		s.AddResourceTemplate(mcp.NewResourceTemplate(uri, name, mcp.WithTemplateDescription(description), mcp.WithTemplateMIMEType(mime)), h)
	}
	template(modelTemplate, "model", "One model: every limit, its exact schema, its price and docs page.", "application/json", d.model)
	template(taskTemplate, "task", "One job as last seen. Can be subscribed to.", "application/json", d.task)
	template(outputTemplate, "output", "What a job made and this server keeps.", "", d.output)
	template(guideTemplate, "guide", "How to do a thing well: "+strings.Join(topics(), ", ")+".", "text/markdown", d.guide)
}

func (d Deps) models(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	list := catalog.List{Models: []catalog.Entry{}}
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		for _, m := range d.Models().Of(kind) {
			if !m.Pattern {
				list.Models = append(list.Models, m.Entry(false))
			}
		}
	}
	list.Count = len(list.Models)
	return document(req.Params.URI, list)
}

// modelPage is one model with all that is known of it.
type modelPage struct {
	catalog.Entry
	Schema json.RawMessage `json:"schema,omitempty"`
}

func (d Deps) model(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	id := after(req.Params.URI, modelsURI+"/")
	var pages []modelPage
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		if m, ok := d.Models().Find(kind, id); ok {
			pages = append(pages, modelPage{m.Entry(true), d.Schema(m)})
		}
	}
	switch len(pages) {
	case 0:
		return nil, notFound(req.Params.URI)
	case 1:
		return document(req.Params.URI, pages[0])
	}
	return document(req.Params.URI, map[string]any{"models": pages})
}

func (d Deps) tasks(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	rows, next, warning, err := d.Jobs.List(ctx, jobs.Filter{Limit: 50})
	if err != nil {
		return nil, err
	}
	list := jobs.TaskList{Tasks: []jobs.Task{}, NextCursor: next}
	if warning != "" {
		list.Warnings = []string{warning}
	}
	for _, row := range rows {
		list.Tasks = append(list.Tasks, jobs.Brief(ctx, d.Jobs.Outputs(), row))
	}
	return document(req.Params.URI, list)
}

func (d Deps) task(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	row, err := d.Jobs.OnRecord(ctx, after(req.Params.URI, tasksURI+"/"))
	if nexconn.CodeOf(err) == nexconn.NotFound || nexconn.CodeOf(err) == nexconn.InvalidArgument {
		return nil, notFound(req.Params.URI)
	}
	if err != nil {
		return nil, err
	}
	return document(req.Params.URI, jobs.Brief(ctx, d.Jobs.Outputs(), row))
}

func document(uri string, v any) ([]mcp.ResourceContents, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: "application/json", Text: string(text)}}, nil
}

// after is what stands in a URI behind a prefix, unescaped: an id with a slash
// may come as it is or escaped.
func after(uri, prefix string) string {
	rest := strings.TrimPrefix(uri, prefix)
	if plain, err := url.PathUnescape(rest); err == nil {
		return plain
	}
	return rest
}

// missing is the error for a resource that there is not.
type missing struct{ uri string }

func (m missing) Error() string { return fmt.Sprintf("there is no %q", m.uri) }
func (m missing) Unwrap() error { return server.ErrResourceNotFound }

func notFound(uri string) error { return missing{uri} }
