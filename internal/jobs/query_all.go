package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Answered is what a query of several says of one of them: a result, or why there
// is none.
type Answered struct {
	TaskID string
	Result Result
	Err    error
}

// askedAtOnce is how many of several tasks the service is asked after at a time.
const askedAtOnce = 5

// QueryAll asks how several jobs stand, in the order of ids, and waits until one
// of them ends. q.TaskID is not used.
func QueryAll(ctx context.Context, s *Service, ids []string, q Query) []Answered {
	all := make([]Answered, len(ids))
	if q.Start.IsZero() {
		q.Start = time.Now()
	}
	now := q
	now.Wait, now.Progress = 0, nil
	places := make(chan struct{}, askedAtOnce)
	var asking sync.WaitGroup
	for i, id := range ids {
		asking.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			one := now
			one.TaskID = id
			r, err := s.Query(ctx, one)
			all[i] = Answered{id, r, err}
		})
	}
	asking.Wait()
	for _, a := range all {
		if a.Err == nil && a.Result.Row.Status.Done() {
			return all
		}
	}
	if q.Wait <= 0 {
		return all
	}
	// The first that ends lets the others go.
	waitCtx, letGo := context.WithCancel(ctx)
	defer letGo()
	for i, a := range all {
		if a.Err != nil {
			continue
		}
		asking.Go(func() {
			one := q
			one.TaskID = a.TaskID
			if i > 0 {
				one.Progress = nil // one of them is told of
			}
			r, err := s.Query(waitCtx, one)
			switch {
			case waitCtx.Err() != nil && ctx.Err() == nil && nexconn.CodeOf(err) == nexconn.Cancelled && err != nil:
				return // it stands as it was seen first
			case err == nil && r.Row.Status.Done():
				letGo()
			}
			all[i] = Answered{a.TaskID, r, err}
		})
	}
	asking.Wait()
	return all
}
