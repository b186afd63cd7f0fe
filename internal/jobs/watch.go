package jobs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

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

func (s *Service) scale() float64 {
	if s.PollScale > 0 {
		return s.PollScale
	}
	return 1
}

func paceOf(m catalog.Model) pace {
	if p, ok := paces[m.Kind]; ok {
		return p
	}
	return paces[catalog.Video]
}

// fastest is the least time between two questions after a job.
func (s *Service) fastest(m catalog.Model) time.Duration {
	return time.Duration(float64(paceOf(m).fast) * s.scale())
}

// pause is how long to wait before the next poll of a job: long while it can't
// be done yet by what is known of the model, shorter afterwards, with jitter.
func (s *Service) pause(m catalog.Model, age time.Duration, failures int) time.Duration {
	p := paceOf(m)
	wait := p.fast
	if age.Seconds() < m.TypicalSeconds*s.scale()-p.fast.Seconds() && age > 0 {
		wait = p.slow
	}
	if failures > 0 {
		wait = min(p.slow, p.fast<<min(failures, 4))
	}
	jitter := rand.Float64() * 0.2
	if wait == p.slow {
		jitter = -jitter // the slow pace is the slowest
	}
	return time.Duration(float64(wait) * s.scale() * (1 + jitter))
}

// tick is how often a waiting caller is told how its job gets on.
func (s *Service) tick() time.Duration {
	return max(time.Duration(float64(3*time.Second)*s.scale()), 250*time.Millisecond)
}

// watches are the jobs that somebody in this process waits for: one poller
// each, however many wait.
type watches struct {
	mu sync.Mutex
	m  map[string]*watch
}

type watch struct {
	mu      sync.Mutex
	row     ledger.Row
	err     error
	news    chan struct{} // closed and replaced at every news
	ended   bool
	waiting int
	poke    chan struct{}
	stop    context.CancelFunc
}

func (w *watch) look() (row ledger.Row, ended bool, news <-chan struct{}, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.row, w.ended, w.news, w.err
}

func (w *watch) tell(row ledger.Row, err error, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.row, w.err, w.ended = row, err, ended
	close(w.news)
	w.news = make(chan struct{})
}

// watched says that a poller asks after a row.
func (s *Service) watched(row ledger.Row) bool {
	s.watches.mu.Lock()
	defer s.watches.mu.Unlock()
	return s.watches.m[row.ID] != nil
}

