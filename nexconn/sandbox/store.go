package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// store keeps jobs and files. Several processes may share a folder.
type store interface {
	put(job) error
	get(id string) (job, bool)
	all(prefix string) ([]job, error)
	remove(id string) error
}

func openStore(dir string) store {
	if dir == "" {
		return &memory{jobs: map[string]job{}}
	}
	return folder(dir)
}

type memory struct {
	mu   sync.Mutex
	jobs map[string]job
}

func (m *memory) put(j job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jobs[j.ID] = j
	return nil
}

func (m *memory) get(id string) (job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.jobs[id]
	return j, ok
}

func (m *memory) all(prefix string) ([]job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []job
	for id, j := range m.jobs {
		if strings.HasPrefix(id, prefix) {
			out = append(out, j)
		}
	}
	return out, nil
}

func (m *memory) remove(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.jobs, id)
	return nil
}

// folder is a store of one small JSON file a job, named by its id.
type folder string

func (f folder) path(id string) string { return filepath.Join(string(f), id+".json") }

func (f folder) put(j job) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(string(f), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), f.path(j.ID))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

func (f folder) get(id string) (job, bool) {
	if !plainID(id) {
		return job{}, false
	}
	data, err := os.ReadFile(f.path(id))
	if err != nil {
		return job{}, false
	}
	var j job
	return j, json.Unmarshal(data, &j) == nil
}

func (f folder) all(prefix string) ([]job, error) {
	entries, err := os.ReadDir(string(f))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []job
	for _, e := range entries {
		id, isJob := strings.CutSuffix(e.Name(), ".json")
		if !isJob || !strings.HasPrefix(id, prefix) {
			continue
		}
		if j, ok := f.get(id); ok { // gone since: deleted by another process
			out = append(out, j)
		}
	}
	return out, nil
}

func (f folder) remove(id string) error {
	if !plainID(id) {
		return nil
	}
	return os.Remove(f.path(id))
}

// plainID keeps an id that came in a URL from naming anything but a job's file.
func plainID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	})
}

// newestFirst sorts jobs by the time they were made.
func newestFirst(jobs []job) {
	slices.SortFunc(jobs, func(a, b job) int { return b.Made.Compare(a.Made) })
}

// minter gives each id a nanosecond of its own: rising by 1000 within a process,
// the last three digits telling processes that share a folder apart.
type minter struct{ last atomic.Int64 }

func (m *minter) next() time.Time {
	for {
		last := m.last.Load()
		ns := max(time.Now().UnixNano()/1000*1000+int64(os.Getpid()%1000), last+1000)
		if m.last.CompareAndSwap(last, ns) {
			return time.Unix(0, ns).UTC()
		}
	}
}
