package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// What goes through to a vendor keeps its numbers: past 2^53 a float would not.
func TestNumbersGoThroughAsWritten(t *testing.T) {
	const numbers = `"big":12345678901234567891,"exact":0.1000,"in":[9007199254740993]`
	tests := []struct{ tool, args string }{
		{"native_chat", `{"protocol":"anthropic","model":"claude-4.5-sonnet","body":{` + numbers + `}}`},
		{"chat", `{"model":"openai/gpt-5","prompt":"p","extra":{` + numbers + `}}`},
		{"chat", `{"model":"openai/gpt-5","messages":[{"role":"user","content":"p",` + numbers + `}]}`},
		{"generate_video", `{"model":"kling-v3","prompt":"p","seconds":5,"extra":{` + numbers + `}}`},
		{"generate_image", `{"model":"kling-v2","prompt":"p","count":2,"extra":{` + numbers + `}}`},
	}
	h := newHouse(t, "http://127.0.0.1:1", nil)
	for _, tt := range tests {
		t.Run(tt.tool, func(t *testing.T) {
			var req mcp.CallToolRequest
			args := tt.args[:len(tt.args)-1] + `,"dry_run":true}`
			if err := json.Unmarshal([]byte(`{"params":{"name":"`+tt.tool+`","arguments":`+args+`}}`), &req); err != nil {
				t.Fatal(err)
			}
			got, err := h.tools[tt.tool].ServerTool.Handler(context.Background(), req)
			if err != nil || got.IsError {
				t.Fatalf("%v: %+v", err, got)
			}
			text := got.Content[0].(mcp.TextContent).Text
			for _, number := range []string{"12345678901234567891", "0.1000", "9007199254740993"} {
				if !strings.Contains(text, number) {
					t.Errorf("%s is lost: %s", number, text)
				}
			}
		})
	}
}
