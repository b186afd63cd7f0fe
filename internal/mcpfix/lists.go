package mcpfix

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// mcp-go encodes every tool anew for every tools/list, through maps. make bench
// shows it: this file can go once a tools/list without it costs what one with it
// does.

// maxLists bounds what callers can make the server keep: one list for each
// combination of era and narrowing that was asked for.
const maxLists = 64

// Lists keeps the encoded tools/list, which mcp-go would otherwise encode
// anew each time. The tools of a server don't change while it is served.
type Lists struct {
	Server *server.MCPServer
	// Narrowed names what a caller's list is narrowed to: callers with the same
	// name get the same list.
	Narrowed func(ctx context.Context) string

	kept  sync.Map // key -> json.RawMessage
	mu    sync.Mutex
	count int
}

// Answer is the whole answer to a tools/list that is in order; nil leaves the
// request, and whatever is wrong with it, to mcp-go.
func (l *Lists) Answer(ctx context.Context, header http.Header, m Envelope) []byte {
	modern, ok := plainList(header, m)
	if !ok {
		return nil
	}
	key := listKey{modern: modern, narrowed: l.Narrowed(ctx)}
	result, ok := l.kept.Load(key)
	if !ok {
		encoded := l.encode(ctx, key)
		if encoded == nil {
			return nil
		}
		result = encoded
	}
	raw := result.(json.RawMessage)
	answer := make([]byte, 0, len(raw)+len(m.ID)+40)
	answer = append(answer, `{"jsonrpc":"2.0","id":`...)
	answer = append(answer, m.ID...)
	answer = append(answer, `,"result":`...)
	answer = append(answer, raw...)
	return append(answer, "}\n"...)
}

type listKey struct {
	modern   bool
	narrowed string
}

// encode asks mcp-go for the list of the caller of ctx and keeps it.
func (l *Lists) encode(ctx context.Context, key listKey) json.RawMessage {
	request := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	if key.modern {
		request = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"` + mcp.MetaKeyProtocolVersion + `":"` + mcp.LATEST_PROTOCOL_VERSION + `","` + mcp.MetaKeyClientCapabilities + `":{}}}}`
	}
	response, ok := l.Server.HandleMessage(ctx, json.RawMessage(request)).(mcp.JSONRPCResponse)
	if !ok {
		return nil
	}
	raw, err := json.Marshal(response.Result)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count < maxLists {
		if _, loaded := l.kept.LoadOrStore(key, json.RawMessage(raw)); !loaded {
			l.count++
		}
	}
	return raw
}

// plainList says whether a tools/list has nothing in it to refuse, and its era.
func plainList(header http.Header, m Envelope) (modern, ok bool) {
	if !m.IsRequest() || header.Get("Content-Type") != "application/json" {
		return false, false
	}
	var params struct {
		Cursor json.RawMessage `json:"cursor"`
		Meta   struct {
			Version      string                  `json:"io.modelcontextprotocol/protocolVersion"`
			Capabilities *mcp.ClientCapabilities `json:"io.modelcontextprotocol/clientCapabilities"`
		} `json:"_meta"`
	}
	if len(m.Params) > 0 && json.Unmarshal(m.Params, &params) != nil || params.Cursor != nil {
		return false, false
	}
	version := header.Get(mcp.HeaderProtocolVersion)
	if !mcp.IsModernProtocol(version) && !mcp.IsModernProtocol(params.Meta.Version) {
		return false, version == "" || mcp.IsValidProtocolVersion(version)
	}
	ok = version == mcp.LATEST_PROTOCOL_VERSION && params.Meta.Version == version &&
		params.Meta.Capabilities != nil &&
		header.Get(mcp.HeaderMethod) == string(mcp.MethodToolsList) && header.Get(mcp.HeaderLastEventID) == ""
	return true, ok
}
