// Package jobs is the life of paid work, in one place: price and reserve,
// record, submit once, watch, settle, save, and tell of it later. Everything
// that spends goes through here, chat included, so that its promises hold for
// every tool: a job is on record before it is submitted, it is submitted once,
// and a caller who goes away stops the waiting, never the work.
//
// It knows neither MCP nor HTTP serving.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Service does paid work. Fill the fields before the first call; a zero Money,
// Pace and MaxWait mean no caps, the service's pace and 55 seconds.
type Service struct {
	Client *nexconn.Client
	// FindKey looks for a key at the first call that needs one, where Client
	// has none; NoKey is what that call answers if there is none to be found.
	FindKey func() nexconn.Secret
	NoKey   string
	// Sandbox says that Client speaks to the embedded stand-in.
	Sandbox bool
	Models  catalog.Set
	// Open opens the ledger; it is called once, at the first call that needs it.
	Open   func(context.Context) (ledger.Ledger, error)
	Inputs media.Inputs
	Saver  Saver
	Money  Money
	// MaxWait is the longest a call may wait for a job.
	MaxWait time.Duration
	// PollScale stretches the pace of polling; the sandbox's is far below 1.
	PollScale float64
	Prompts   PromptPolicy
	Log       *slog.Logger
	// Changed, if set, hears of every row whose state changed, with the state
	// before: empty for a new one.
	Changed func(row ledger.Row, was nexconn.Status)

	shelf   shelf
	spare   spare
	keyOnce sync.Once
	keyed   *nexconn.Client
	watches watches
	asking  singleflight.Group // queries under way, by row id
	running runs
	// lostUploads are the keys of uploads that never got an answer here.
	lostUploads sync.Map
	detached    sync.WaitGroup
	stopOnce    sync.Once
	stopping    chan struct{}
	ready       sync.Once
}

// Stop has every waiting call answer with its job as it stands.
func (s *Service) Stop() { s.stopOnce.Do(func() { close(s.stop()) }) }

func (s *Service) stop() chan struct{} {
	s.ready.Do(func() { s.stopping = make(chan struct{}) })
	return s.stopping
}

// PromptPolicy is how much of a prompt the ledger keeps.
type PromptPolicy string

// The policies of NEXCONN_STORE_PROMPTS.
const (
	PromptNone PromptPolicy = "none"
	PromptHead PromptPolicy = "head"
	PromptFull PromptPolicy = "full"
)

// DefaultMaxWait is the longest wait of a call unless the operator says more:
// clients cut calls at 60 seconds.
const DefaultMaxWait = 55 * time.Second

// WaitCap is the longest a call may wait.
func (s *Service) WaitCap() time.Duration {
	if s.MaxWait > 0 {
		return s.MaxWait
	}
	return DefaultMaxWait
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}

// Close waits for work that is being submitted or stored, at most until ctx
// ends, and closes the ledger.
func (s *Service) Close(ctx context.Context) error {
	idle := make(chan struct{})
	go func() { s.detached.Wait(); close(idle) }()
	var err error
	select {
	case <-idle:
	case <-ctx.Done():
		err = errors.New("stopped while calls were still being submitted; they are on record")
	}
	return errors.Join(err, s.shelf.close(), s.spare.close())
}

// client is the client with the caller's key, or why there is none.
func (s *Service) client(c Caller) (*nexconn.Client, error) {
	if c.Key != "" {
		return s.Client.WithKey(c.Key), nil
	}
	if s.Client.Key != "" {
		return s.Client, nil
	}
	s.keyOnce.Do(func() {
		if s.FindKey != nil {
			if key := s.FindKey(); key != "" {
				s.keyed = s.Client.WithKey(key)
			}
		}
	})
	if s.keyed == nil {
		return nil, &nexconn.Error{Code: nexconn.NotConfigured, Message: s.NoKey}
	}
	return s.keyed, nil
}

// detach runs do apart from the caller, who may go away: it keeps the
// caller's identity and loses its cancellation.
func (s *Service) detach(ctx context.Context, do func(context.Context)) {
	ctx = context.WithoutCancel(ctx)
	s.detached.Go(func() { do(ctx) })
}

func (s *Service) changed(r ledger.Row, was nexconn.Status) {
	if s.Changed != nil {
		s.Changed(r, was)
	}
}

// Ready says why work can't be done now: the ledger, where there has to be one.
func (s *Service) Ready(ctx context.Context) error {
	book, err := s.ledger(ctx)
	if err != nil {
		return err
	}
	return book.Ping(ctx)
}
