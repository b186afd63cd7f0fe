package serve

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

func TestStdioAsksALegacyClient(t *testing.T) {
	p := startStdio(t, Stdio{Server: newFixture(t).server, Drain: time.Second})
	p.send(initialize)
	p.next()
	p.send(call(`1`, "ask", `{}`))
	question := p.next()
	if question.Method != "elicitation/create" {
		t.Fatalf("got %+v, want a question", question)
	}
	p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{}}}`, question.ID))
	if m := p.next(); m.text() != "answered accept" {
		t.Errorf("got %+v", m)
	}
	p.rest()
}

// A tool that asks once more although nobody answers is told off.
func TestStdioAsksAClientThatCannotOnce(t *testing.T) {
	for _, caps := range []string{`{"elicitation":{"form":{}}}`, `{"elicitation":{"url":{}}}`, `{}`} {
		p := startStdio(t, Stdio{Server: newFixture(t).server, Drain: time.Second})
		p.send(strings.Replace(initialize, `{"elicitation":{}}`, caps, 1))
		p.next()
		p.send(call(`1`, "ask", `{}`))
		m := p.next()
		if asked := m.Method == "elicitation/create"; asked != strings.Contains(caps, "form") {
			t.Errorf("%s: %s", caps, m.Raw)
		} else if asked {
			p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"no"}}`, m.ID))
			m = p.next()
		}
		if m.Result["isError"] != true || !strings.Contains(m.Raw, "confirmation_needed") {
			t.Errorf("%s: %s", caps, m.Raw)
		}
		p.rest()
	}
}

// The answer that a client sends last still counts.
func TestStdioTakesAnAnswerBeforeTheEnd(t *testing.T) {
	for range 50 {
		p := startStdio(t, Stdio{Server: newFixture(t).server, Drain: time.Second})
		p.send(initialize)
		p.next()
		p.send(call(`1`, "ask", `{}`))
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{}}}`, p.next().ID))
		p.in.Close()
		if m := p.next(); m.text() != "answered accept" {
			t.Fatalf("got %s", m.Raw)
		}
		p.rest()
	}
}

func TestStdioListenersHearWhatTheyAskedFor(t *testing.T) {
	ended := make(chan string, 10)
	hooks := &server.Hooks{}
	hooks.AddOnUnregisterSession(func(_ context.Context, s server.ClientSession) { ended <- s.SessionID() })
	f := newFixture(t, server.WithToolCapabilities(true), server.WithHooks(hooks))
	p := startStdio(t, Stdio{Server: f.server, Drain: 5 * time.Second})
	changed := func() { f.server.SendNotificationToAllClients("notifications/tools/list_changed", nil) }
	subscription := func(m message) any {
		meta, _ := m.Params["_meta"].(map[string]any)
		return meta["io.modelcontextprotocol/subscriptionId"]
	}
	listen := func(id, filter string) {
		t.Helper()
		p.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"subscriptions/listen","params":{"notifications":` + filter + `,` + modernMeta + `}}`)
		if m := p.next(); m.Method != "notifications/subscriptions/acknowledged" || subscription(m) != strings.Trim(id, `"`) {
			t.Fatalf("acknowledgement = %+v", m)
		}
	}
	p.send(`{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"echo","arguments":{},` + modernMeta + `}}`)
	p.next()
	listen(`"tools"`, `{"toolsListChanged":true}`)
	listen(`"resource"`, `{"resourceSubscriptions":["test://gone"]}`)
	changed()
	if m := p.next(); m.Method != "notifications/tools/list_changed" || subscription(m) != "tools" {
		t.Errorf("heard %+v", m)
	}
	// Nobody else heard: the modern client itself only after it initialized.
	p.send(initialize)
	if m := p.next(); string(m.ID) != `"init"` {
		t.Errorf("heard %+v", m)
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"tools"}}`)
	<-ended
	changed()
	if m := p.next(); m.Method != "notifications/tools/list_changed" || subscription(m) != nil {
		t.Errorf("heard %+v", m)
	}
	// A listener doesn't hold up the end of the input.
	start := time.Now()
	if rest := p.rest(); len(rest) != 1 || string(rest[0].ID) != `"resource"` {
		t.Errorf("at the end: %+v", rest)
	}
	if took := time.Since(start); took > 4*time.Second { // of the 5 it may drain
		t.Errorf("the end took %v", took)
	}
}
