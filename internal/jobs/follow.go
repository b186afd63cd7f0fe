package jobs

import (
	"context"
	"time"
)

// Follow asks after a job until it ends or ctx does, so that whoever hears of
// changes hears of this one's. What goes wrong in asking is for those who ask.
func (s *Service) Follow(ctx context.Context, taskID string) {
	row, err := s.OnRecord(ctx, taskID)
	if err != nil || row.Status.Done() || row.UpstreamID == "" {
		return
	}
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		return
	}
	m, err := s.modelOf(row)
	if err != nil {
		return
	}
	_, _ = s.follow(ctx, client, m, row, time.Now().Add(followFor), nil)
}

// followFor is how long a subscription keeps asking.
const followFor = 2 * time.Hour
