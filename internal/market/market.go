// Package market keeps the catalogue as the service prices it today: the
// built-in models, the service's own market list over them, and the operator's
// models file over both.
//
// The list is asked for in the background, once a day at most, where the host
// has it, and kept in the state folder. Without it, or with one that can't be
// read, the built-in prices stand.
package market

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const (
	// every is how often the list is asked for.
	every = 24 * time.Hour
	// file is its name in the state folder.
	file = "market.json"
	// settled is how long a start is left alone before the list is asked for.
	settled = 100 * time.Millisecond
)

// Models is the catalogue of today. Fill the fields before the first call.
type Models struct {
	// Build is the built-in catalogue with a list, read on a day, laid over it
	// and the operator's file over both.
	Build  func(list catalog.Market, day time.Time) (catalog.Set, error)
	Client *nexconn.Client
	// StateDir is where the list is kept; empty means nowhere.
	StateDir string
	Log      *slog.Logger

	loaded sync.Once
	set    atomic.Pointer[catalog.Set]
	// asking is held by the one who asks for the list.
	asking sync.Mutex
	last   kept
}

// kept is the list as the state folder keeps it. The document is empty where
// the host had none that day.
type kept struct {
	// Host is the base URL that was asked, Asked when.
	Host     string          `json:"host"`
	Asked    time.Time       `json:"asked"`
	Document json.RawMessage `json:"document,omitempty"`
}

// Set is the catalogue as it stands.
func (m *Models) Set() catalog.Set {
	m.loaded.Do(m.load)
	return *m.set.Load()
}

// load takes the list that the state folder has.
func (m *Models) load() {
	set, err := m.Build(nil, time.Time{})
	if err != nil {
		set = catalog.Builtin()
	}
	m.set.Store(&set)
	if m.StateDir == "" {
		return
	}
	text, err := os.ReadFile(filepath.Join(m.StateDir, file))
	if err != nil {
		return
	}
	var k kept
	if json.Unmarshal(text, &k) != nil || k.Host != m.Client.BaseURL || k.Asked.After(time.Now().Add(time.Hour)) {
		return
	}
	m.last = k
	if len(k.Document) > 0 {
		_ = m.take(k) // as it was taken when it came
	}
}

// take lays a list over the catalogue.
func (m *Models) take(k kept) error {
	list, err := nexconn.ReadMarket(k.Document)
	if err != nil {
		return err
	}
	set, err := m.Build(list, k.Asked)
	if err != nil {
		return err
	}
	m.set.Store(&set)
	return nil
}

// Run asks for the list when it is a day old, until ctx ends.
func (m *Models) Run(ctx context.Context) {
	wait := time.NewTimer(settled)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		m.loaded.Do(m.load)
		m.asking.Lock()
		due := time.Until(m.last.Asked.Add(every))
		m.asking.Unlock()
		if due <= 0 {
			if _, err := m.Refresh(ctx); err != nil && ctx.Err() == nil {
				m.logger().Debug("the service's market list is not used", "reason", err)
			}
			due = every
		}
		wait.Reset(due)
	}
}

// Refresh asks for the list now and lays it over the catalogue. The error says
// why that changed nothing.
func (m *Models) Refresh(ctx context.Context) (catalog.Market, error) {
	m.loaded.Do(m.load)
	m.asking.Lock()
	defer m.asking.Unlock()
	document, err := m.Client.MarketDocument(ctx)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	k := kept{Host: m.Client.BaseURL, Asked: time.Now().UTC(), Document: m.last.Document}
	var list catalog.Market
	if err == nil {
		document = bytes.TrimPrefix(bytes.TrimSpace(document), []byte("\xef\xbb\xbf"))
		if list, err = nexconn.ReadMarket(document); err == nil && json.Valid(document) {
			k.Document = document
			err = m.take(k)
		}
	}
	m.last = k
	m.keep(k)
	return list, err
}

// keep writes the list down, whole or not at all.
func (m *Models) keep(k kept) {
	if m.StateDir == "" {
		return
	}
	text, err := json.Marshal(k)
	if err == nil {
		err = os.MkdirAll(m.StateDir, 0o700)
	}
	if err == nil {
		err = replace(filepath.Join(m.StateDir, file), text)
	}
	if err != nil {
		m.logger().Debug("the service's market list could not be kept", "error", err)
	}
}

// replace writes a file beside path and puts it in its place.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), file+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (m *Models) logger() *slog.Logger {
	if m.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return m.Log
}
