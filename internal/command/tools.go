package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/tools"
)

func toolsCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "tools", Short: "List the tools on offer and what they weigh", Args: noArguments,
		Example: "  nexconn-mcp tools\n  nexconn-mcp tools --toolsets image,video",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runTools(cmd.Context(), g, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the tools as a client's tools/list has them")
	return cmd
}

func runTools(ctx context.Context, g *globals, asJSON bool) error {
	a, err := build(ctx, g.env, g.quietSettings(), overStdio, nil)
	if err != nil {
		return err
	}
	defer a.close()
	list, err := a.listTools(ctx)
	if err != nil {
		return exit{exitFailed, err}
	}
	if asJSON {
		return printJSON(g.env, list)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(list, &entries); err != nil {
		return exit{exitFailed, err}
	}
	var rows [][]string
	for _, entry := range entries {
		var shown struct{ Name, Description string }
		if err := json.Unmarshal(entry, &shown); err != nil {
			return exit{exitFailed, err}
		}
		t, _ := a.tool(shown.Name)
		rows = append(rows, []string{shown.Name, mark(t), strconv.Itoa(len(entry)), firstSentence(shown.Description)})
	}
	if err := table(g.env.Stdout, []string{"TOOL", "MARK", "BYTES", "WHAT IT DOES"}, rows); err != nil {
		return err
	}
	return say(g.env.Stdout, "%d tools, %d bytes. The arguments of one: nexconn-mcp call TOOL --help\n", len(entries), len(list))
}

// listTools is the array of a tools/list answer, byte for byte.
func (a *app) listTools(ctx context.Context) (json.RawMessage, error) {
	answer := a.server.HandleMessage(ctx, json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	response, ok := answer.(mcp.JSONRPCResponse)
	if !ok {
		return nil, errors.New("the server did not list its tools")
	}
	encoded, err := json.Marshal(response.Result)
	if err != nil {
		return nil, err
	}
	var list struct {
		Tools json.RawMessage `json:"tools"`
	}
	err = json.Unmarshal(encoded, &list)
	return list.Tools, err
}

// mark says what a call of the tool does to the world.
func mark(t tools.Tool) string {
	var in struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	// The schema is ours; one that can't be read has no dry run.
	_ = json.Unmarshal(t.Tool.RawInputSchema, &in)
	_, priced := in.Properties["dry_run"]
	switch {
	case priced:
		return "paid"
	case t.ReadOnly:
		return "read-only"
	}
	return ""
}

func firstSentence(text string) string {
	if at := strings.Index(text, ". "); at >= 0 {
		return text[:at+1]
	}
	return text
}

// printJSON writes a JSON text over several lines, in the order it came.
func printJSON(env Env, doc json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Indent(&out, legible(doc), "", "  "); err != nil {
		return exit{exitFailed, err}
	}
	out.WriteByte('\n')
	_, err := env.Stdout.Write(printableJSON(out.Bytes()))
	return err
}

// legible is the same JSON with <, > and & as they are: links are there to be
// read and copied.
func legible(doc []byte) []byte {
	plain := map[string]byte{`\u003c`: '<', `\u003e`: '>', `\u0026`: '&'}
	out := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' || i+1 == len(doc) {
			out = append(out, doc[i])
			continue
		}
		if c, ok := plain[string(doc[i:min(i+6, len(doc))])]; ok {
			out = append(out, c)
			i += 5
			continue
		}
		out = append(out, doc[i], doc[i+1])
		i++
	}
	return out
}
