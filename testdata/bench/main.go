// Bench is what the benchmark compares the program with: a plain JSON proxy
// over net/http, and a bare mcp-go server with one chat tool. Both ask the same
// service for the same chat.
//
//	bench proxy|bare|stdio ADDRESS SERVICE
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: bench proxy|bare|stdio ADDRESS SERVICE")
	}
	kind, address, service := os.Args[1], os.Args[2], os.Args[3]
	if kind == "proxy" {
		log.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var asked struct {
				Params struct {
					Arguments struct{ Model, Prompt string }
				}
			}
			if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			text, err := chat(r.Context(), service, asked.Params.Arguments.Model, asked.Params.Arguments.Prompt)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"result": text}) // the client sees what is missing
		})))
	}
	s := server.NewMCPServer("bare", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("chat", mcp.WithString("model", mcp.Required()), mcp.WithString("prompt", mcp.Required())),
		func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			text, err := chat(ctx, service, r.GetString("model", ""), r.GetString("prompt", ""))
			if err != nil {
				return mcp.NewToolResultError(err.Error()), nil
			}
			return mcp.NewToolResultText(text), nil
		})
	if kind == "stdio" {
		log.Fatal(server.ServeStdio(s))
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", server.NewStreamableHTTPServer(s, server.WithStateLess(true)))
	log.Fatal(http.ListenAndServe(address, mux))
}

// chat asks the service for one turn, whole.
func chat(ctx context.Context, service, model, prompt string) (string, error) {
	body, err := json.Marshal(map[string]any{"model": model, "messages": []any{map[string]any{"role": "user", "content": prompt}}})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, service+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer key")
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	doc, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	var said struct {
		Choices []struct {
			Message struct{ Content string }
		}
	}
	if err := json.Unmarshal(doc, &said); err != nil || len(said.Choices) == 0 {
		return "", fmt.Errorf("no answer: %.200s", doc)
	}
	return said.Choices[0].Message.Content, nil
}
