// Package jobs is the life of paid work, in one place: price and reserve,
// record, submit once, poll, settle, save, and tell of it later. Everything
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

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
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
	// Models is the catalogue as it stands: prices and limits may change.
	Models func() catalog.Set
	// Ledger is the record; Close closes it.
	Ledger *ledger.Keeper
	// Inputs are where media come from. Its Task and Upload are filled here.
	Inputs media.Inputs
	// Uploads are what callers over HTTP send to be inputs; nil over stdio.
	Uploads *outputs.Uploads
	// Results keeps what jobs make. Its Record and Background are filled here;
	// read it through Outputs.
	Results outputs.Outputs
	Money   Money
	// MaxWait is the longest a call may wait for a job.
	MaxWait time.Duration
	// PollScale stretches the pace of polling; the sandbox's is far below 1.
	PollScale float64
	Prompts   PromptPolicy
	Log       *slog.Logger
	// Changed, if set, hears of every row whose state changed, with the state
	// before: empty for a new one.
	Changed func(row ledger.Row, was nexconn.Status)

	made  sync.Once
	parts parts
}

// parts are what a Service is made of.
type parts struct {
	clock    *clock
	detached *detached
	record   *record
	keys     *keys
	tasks    *tasks
	queries  *queries
	builder  *builder
	submit   *submitter
	turns    *turns
	files    *Files
	saver    *saver
}

// in makes the parts at the first use.
func (s *Service) in() *parts {
	s.made.Do(func() { assemble(s) })
	return &s.parts
}

// assemble makes the parts of what the fields say.
func assemble(s *Service) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Results.Log == nil {
		s.Results.Log = s.Log
	}
	p := &s.parts
	p.clock = &clock{scale: s.PollScale, stopping: make(chan struct{})}
	p.detached = &detached{}
	p.record = &record{ledger: s.Ledger, told: s.Changed, log: s.Log, clock: p.clock, detached: p.detached}
	p.keys = &keys{own: s.Client, find: s.FindKey, none: s.NoKey}
	settle := &settler{record: p.record, outputs: &s.Results, log: s.Log}
	runs := &runs{}
	pollers := &pollers{clock: p.clock, settle: settle}
	p.tasks = &tasks{record: p.record, keys: p.keys, settle: settle, models: s.Models, sandbox: s.Sandbox, log: s.Log}
	waiter := &waiter{clock: p.clock, record: p.record, runs: runs, most: s.WaitCap()}
	p.saver = &saver{outputs: &s.Results, clock: p.clock, record: p.record, most: s.WaitCap()}
	p.queries = &queries{tasks: p.tasks, keys: p.keys, pollers: pollers, waiter: waiter, saver: p.saver}
	p.files = &Files{record: p.record, keys: p.keys, clock: p.clock, detached: p.detached, models: s.Models, most: s.WaitCap(), log: s.Log}
	admit := &admission{record: p.record, money: s.Money, prompts: s.Prompts, outputs: &s.Results}
	sending := sending{keys: p.keys, admit: admit, settle: settle, runs: runs, waiter: waiter, detached: p.detached}
	p.submit = &submitter{sending: sending, queries: p.queries}
	p.turns = &turns{sending: sending, outputs: &s.Results, saver: p.saver}
	s.Inputs.Task = p.queries.input
	if s.Uploads != nil {
		s.Inputs.Upload = s.Uploads.Source
	}
	p.files.inputs = s.Inputs
	p.builder = &builder{models: s.Models, inputs: s.Inputs, record: p.record, tasks: p.tasks, queries: p.queries, files: p.files}
	s.Results.Record = outputsRecord{record: p.record, tasks: p.tasks, keys: p.keys, pollers: pollers}
	s.Results.Background = p.detached.Go
}

// Stop has every waiting call answer with its job as it stands.
func (s *Service) Stop() { s.in().clock.stop() }

// Outputs is what keeps results: Open, Link, KeepText, CanFetch.
func (s *Service) Outputs() *outputs.Outputs {
	s.in()
	return &s.Results
}

// Files are the files that callers uploaded.
func (s *Service) Files() *Files { return s.in().files }

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

// Close waits for work that is being submitted or stored, at most until ctx
// ends, and closes the ledger, which writes what it still holds.
func (s *Service) Close(ctx context.Context) error {
	s.Stop()
	idle := make(chan struct{})
	go func() { s.in().detached.Wait(); close(idle) }()
	var err error
	select {
	case <-idle:
	case <-ctx.Done():
		err = errors.New("stopped while calls were still being submitted; they are on record")
	}
	if s.Ledger == nil {
		return err
	}
	return errors.Join(err, s.Ledger.Close())
}

// Account is what the service says of the caller's key.
func (s *Service) Account() Account { return Account{s.in().keys} }

// keys find the client for a caller.
type keys struct {
	own  *nexconn.Client
	find func() nexconn.Secret
	none string

	once  sync.Once
	found *nexconn.Client
}

// client is the client with the caller's key, or why there is none.
func (k *keys) client(c caller.Caller) (*nexconn.Client, error) {
	if c.Key != "" {
		return k.own.WithKey(c.Key), nil
	}
	if k.own.Key != "" {
		return k.own, nil
	}
	k.once.Do(func() {
		if k.find != nil {
			if key := k.find(); key != "" {
				k.found = k.own.WithKey(key)
			}
		}
	})
	if k.found == nil {
		return nil, &nexconn.Error{Code: nexconn.NotConfigured, Message: k.none}
	}
	return k.found, nil
}

// detached is work that goes on although its caller went away.
type detached struct{ sync.WaitGroup }

// run runs do apart from the caller: it keeps the caller's identity and loses
// its cancellation.
func (d *detached) run(ctx context.Context, do func(context.Context)) {
	ctx = context.WithoutCancel(ctx)
	d.Go(func() { do(ctx) })
}
