package jobs

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// pace is how often the service is asked after a job of a kind: defaults.md.
type pace struct{ fast, slow time.Duration }

var paces = map[catalog.Kind]pace{
	catalog.Image: {2 * time.Second, 5 * time.Second},
	catalog.Video: {5 * time.Second, 15 * time.Second},
}

func paceOf(m catalog.Model) pace {
	if p, ok := paces[m.Kind]; ok {
		return p
	}
	return paces[catalog.Video]
}

// pollers ask the service after jobs: one poller for each job that somebody in
// this process waits for, however many wait.
type pollers struct {
	clock  *clock
	settle *settler
	asking singleflight.Group // queries under way, by row id

	mu sync.Mutex
	m  map[string]*poller
}

// fastest is the least time between two questions after a job.
func (p *pollers) fastest(m catalog.Model) time.Duration { return p.clock.scaled(paceOf(m).fast) }

// pause is how long to wait before the next poll of a job: long while it can't
// be done yet by what is known of the model, shorter afterwards, with jitter.
func (p *pollers) pause(m catalog.Model, age time.Duration, failures int) time.Duration {
	pace := paceOf(m)
	wait := pace.fast
	if age.Seconds() < m.TypicalSeconds*p.clock.factor()-pace.fast.Seconds() && age > 0 {
		wait = pace.slow
	}
	if failures > 0 {
		wait = min(pace.slow, pace.fast<<min(failures, 4))
	}
	jitter := rand.Float64() * 0.2
	if wait == pace.slow {
		jitter = -jitter // the slow pace is the slowest
	}
	return time.Duration(float64(p.clock.scaled(wait)) * (1 + jitter))
}

// has says that a poller asks after a row.
func (p *pollers) has(row ledger.Row) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m[row.ID] != nil
}

// join joins the poller of a row, or starts it.
func (p *pollers) join(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (*poller, func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[string]*poller{}
	}
	one, ok := p.m[row.ID]
	if !ok {
		pollCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
		one = &poller{row: row, news: make(chan struct{}), poke: make(chan struct{}, 1), stop: stop}
		p.m[row.ID] = one
		go one.run(pollCtx, p, client, m)
	}
	one.waiting++
	return one, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		one.waiting--
		if one.waiting == 0 {
			one.stop()
			if p.m[row.ID] == one {
				delete(p.m, row.ID)
			}
		}
	}
}

// ask asks the service how a job stands and records the answer.
func (p *pollers) ask(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (ledger.Row, error) {
	job, err := client.Query(ctx, m, row.UpstreamID)
	if err != nil {
		return row, err
	}
	return p.settle.answered(ctx, row, m, job), nil
}

// askOnce is ask for calls: those that come while the service is being asked
// share its answer.
func (p *pollers) askOnce(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (ledger.Row, error) {
	shared := p.asking.DoChan(row.ID, func() (any, error) {
		return p.ask(context.WithoutCancel(ctx), client, m, row)
	})
	select {
	case <-ctx.Done():
		return row, cancelled(row)
	case answer := <-shared:
		return answer.Val.(ledger.Row), answer.Err
	}
}

// follow waits for a row's end, at most until a time. What it returns is the
// row as last seen.
func (p *pollers) follow(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row, until time.Time, seen Progress) (ledger.Row, error) {
	one, leave := p.join(ctx, client, m, row)
	defer leave()
	var ended bool
	var news <-chan struct{}
	var err error
	waiting := wait{
		News: func() <-chan struct{} {
			row, ended, news, err = one.look()
			return news
		},
		Done:  func() bool { return ended },
		Until: until.Add(-lastLook(until)),
		Tick: func() {
			if seen != nil {
				seen(fraction(row, m.TypicalSeconds*p.clock.factor()), string(row.PublicStatus()))
			}
		},
	}
	why := p.clock.await(ctx, waiting)
	if why == timeUp {
		select {
		case one.poke <- struct{}{}:
		default:
		}
		waiting.Until = until
		why = p.clock.await(ctx, waiting)
	}
	switch why {
	case over:
		return row, err
	case callerGone:
		return row, cancelled(row)
	}
	return row, nil
}

// lastLook is how long before the end of a wait the service is asked once
// more, so that the answer is fresh.
func lastLook(until time.Time) time.Duration {
	return min(1500*time.Millisecond, time.Until(until)/3)
}

// poller asks after one job.
type poller struct {
	mu      sync.Mutex
	row     ledger.Row
	err     error
	news    chan struct{} // closed and replaced at every news
	ended   bool
	waiting int // under the lock of pollers
	poke    chan struct{}
	stop    context.CancelFunc
}

func (p *poller) look() (row ledger.Row, ended bool, news <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.row, p.ended, p.news, p.err
}

func (p *poller) tell(row ledger.Row, err error, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.row, p.err, p.ended = row, err, ended
	close(p.news)
	p.news = make(chan struct{})
}

// run asks until the job ends, nobody waits any more, or asking itself is
// refused.
func (p *poller) run(ctx context.Context, all *pollers, client *nexconn.Client, m catalog.Model) {
	row, failures := p.row, 0
	var asked time.Time
	for {
		next := time.NewTimer(all.pause(m, time.Since(row.CreatedAt), failures))
		for due := false; !due; {
			select {
			case <-ctx.Done():
				next.Stop()
				return
			case <-p.poke:
				// Of many whose waits end one after the other, not each asks anew.
				due = time.Since(asked) >= all.fastest(m)
			case <-next.C:
				due = true
			}
		}
		next.Stop()
		got, err := all.ask(ctx, client, m, row)
		asked = time.Now()
		var e *nexconn.Error
		switch {
		case err == nil:
			row, failures = got, 0
			p.tell(row, nil, row.Status.Done())
			if row.Status.Done() {
				return
			}
			select {
			case <-p.poke: // whoever asked meanwhile has this answer
			default:
			}
		case ctx.Err() != nil:
			return
		case errors.As(err, &e) && !passing(e):
			p.tell(row, err, true)
			return
		default:
			failures++
		}
	}
}

// passing says that asking again later may do better.
func passing(e *nexconn.Error) bool {
	switch e.Code {
	case nexconn.RateLimited, nexconn.UpstreamError, nexconn.Timeout:
		return true
	case nexconn.UpstreamUnavailable:
		return e.Retryable || e.Status < 300
	}
	return e.Retryable
}

// fraction is how far a job is: as the service tells, else by its age against
// the shortest run known, never quite there.
func fraction(row ledger.Row, typical float64) float64 {
	if row.Progress != nil {
		return min(*row.Progress, 0.99)
	}
	if typical <= 0 {
		typical = 20
	}
	return 0.95 * (1 - math.Exp(-time.Since(row.CreatedAt).Seconds()/typical))
}
