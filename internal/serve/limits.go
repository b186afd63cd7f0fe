package serve

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// queueWait is how long a request waits for the server to have room.
	queueWait = 2 * time.Second
	// fewCallers are remembered without being looked through in between: with
	// passthrough anybody can make up callers.
	fewCallers = 10_000
	// maxListening bounds the subscription streams of one caller, where its
	// calls are bounded.
	maxListening = 16
)

// limits keep one caller from taking the server away from the others, and all
// of them from taking the machine.
type limits struct {
	rate      rate.Limit
	burst     int
	perCaller int
	room      chan struct{} // one for each request that runs
	queue     chan struct{} // one for each that waits for room
	streams   chan struct{} // one for each subscription stream

	mu      sync.Mutex
	callers map[string]*callerLimit
	swept   time.Time
	many    int // callers, with which they are looked through
}

type callerLimit struct {
	bucket    *rate.Limiter
	running   int
	listening int
	seen      time.Time
}

func newLimits(perSecond float64, burst, perCaller, all int) *limits {
	if burst <= 0 {
		burst = max(1, int(3*perSecond))
	}
	return &limits{
		rate: rate.Limit(perSecond), burst: burst, perCaller: perCaller,
		room: make(chan struct{}, all), queue: make(chan struct{}, all), streams: make(chan struct{}, all),
		callers: map[string]*callerLimit{},
	}
}

// enter lets a caller's request in or says when to come back. The returned
// function marks its end; it may be called again.
func (l *limits) enter(ctx context.Context, id string) (func(), *refusal) {
	if f := l.admit(id); f != nil {
		return nil, f
	}
	if f := l.takeRoom(ctx); f != nil {
		l.leave(id)
		return nil, f
	}
	return sync.OnceFunc(func() {
		<-l.room
		l.leave(id)
	}), nil
}

func (l *limits) admit(id string) *refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	c := l.callers[id]
	if c == nil {
		c = &callerLimit{bucket: rate.NewLimiter(l.rate, l.burst)}
		l.callers[id] = c
	}
	c.seen = now
	if l.rate > 0 {
		r := c.bucket.ReserveN(now, 1)
		if wait := r.DelayFrom(now); wait > 0 {
			r.CancelAt(now)
			return &refusal{reason: "rate", status: http.StatusTooManyRequests, retryAfter: wait,
				message: "Too many requests from this caller. Wait as long as Retry-After says."}
		}
	}
	if l.perCaller > 0 && c.running >= l.perCaller {
		return &refusal{reason: "concurrency", status: http.StatusTooManyRequests, retryAfter: time.Second,
			message: "This caller has too many calls running. Wait for one to end."}
	}
	c.running++
	return nil
}

// listen lets a subscription stream stay, of a caller that has been let in.
func (l *limits) listen(id string) (func(), *refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.callers[id]
	if c == nil {
		c = &callerLimit{bucket: rate.NewLimiter(l.rate, l.burst)}
		l.callers[id] = c
	}
	if l.perCaller > 0 && c.listening >= maxListening {
		return nil, &refusal{reason: "subscriptions", status: http.StatusTooManyRequests, retryAfter: time.Second,
			message: "This caller has too many subscriptions open. End one, or name more resources in one."}
	}
	select {
	case l.streams <- struct{}{}:
	default:
		return nil, &refusal{reason: "subscriptions", status: http.StatusServiceUnavailable, retryAfter: queueWait,
			message: "The server has too many subscriptions open."}
	}
	c.listening++
	return func() {
		<-l.streams
		l.mu.Lock()
		defer l.mu.Unlock()
		c.listening--
		c.seen = time.Now()
	}, nil
}

func (l *limits) takeRoom(ctx context.Context) *refusal {
	select {
	case l.room <- struct{}{}:
		return nil
	default:
	}
	full := &refusal{reason: "overload", status: http.StatusServiceUnavailable, retryAfter: queueWait,
		message: "The server is busy. Wait as long as Retry-After says."}
	select {
	case l.queue <- struct{}{}:
		defer func() { <-l.queue }()
	default:
		return full
	}
	timer := time.NewTimer(queueWait)
	defer timer.Stop()
	select {
	case l.room <- struct{}{}:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return full
}

func (l *limits) leave(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.callers[id]; c != nil {
		c.running--
		c.seen = time.Now()
	}
}

// sweep forgets callers who are as good as new: nothing of theirs runs, and their
// bucket is full again. It looks once a minute, and when they have doubled.
func (l *limits) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute && len(l.callers) < max(fewCallers, l.many) {
		return
	}
	idle := time.Duration(0)
	if l.rate > 0 {
		idle = time.Duration(float64(l.burst) / float64(l.rate) * float64(time.Second))
	}
	for id, c := range l.callers {
		if c.running == 0 && c.listening == 0 && now.Sub(c.seen) >= idle {
			delete(l.callers, id)
		}
	}
	l.swept, l.many = now, 2*len(l.callers)
}
