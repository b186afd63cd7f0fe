package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/mark3labs/mcp-go/tracing"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/mcpfix"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// guard stands around every handler of a server: it keeps faults from leaving
// verbatim, orders progress before the result, and logs and counts calls.
type guard struct {
	server  *server.MCPServer
	log     *slog.Logger
	metrics *Metrics
	// private says that callers are told apart.
	private bool
}

// install puts the guard around the handlers of its server, once.
func (g guard) install() {
	g.server.Use(g.tool)
	server.WithResourceHandlerMiddleware(g.resource)(g.server)
	server.WithPromptHandlerMiddleware(g.prompt)(g.server)
	hooks := g.server.GetHooks()
	if hooks == nil {
		hooks = &server.Hooks{}
		server.WithHooks(hooks)(g.server)
	}
	mcpfix.CacheHints(g.server, hooks, g.private, func(ctx context.Context) bool { return narrowed(ctx) != "" })
	mcpfix.AckFirst(hooks)
}

func (g guard) tool(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		start := time.Now()
		name := req.Params.Name
		done := g.metrics.begin(name)
		defer func() {
			took, outcome := time.Since(start), outcomeOf(ctx, result, err)
			done(outcome, took)
			if outcome != "ok" {
				tracing.SpanFromContext(ctx).SetAttributes(tracing.String("error.type", outcome))
			}
			g.log.LogAttrs(ctx, slog.LevelInfo, "call",
				slog.String("tool", name), slog.Duration("took", took), slog.String("outcome", outcome),
				slog.String("request", mcpfix.ExchangeFrom(ctx).ID), slog.String("caller", caller.From(ctx).ID))
		}()
		defer func() {
			if r := recover(); r != nil {
				result, err = g.internal(ctx, "tool "+name, fmt.Errorf("panic: %v\n%s", r, debug.Stack())), nil
			}
			if ctx.Err() != nil {
				mcpfix.ExchangeFrom(ctx).Left = result
			}
		}()

		if mcpfix.ExchangeFrom(ctx).Unanswered.Load() {
			req.Params.MultiRoundTripParams = mcp.MultiRoundTripParams{}
		}
		inner, flush := mcpfix.Ordered(ctx, g.server, tools.CanAsk)
		defer flush()
		result, err = next(inner, req)
		switch {
		case err != nil:
			return g.failed(ctx, "tool "+name, err), nil
		case result == nil:
			return g.internal(ctx, "tool "+name, errors.New("no result")), nil
		case result.NeedsInput():
			if missing := mcpfix.MissingCapability(tools.Capabilities(inner), tools.CanAsk(inner), result.InputRequests); missing != "" {
				return g.cannotAsk(ctx, missing)
			}
		}
		return result, nil
	}
}

func (g guard) resource(next server.ResourceHandlerFunc) server.ResourceHandlerFunc {
	return func(ctx context.Context, req mcp.ReadResourceRequest) (contents []mcp.ResourceContents, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = g.hidden(ctx, "resource", fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			}
		}()
		contents, err = next(ctx, req)
		return contents, g.plain(ctx, "resource", err)
	}
}

func (g guard) prompt(next server.PromptHandlerFunc) server.PromptHandlerFunc {
	return func(ctx context.Context, req mcp.GetPromptRequest) (result *mcp.GetPromptResult, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = g.hidden(ctx, "prompt "+req.Params.Name, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			}
		}()
		result, err = next(ctx, req)
		return result, g.plain(ctx, "prompt "+req.Params.Name, err)
	}
}

// failed is the result of a tool whose handler returned an error.
func (g guard) failed(ctx context.Context, what string, err error) *mcp.CallToolResult {
	if ctx.Err() != nil {
		return toolError(nexconn.Errorf(nexconn.Cancelled, "The call was cancelled."))
	}
	if e, ok := errors.AsType[*nexconn.Error](err); ok {
		return toolError(e)
	}
	return g.internal(ctx, what, err)
}

func (g guard) internal(ctx context.Context, what string, err error) *mcp.CallToolResult {
	return toolError(&nexconn.Error{Code: nexconn.Internal, Message: g.hide(ctx, what, err)})
}

