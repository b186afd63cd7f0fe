package resources

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

const (
	// gather is how long changes of one task are gathered into one notice. It
	// also lets a stream's acknowledgement go first.
	gather = 100 * time.Millisecond
	// maxFollowed is how many tasks of one stream are asked after for its sake;
	// of more it hears what others find out.
	maxFollowed = 100
	// maxHeard is how many tasks one stream may name.
	maxHeard = 1000
)

// Subscriptions tell a client when a task of its own, or the list of them,
// changes. Sessions of the legacy era subscribe over stdio; streams of
// subscriptions/listen over stdio and HTTP.
type Subscriptions struct {
	server *server.MCPServer
	jobs   *jobs.Service

	mu sync.Mutex
	// by is the subscriptions by task, "" for the list of all.
	by map[string]map[*subscription]bool
}

// subscription is one reader's wish to hear of one resource.
type subscription struct {
	// ctx names the session to tell and ends with it.
	ctx  context.Context
	uri  string
	stop context.CancelFunc
	// due is set while a notice is on its way; guarded by Subscriptions.mu.
	due bool
}

// NewSubscriptions follows the subscriptions of hooks; Serve completes it.
func NewSubscriptions(hooks *server.Hooks, j *jobs.Service) *Subscriptions {
	s := &Subscriptions{jobs: j, by: map[string]map[*subscription]bool{}}
	hooks.AddAfterSubscribe(func(ctx context.Context, _ any, req *mcp.SubscribeRequest, _ *mcp.EmptyResult) {
		uri := req.Params.URI
		if caller.From(ctx).HTTP || len(s.readable(ctx, []string{uri})) == 0 {
			return
		}
		s.unsubscribe(ctx, uri)
		s.subscribe(context.WithoutCancel(ctx), uri, true)
	})
	hooks.AddOnSuccess(func(ctx context.Context, _ any, method mcp.MCPMethod, message, _ any) {
		if req, ok := message.(*mcp.UnsubscribeRequest); ok && method == mcp.MethodResourcesUnsubscribe {
			s.unsubscribe(ctx, req.Params.URI)
		}
	})
	hooks.AddBeforeSubscriptionsListen(func(ctx context.Context, _ any, req *mcp.SubscriptionsListenRequest) {
		wanted := &req.Params.Notifications.ResourceSubscriptions
		*wanted = s.readable(ctx, *wanted)
		for i, uri := range *wanted {
			s.subscribe(ctx, uri, i < maxFollowed)
		}
	})
	return s
}

// Serve names the server that notices go out through.
func (s *Subscriptions) Serve(srv *server.MCPServer) { s.server = srv }

// readable are those of the URIs, each once, that the caller can read and that
// change: the rest of them is not acknowledged.
func (s *Subscriptions) readable(ctx context.Context, uris []string) (kept []string) {
	seen := map[string]bool{}
	for _, uri := range uris {
		if len(seen) == maxHeard {
			break
		}
		if seen[uri] {
			continue
		}
		seen[uri] = true
		if uri != tasksURI {
			if !strings.HasPrefix(uri, tasksURI+"/") {
				continue
			}
			if _, err := s.jobs.AsSeen(ctx, taskOf(uri)); err != nil {
				continue
			}
		}
		kept = append(kept, uri)
	}
	return kept
}

// subscribe notes who wants to hear of a task until ctx ends. With follow the
// task is asked after, so that a subscriber hears of changes although nobody
// else asks.
func (s *Subscriptions) subscribe(ctx context.Context, uri string, follow bool) {
	taskID := taskOf(uri)
	if server.ClientSessionFromContext(ctx) == nil {
		return
	}
	sub := &subscription{uri: uri}
	sub.ctx, sub.stop = context.WithCancel(ctx)
	s.mu.Lock()
	if s.by[taskID] == nil {
		s.by[taskID] = map[*subscription]bool{}
	}
	s.by[taskID][sub] = true
	s.mu.Unlock()
	context.AfterFunc(sub.ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.by[taskID], sub)
		if len(s.by[taskID]) == 0 {
			delete(s.by, taskID)
		}
	})
	if follow && taskID != "" {
		go s.jobs.Follow(sub.ctx, taskID, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notice(sub)
		})
	}
}

// unsubscribe ends what the session of ctx subscribed to.
func (s *Subscriptions) unsubscribe(ctx context.Context, uri string) {
	session := server.ClientSessionFromContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.by[taskOf(uri)] {
		if sub.uri == uri && server.ClientSessionFromContext(sub.ctx) == session {
			sub.stop()
		}
	}
}

// taskOf is the task of a URI; "" for the list.
func taskOf(uri string) string { return strings.TrimPrefix(after(uri, tasksURI), "/") }

// Changed tells those who subscribed to a task that is theirs.
func (s *Subscriptions) Changed(row jobs.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range []string{row.TaskID(), ""} {
		for sub := range s.by[id] {
			if caller.From(sub.ctx).ID == row.Caller {
				s.notice(sub)
			}
		}
	}
}

// notice sends a notice soon, one for all that happens until then; s is locked.
func (s *Subscriptions) notice(sub *subscription) {
	if !sub.due {
		sub.due = true
		time.AfterFunc(gather, func() { s.tell(sub) })
	}
}

func (s *Subscriptions) tell(sub *subscription) {
	s.mu.Lock()
	sub.due = false
	s.mu.Unlock()
	if sub.ctx.Err() != nil {
		return
	}
	// A session that is gone needs no notice.
	_ = s.server.SendNotificationToClient(sub.ctx, mcp.MethodNotificationResourceUpdated, map[string]any{"uri": sub.uri})
}
