package command_test

import (
	"bufio"
	"context"
	"strings"
	"testing"
	"time"
)

// Over HTTP a stream hears of its own caller's tasks; a stranger who names them
// gets the acknowledgement and nothing more.
func TestListenersHearOfTheirOwnTasks(t *testing.T) {
	t.Parallel()
	p := start(t, host{args: append(withTokens(t, people(2)...), "--sandbox")})
	owner, stranger := p.as(secretOf("caller-00")), p.as(secretOf("caller-01"))
	owner.modern, stranger.modern = true, true
	const list = "nexconn://tasks"
	task := list + "/" + owner.must("generate_video", object{"model": "kling-v3", "prompt": "waves [[slow:6s]]"}).str("task_id")

	ctx, hangUp := context.WithTimeout(t.Context(), time.Minute)
	defer hangUp()
	mine, theirs := listen(ctx, owner, task, list), listen(ctx, stranger, task, list)
	for _, heard := range []<-chan string{mine, theirs} {
		if first := <-heard; !strings.Contains(first, "notifications/subscriptions/acknowledged") {
			t.Fatalf("the first message is %s", first)
		}
	}
	for missing := map[string]bool{task: true, list: true}; len(missing) > 0; {
		event, ok := <-mine
		if !ok {
			t.Fatalf("the owner heard nothing of %v", missing)
		}
		if !strings.Contains(event, "notifications/resources/updated") || !strings.Contains(event, "io.modelcontextprotocol/subscriptionId") {
			t.Errorf("the owner heard %s", event)
		}
		for uri := range missing {
			if strings.Contains(event, `"uri":"`+uri+`"`) {
				delete(missing, uri)
			}
		}
	}
	// Had the stranger been told, then at the same time.
	time.Sleep(300 * time.Millisecond)
	hangUp()
	for event := range theirs {
		t.Errorf("the stranger heard %s", event)
	}
}

// listen opens a stream for changes of resources and passes its messages on
// until ctx ends.
func listen(ctx context.Context, c caller, uris ...string) <-chan string {
	c.t.Helper()
	const method = "subscriptions/listen"
	body, err := c.message(method, object{"notifications": object{"resourceSubscriptions": uris}})
	if err != nil {
		c.t.Fatal(err)
	}
	heard := make(chan string, 100)
	go func() {
		defer close(heard)
		answer, err := c.open(ctx, body, method, "")
		if err != nil {
			c.t.Error(err)
			return
		}
		defer answer.Body.Close()
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				heard <- data
			}
		}
	}()
	return heard
}
