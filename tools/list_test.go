package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// mostBytes is what tools/list may cost an agent.
const mostBytes = 20_000

func testDeps() Deps {
	models := catalog.Builtin()
	return Deps{Jobs: &jobs.Service{Client: &nexconn.Client{}, Models: func() catalog.Set { return models }}, Models: func() catalog.Set { return models }, Listed: models, Log: slog.New(slog.DiscardHandler)}
}

// received is the tool list as a client receives it.
func received(t *testing.T) []mcp.Tool {
	t.Helper()
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	for _, tool := range All(testDeps()) {
		s.AddTools(tool.ServerTool)
	}
	c, err := client.NewInProcessClient(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Initialize(ctx, mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: mcp.LATEST_LEGACY_PROTOCOL_VERSION}}); err != nil {
		t.Fatal(err)
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Tools
}

func TestToolListIsCommittedAndSmall(t *testing.T) {
	names := map[string]bool{}
	total := 0
	for _, tool := range received(t) {
		doc, err := json.Marshal(tool)
		if err != nil {
			t.Fatal(err)
		}
		total += len(doc)
		t.Logf("%-16s %5d bytes", tool.Name, len(doc))
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, doc, "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		names[tool.Name+".json"] = true
		golden.File(t, "../schemas/tools/"+tool.Name+".json", pretty.Bytes())
	}
	golden.Only(t, "../schemas/tools", "*.json", names)
	t.Logf("%-16s %5d bytes of %d", "in all", total, mostBytes)
	if total >= mostBytes-200 {
		t.Errorf("the tool list has %d bytes; it costs every agent that much, and may have %d with its envelope", total, mostBytes)
	}
	if len(names) != 15 {
		t.Errorf("%d tools, want the contract's fifteen", len(names))
	}
}

func TestModelSchemasAreCommitted(t *testing.T) {
	names := map[string]bool{}
	for _, m := range catalog.Builtin() {
		if m.Pattern {
			continue
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, ModelSchema(m), "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		name := strings.ReplaceAll(m.ID, "/", "--") + "." + string(m.Kind) + ".json"
		names[name] = true
		compile(t, name, ModelSchema(m))
		golden.File(t, "../schemas/models/"+name, pretty.Bytes())
	}
	golden.Only(t, "../schemas/models", "*.json", names)
}

// Schemas beyond a client's reach cost it the whole list: a combinator at the
// root is refused by Anthropic's API, a boolean schema by Fireworks, a union or
// a reference by Gemini, a root without type object by the TypeScript SDK.
func TestSchemasArePlain(t *testing.T) {
	for _, tool := range All(testDeps()) {
		raw := tool.ServerTool.Tool
		for what, doc := range map[string]json.RawMessage{"input": raw.RawInputSchema, "output": raw.RawOutputSchema} {
			compile(t, raw.Name+" "+what, doc)
			var schema map[string]any
			if err := json.Unmarshal(doc, &schema); err != nil {
				t.Fatal(err)
			}
			if schema["type"] != "object" {
				t.Errorf("%s %s: root type is %v", raw.Name, what, schema["type"])
			}
			plainSchema(t, raw.Name+" "+what, schema)
		}
		var in map[string]any
		if err := json.Unmarshal(raw.RawInputSchema, &in); err != nil {
			t.Fatal(err)
		}
		if in["additionalProperties"] != false {
			t.Errorf("%s takes unknown arguments", raw.Name)
		}
		var out map[string]any
		if err := json.Unmarshal(raw.RawOutputSchema, &out); err != nil {
			t.Fatal(err)
		}
		if out["required"] != nil {
			t.Errorf("%s: the output requires %v; a dry run has another shape", raw.Name, out["required"])
		}
	}
}

func compile(t *testing.T, name string, doc []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///s.json", v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if _, err := c.Compile("mem:///s.json"); err != nil {
		t.Errorf("%s does not compile: %v", name, err)
	}
}

func plainSchema(t *testing.T, at string, schema map[string]any) {
	t.Helper()
	for _, banned := range []string{"oneOf", "anyOf", "allOf", "not", "$ref", "$defs", "$schema", "const", "exclusiveMinimum"} {
		if _, ok := schema[banned]; ok {
			t.Errorf("%s has %s", at, banned)
		}
	}
	if _, ok := schema["type"].(string); !ok {
		t.Errorf("%s has type %v, want one word", at, schema["type"])
	}
	if schema["type"] == "array" && schema["items"] == nil {
		t.Errorf("%s is a list without items", at)
	}
	if items, ok := schema["items"]; ok {
		sub, ok := items.(map[string]any)
		if !ok {
			t.Errorf("%s has items %v", at, items)
		} else {
			plainSchema(t, at+"[]", sub)
		}
	}
	fields, _ := schema["properties"].(map[string]any)
	for name, field := range fields {
		sub, ok := field.(map[string]any)
		if !ok {
			t.Errorf("%s.%s is %v", at, name, field)
			continue
		}
		plainSchema(t, at+"."+name, sub)
	}
}

// What spends money is neither read-only nor idempotent, and says so.
func TestAnnotationsAreHonest(t *testing.T) {
	pays := map[string]bool{"chat": true, "native_chat": true, "generate_image": true, "edit_image": true, "generate_video": true, "remix_video": true}
	for _, tool := range All(testDeps()) {
		raw := tool.ServerTool.Tool
		a := raw.Annotations
		if a.ReadOnlyHint == nil || a.Title == "" {
			t.Fatalf("%s has no readOnlyHint or title", raw.Name)
		}
		if !*a.ReadOnlyHint && (a.DestructiveHint == nil || a.IdempotentHint == nil) {
			t.Errorf("%s is not read-only and doesn't say whether it destroys or can be repeated", raw.Name)
		}
		if *a.ReadOnlyHint != tool.ReadOnly {
			t.Errorf("%s: readOnlyHint %v, and read-only mode says %v", raw.Name, *a.ReadOnlyHint, tool.ReadOnly)
		}
		var in struct{ Properties map[string]any }
		if err := json.Unmarshal(raw.RawInputSchema, &in); err != nil {
			t.Fatal(err)
		}
		_, dry := in.Properties["dry_run"]
		if dry != pays[raw.Name] {
			t.Errorf("%s: dry_run %v, paid %v", raw.Name, dry, pays[raw.Name])
		}
		if pays[raw.Name] && (*a.ReadOnlyHint || *a.IdempotentHint) {
			t.Errorf("%s spends money and is said to be read-only or idempotent", raw.Name)
		}
	}
}

func TestEveryCodeHasAdvice(t *testing.T) {
	for _, code := range []nexconn.Code{nexconn.InvalidArgument, nexconn.UnknownModel, nexconn.Unsupported, nexconn.NotConfigured, nexconn.Unauthorized,
		nexconn.QuotaExhausted, nexconn.RateLimited, nexconn.ContentRejected, nexconn.NotFound, nexconn.UpstreamUnavailable, nexconn.UpstreamError,
		nexconn.Timeout, nexconn.Cancelled, nexconn.SubmissionUnknown, nexconn.BudgetExceeded, nexconn.ConfirmationNeeded, nexconn.Forbidden, nexconn.Internal} {
		if advice[code] == "" {
			t.Errorf("%s has no advice", code)
		}
	}
}
