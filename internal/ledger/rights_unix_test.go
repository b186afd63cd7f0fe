//go:build !windows

package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// openWithoutRights opens the ledger as nobody, if we are root, whom no mode
// of a file stops, and says the error.
func openWithoutRights(ctx context.Context, place string) error {
	if os.Geteuid() == 0 {
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
	}
	l, err := OpenSQLite(ctx, place, nil)
	if err == nil {
		return errors.Join(errors.New("it opened"), l.Close())
	}
	fmt.Fprintln(os.Stdout, err)
	return nil
}

func TestReadOnlyIsNamed(t *testing.T) {
	for name, dirMode := range map[string]os.FileMode{"folder": 0o555, "file": 0o777} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			closed(t, openFileOnly(t, dir))
			modes := map[string]os.FileMode{dir: dirMode, filepath.Join(dir, "writers"): dirMode, filepath.Join(dir, "ledger.db"): 0o444}
			for path, mode := range modes {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() {
				for path := range modes {
					_ = os.Chmod(path, 0o700)
				}
			})
			out, err := actor(t, "open without rights", dir).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "can't be written: let this user write in "+dir) {
				t.Errorf("%s(%v)", out, err)
			}
		})
	}
}
