// Package crash kills the program at random moments and looks afterwards
// whether paid work was lost or paid twice: it plays the service, the client
// and the crash, and keeps count.
package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"
)

// Setup is one way to run the program.
type Setup struct {
	Name string
	HTTP bool
	// Database is the address of an empty schema; empty means SQLite.
	Database string
}

// Figures are what a series of rounds found. Lost, Doubled and Partial have to
// be 0; Faults says in words what was wrong.
type Figures struct {
	Setup                                     string
	Rounds, Calls, Creates, Repeats           int
	Lost, Doubled, Partial                    int
	Unknown                                   int
	Saved, Leftovers                          int
	Unsent, Unanswered, Polling, Saving, Over int
	Faults                                    []string
}

func (f *Figures) fault(count *int, format string, args ...any) {
	*count++
	f.Faults = append(f.Faults, f.Setup+": "+fmt.Sprintf(format, args...))
}

// call is one paid call of a client and what came of it.
type call struct {
	label, tool, model string
	args               map[string]any
	keyed, chat        bool

	mu       sync.Mutex
	handle   string // the task id that was answered before the crash
	answered bool
}

// series is rounds on one state, as of a user whose server keeps crashing.
type series struct {
	Figures
	bin, dir string
	set      Setup
	up       *Upstream
	dice     *rand.Rand
	calls    []*call
}

// Run plays rounds of a setup in an empty folder and then settles the account.
func Run(bin, dir string, set Setup, rounds int, seed uint64) (Figures, error) {
	s := &series{Figures: Figures{Setup: set.Name, Rounds: rounds}, bin: bin, dir: dir, set: set, up: NewUpstream(),
		dice: rand.New(rand.NewPCG(seed, 1))}
	defer s.up.Close()
	for n := range rounds {
		if err := s.round(n); err != nil {
			return s.Figures, fmt.Errorf("%s, round %d: %w", set.Name, n, err)
		}
	}
	err := s.settle()
	return s.Figures, err
}

func (s *series) start() (*Process, error) {
	env := []string{
		"HOME=" + s.dir, "NEXCONN_API_KEY=sk-crash", "NEXCONN_BASE_URL=" + s.up.URL + "/v1", "NEXCONN_LOG_LEVEL=error",
		"NEXCONN_STATE_DIR=" + filepath.Join(s.dir, "state"), "NEXCONN_OUTPUT_DIR=" + s.outputs(),
		"NEXCONN_ARTIFACTS=file://" + filepath.ToSlash(s.outputs()),
	}
	if s.set.Database != "" {
		env = append(env, "NEXCONN_DATABASE_URL="+s.set.Database)
	}
	if s.set.HTTP {
		return StartHTTP(s.bin, env)
	}
	return StartStdio(s.bin, env)
}

func (s *series) outputs() string { return filepath.Join(s.dir, "out") }

// longest is the latest moment of a crash: by then all is usually over.
const longest = 1100 * time.Millisecond

// round starts the program, sends calls, with those of the last round among
// them once more, and kills it.
func (s *series) round(n int) error {
	p, err := s.start()
	if err != nil {
		return err
	}
	last := s.calls[max(0, len(s.calls)-len(kinds)):]
	var fresh []*call
	for i := range kinds {
		fresh = append(fresh, newCall(fmt.Sprintf("call-%d-%d", n, i), kinds[i]))
	}
	s.calls = append(s.calls, fresh...)
	var sent sync.WaitGroup
	for _, c := range append(repeatable(last), fresh...) {
		sent.Go(func() { c.send(p, 0.5) })
	}
	rest(s.moment())
	p.Kill()
	sent.Wait()
	s.Calls += len(fresh)
	for _, c := range fresh {
		s.phase(c)
	}
	return nil
}

// moment is when the crash comes: every other time while calls are still being
// submitted.
func (s *series) moment() time.Duration {
	most := longest
	if s.dice.IntN(2) == 0 {
		most = 2 * s.up.Slow
	}
	return time.Duration(s.dice.Int64N(int64(most)))
}

func repeatable(calls []*call) []*call {
	var list []*call
	for _, c := range calls {
		if c.keyed {
			list = append(list, c)
		}
	}
	return list
}

// phase counts how far a call had got when the crash came.
func (s *series) phase(c *call) {
	creates := s.up.Creates(c.label)
	switch {
	case len(creates) == 0:
		s.Unsent++
	case c.answered:
		s.Over++
	case !creates[0].Answered:
		s.Unanswered++
	case creates[0].Fetched:
		s.Saving++
	default:
		s.Polling++
	}
}

// kind is a sort of paid call.
type kind struct {
	tool, model string
	keyed       bool
}

var kinds = []kind{
	{"generate_video", "kling-v3", true},
	{"generate_video", "kling-v3", false},
	{"generate_video", "kling-v3", true},
	{"generate_image", "kling-v2", true},
	{"generate_image", "gemini-2.5-flash-image", true},
	{"generate_image", "gemini-2.5-flash-image", false},
	{"chat", "deepseek-v3", true},
}

func newCall(label string, k kind) *call {
	c := &call{label: label, tool: k.tool, model: k.model, keyed: k.keyed, chat: k.tool == "chat",
		args: map[string]any{"model": k.model, "prompt": "A lighthouse, " + label}}
	if k.keyed {
		c.args["idempotency_key"] = label
	}
	return c
}

// send makes the call and remembers what was answered.
func (c *call) send(p *Process, wait float64) (Answer, error) {
	args := maps.Clone(c.args)
	if !c.chat {
		args["wait_seconds"], args["save"] = wait, true
	}
	a, err := p.Call(c.tool, args)
	if err != nil {
		return a, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = true
	if id, _ := a.Structured["task_id"].(string); id != "" && c.handle == "" {
		c.handle = id
	}
	return a, nil
}
