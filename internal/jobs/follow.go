package jobs

import (
	"context"
	"time"
)

// Follow asks after a job until it ends or ctx does, and calls changed when its
// state is another, whoever found that out: this process, or another of the same
// record. What goes wrong in asking is for those who ask.
func (s *Service) Follow(ctx context.Context, taskID string, changed func()) {
	row, err := s.OnRecord(ctx, taskID)
	if err != nil || row.Status.Done() {
		return
	}
	if row.UpstreamID == "" {
		if row, err = s.awaitLocal(ctx, row, Work{Start: time.Now(), Wait: followFor}); err != nil {
			return
		}
		if changed(); row.Status.Done() || row.UpstreamID == "" {
			return
		}
	}
	client, err := s.client(CallerFrom(ctx))
	if err != nil {
		return
	}
	m, err := s.modelOf(row)
	if err != nil {
		return
	}
	status := string(publicStatus(row))
	_, err = s.follow(ctx, client, m, row, time.Now().Add(followFor), func(_ float64, now string) {
		if now != status {
			status = now
			changed()
		}
	})
	if err == nil {
		changed()
	}
}

// followFor is how long a subscription keeps asking.
const followFor = 2 * time.Hour
