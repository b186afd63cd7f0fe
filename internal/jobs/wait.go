package jobs

import (
	"context"
	"sync"
	"time"
)

// clock is where calls wait. Its scale stretches every pace that follows the
// service's.
type clock struct {
	scale    float64
	once     sync.Once
	stopping chan struct{}
}

// stop ends every wait that doesn't go past the stop of the process.
func (c *clock) stop() { c.once.Do(func() { close(c.stopping) }) }

func (c *clock) running() bool { return !closed(c.stopping) }

// pause is a pause of background work, which ends when the process stops.
func (c *clock) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.stopping:
	case <-timer.C:
	}
}

// scaled is a time of the service's as it passes here.
func (c *clock) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.factor())
}

func (c *clock) factor() float64 {
	if c.scale > 0 {
		return c.scale
	}
	return 1
}

// tick is how often a waiting caller is told how its job gets on.
func (c *clock) tick() time.Duration {
	return max(c.scaled(3*time.Second), 250*time.Millisecond)
}

// wait is one waiting of a call: for what, and how long.
type wait struct {
	// Done says that it is over. It is looked at first, at every change, every
	// Every, and a last time when the time is up.
	Done func() bool
	// News gives a channel that is closed at the next change in this process; it
	// is asked for before each look, so that no change is missed. nil: there is
	// none to hear of.
	News func() <-chan struct{}
	// Every is how often to look without news: another process may have done
	// it. 0 is never.
	Every time.Duration
	// Until is when the time is up; zero is never.
	Until time.Time
	// Tick, which may be nil, is called while waiting, for the caller's progress.
	Tick func()
	// PastStop goes on while the process is stopping: the answer is on its way,
	// and there is still somebody to give it to.
	PastStop bool
}

// reason is why a waiting ended.
type reason int

const (
	over reason = iota
	timeUp
	callerGone
	stopping
)

// await is the one wait of this room.
func (c *clock) await(ctx context.Context, w wait) reason {
	var stop <-chan struct{}
	if !w.PastStop {
		stop = c.stopping
	}
	var end, look <-chan time.Time
	if !w.Until.IsZero() {
		timer := time.NewTimer(time.Until(w.Until))
		defer timer.Stop()
		end = timer.C
	}
	if w.Every > 0 {
		ticker := time.NewTicker(w.Every)
		defer ticker.Stop()
		look = ticker.C
	}
	tick := time.NewTicker(c.tick())
	defer tick.Stop()
	for late := false; ; {
		var news <-chan struct{}
		if w.News != nil {
			news = w.News()
		}
		if w.Done() {
			return over
		}
		if late || !w.Until.IsZero() && !time.Now().Before(w.Until) {
			return timeUp
		}
		for changed := false; !changed; {
			select {
			case <-ctx.Done():
				return callerGone
			case <-stop:
				return stopping
			case <-end:
				late, changed = true, true
			case <-look:
				changed = true
			case <-news:
				changed = true
			case <-tick.C:
				if w.Tick != nil {
					w.Tick()
				}
			}
		}
	}
}

// closing is News of a channel that is closed once.
func closing(done <-chan struct{}) func() <-chan struct{} {
	return func() <-chan struct{} { return done }
}

// closed says that a channel is closed.
func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
