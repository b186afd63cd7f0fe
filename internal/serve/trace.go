package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/mark3labs/mcp-go/tracing"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing is what a server needs to send its traces to a collector.
type Tracing struct {
	// Options go to server.NewMCPServer.
	Options []server.ServerOption
	// Shutdown sends what is left and ends the exporter.
	Shutdown func(context.Context) error
}

// NewTracing sends spans of every request to an OTLP endpoint, by the MCP and
// GenAI conventions of OpenTelemetry and without a word of what was said: no
// arguments, no results, no error texts. An endpoint without a path gets
// OTLP's. headers, key=value with commas between them, go with each request.
// Without an endpoint nothing is built and the Tracing is empty.
func NewTracing(endpoint, headers, version string, log *slog.Logger) (Tracing, error) {
	none := Tracing{Shutdown: func(context.Context) error { return nil }}
	if endpoint == "" {
		return none, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return none, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %q is not an http URL", endpoint)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	log = logger(log)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces can't be sent", "cause", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(newOTLP(u.String(), headers)), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "nexconn-mcp"), attribute.String("service.version", version))))
	return Tracing{Options: traceOptions(provider), Shutdown: provider.Shutdown}, nil
}

func traceOptions(provider trace.TracerProvider) []server.ServerOption {
	return []server.ServerOption{
		server.WithTracer(tracer{provider.Tracer("github.com/nexconn-ai/nexconn-mcp")}),
		server.WithPropagator(headerPropagator{}),
		server.WithMetaPropagator(metaPropagator{}),
	}
}

// tracer gives mcp-go's spans the names and attributes of the conventions.
type tracer struct{ otel trace.Tracer }

func (t tracer) Start(ctx context.Context, name string, kind tracing.SpanKind, attrs ...tracing.Attribute) (context.Context, tracing.Span) {
	s := &span{}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindInternal)}
	if kind == tracing.SpanKindServer {
		options[0] = trace.WithSpanKind(trace.SpanKindServer)
		s.method, _ = strings.CutPrefix(name, "mcp.")
		if !slices.Contains(methods, mcp.MCPMethod(s.method)) {
			s.method = "unknown"
		}
		name = s.method
	} else if tool, ok := strings.CutPrefix(name, "tool."); ok {
		name = "execute_tool " + tool
		if request, ok := tracing.SpanFromContext(ctx).(*span); ok && request.method != "" {
			request.calls(tool)
		}
	}
	ctx, s.otel = t.otel.Start(ctx, name, options...)
	s.SetAttributes(attrs...)
	return tracing.ContextWithSpan(ctx, s), s
}

// methods are those that a span may name: any other is a caller's own words.
var methods = []mcp.MCPMethod{
	mcp.MethodInitialize, mcp.MethodPing, mcp.MethodServerDiscover, mcp.MethodToolsList, mcp.MethodToolsCall,
	mcp.MethodResourcesList, mcp.MethodResourcesTemplatesList, mcp.MethodResourcesRead, mcp.MethodResourcesSubscribe, mcp.MethodResourcesUnsubscribe,
	mcp.MethodPromptsList, mcp.MethodPromptsGet, mcp.MethodCompletionComplete, mcp.MethodSetLogLevel, mcp.MethodSubscriptionsListen,
}

type span struct {
	otel   trace.Span
	method string // of a request's span
}

// conventional are the conventions' names for mcp-go's attributes.
var conventional = map[string]string{
	"mcp.method":    "mcp.method.name",
	"mcp.tool.name": "gen_ai.tool.name",
}

func (s *span) SetAttributes(attrs ...tracing.Attribute) {
	for _, a := range attrs {
		key, value := a.Key, a.Value
		if name, ok := conventional[key]; ok {
			key = name
		}
		switch {
		case key == "mcp.method.name" && s.method != "":
			value = s.method
		case key == "mcp.protocol.version" && !mcp.IsValidProtocolVersion(value):
			continue
		case key == "gen_ai.tool.name" && s.method != "":
			continue // calls says it once there is such a tool
		}
		s.otel.SetAttributes(attribute.String(key, value))
		if key == "gen_ai.tool.name" {
			s.otel.SetAttributes(attribute.String("gen_ai.operation.name", "execute_tool"))
		}
	}
}

// calls names the tool in the span of the request that calls it.
func (s *span) calls(tool string) {
	s.otel.SetName(s.method + " " + tool)
	s.otel.SetAttributes(attribute.String("gen_ai.tool.name", tool), attribute.String("gen_ai.operation.name", "execute_tool"))
}

// RecordError keeps the kind of error alone: its text may quote a prompt.
func (s *span) RecordError(err error) {
	s.otel.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", err)))
}

// SetStatus drops the description for the same reason.
func (s *span) SetStatus(code tracing.StatusCode, _ string) {
	switch code {
	case tracing.StatusError:
		s.otel.SetStatus(codes.Error, "")
	case tracing.StatusOK:
		s.otel.SetStatus(codes.Ok, "")
	}
}

func (s *span) End() { s.otel.End() }

// metaPropagator reads the W3C trace context out of a request's _meta.
type metaPropagator struct{}

func (metaPropagator) ExtractMeta(ctx context.Context, meta *mcp.Meta) context.Context {
	if meta == nil {
		return ctx
	}
	carrier := propagation.MapCarrier{}
	for _, key := range []string{"traceparent", "tracestate"} {
		if value, ok := meta.AdditionalFields[key].(string); ok {
			carrier[key] = value
		}
	}
	return propagation.TraceContext{}.Extract(ctx, carrier)
}

// InjectMeta does nothing: this server sends no requests of its own.
func (metaPropagator) InjectMeta(_ context.Context, meta *mcp.Meta) *mcp.Meta { return meta }

// headerPropagator reads it out of the HTTP headers, where _meta had none:
// those may be of a proxy in between.
type headerPropagator struct{}

func (headerPropagator) Extract(ctx context.Context, headers http.Header) context.Context {
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(headers))
}

func (headerPropagator) Inject(context.Context, http.Header) {}
