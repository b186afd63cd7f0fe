//go:build unix

package media

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func TestPipesAndDevicesAreRefusedAtOnce(t *testing.T) {
	d := newDesk(t)
	pipe := filepath.Join(d.home, "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	d.Dirs = append(d.Dirs, "/dev")
	for _, path := range []string{pipe, "/dev/zero", "/dev/tty"} {
		done := make(chan error, 1)
		go func() {
			_, _, err := d.Take(t.Context(), "first_frame", path, catalog.Media{Class: "image"})
			done <- err
		}()
		select {
		case err := <-done:
			checkRefused(t, err, nexconn.InvalidArgument, "not a regular file")
		case <-time.After(10 * time.Second):
			t.Fatalf("%s hangs", path)
		}
	}
}
