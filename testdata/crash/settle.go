package crash

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// settle starts the program once more, asks after everything, and counts.
func (s *series) settle() error {
	p, err := s.start()
	if err != nil {
		return err
	}
	before := map[string]int{}
	for _, c := range s.calls {
		before[c.label] = len(s.up.Creates(c.label))
	}
	known := s.repeatAll(p, before)
	tasks, err := settled(p)
	if err != nil {
		p.Kill()
		return err
	}
	s.lostWithoutKey(tasks, known)
	s.saveAll(p, tasks)
	if err := s.files(); err != nil {
		p.Kill()
		return err
	}
	for _, c := range s.calls {
		n := len(s.up.Creates(c.label))
		s.Creates += n
		if n > 1 {
			s.fault(&s.Doubled, "%s was sent %d times", c.label, n)
		}
	}
	return p.Stop()
}

// repeatAll sends every call that has a key again and returns the unknown
// tasks among them.
func (s *series) repeatAll(p *Process, before map[string]int) map[string]bool {
	unknown := map[string]bool{}
	type repeat struct {
		c   *call
		a   Answer
		err error
	}
	var answers []repeat
	var mu sync.Mutex
	var sent sync.WaitGroup
	room := make(chan struct{}, 16)
	for _, c := range repeatable(s.calls) {
		sent.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			handle := c.handle
			wait := 1.0
			if strings.HasPrefix(c.model, "gemini") {
				wait = 20 // until the lease of a dead writer has run out
			}
			a, err := c.send(p, wait)
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, repeat{c, a, err})
			if handle != "" && !strings.Contains(handle, ":local-") && a.Structured["task_id"] != handle {
				s.fault(&s.Lost, "%s was answered with %s before the crash and with %v %v afterwards", c.label, handle, a.Structured["task_id"], a.Error)
			}
		})
	}
	sent.Wait()
	for _, r := range answers {
		s.Repeats++
		creates := s.up.Creates(r.c.label)
		id, _ := r.a.Structured["task_id"].(string)
		switch {
		case r.err != nil:
			s.fault(&s.Lost, "%s has no answer: %v", r.c.label, r.err)
		case before[r.c.label] > 0 && len(creates) != before[r.c.label]:
			s.fault(&s.Doubled, "%s had %d creates and its repeat made it %d", r.c.label, before[r.c.label], len(creates))
		case r.a.Error["code"] == "submission_unknown" && r.c.chat:
			s.Unknown++
		case r.a.Structured["status"] == "unknown":
			s.Unknown++
			unknown[id] = true
		case r.a.Error != nil:
			s.fault(&s.Lost, "%s answers %v", r.c.label, r.a.Error)
		case r.c.chat, strings.Contains(id, ":local-") && r.a.Structured["status"] == "succeeded":
		case len(creates) == 0 || id != r.c.model+":"+creates[0].ID:
			s.fault(&s.Lost, "%s is %v at the service and %v %v on record", r.c.label, creates, id, r.a.Structured["status"])
		}
	}
	return unknown
}

// leaseOver is how long it takes at most until the lease of a dead writer has
// run out and its calls are known to be unknown.
const leaseOver = 45 * time.Second

// settled lists the tasks once none without an id of the service is said to run:
// nobody runs those any more.
func settled(p *Process) (map[string]string, error) {
	for until := time.Now().Add(leaseOver); ; time.Sleep(500 * time.Millisecond) {
		tasks, err := Listed(p)
		if err != nil || time.Now().After(until) {
			return tasks, err
		}
		running := false
		for id, status := range tasks {
			running = running || strings.Contains(id, ":local-") && (status == "running" || status == "queued")
		}
		if !running {
			return tasks, nil
		}
	}
}

// Listed is every task on record, by its id.
func Listed(p *Process) (map[string]string, error) {
	tasks := map[string]string{}
	args := map[string]any{"limit": 100}
	for {
		a, err := p.Call("list_tasks", args)
		if err != nil {
			return nil, err
		}
		if a.Error != nil {
			return nil, fmt.Errorf("list_tasks: %v", a.Error)
		}
		list, _ := a.Structured["tasks"].([]any)
		for _, item := range list {
			task, _ := item.(map[string]any)
			id, _ := task["task_id"].(string)
			tasks[id], _ = task["status"].(string)
		}
		next, _ := a.Structured["next_cursor"].(string)
		if next == "" {
			return tasks, nil
		}
		args["cursor"] = next
	}
}

