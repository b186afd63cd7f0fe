package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// message is one message of the protocol.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  object          `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	raw string
}

// reply is one answer as a client sees it.
type reply struct {
	status   int    // of HTTP
	location string // where HTTP sends the client instead
	raw      string
	result   json.RawMessage
	rpcError int
	isError  bool
	fault    object // _meta["nexconn/error"]
	// text is all text of the content, out the structured half.
	text string
	out  object
}

func (m message) reply() (reply, error) {
	r := reply{raw: m.raw, result: m.Result}
	if m.Error != nil {
		r.rpcError = m.Error.Code
		return r, nil
	}
	var tool struct {
		IsError bool   `json:"isError"`
		Out     object `json:"structuredContent"`
		Content []struct{ Text string }
		Meta    map[string]json.RawMessage `json:"_meta"`
	}
	if json.Unmarshal(m.Result, &tool) != nil {
		return r, nil // not of a tool
	}
	r.isError, r.out = tool.IsError, tool.Out
	var texts []string
	for _, c := range tool.Content {
		texts = append(texts, c.Text)
	}
	r.text = strings.Join(texts, "\n")
	if raw, ok := tool.Meta["nexconn/error"]; ok {
		if err := json.Unmarshal(raw, &r.fault); err != nil {
			return r, fmt.Errorf("nexconn/error: %w", err)
		}
	}
	return r, nil
}

// code is that of a tool error.
func (r reply) code() string {
	code, _ := r.fault["code"].(string)
	return code
}