// cannotAsk ends a call whose tool would ask a caller that can't answer. Tools
// look before they ask; this is for the one that forgot.
func (g guard) cannotAsk(ctx context.Context, capability string) (*mcp.CallToolResult, error) {
	const message = "This call needs an answer from the user, and this client can't ask for one. Tell the user what you were about to do."
	e := nexconn.Errorf(nexconn.ConfirmationNeeded, message)
	if !server.IsModernRequest(ctx) {
		return toolError(e), nil
	}
	mcpfix.ExchangeFrom(ctx).Fault = mcpfix.MissingCapabilityFault(message, map[string]any{capability: map[string]any{}})
	return nil, e
}

// plain is the error that leaves a resource or a prompt: our own errors in
// their words, with the code the protocol has for them, anything else hidden.
func (g guard) plain(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	fault := func(code int, err error) error {
		mcpfix.ExchangeFrom(ctx).Fault = &mcp.JSONRPCErrorDetails{Code: code, Message: err.Error()}
		return err
	}
	if errors.Is(err, server.ErrResourceNotFound) {
		return fault(notFoundCode(ctx), err)
	}
	e, ok := errors.AsType[*nexconn.Error](err)
	if !ok {
		return g.hidden(ctx, what, err)
	}
	switch e.Code {
	case nexconn.NotFound:
		return fault(notFoundCode(ctx), e)
	case nexconn.InvalidArgument, nexconn.UnknownModel, nexconn.Unsupported:
		return fault(mcp.INVALID_PARAMS, e)
	}
	return e
}

// hide logs err under an id and is the sentence that names the id instead.
func (g guard) hide(ctx context.Context, what string, err error) string {
	id := mcpfix.NewID()
	cause := err.Error()
	if key := string(caller.From(ctx).Key); key != "" {
		cause = strings.ReplaceAll(cause, key, "•••")
	}
	g.log.LogAttrs(ctx, slog.LevelError, "internal error",
		slog.String("id", id), slog.String("in", what), slog.String("request", mcpfix.ExchangeFrom(ctx).ID), slog.String("cause", cause))
	return "Something went wrong inside the server. Its log has the cause under the id " + id + "."
}

// hidden is an error that says no more than hide does.
func (g guard) hidden(ctx context.Context, what string, err error) error {
	return errors.New(g.hide(ctx, what, err))
}

// notFoundCode is what the request's era calls a resource that isn't there.
func notFoundCode(ctx context.Context) int {
	if server.IsModernRequest(ctx) {
		return mcp.INVALID_PARAMS
	}
	return mcp.RESOURCE_NOT_FOUND
}

// toolError writes an error as the result of a tool. The tools write their own;
// this is for faults that no tool saw.
func toolError(e *nexconn.Error) *mcp.CallToolResult {
	result := mcp.NewToolResultError(e.Message)
	result.Meta = &mcp.Meta{AdditionalFields: map[string]any{
		"nexconn/error": map[string]any{"code": string(e.Code), "message": e.Message, "retryable": e.Retryable},
	}}
	return result
}

// outcomeOf is the one word for the log and the metrics: ok, cancelled, or the
// code of the error.
func outcomeOf(ctx context.Context, result *mcp.CallToolResult, err error) string {
	switch {
	case result == nil:
		return string(nexconn.CodeOf(err))
	case !result.IsError && result.NeedsInput():
		return "input_required"
	case !result.IsError:
		return "ok"
	case ctx.Err() != nil:
		return string(nexconn.Cancelled)
	}
	if result.Meta != nil {
		if fault, ok := result.Meta.AdditionalFields["nexconn/error"]; ok {
			return faultCode(fault)
		}
	}
	return "error"
}

// faultCode reads the code out of a nexconn/error, whatever Go type it has.
func faultCode(fault any) string {
	var f struct {
		Code string `json:"code"`
	}
	if raw, err := json.Marshal(fault); err != nil || json.Unmarshal(raw, &f) != nil || f.Code == "" {
		return "error"
	}
	return f.Code
}
