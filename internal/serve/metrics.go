package serve

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the server does, for Prometheus. Its labels are names
// that the program chose, never what a caller sent. A nil *Metrics counts
// nothing.
type Metrics struct {
	registry *prometheus.Registry

	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	running  prometheus.Gauge
	refusals *prometheus.CounterVec

	upstreamTook   *prometheus.HistogramVec
	upstreamErrors *prometheus.CounterVec
	jobs           *prometheus.GaugeVec
	jobsEnded      *prometheus.CounterVec
	spent          *prometheus.CounterVec

	mu       sync.Mutex
	followed map[string]followed
	swept    time.Time
}

// NewMetrics is an empty set of metrics in a registry of its own.
func NewMetrics(version string) *Metrics {
	const space = "nexconn_mcp"
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: space, Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(), followed: map[string]followed{},
		calls: counter("calls_total", "Tool calls that ended, by tool and outcome (ok, or the code of the error).", "tool", "outcome"),
		took: histogram("call_seconds", "How long tool calls took, waiting included.",
			[]float64{.005, .02, .1, .5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300, 600}, "tool"),
		running:  prometheus.NewGauge(prometheus.GaugeOpts{Namespace: space, Name: "calls_in_flight", Help: "Tool calls that run now."}),
		refusals: counter("requests_refused_total", "HTTP requests that were refused before any tool saw them, by reason.", "reason"),
		upstreamTook: histogram("upstream_seconds", "How long the service took to answer, by operation.",
			[]float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}, "operation"),
		upstreamErrors: counter("upstream_errors_total", "Requests to the service that failed, by operation and code.", "operation", "code"),
		jobs:           prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: space, Name: "jobs", Help: "Jobs this process follows, by kind and state."}, []string{"kind", "state"}),
		jobsEnded:      counter("jobs_ended_total", "Jobs that came to an end, by kind and state.", "kind", "state"),
		spent:          counter("spent_usd_total", "Estimated spend in US dollars, by kind.", "kind"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: space, Name: "build_info", Help: "Always 1; the version is a label.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.calls, m.took, m.running, m.refusals, m.upstreamTook, m.upstreamErrors, m.jobs, m.jobsEnded, m.spent, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in Prometheus' text form.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// begin marks a call as running; the returned function marks its end.
func (m *Metrics) begin(tool string) func(outcome string, took time.Duration) {
	if m == nil {
		return func(string, time.Duration) {}
	}
	m.running.Inc()
	return func(outcome string, took time.Duration) {
		m.running.Dec()
		m.calls.WithLabelValues(tool, outcome).Inc()
		m.took.WithLabelValues(tool).Observe(took.Seconds())
	}
}

func (m *Metrics) refused(reason string) {
	if m != nil {
		m.refusals.WithLabelValues(reason).Inc()
	}
}

// Upstream counts a request to the service: the operation in our words, how
// long it took and the code of its error, "" if it had none.
func (m *Metrics) Upstream(operation string, took time.Duration, code string) {
	if m == nil {
		return
	}
	m.upstreamTook.WithLabelValues(operation).Observe(took.Seconds())
	if code != "" {
		m.upstreamErrors.WithLabelValues(operation, code).Inc()
	}
}

// Job tells in which state a job is now. Only this process's own news counts:
// a job that another replica began is followed from the first state that is
// heard of, and one that ends elsewhere is let go after a while.
func (m *Metrics) Job(id, kind, state string, ended bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.letGo(now)
	if was, ok := m.followed[id]; ok {
		m.jobs.WithLabelValues(kind, was.state).Dec()
		delete(m.followed, id)
	}
	if ended {
		m.jobsEnded.WithLabelValues(kind, state).Inc()
		return
	}
	m.jobs.WithLabelValues(kind, state).Inc()
	m.followed[id] = followed{kind, state, now}
}

// followed is a job as last heard of.
type followed struct {
	kind, state string
	at          time.Time
}

// followFor is how long a job is counted that nothing more is heard of.
const followFor = 48 * time.Hour

// letGo forgets such jobs, at most once an hour.
func (m *Metrics) letGo(now time.Time) {
	if now.Sub(m.swept) < time.Hour {
		return
	}
	m.swept = now
	for id, job := range m.followed {
		if now.Sub(job.at) > followFor {
			m.jobs.WithLabelValues(job.kind, job.state).Dec()
			delete(m.followed, id)
		}
	}
}

// Spent adds to the estimated spend on a kind of work.
func (m *Metrics) Spent(kind string, usd float64) {
	if m != nil && usd > 0 {
		m.spent.WithLabelValues(kind).Add(usd)
	}
}
