// Package serve puts a ready MCP server behind its two transports, stdio and
// Streamable HTTP, and guards both: who may call, how much, what leaves the
// process, and in which order. It knows no tool by name. Whatever mcp-go gets
// wrong on the wire is put right here and nowhere else.
package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
)

// exchange is one request on its way through mcp-go: under which name it is
// logged and how its caller is told something before the answer.
type exchange struct {
	// id is the name of the request in the log.
	id string
	// wire and token are the request's id and progress token as they were
	// written: mcp-go takes their numbers for floats.
	wire, token json.RawMessage
	method      string
	// cursor is where a list is to go on.
	cursor string
	// notify writes to the caller at once; nil where the caller can't be told.
	notify func(mcp.JSONRPCNotification)
	// resource is the URI that a resources/read asks for.
	resource string
	// acknowledged is closed when a subscription over HTTP has begun; nil
	// for everything else.
	acknowledged chan struct{}
	// left is the result of a tool that returned after its request had ended.
	left *mcp.CallToolResult
	// unanswered says that a question to the caller's user got no answer; the
	// call goes on as that of a client that can't ask.
	unanswered atomic.Bool
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

// rpcError is a JSON-RPC error answer to the request with that id, null where
// there was none to read.
func rpcError(id json.RawMessage, code int, message string) *mcp.JSONRPCError {
	return &mcp.JSONRPCError{
		JSONRPC: mcp.JSONRPC_VERSION,
		ID:      answerID(id),
		Error:   mcp.JSONRPCErrorDetails{Code: code, Message: message},
	}
}

// answerID is a request's id as an answer has it.
func answerID(id json.RawMessage) mcp.RequestId {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return mcp.NewRequestId(id)
}

// settle makes an answer of mcp-go fit to send: the id byte for byte as it came
// and the right fault.
func (x *exchange) settle(answer mcp.JSONRPCMessage) mcp.JSONRPCMessage {
	switch a := answer.(type) {
	case mcp.JSONRPCResponse:
		a.ID = mcp.NewRequestId(x.wire)
		if end, ok := a.Result.(mcp.SubscriptionsListenResult); ok {
			end.EnsureResultMeta().SetSubscriptionID(x.wire)
			a.Result = end
		}
		return a
	case mcp.JSONRPCError:
		a.ID = mcp.NewRequestId(x.wire)
		x.refault(&a.Error)
		return a
	}
	return answer
}

// refault puts the fault that a handler asked for in place of mcp-go's, says in
// words what can't be read, and names the resource that isn't there, as
// 2026-07-28 wants it.
func (x *exchange) refault(e *mcp.JSONRPCErrorDetails) (changed bool) {
	switch {
	case x.fault != nil && e.Code == mcp.INTERNAL_ERROR:
		*e, changed = *x.fault, true
	case e.Code == mcp.INVALID_REQUEST && strings.HasPrefix(e.Message, "unparsable "):
		e.Code, e.Message, changed = mcp.INVALID_PARAMS, inWords(x.method, e.Message), true
	case e.Code == mcp.INVALID_PARAMS && x.cursor != "" && strings.HasSuffix(x.method, "/list"):
		e.Message, changed = "The cursor is none that this server gave; ask without one.", true
	}
	if x.resource != "" && e.Data == nil && (e.Code == mcp.INVALID_PARAMS || e.Code == mcp.RESOURCE_NOT_FOUND) {
		e.Data, changed = map[string]any{"uri": x.resource}, true
	}
	return changed
}

// reworded says that mcp-go writes the request's id in another form: one beyond
// 2^53, or 1.0.
func (x *exchange) reworded() bool {
	if len(x.wire) == 0 || x.wire[0] == '"' {
		return false
	}
	var n float64
	if json.Unmarshal(x.wire, &n) != nil {
		return true
	}
	written, err := json.Marshal(n)
	return err != nil || !bytes.Equal(written, x.wire)
}

// asWritten puts the request's id as it came into a message that mcp-go wrote,
// wherever it stands there.
func (x *exchange) asWritten(message []byte) []byte {
	var m map[string]json.RawMessage
	if json.Unmarshal(message, &m) != nil {
		return message
	}
	if _, answers := m["id"]; answers {
		m["id"] = x.wire
	}
	for _, part := range []string{"params", "result"} {
		var inner, meta map[string]json.RawMessage
		if json.Unmarshal(m[part], &inner) != nil || json.Unmarshal(inner["_meta"], &meta) != nil || meta[mcp.MetaKeySubscriptionID] == nil {
			continue
		}
		meta[mcp.MetaKeySubscriptionID] = x.wire
		inner["_meta"] = encoded(meta)
		m[part] = encoded(inner)
	}
	return encoded(m)
}

// encoded is the JSON of what was read from JSON.
func encoded(v map[string]json.RawMessage) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}

// logger is l, or one that says nothing.
func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