// enterWatch joins the poller of a row, or starts it.
func (s *Service) enterWatch(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (*watch, func()) {
	s.watches.mu.Lock()
	defer s.watches.mu.Unlock()
	if s.watches.m == nil {
		s.watches.m = map[string]*watch{}
	}
	w, ok := s.watches.m[row.ID]
	if !ok {
		pollCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
		w = &watch{row: row, news: make(chan struct{}), poke: make(chan struct{}, 1), stop: stop}
		s.watches.m[row.ID] = w
		go s.poll(pollCtx, client, m, w)
	}
	w.waiting++
	return w, func() {
		s.watches.mu.Lock()
		defer s.watches.mu.Unlock()
		w.waiting--
		if w.waiting == 0 {
			w.stop()
			if s.watches.m[row.ID] == w {
				delete(s.watches.m, row.ID)
			}
		}
	}
}

// poll asks after one job until it ends, nobody waits any more, or asking
// itself is refused.
func (s *Service) poll(ctx context.Context, client *nexconn.Client, m catalog.Model, w *watch) {
	row, failures := w.row, 0
	var asked time.Time
	for {
		next := time.NewTimer(s.pause(m, time.Since(row.CreatedAt), failures))
		for due := false; !due; {
			select {
			case <-ctx.Done():
				next.Stop()
				return
			case <-w.poke:
				// Of many whose waits end one after the other, not each asks anew.
				due = time.Since(asked) >= s.fastest(m)
			case <-next.C:
				due = true
			}
		}
		next.Stop()
		got, err := s.ask(ctx, client, m, row)
		asked = time.Now()
		var e *nexconn.Error
		switch {
		case err == nil:
			row, failures = got, 0
			w.tell(row, nil, row.Status.Done())
			if row.Status.Done() {
				return
			}
			select {
			case <-w.poke: // whoever asked meanwhile has this answer
			default:
			}
		case ctx.Err() != nil:
			return
		case errors.As(err, &e) && !passing(e):
			w.tell(row, err, true)
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

// ask asks the service how a job stands and records the answer.
func (s *Service) ask(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (ledger.Row, error) {
	job, err := client.Query(ctx, m, row.UpstreamID)
	if err != nil {
		return row, err
	}
	return s.change(ctx, row, func(r *ledger.Row) {
		apply(r, job)
		s.settle(r, m)
		short(r, job)
	}), nil
}

// short warns of a job that succeeded with less than was asked for, unless the
// service said so itself.
func short(r *ledger.Row, job *nexconn.Job) {
	asked, _ := r.Priced["count"].(float64)
	got := float64(mainOutputs(r.Outputs))
	if r.Status == nexconn.Succeeded && got > 0 && got < asked && len(job.Warnings) == 0 {
		r.Warnings = addOnce(r.Warnings, fmt.Sprintf("%v of the %v asked for arrived; the service gave no reason.", got, asked))
	}
}

// mainOutputs counts the outputs that were asked for: a last frame comes beside.
func mainOutputs(outputs []ledger.Output) (n int) {
	for _, out := range outputs {
		if out.Role == "" {
			n++
		}
	}
	return n
}

// askOnce is ask for calls: those that come while the service is being asked
// share its answer.
func (s *Service) askOnce(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row) (ledger.Row, error) {
	shared := s.asking.DoChan(row.ID, func() (any, error) {
		return s.ask(context.WithoutCancel(ctx), client, m, row)
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
func (s *Service) follow(ctx context.Context, client *nexconn.Client, m catalog.Model, row ledger.Row, until time.Time, seen Seen) (ledger.Row, error) {
	w, leave := s.enterWatch(ctx, client, m, row)
	defer leave()
	end := time.NewTimer(time.Until(until))
	defer end.Stop()
	last := time.NewTimer(time.Until(until) - s.lastLook(until))
	defer last.Stop()
	tick := time.NewTicker(s.tick())
	defer tick.Stop()
	for {
		row, ended, news, err := w.look()
		if ended {
			return row, err
		}
		select {
		case <-ctx.Done():
			return row, cancelled(row)
		case <-end.C:
			return row, nil
		case <-s.stop():
			return row, nil
		case <-last.C:
			select {
			case w.poke <- struct{}{}:
			default:
			}
		case <-tick.C:
			if seen != nil {
				seen(fraction(row, m.TypicalSeconds*s.scale()), string(publicStatus(row)))
			}
		case <-news:
		}
	}
}

// lastLook is how long before the end of a wait the service is asked once
// more, so that the answer is fresh.
func (s *Service) lastLook(until time.Time) time.Duration {
	return min(1500*time.Millisecond, time.Until(until)/3)
}

// apply takes what the service said of a job into its row. It only adds: a row
// that has ended keeps its end.
func apply(r *ledger.Row, job *nexconn.Job) {
	r.Status = job.Status
	if job.Progress != nil {
		r.Progress = job.Progress
	}
	if job.RequestID != "" {
		r.RequestID = job.RequestID
	}
	if job.Failure != nil {
		r.Failure = job.Failure
	}
	r.Usage = merge(r.Usage, job.Usage)
	for _, warning := range job.Warnings {
		r.Warnings = addOnce(r.Warnings, warning)
	}
	for i, out := range job.Outputs {
		o := ledger.Output{URL: out.URL, MIME: out.MIME, Role: out.Role, Seconds: out.Seconds,
			Width: out.Width, Height: out.Height, ExpiresAt: out.ExpiresAt}
		if o.URL != "" && o.ExpiresAt.IsZero() {
			o.ExpiresAt = time.Now().UTC().Add(nexconn.LinkLife)
			if i < len(r.Outputs) && r.Outputs[i].URL == o.URL {
				o.ExpiresAt = r.Outputs[i].ExpiresAt
			}
		}
		if i < len(r.Outputs) {
			o.Path, o.URI, o.Bytes = r.Outputs[i].Path, r.Outputs[i].URI, r.Outputs[i].Bytes
			r.Outputs[i] = o
		} else {
			r.Outputs = append(r.Outputs, o)
		}
	}
	if job.Status.Done() && r.EndedAt.IsZero() {
		r.EndedAt = time.Now().UTC()
	}
}

// settle replaces a reservation by what the job really used. A job that
// failed is not billed; one that we know nothing of keeps its reservation.
func (s *Service) settle(r *ledger.Row, m catalog.Model) {
	switch r.Status {
	case nexconn.Failed, nexconn.Canceled, nexconn.Expired:
		zero := 0.0
		r.USD = &zero
		return
	case nexconn.Succeeded:
	default:
		return
	}
	outputs, length := mainOutputs(r.Outputs), 0.0
	asked := 0.0
	if r.Priced != nil {
		asked, _ = m.Length(catalog.Op(r.Operation), r.Priced)
	}
	for _, out := range r.Outputs {
		switch {
		case out.Role != "":
		case out.Seconds > 0:
			length += out.Seconds
		default: // not every answer tells it
			length += asked
		}
	}
	switch catalog.Kind(r.Kind) {
	case catalog.Image:
		r.Usage.Images = outputs
	case catalog.Video:
		r.Usage.Seconds = length
	}
	if r.USD == nil {
		return
	}
	used := catalog.Used{Seconds: length, Outputs: outputs, OutputTokens: r.Usage.OutputTokens}
	if usd, ok := m.Settle(catalog.Op(r.Operation), r.Priced, used); ok {
		r.USD = &usd
	}
}

func merge(a, b nexconn.Usage) nexconn.Usage {
	return nexconn.Usage{
		InputTokens: max(a.InputTokens, b.InputTokens), OutputTokens: max(a.OutputTokens, b.OutputTokens),
		ReasoningTokens: max(a.ReasoningTokens, b.ReasoningTokens), CachedTokens: max(a.CachedTokens, b.CachedTokens),
		Seconds: max(a.Seconds, b.Seconds), Images: max(a.Images, b.Images),
	}
}

func addOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
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

// publicStatus is a row's state in the words of results: an intent is queued.
func publicStatus(row ledger.Row) nexconn.Status {
	if row.Status == ledger.Intent {
		if row.Kind == string(catalog.Video) {
			return nexconn.Queued
		}
		return nexconn.Running
	}
	return row.Status
}
