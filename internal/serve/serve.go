// Package serve puts a ready MCP server behind its two transports, stdio and
// Streamable HTTP, and guards both: who may call, how much, what leaves the
// process, and in which order. It knows no tool by name. Whatever mcp-go gets
// wrong on the wire is put right here and nowhere else.
package serve

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"
)

// exchange is one request on its way through mcp-go: under which name it is
// logged and how its caller is told something before the answer.
type exchange struct {
	// id is the name of the request in the log and in answers.
	id string
	// notify writes to the caller at once; nil where the caller can't be told.
	notify func(mcp.JSONRPCNotification)
	// resource is the URI that a resources/read asks for.
	resource string
	// left is the result of a tool that returned after its request had ended.
	left *mcp.CallToolResult
	// fault is what the answer to a failed handler says in place of mcp-go's
	// -32603; nil leaves that.
	fault *mcp.JSONRPCErrorDetails
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// exchangeFrom is the exchange of ctx, or a fresh one for a call that came by
// another way than these transports.
func exchangeFrom(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{id: newID()}
}

// newID is a name for a request or an internal fault: 12 hex digits.
func newID() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// envelope is as much of a JSON-RPC message as a guard needs to see.
type envelope struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// isRequest says that the message wants an answer.
func (e envelope) isRequest() bool { return e.Method != "" && e.hasID() }

func (e envelope) hasID() bool { return len(e.ID) > 0 && string(e.ID) != "null" }

// toolName is the tool that a tools/call names.
func (e envelope) toolName() string {
	var params struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(e.Params, &params)
	return params.Name
}

// resource is the URI that a resources/read asks for, "" for other methods.
func (e envelope) resource() string {
	if e.Method != string(mcp.MethodResourcesRead) {
		return ""
	}
	var params struct {
		URI string `json:"uri"`
	}
	_ = json.Unmarshal(e.Params, &params)
	return params.URI
}

// rpcError is a JSON-RPC error answer to the request with that id, null where
// there was none to read.
func rpcError(id json.RawMessage, code int, message string) mcp.JSONRPCError {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return mcp.JSONRPCError{
		JSONRPC: mcp.JSONRPC_VERSION,
		ID:      mcp.NewRequestId(id),
		Error:   mcp.JSONRPCErrorDetails{Code: code, Message: message},
	}
}

// settle makes an answer of mcp-go fit to send: the id byte for byte as it came
// and the right fault.
func (x *exchange) settle(answer mcp.JSONRPCMessage, id json.RawMessage) mcp.JSONRPCMessage {
	switch a := answer.(type) {
	case mcp.JSONRPCResponse:
		a.ID = mcp.NewRequestId(id)
		return a
	case mcp.JSONRPCError:
		a.ID = mcp.NewRequestId(id)
		x.refault(&a.Error)
		return a
	}
	return answer
}

// refault puts the fault that a handler asked for in place of mcp-go's, and
// names the resource that isn't there, as 2026-07-28 wants it.
func (x *exchange) refault(e *mcp.JSONRPCErrorDetails) (changed bool) {
	if x.fault != nil && e.Code == mcp.INTERNAL_ERROR {
		*e, changed = *x.fault, true
	}
	if x.resource != "" && e.Data == nil && (e.Code == mcp.INVALID_PARAMS || e.Code == mcp.RESOURCE_NOT_FOUND) {
		e.Data, changed = map[string]any{"uri": x.resource}, true
	}
	return changed
}

// logger is l, or one that says nothing.
func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
