package command_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

// Over HTTP a stream hears of its own caller's tasks; a stranger who names them
// gets none of it acknowledged and hears nothing.
func TestListenersHearOfTheirOwnTasks(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox")})
	owner, stranger := p.as(secretOf("caller-00")), p.as(secretOf("caller-01"))
	owner.modern, stranger.modern = true, true
	task := "nexconn://tasks/" + owner.must("generate_video", object{"model": "kling-v3", "prompt": "waves [[slow:2s]]"}).str("task_id")
	const list = "nexconn://tasks"

	// A listener hears what there is to hear in six seconds.
	listen := func(c caller) chan string {
		heard := make(chan string, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		go func() {
			defer cancel()
			r, _ := c.ask(ctx, "subscriptions/listen", object{"notifications": object{"resourceSubscriptions": []string{task, list, list, "nexconn://models", "nexconn://tasks/kling-v3:qvideo-none"}}}, "")
			heard <- r.raw
		}()
		return heard
	}
	owns, stranges := listen(owner), listen(stranger)
	events := func(raw string) (all []string) {
		for line := range strings.Lines(raw) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				all = append(all, data)
			}
		}
		return all
	}
	mine := events(<-owns)
	if len(mine) < 3 || !strings.Contains(mine[0], "notifications/subscriptions/acknowledged") {
		t.Fatalf("the owner heard %v", mine)
	}
	all := strings.Join(mine[1:], "\n")
	for _, uri := range []string{task, list} {
		if !strings.Contains(all, `"uri":"`+uri+`"`) {
			t.Errorf("the owner heard nothing of %s:\n%s", uri, all)
		}
	}
	if !strings.Contains(all, "io.modelcontextprotocol/subscriptionId") {
		t.Errorf("notices without their subscription:\n%s", all)
	}
	if !strings.Contains(mine[0], `"resourceSubscriptions":["`+task+`","`+list+`"]`) {
		t.Errorf("the owner's acknowledgement is %s", mine[0])
	}
	if theirs := events(<-stranges); len(theirs) != 1 || !strings.Contains(theirs[0], `"resourceSubscriptions":["`+list+`"]`) {
		t.Errorf("the stranger heard %v", theirs)
	}
}
