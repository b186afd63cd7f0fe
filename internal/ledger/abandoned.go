package ledger

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// lookEvery is how often MarkAbandoned looks while nobody else's intent is open.
const lookEvery = time.Second

// abandoned is what MarkAbandoned last saw.
type abandoned struct {
	mu     sync.Mutex
	looked time.Time
	others bool // open intents of living others
}

func (s *store) MarkAbandoned(ctx context.Context) (int, error) {
	a := &s.abandoned
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.others && s.now().Sub(a.looked) < lookEvery {
		return 0, nil
	}
	n, err := s.markAbandoned(ctx)
	if err != nil {
		return 0, err
	}
	a.looked = s.now()
	if n > 0 {
		s.log.WarnContext(ctx, "calls of processes that are gone may or may not have been accepted", slog.Int("calls", n))
	}
	return n, nil
}

func (s *store) markAbandoned(ctx context.Context) (int, error) {
	writers, err := readAll(ctx, s.queue, otherWriters, scanText, s.engine.writer())
	s.abandoned.others = len(writers) > 0
	if err != nil || len(writers) == 0 {
		return 0, err
	}
	dead, err := s.engine.dead(ctx, writers)
	if err != nil {
		return 0, s.engine.explain(err)
	}
	lost := 0
	for _, writer := range dead {
		for more := true; more; {
			var marked int
			err := s.submit(ctx, writer, &op{change: true, do: func(t *tx) error {
				intents, err := all(t, intentsOf+t.forUpdate, scanCall, writer)
				if err != nil {
					return err
				}
				marked = len(intents)
				for _, was := range intents {
					is := was
					is.Status, is.UpdatedAt = nexconn.Unknown, stored(Row{UpdatedAt: s.now()}).UpdatedAt
					if err := t.put(&was, is); err != nil {
						return err
					}
				}
				return nil
			}})
			if err != nil {
				return lost, err
			}
			lost += marked
			more = marked > 0
		}
	}
	return lost, nil
}
