package mcpfix

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go decodes a message up to eight times, tells what is wrong with it in the
// words of encoding/json, and takes versions and ids that there are not.
// TestBothTransportsRefuseAlike in internal/serve, without Open in the way, tells
// when this file can go.

// Envelope is a JSON-RPC message as far as both transports look at it before
// mcp-go does.
type Envelope struct {
	// ID is a string or a number as it was written, nil where there is none.
	ID     json.RawMessage
	Method string
	// Params is an object, or empty.
	Params        json.RawMessage
	Result, Error json.RawMessage

	told params
	meta meta
}

// params and meta are what of a request's params the transports need to know.
type params struct {
	Name   json.RawMessage `json:"name"`
	URI    json.RawMessage `json:"uri"`
	Cursor json.RawMessage `json:"cursor"`
	Meta   json.RawMessage `json:"_meta"`
}

type meta struct {
	Version json.RawMessage `json:"io.modelcontextprotocol/protocolVersion"`
	Token   json.RawMessage `json:"progressToken"`
}

// byteOrderMark is what some shells and editors put before UTF-8.
var byteOrderMark = []byte("\ufeff")

// Bare is a message without what clients put round it and JSON doesn't know: a
// byte-order mark. Blanks and line ends go too.
func Bare(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), byteOrderMark))
}

// Open reads a message. Where it is none, the answer says why; it is nil for a
// message in order.
func Open(text []byte) (Envelope, *mcp.JSONRPCError) {
	var raw struct {
		Version json.RawMessage `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  json.RawMessage `json:"method"`
		Params  json.RawMessage `json:"params"`
		Result  json.RawMessage `json:"result"`
		Error   json.RawMessage `json:"error"`
	}
	err := json.Unmarshal(text, &raw)
	switch {
	case err != nil && !json.Valid(text):
		return Envelope{}, RPCError(nil, mcp.PARSE_ERROR, "The message is not valid JSON.")
	case err != nil || bytes.TrimSpace(text)[0] != '{':
		return Envelope{}, RPCError(nil, mcp.INVALID_REQUEST, "A message is one JSON-RPC object; batches are not supported.")
	}
	for _, part := range []*json.RawMessage{&raw.Params, &raw.Error} {
		if string(*part) == "null" {
			*part = nil
		}
	}
	// An error may answer what had no id to read.
	if string(raw.ID) == "null" && raw.Method == nil && raw.Error != nil {
		raw.ID = nil
	}
	if raw.ID != nil && !isID(raw.ID) {
		return Envelope{}, RPCError(nil, mcp.INVALID_REQUEST, "The id is neither a string nor a number.")
	}
	m := Envelope{ID: raw.ID, Params: raw.Params, Result: raw.Result, Error: raw.Error}
	if raw.Method != nil {
		m.Method = word(raw.Method)
	}
	switch {
	case word(raw.Version) != mcp.JSONRPC_VERSION:
		return m, RPCError(m.ID, mcp.INVALID_REQUEST, `The message is not of JSON-RPC "2.0".`)
	case raw.Method != nil && m.Method == "":
		return m, RPCError(m.ID, mcp.INVALID_REQUEST, "The method is not a name.")
	case m.Method == "" && m.Result == nil && m.Error == nil:
		return m, RPCError(m.ID, mcp.INVALID_REQUEST, "The message has neither a method nor a result.")
	case m.Method != "" && (m.Result != nil || m.Error != nil):
		return m, RPCError(m.ID, mcp.INVALID_REQUEST, "The message has both a method and a result.")
	}
	if len(m.Params) == 0 {
		return m, nil
	}
	if m.Params[0] != '{' {
		return m, RPCError(m.ID, mcp.INVALID_PARAMS, "The params are not an object.")
	}
	// Neither can fail but for a _meta that is no object, which mcp-go refuses.
	_ = json.Unmarshal(m.Params, &m.told)
	if len(m.told.Meta) > 0 {
		_ = json.Unmarshal(m.told.Meta, &m.meta)
	}
	return m, nil
}

func isID(raw json.RawMessage) bool {
	return raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
}

// word is a JSON string's text, "" for anything else.
func word(raw json.RawMessage) (text string) {
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// IsRequest says that the message wants an answer.
func (m Envelope) IsRequest() bool { return m.Method != "" && m.ID != nil }

// IsNotification says that the message gets none, whatever is wrong with it.
func (m Envelope) IsNotification() bool { return m.Method != "" && m.ID == nil }

// ToolName is the tool that a tools/call names.
func (m Envelope) ToolName() string { return word(m.told.Name) }

// Exchange is what is known of the message on its way through mcp-go, under a
// name for the log.
func (m Envelope) Exchange(name string) *Exchange {
	x := &Exchange{ID: name, wire: m.ID, token: m.meta.Token, method: m.Method, cursor: word(m.told.Cursor)}
	if m.Method == string(mcp.MethodResourcesRead) {
		x.resource = word(m.told.URI)
	}
	return x
}

// Unsupported is the answer to a message of an old protocol version that there
// is not: by its _meta, or over HTTP by its header. mcp-go knows later ones, and
// header and _meta that differ.
func (m Envelope) Unsupported(header string) *mcp.JSONRPCError {
	asked := m.meta.Version
	version := word(asked)
	switch {
	case mcp.IsModernProtocol(version) || mcp.IsModernProtocol(header) && asked != nil:
		return nil
	case asked != nil && !mcp.IsValidProtocolVersion(version):
		if version == "" {
			version = string(asked)
		}
	// initialize comes before a version is agreed on.
	case header == "" || mcp.IsValidProtocolVersion(header) || m.Method == string(mcp.MethodInitialize):
		return nil
	default:
		version = header
	}
	answer := mcp.UnsupportedProtocolVersionError{Version: version, Supported: slices.Clone(mcp.ValidProtocolVersions)}.JSONRPCError()
	answer.ID = answerID(m.ID)
	return &answer
}

// inWords is the text of mcp-go for params that it can't read, without Go's.
func inWords(method, text string) string {
	_, why, _ := strings.Cut(text, "request: ")
	if why != "" && !strings.HasPrefix(why, "json: ") {
		return "The params of " + method + " can't be read: " + why
	}
	_, field, _ := strings.Cut(why, "Go struct field ")
	field, _, _ = strings.Cut(field, " of type")
	_, field, _ = strings.Cut(field, ".")
	if field = strings.TrimPrefix(field, "params."); field == "" {
		return "The params of " + method + " can't be read."
	}
	return "The params of " + method + " can't be read: " + field + " is of another type."
}