// lostWithoutKey holds the service's list against the record: what has no row
// of its own must be one of the unknown ones.
func (s *series) lostWithoutKey(tasks map[string]string, keyed map[string]bool) {
	unknown := map[string]int{}
	for id, status := range tasks {
		if status == "unknown" && !keyed[id] {
			model, _, _ := strings.Cut(id, ":")
			unknown[model]++
			s.Unknown++
		}
	}
	for _, c := range s.calls {
		if c.keyed || c.chat {
			continue
		}
		for _, create := range s.up.Creates(c.label) {
			_, there := tasks[c.model+":"+create.ID]
			atOnce := c.handle != "" && tasks[c.handle] == "succeeded"
			switch {
			case there, atOnce:
			case unknown[c.model] > 0:
				unknown[c.model]--
			case strings.HasPrefix(c.model, "gemini") && s.spare(tasks, c.model) > 0:
				// Answered and saved, but the client never heard its handle.
			default:
				s.fault(&s.Lost, "%s is at the service as %s and not on record", c.label, create.ID)
			}
		}
	}
}

// spare is how many finished tasks of a model nobody was told of.
func (s *series) spare(tasks map[string]string, model string) int {
	n := 0
	for id, status := range tasks {
		if strings.HasPrefix(id, model+":") && status == "succeeded" {
			n++
		}
	}
	for _, c := range s.calls {
		if c.model == model && tasks[c.handle] == "succeeded" {
			n--
		}
	}
	return n
}

// saveAll waits for every job at the service and has its outputs kept.
func (s *series) saveAll(p *Process, tasks map[string]string) {
	var mu sync.Mutex
	var asked sync.WaitGroup
	room := make(chan struct{}, 16)
	for id, status := range tasks {
		if status == "unknown" || status == "failed" {
			continue
		}
		asked.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			a, err := p.Call("query_task", map[string]any{"task_id": id, "wait_seconds": 20, "save": true})
			mu.Lock()
			defer mu.Unlock()
			outputs, _ := a.Structured["outputs"].([]any)
			if err != nil || a.Error != nil || a.Structured["status"] != "succeeded" || len(outputs) == 0 {
				s.fault(&s.Lost, "%s can't be finished: %v %v %v", id, err, a.Error, a.Structured)
				return
			}
			for _, item := range outputs {
				out, _ := item.(map[string]any)
				if out["path"] == nil && out["uri"] == nil {
					s.fault(&s.Lost, "an output of %s was not saved: %v", id, a.Structured["warnings"])
					continue
				}
				s.Saved++
			}
		})
	}
	asked.Wait()
}

// files looks at everything under a final name: it has to be whole.
func (s *series) files() error {
	err := filepath.WalkDir(s.outputs(), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if part, _ := filepath.Match(".nexconn-*.part", entry.Name()); part {
			s.Leftovers++
			return nil
		}
		sum, err := Sum(name)
		if err != nil {
			return err
		}
		if !s.up.Made(sum) {
			s.fault(&s.Partial, "%s is not whole", entry.Name())
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sum is the SHA-256 of a file.
func Sum(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Row is a line of the report.
func (f Figures) Row() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d / %d / %d / %d / %d | %d | **%d** | **%d** | **%d** |", f.Setup, f.Rounds, f.Calls, f.Creates,
		f.Unsent, f.Unanswered, f.Polling, f.Saving, f.Over, f.Unknown, f.Lost, f.Doubled, f.Partial)
}

// Head is the head of the report's table.
const Head = `| setup | crashes | calls | creates at the service | the crash found the call unsent / unanswered / polled / being saved / over | unknown | lost | paid twice | partial files |
|---|---|---|---|---|---|---|---|---|`

// Took rounds a time for the report.
func Took(d time.Duration) string { return d.Round(time.Second).String() }
