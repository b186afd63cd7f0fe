package main_test

import (
	"fmt"
	"strings"
	"testing"
)

// A client that subscribed to a task hears that it changed although nobody asks
// how it stands, in both eras; it then reads the task to its end.
func TestSubscriberHearsOfItsTask(t *testing.T) {
	const modern = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	for era, test := range map[string]struct {
		meta      string
		subscribe func(c *talk, uri string)
	}{
		"2025-11-25": {subscribe: func(c *talk, uri string) {
			c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"s","method":"resources/subscribe","params":{"uri":%q}}`, uri))
			if m := c.next(); string(m.ID) != `"s"` || m.Error != nil {
				t.Fatalf("subscribed: %+v", m)
			}
		}},
		"2026-07-28": {meta: "," + modern, subscribe: func(c *talk, uri string) {
			c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[%q]},%s}}`, uri, modern))
			if m := c.next(); m.Method != "notifications/subscriptions/acknowledged" || !strings.Contains(fmt.Sprint(m.Params["notifications"]), uri) {
				t.Fatalf("acknowledged: %+v", m)
			}
		}},
	} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			c := startTalk(t, nil, "--sandbox")
			if test.meta == "" {
				c.hello(`{}`)
			}
			c.send(toolCall("1", "generate_video", `{"model":"kling-v3","prompt":"waves [[slow:2s]]"}`, test.meta))
			id, _ := c.next().task()["task_id"].(string)
			uri := "nexconn://tasks/" + id
			test.subscribe(c, uri)
			for reads := 0; ; {
				m := c.next()
				if m.Method == "notifications/resources/updated" {
					if m.Params["uri"] != uri {
						t.Fatalf("heard of %v", m.Params)
					}
					meta, _ := m.Params["_meta"].(map[string]any)
					if test.meta != "" && meta["io.modelcontextprotocol/subscriptionId"] != "s" {
						t.Errorf("the notice doesn't name its subscription: %v", m.Params)
					}
					reads++
					c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/read","params":{"uri":%q%s}}`, 100+reads, uri, test.meta))
					continue
				}
				if text := fmt.Sprint(m.Result["contents"]); strings.Contains(text, `"status":"succeeded"`) {
					break
				}
			}
		})
	}
}
