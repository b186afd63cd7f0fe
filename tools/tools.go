// Package tools is what an agent sees: fifteen verbs, their schemas, and the
// one place where a result or an error becomes an answer. A tool is a typed
// function; the adapter here decodes its arguments strictly, tells every fault
// at once, and never lets a panic or a cause reach the caller.
package tools

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/app"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// Deps are what the tools work with.
type Deps struct {
	Jobs *jobs.Service
	// Models is the catalogue as it stands when a call is made; Listed are the
	// models that the tools' descriptions name.
	Models func() catalog.Set
	Listed catalog.Set
	// Market asks for the service's own list and lays it over Models; nil where
	// nobody asks.
	Market func(context.Context) (catalog.Market, error)
	Log    *slog.Logger
	// Sandbox says that nothing is really generated, which results repeat.
	Sandbox bool
	// Previews says whether results bring small pictures.
	Previews Previews
	// Toolsets are the sets on offer; empty means all.
	Toolsets []string
	ReadOnly bool
}

// Tool is a tool and what decides who may see it.
type Tool struct {
	server.ServerTool
	// Toolsets are the sets it belongs to; empty means always.
	Toolsets []string
	ReadOnly bool
}

// All is every tool on offer, in the order of the contract. It is the only list.
func All(d Deps) []Tool {
	every := []Tool{
		listModels(d), chat(d), nativeChat(d),
		generateImage(d), editImage(d), generateVideo(d), remixVideo(d),
		queryTask(d), listTasks(d), saveOutputs(d),
		uploadFile(d), queryFile(d), listFiles(d), deleteFile(d),
		getUsage(d),
	}
	offered := every[:0]
	for _, t := range every {
		if Offered(t, d.Toolsets, d.ReadOnly) {
			offered = append(offered, t)
		}
	}
	return offered
}

// Offered says whether a tool is on offer under a choice of toolsets.
func Offered(t Tool, toolsets []string, readOnly bool) bool {
	if readOnly && !t.ReadOnly {
		return false
	}
	if len(t.Toolsets) == 0 || len(toolsets) == 0 {
		return true
	}
	for _, set := range t.Toolsets {
		for _, chosen := range toolsets {
			if set == chosen {
				return true
			}
		}
	}
	return false
}

// define is a tool before it has a handler.
type define struct {
	name, title, description string
	toolsets                 []string
	readOnly                 bool
	// idempotent and destructive are hints; what spends is neither read-only
	// nor idempotent.
	idempotent, destructive bool
	// tasks says that the result is a task, or several, which the gallery shows.
	tasks   bool
	in, out *schemas.Schema
}

// call is one call on its way: its arguments as they fit the schema, those
// that don't as they came, the faults found so far, and the way to tell progress.
type call struct {
	deps   Deps
	tool   string
	start  time.Time
	args   map[string]any
	unfit  map[string]any
	faults order.Faults
	req    mcp.CallToolRequest
	report *reporter
}

// answer is a result before it is written: the structured part, the text for
// clients that show only text, and pictures for the user's eyes.
type answer struct {
	structured any
	text       string
	previews   []preview
}

// build makes a tool of a definition and a typed handler.
func build[In any](d Deps, def define, run func(context.Context, In, *call) (answer, error)) Tool {
	handler := func(ctx context.Context, req mcp.CallToolRequest) (result *mcp.CallToolResult, _ error) {
		defer func() {
			if p := recover(); p != nil {
				id := rand.Text()[:12]
				d.Log.Error("a tool panicked", "tool", def.name, "id", id, "panic", p, "stack", string(debug.Stack()))
				result = failure(&nexconn.Error{Code: nexconn.Internal, Message: "internal error " + id})
			}
		}()
		c := &call{deps: d, tool: def.name, start: time.Now().UTC(), req: req, report: newReporter(ctx, req)}
		defer c.report.done()
		in, err := decode[In](def.in, req, c)
		if err != nil {
			return d.failed(def.name, err), nil
		}
		got, err := run(ctx, in, c)
		if err != nil {
			return d.failed(def.name, ownKey(ctx, err)), nil
		}
		return d.write(got), nil
	}
	tool := mcp.Tool{
		Name: def.name, Description: def.description,
		RawInputSchema: def.in.JSON(), RawOutputSchema: def.out.JSON(),
		Annotations: def.annotations(),
	}
	if def.tasks {
		tool.Meta = mcp.NewMetaFromMap(app.ToolMeta())
	}
	return Tool{ServerTool: server.ServerTool{Tool: tool, Handler: handler}, Toolsets: def.toolsets, ReadOnly: def.readOnly}
}

