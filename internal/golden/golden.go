// Package golden compares what the program makes with files that are
// committed, so that a change of what people see is a diff they read. Run the
// tests with -update to rewrite the files. Every package with tests imports it,
// so that `go test ./... -update` is understood everywhere.
package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite generated files")

// Update says that generated files are to be rewritten.
func Update() bool { return *update }

// File holds got against the committed file at path, or rewrites it.
func File(t testing.TB, path string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if bytes.Equal(want, got) {
		return
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not what the program makes now; run go test ./... -update and read the diff:\n%s", path, cmp.Diff(string(want), string(got)))
}

// Section holds got against the part of a file between
// <!-- generated: name --> and <!-- end -->, or rewrites it.
func Section(t testing.TB, path, name, got string) {
	t.Helper()
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(doc), begin)
	if !ok {
		t.Fatalf("%s has no %q", path, strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s: %q is not closed by %q", path, strings.TrimSpace(begin), end)
	}
	File(t, path, []byte(before+begin+strings.TrimRight(got, "\n")+"\n"+end+after))
}

// Only fails for files in dir that match a pattern and are not among names:
// leftovers of what is no longer made. With -update they are removed.
func Only(t *testing.T, dir, pattern string, names map[string]bool) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if names[filepath.Base(path)] {
			continue
		}
		if !*update {
			t.Errorf("%s is no longer made; run go test ./... -update", path)
		} else if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}
