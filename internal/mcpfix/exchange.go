package mcpfix

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go's handlers know neither their request's id nor a way to choose the code of
// an error, and 2026-07-28 wants codes that mcp-go does not send. The tests named
// in the other files of this room tell when this one can go: it is what they share.

// Exchange is one request on its way through mcp-go: under which name it is
// logged and how its caller is told something before the answer.
type Exchange struct {
	// ID is the name of the request in the log.
	ID string
	// wire and token are the request's id and progress token as they were
	// written: mcp-go takes their numbers for floats.
	wire, token json.RawMessage
	method      string
	// cursor is where a list is to go on.
	cursor string
	// Notify writes to the caller at once; nil where the caller can't be told.
	Notify func(mcp.JSONRPCNotification)
	// resource is the URI that a resources/read asks for.
	resource string
	// Acknowledged is closed when a subscription over HTTP has begun; nil
	// for everything else.
	Acknowledged chan struct{}
	// Left is the result of a tool that returned after its request had ended.
	Left *mcp.CallToolResult
	// Unanswered says that a question to the caller's user got no answer; the
	// call goes on as that of a client that can't ask.
	Unanswered atomic.Bool
	// Fault is what the answer to a failed handler says in place of mcp-go's
	// -32603; nil leaves that.
	Fault *mcp.JSONRPCErrorDetails
}

type exchangeKey struct{}

// WithExchange is ctx with x as its exchange.
func WithExchange(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// ExchangeFrom is the exchange of ctx, or a fresh one for a call that came by
// another way than these transports.
func ExchangeFrom(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		return x
	}
	return &Exchange{ID: NewID()}
}

// NewID is a name for a request or an internal fault: 12 hex digits.
func NewID() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// RPCError is a JSON-RPC error answer to the request with that id, null where
// there was none to read.
func RPCError(id json.RawMessage, code int, message string) *mcp.JSONRPCError {
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
func (x *Exchange) settle(answer mcp.JSONRPCMessage) mcp.JSONRPCMessage {
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
func (x *Exchange) refault(e *mcp.JSONRPCErrorDetails) (changed bool) {
	switch {
	case x.Fault != nil && e.Code == mcp.INTERNAL_ERROR:
		*e, changed = *x.Fault, true
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
func (x *Exchange) reworded() bool {
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
func (x *Exchange) asWritten(message []byte) []byte {
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