// decode holds the arguments against the schema and fills the typed struct.
// Faults are kept for the handler where it can find more of them; they are
// told together.
func decode[In any](schema *schemas.Schema, req mcp.CallToolRequest, c *call) (In, error) {
	var in In
	args, err := arguments(req)
	if err != nil {
		return in, err
	}
	fit, faults := schema.Fit(args)
	for _, name := range []string{"model", "task_id", "file_id"} {
		if id, ok := fit[name].(string); ok {
			fit[name] = strings.Trim(id, " \t\r\n\"'`")
		}
	}
	c.args, c.unfit = fit, map[string]any{}
	for name, v := range args {
		if _, fits := fit[name]; !fits && v != nil && schema.Field(name) != nil {
			c.unfit[name] = v
		}
	}
	for _, f := range faults {
		c.faults.Add(nexconn.InvalidArgument, f.Field, f.Say)
	}
	for _, name := range []string{"model", "idempotency_key"} {
		// Nobody means them. The ids of tasks and files are the service's, as odd
		// as it makes them.
		if id, _ := fit[name].(string); !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) {
			c.faults.Add(nexconn.InvalidArgument, name, name+" has control characters in it; give it in plain ones.")
		}
	}
	c.faults.AddBuild(nil, decodeInto(fit, &in))
	if _, collects := any(in).(collectsFaults); collects {
		return in, nil
	}
	return in, c.faults.Err()
}

// decodeInto fills a typed struct from fitted arguments; each of the joined
// errors is a *nexconn.Error that names its argument.
func decodeInto(given map[string]any, into any) error {
	var faults schemas.Faults
	if !errors.As(schemas.Decode(given, into), &faults) {
		return nil
	}
	var errs []error
	for _, f := range faults {
		errs = append(errs, &nexconn.Error{Code: nexconn.InvalidArgument, Field: f.Field, Message: f.Say})
	}
	return errors.Join(errs...)
}

// collectsFaults marks arguments whose handler goes on checking although there
// are faults, to tell them all at once.
type collectsFaults interface{ collectsFaults() }

// exactly decodes JSON and leaves the numbers of free objects as they are
// written: what goes through to a vendor goes through untouched.
func exactly(doc []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return dec.Decode(into)
}

func arguments(req mcp.CallToolRequest) (map[string]any, error) {
	if raw := req.Params.RawArguments; len(raw) > 0 {
		var args map[string]any
		if err := exactly(raw, &args); err == nil && args != nil {
			return args, nil
		}
	}
	switch args := req.Params.Arguments.(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return args, nil
	case string: // as some agents send them
		text := strings.TrimSpace(args)
		if text == "" {
			return map[string]any{}, nil
		}
		var inside map[string]any
		if exactly([]byte(text), &inside) == nil && inside != nil {
			return inside, nil
		}
	}
	return nil, nexconn.Errorf(nexconn.InvalidArgument, "arguments must be an object")
}

// annotations are the hints of a tool. Where it only reads, the others mean
// nothing; that it reaches beyond this machine is what clients assume.
func (def define) annotations() mcp.ToolAnnotation {
	a := mcp.ToolAnnotation{Title: def.title, ReadOnlyHint: &def.readOnly}
	if !def.readOnly {
		a.DestructiveHint, a.IdempotentHint = &def.destructive, &def.idempotent
	}
	return a
}
