package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
)

// session is a client of our own server, over the transport that every local
// client gets: what works here works there.
type session struct {
	client *client.Client
	wire   *tap
	back   io.Reader // what the server writes
	served chan error

	mu     sync.Mutex
	seen   map[string]func(progress)
	tokens int
}

// progress is one progress notification.
type progress struct {
	done, total float64
	message     string
}

// percent is the progress of 100.
func (p progress) percent() float64 {
	if p.total <= 0 {
		return 0
	}
	return min(100, 100*p.done/p.total)
}

// reply is a tool's result, with the structured part as the server wrote it.
type reply struct {
	*mcp.CallToolResult
	structured json.RawMessage
	notes      []string // lines of ours for the text
}

// text is what a client without structured content would show.
func (r reply) text() string {
	var out bytes.Buffer
	for _, c := range r.Content {
		if t, ok := mcp.AsTextContent(c); ok {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			out.WriteString(t.Text)
		}
	}
	for _, note := range r.notes {
		out.WriteString("\n" + note)
	}
	return out.String()
}

// failure is the error of a tool as programs read it, nil if there is none.
func (r reply) failure() map[string]any {
	if !r.IsError || r.Meta == nil {
		return nil
	}
	facts, _ := r.Meta.AdditionalFields["nexconn/error"].(map[string]any)
	return facts
}

// tap keeps the bytes of the last result: decoded into maps and encoded again
// its fields would lose their order.
type tap struct {
	*transport.Stdio
	mu   sync.Mutex
	last json.RawMessage
}

func (t *tap) SendRequest(ctx context.Context, request transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	response, err := t.Stdio.SendRequest(ctx, request)
	if err == nil && request.Method == string(mcp.MethodToolsCall) {
		t.mu.Lock()
		t.last = response.Result
		t.mu.Unlock()
	}
	return response, err
}

// endOfCalls is how long a call that nobody waits for any more may take before
// it is asked to return.
const endOfCalls = 200 * time.Millisecond

// dial starts the server at the other end of a pair of pipes. It goes on until
// close, also when ctx ends: who waits may be interrupted, paid work not.
func (a *app) dial(ctx context.Context, options ...client.ClientOption) (*session, error) {
	serverIn, clientOut := io.Pipe()
	clientIn, serverOut := io.Pipe()
	work := context.WithoutCancel(ctx)
	s := &session{back: clientIn, served: make(chan error, 1), seen: map[string]func(progress){}}
	go func() {
		err := serve.Stdio{Server: a.server, Log: a.log, Drain: endOfCalls, OnStop: a.jobs.Stop}.Serve(work, serverIn, serverOut)
		s.served <- errors.Join(err, serverIn.Close(), serverOut.Close())
	}()
	pipe := transport.NewIO(clientIn, clientOut, nil)
	transport.WithCommandLogger(a.log)(pipe)
	s.wire = &tap{Stdio: pipe}
	s.client = client.NewClient(s.wire, options...)
	if err := s.client.Start(work); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.client.OnNotification(s.notified)
	return s, nil
}

// hello does the handshake.
func (s *session) hello(ctx context.Context) (*mcp.InitializeResult, error) {
	var request mcp.InitializeRequest
	request.Params.ClientInfo = mcp.Implementation{Name: "nexconn-mcp command line", Version: version()}
	return s.client.Initialize(ctx, request)
}

// open dials and does the handshake.
func (a *app) open(ctx context.Context, options ...client.ClientOption) (*session, error) {
	s, err := a.dial(ctx, options...)
	if err != nil {
		return nil, err
	}
	if _, err := s.hello(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *session) close() error {
	err := s.client.Close()
	// What still comes has no reader any more, and must not block its writer.
	if _, left := io.Copy(io.Discard, s.back); left != nil {
		err = errors.Join(err, left)
	}
	return errors.Join(err, <-s.served)
}

// call calls a tool; seen, if there is one, hears of its progress.
func (s *session) call(ctx context.Context, tool string, args map[string]any, seen func(progress)) (reply, error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, args
	if seen != nil {
		token, forget := s.watch(seen)
		defer forget()
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
	}
	result, err := s.client.CallTool(ctx, request)
	if err != nil {
		return reply{}, err
	}
	var raw struct {
		Structured json.RawMessage `json:"structuredContent"`
	}
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	if err := json.Unmarshal(s.wire.last, &raw); err != nil {
		return reply{}, fmt.Errorf("the result can't be read: %w", err)
	}
	return reply{CallToolResult: result, structured: raw.Structured}, nil
}

// callFor calls a tool and reads its structured result.
func callFor[T any](ctx context.Context, s *session, tool string, args map[string]any, seen func(progress)) (T, error) {
	var out T
	r, err := s.call(ctx, tool, args, seen)
	if err != nil {
		return out, err
	}
	if r.IsError {
		return out, errors.New(r.text())
	}
	return out, json.Unmarshal(r.structured, &out)
}

func (s *session) watch(seen func(progress)) (token string, forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	token = strconv.Itoa(s.tokens)
	s.seen[token] = seen
	return token, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.seen, token)
	}
}

func (s *session) notified(n mcp.JSONRPCNotification) {
	if n.Method != string(mcp.MethodNotificationProgress) {
		return
	}
	fields := n.Params.AdditionalFields
	s.mu.Lock()
	seen := s.seen[fmt.Sprint(fields["progressToken"])]
	s.mu.Unlock()
	if seen == nil {
		return
	}
	var p progress
	p.done, _ = fields["progress"].(float64)
	p.total, _ = fields["total"].(float64)
	p.message, _ = fields["message"].(string)
	seen(p)
}

// What of the tools' results the command line reads, as any client would.
type (
	toldTask struct {
		TaskID  string       `json:"task_id"`
		Status  string       `json:"status"`
		USD     *float64     `json:"estimated_usd"`
		Outputs []toldOutput `json:"outputs"`
	}
	toldOutput struct {
		Path    string  `json:"path"`
		Seconds float64 `json:"seconds"`
		Width   int     `json:"width"`
		Height  int     `json:"height"`
	}
	toldChat struct {
		Text  string   `json:"text"`
		USD   *float64 `json:"estimated_usd"`
		Usage struct {
			InputTokens  int `json:"input_tokens"`
			OutputTokens int `json:"output_tokens"`
		} `json:"usage"`
	}
)
