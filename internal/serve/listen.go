package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// ackWait is how long the end of a subscription waits for its beginning.
const ackWait = time.Second

// ackFirst holds the result of a subscription back until its acknowledgement is
// written: over HTTP mcp-go would drop it where nothing can be subscribed to and
// both come at once.
func ackFirst(hooks *server.Hooks) {
	hooks.AddAfterSubscriptionsListen(func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult) {
		written := exchangeFrom(ctx).acknowledged
		if written == nil {
			return
		}
		timer := time.NewTimer(ackWait)
		defer timer.Stop()
		select {
		case <-written:
		case <-ctx.Done():
		case <-timer.C:
		}
	})
}

// foreignEvent is one event of a subscription as mcp-go writes it.
func (s *stream) foreignEvent(p []byte) error {
	if s.x.acknowledged != nil {
		defer s.acknowledge.Do(func() { close(s.x.acknowledged) })
	}
	if data, ok := bytes.CutPrefix(p, []byte(eventHead)); ok && s.x.reworded() {
		return s.event(s.x.asWritten(data))
	}
	_, err := s.w.Write(p)
	return err
}

// endSubscription writes the result of a subscription that the server ends.
func (s *stream) endSubscription() {
	var end mcp.SubscriptionsListenResult
	end.ResultType = mcp.ResultTypeComplete
	end.EnsureResultMeta().SetSubscriptionID(s.x.wire)
	answer, err := json.Marshal(mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(s.x.wire), Result: end})
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowTime()
	_ = s.event(answer)
}
