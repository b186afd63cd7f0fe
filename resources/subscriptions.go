package resources

import (
	"context"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
)

// Subscriptions tell a client when a task it subscribed to changes. They exist
// where there is a session to tell: over stdio; HTTP is stateless and its
// clients ask.
type Subscriptions struct {
	server *server.MCPServer
	jobs   *jobs.Service

	mu sync.Mutex
	// by is the sessions of a task's URI, each with what ends its watching.
	by map[string]map[string]context.CancelFunc
}

// NewSubscriptions follows the subscriptions of hooks; Serve completes it.
func NewSubscriptions(hooks *server.Hooks, j *jobs.Service) *Subscriptions {
	s := &Subscriptions{jobs: j, by: map[string]map[string]context.CancelFunc{}}
	hooks.AddAfterSubscribe(func(ctx context.Context, _ any, req *mcp.SubscribeRequest, _ *mcp.EmptyResult) {
		s.subscribe(ctx, req.Params.URI)
	})
	hooks.AddOnSuccess(func(ctx context.Context, _ any, method mcp.MCPMethod, message, _ any) {
		if req, ok := message.(*mcp.UnsubscribeRequest); ok && method == mcp.MethodResourcesUnsubscribe {
			s.unsubscribe(ctx, req.Params.URI)
		}
	})
	return s
}

// Serve names the server that notices go out through.
func (s *Subscriptions) Serve(srv *server.MCPServer) { s.server = srv }

// subscribe has the task watched for the session until it ends, so that a
// subscriber hears of changes although nobody else asks.
func (s *Subscriptions) subscribe(ctx context.Context, uri string) {
	session := server.ClientSessionFromContext(ctx)
	taskID := after(uri, tasksURI+"/")
	if session == nil || !strings.HasPrefix(uri, tasksURI+"/") || jobs.CallerFrom(ctx).HTTP {
		return
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	if s.by[uri] == nil {
		s.by[uri] = map[string]context.CancelFunc{}
	}
	if again := s.by[uri][session.SessionID()]; again != nil {
		again()
	}
	s.by[uri][session.SessionID()] = stop
	s.mu.Unlock()
	go s.jobs.Follow(watching, taskID)
}

func (s *Subscriptions) unsubscribe(ctx context.Context, uri string) {
	session := server.ClientSessionFromContext(ctx)
	if session == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stop := s.by[uri][session.SessionID()]; stop != nil {
		stop()
		delete(s.by[uri], session.SessionID())
	}
}

// Changed tells the sessions that subscribed to a task.
func (s *Subscriptions) Changed(taskID string) {
	uri := TaskURI(taskID)
	s.mu.Lock()
	var sessions []string
	for id := range s.by[uri] {
		sessions = append(sessions, id)
	}
	s.mu.Unlock()
	for _, id := range sessions {
		// A session that is gone needs no notice.
		_ = s.server.SendNotificationToSpecificClient(id, mcp.MethodNotificationResourceUpdated, map[string]any{"uri": uri})
	}
}
