package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Saver is where outputs go: over stdio the user's output folder, over HTTP
// the artifact store.
type Saver struct {
	Folder media.Folder
	Store  media.Store
	// Spare is where bytes go over stdio if Folder can't be written; a Root of
	// nothing means nowhere.
	Spare media.Folder
	// NoStore says why results without a link can't be kept, empty where they
	// can.
	NoStore string
	Down    *media.Downloader
	// LinkFor is how long a store's links live.
	LinkFor time.Duration

	saves singleflight.Group // by row id: one download of a job at a time
	far   sync.Map           // how far each download is, from 0 to 1, by row id
	swept sync.Once
}

func (s *Saver) storeFor(c Caller) media.Store {
	if c.HTTP {
		return s.Store
	}
	return s.Folder
}

// put keeps bytes where outputs go, or in the spare folder: what came for
// money is not lost because a folder can't be written.
func (s *Saver) put(ctx context.Context, c Caller, name string, data []byte, mime string) (media.Saved, error) {
	saved, err := s.storeFor(c).Put(ctx, name, bytes.NewReader(data), mime)
	if err == nil || c.HTTP || s.Spare.Root == "" {
		return saved, err
	}
	spare, failed := s.Spare.Put(ctx, name, bytes.NewReader(data), mime)
	if failed != nil {
		return saved, err
	}
	return spare, nil
}

// canKeep says why a result that comes as bytes would be lost, before it is
// paid for.
func (s *Saver) canKeep(c Caller, m catalog.Model) error {
	if !m.Wire.AtOnce() || m.Kind == catalog.Chat {
		return nil
	}
	if c.HTTP && s.NoStore != "" {
		return &nexconn.Error{Code: nexconn.NotConfigured, Message: m.ID + " answers with bytes instead of a link, and " + s.NoStore,
			Advice: "Ask the operator to set NEXCONN_ARTIFACTS, or use a model that answers with links."}
	}
	folder, ok := s.storeFor(c).(media.Folder)
	if !ok {
		return nil
	}
	if err := writable(folder.Root); err != nil {
		return &nexconn.Error{Code: nexconn.NotConfigured, Cause: err,
			Message: fmt.Sprintf("%s answers with bytes instead of a link, and the output folder can't be written: %v", m.ID, err),
			Advice:  "Let this user write there or set NEXCONN_OUTPUT_DIR to another folder, or use a model that answers with links. Nothing was sent."}
	}
	return nil
}

// writable makes a file in a folder and takes it away again.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".nexconn-*.part")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// partAge is how long a file that did not become whole is left alone: another
// process may still be filling it.
const partAge = time.Hour

// sweep drops what crashes left where outputs go, once a process.
func (s *Service) sweep(c Caller) {
	folder, ok := s.Saver.storeFor(c).(media.Folder)
	if !ok {
		return
	}
	s.Saver.swept.Do(func() {
		s.detached.Go(func() {
			ctx, stop := context.WithTimeout(context.Background(), time.Minute)
			defer stop()
			if _, err := folder.SweepParts(ctx, partAge); err != nil && !errors.Is(err, os.ErrNotExist) {
				s.log().Warn("what an earlier crash left could not be cleared away", "error", err)
			}
		})
	})
}

// CanFetch says whether a result's link is of a kind that is ever fetched.
func (s *Service) CanFetch(link string) bool {
	return s.Saver.Down != nil && s.Saver.Down.Fetches(link)
}
