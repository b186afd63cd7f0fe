// Conformance serves the diagnostic tools, resources and prompts that the MCP
// conformance suite calls for, on the product's own HTTP stack: what the suite
// judges here are the transports and their guards, not the tools.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
)

// A picture of one pixel and an empty sound.
const (
	png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

func main() {
	listen := flag.String("listen", "127.0.0.1:3000", "host:port to serve on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := server.NewMCPServer("conformance", "1",
		server.WithToolCapabilities(false), server.WithResourceCapabilities(true, false),
		server.WithPromptCapabilities(false), server.WithCompletions(), server.WithLogging(),
	)
	addTools(s)
	addQuestions(s)
	addResources(s)
	addPrompts(s)
	err := serve.HTTP{Server: s, Listen: *listen, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}.
		Run(ctx, func(addr string) { fmt.Println("http://" + addr + "/mcp") })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func text(s string) mcp.Content { return mcp.NewTextContent(s) }

func addTools(s *server.MCPServer) {
	embedded := func(uri, kind, body string) mcp.Content {
		return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: body})
	}
	for name, content := range map[string][]mcp.Content{
		"test_simple_text":       {text("This is a simple text response for testing.")},
		"test_image_content":     {mcp.NewImageContent(png, "image/png")},
		"test_audio_content":     {mcp.NewAudioContent(wav, "audio/wav")},
		"test_embedded_resource": {embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")},
		"test_multiple_content_types": {
			text("Multiple content types test:"), mcp.NewImageContent(png, "image/png"),
			embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`),
		},
	} {
		s.AddTool(mcp.NewTool(name, mcp.WithDescription("Answers with fixed content")),
			func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				return &mcp.CallToolResult{Content: content}, nil
			})
	}
	s.AddTool(mcp.NewTool("test_error_handling", mcp.WithDescription("Fails")),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
		})
	s.AddTool(mcp.NewTool("test_tool_with_progress", mcp.WithDescription("Reports progress")),
		func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if req.Params.Meta != nil && req.Params.Meta.ProgressToken != nil {
				for _, progress := range []int{0, 50, 100} {
					_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
						"progressToken": req.Params.Meta.ProgressToken, "progress": progress, "total": 100,
					})
				}
			}
			return &mcp.CallToolResult{Content: []mcp.Content{text("done")}}, nil
		})
	for _, name := range []string{"test_tool_with_logging", "test_logging_tool"} {
		s.AddTool(mcp.NewTool(name, mcp.WithDescription("Writes log messages")),
			func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				for _, data := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
					_ = s.SendNotificationToClient(ctx, "notifications/message", map[string]any{"level": "info", "data": data})
				}
				return &mcp.CallToolResult{Content: []mcp.Content{text("done")}}, nil
			})
	}
	s.AddTool(mcp.NewToolWithRawSchema("test_headers", "Takes an argument that is mirrored in a header",
		[]byte(`{"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}`)),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{text("done")}}, nil
		})
	s.AddTool(mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "Has every keyword the suite looks for", []byte(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
		"properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
			"contactMethod": {"type": "string", "enum": ["phone", "email"]}, "phone": {"type": "string"}, "email": {"type": "string"}},
		"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
		"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
		"then": {"required": ["phone"]}, "else": {"required": ["email"]},
		"additionalProperties": false}`)),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{text("done")}}, nil
		})
}

// form is a question with one field.
func form(message, field, kind string) mcp.ElicitationParams {
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: message, RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{field: map[string]any{"type": kind}}, "required": []string{field},
	}}
}

func sample(prompt string, tokens int) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: tokens,
		Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(prompt)}}}
}

// addQuestions are the tools that need an answer before they can end (SEP-2322).
func addQuestions(s *server.MCPServer) {
	question := func(name string, handle func(mcp.CallToolRequest) *mcp.CallToolResult) {
		s.AddTool(mcp.NewTool(name, mcp.WithDescription("Asks the client something")),
			func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) { return handle(req), nil })
	}
	answered := func(req mcp.CallToolRequest, ids ...string) bool {
		for _, id := range ids {
			if _, ok := server.InputResponse(req.Params.InputResponses, id); !ok {
				return false
			}
		}
		return true
	}
	done := func(format string, args ...any) *mcp.CallToolResult {
		return mcp.NewToolResultText(fmt.Sprintf(format, args...))
	}
	name := form("What is your name?", "name", "string")

	for _, tool := range []string{"test_input_required_result_elicitation", "test_streaming_elicitation"} {
		question(tool, func(req mcp.CallToolRequest) *mcp.CallToolResult {
			if a := server.ElicitationResponse(req.Params.InputResponses, "user_name"); a != nil {
				return done("Hello, %v!", a.Content)
			}
			return server.NewInputRequestBuilder("").Elicit("user_name", name).ToolResult()
		})
	}
	question("test_missing_capability", func(mcp.CallToolRequest) *mcp.CallToolResult {
		return server.NewInputRequestBuilder("").Sample("needed", sample("Hello", 10)).ToolResult()
	})
	question("test_input_required_result_sampling", func(req mcp.CallToolRequest) *mcp.CallToolResult {
		if a := server.SamplingResponse(req.Params.InputResponses, "capital_question"); a != nil {
			return done("%v", a.Content)
		}
		return server.NewInputRequestBuilder("").Sample("capital_question", sample("What is the capital of France?", 100)).ToolResult()
	})
	question("test_input_required_result_list_roots", func(req mcp.CallToolRequest) *mcp.CallToolResult {
		if a := server.RootsResponse(req.Params.InputResponses, "client_roots"); a != nil {
			return done("%v", a.Roots)
		}
		return server.NewInputRequestBuilder("").Roots("client_roots").ToolResult()
	})
	question("test_input_required_result_request_state", func(req mcp.CallToolRequest) *mcp.CallToolResult {
		if answered(req, "confirm") && req.Params.RequestState == "state" {
			return done("state-ok")
		}
		return server.NewInputRequestBuilder("state").Elicit("confirm", form("Please confirm", "ok", "boolean")).ToolResult()
	})
	question("test_input_required_result_multiple_inputs", func(req mcp.CallToolRequest) *mcp.CallToolResult {
		if answered(req, "user_name", "greeting", "client_roots") && req.Params.RequestState == "state" {
			return done("done")
		}
		return server.NewInputRequestBuilder("state").Elicit("user_name", name).
			Sample("greeting", sample("Generate a greeting", 50)).Roots("client_roots").ToolResult()
	})
	question("test_input_required_result_multi_round", func(req mcp.CallToolRequest) *mcp.CallToolResult {
		switch {
		case answered(req, "step2") && req.Params.RequestState == "round-2":
			return done("done")
		case answered(req, "step1") && req.Params.RequestState == "round-1":
			return server.NewInputRequestBuilder("round-2").Elicit("step2", form("Step 2: What is your favorite color?", "color", "string")).ToolResult()
		}
		return server.NewInputRequestBuilder("round-1").Elicit("step1", form("Step 1: What is your name?", "name", "string")).ToolResult()
	})
	s.AddTool(mcp.NewTool("test_input_required_result_capabilities", mcp.WithDescription("Asks what the client can answer")),
		func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			b := server.NewInputRequestBuilder("")
			if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientCapabilities != nil {
				if info.ClientCapabilities.Elicitation != nil {
					b.Elicit("user_name", name)
				}
				if info.ClientCapabilities.Sampling != nil {
					b.Sample("greeting", sample("Generate a greeting", 50))
				}
			}
			return b.ToolResult(), nil
		})
}

func addResources(s *server.MCPServer) {
	s.AddResource(mcp.NewResource("test://static-text", "static-text", mcp.WithMIMEType("text/plain")),
		func(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: "text/plain", Text: "This is the content of the static text resource."}}, nil
		})
	s.AddResource(mcp.NewResource("test://static-binary", "static-binary", mcp.WithMIMEType("image/png")),
		func(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.BlobResourceContents{URI: req.Params.URI, MIMEType: "image/png", Blob: png}}, nil
		})
	s.AddResource(mcp.NewResource("test://watched-resource", "watched", mcp.WithMIMEType("text/plain")),
		func(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: "text/plain", Text: "watched"}}, nil
		})
	s.AddResourceTemplate(mcp.NewResourceTemplate("test://template/{id}/data", "template", mcp.WithTemplateMIMEType("application/json")),
		func(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			id := strings.TrimSuffix(strings.TrimPrefix(req.Params.URI, "test://template/"), "/data")
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: "application/json",
				Text: fmt.Sprintf(`{"id":%q,"templateTest":true,"data":%q}`, id, "Data for ID: "+id)}}, nil
		})
}

func addPrompts(s *server.MCPServer) {
	add := func(prompt mcp.Prompt, messages func(args map[string]string) []mcp.Content) {
		s.AddPrompt(prompt, func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			result := &mcp.GetPromptResult{}
			for _, content := range messages(req.Params.Arguments) {
				result.Messages = append(result.Messages, mcp.PromptMessage{Role: mcp.RoleUser, Content: content})
			}
			return result, nil
		})
	}
	add(mcp.NewPrompt("test_simple_prompt", mcp.WithPromptDescription("A prompt of the suite")), func(map[string]string) []mcp.Content {
		return []mcp.Content{text("This is a simple prompt for testing.")}
	})
	add(mcp.NewPrompt("test_prompt_with_arguments", mcp.WithPromptDescription("A prompt of the suite"), mcp.WithArgument("arg1", mcp.RequiredArgument()), mcp.WithArgument("arg2", mcp.RequiredArgument())),
		func(args map[string]string) []mcp.Content {
			return []mcp.Content{text(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", args["arg1"], args["arg2"]))}
		})
	add(mcp.NewPrompt("test_prompt_with_embedded_resource", mcp.WithPromptDescription("A prompt of the suite"), mcp.WithArgument("resourceUri", mcp.RequiredArgument())),
		func(args map[string]string) []mcp.Content {
			return []mcp.Content{
				mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: args["resourceUri"], MIMEType: "text/plain", Text: "Embedded resource content for testing."}),
				text("Please process the embedded resource above."),
			}
		})
	add(mcp.NewPrompt("test_prompt_with_image", mcp.WithPromptDescription("A prompt of the suite")), func(map[string]string) []mcp.Content {
		return []mcp.Content{mcp.NewImageContent(png, "image/png"), text("Please analyze the image above.")}
	})
	s.AddPrompt(mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("A prompt of the suite")), func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if a := server.ElicitationResponse(req.Params.InputResponses, "user_context"); a != nil {
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{{Role: mcp.RoleUser, Content: text(fmt.Sprint(a.Content))}}}, nil
		}
		return server.NewInputRequestBuilder("").Elicit("user_context", form("What context should the prompt use?", "context", "string")).PromptResult(), nil
	})
}
