package mcpfix

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Over HTTP mcp-go drops the acknowledgement of a subscription that ends at once,
// and the result of one that the server ends. TestHTTPListenToNothingIsAcknowledged
// and TestHTTPListenEndsWithItsResult in internal/serve tell when this file can go.

// ackWait is how long the end of a subscription waits for its beginning.
const ackWait = time.Second

// AckFirst holds the result of a subscription back until its acknowledgement is
// written: over HTTP mcp-go would drop it where nothing can be subscribed to and
// both come at once.
func AckFirst(hooks *server.Hooks) {
	hooks.AddAfterSubscriptionsListen(func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult) {
		written := ExchangeFrom(ctx).Acknowledged
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
func (s *Stream) foreignEvent(p []byte) error {
	if s.x.Acknowledged != nil && !s.acknowledged {
		s.acknowledged = true
		defer close(s.x.Acknowledged)
	}
	data, ok := bytes.CutPrefix(p, []byte(eventHead))
	if ok && answers(data) {
		s.finished = true
	}
	if ok && s.x.reworded() {
		return s.event(s.x.asWritten(data))
	}
	_, err := s.w.Write(p)
	return err
}

// answers says that a message is the answer to a request.
func answers(data []byte) bool {
	var m struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	return json.Unmarshal(data, &m) == nil && (m.Result != nil || m.Error != nil)
}

// endSubscription writes the result of a subscription that the server ends,
// where mcp-go has not; one that had not begun is acknowledged as nothing.
func (s *Stream) endSubscription() {
	ack, err := json.Marshal(mcp.JSONRPCNotification{JSONRPC: mcp.JSONRPC_VERSION, Notification: mcp.Notification{
		Method: mcp.MethodNotificationSubscriptionsAcknowledged,
		Params: mcp.NotificationParams{
			Meta:             map[string]any{mcp.MetaKeySubscriptionID: s.x.wire},
			AdditionalFields: map[string]any{"notifications": mcp.SubscriptionFilter{}},
		},
	}})
	if err != nil {
		return
	}
	var end mcp.SubscriptionsListenResult
	end.ResultType = mcp.ResultTypeComplete
	end.EnsureResultMeta().SetSubscriptionID(s.x.wire)
	answer, err := json.Marshal(mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(s.x.wire), Result: end})
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.finished = true
	s.allowTime()
	s.begin(true)
	if !s.acknowledged {
		_ = s.event(ack)
	}
	_ = s.event(answer)
}
