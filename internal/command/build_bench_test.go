package command

import (
	"context"
	"io"
	"testing"
)

// BenchmarkBuild is what a start does before it can answer: putting the rooms
// together, with nothing heavy opened.
func BenchmarkBuild(b *testing.B) {
	env := Env{Lookup: func(string) (string, bool) { return "", false }, Home: b.TempDir(), Stderr: io.Discard, Stdout: io.Discard}
	s := defaults(env)
	for b.Loop() {
		a, err := build(context.Background(), env, s, overStdio, nil)
		if err != nil {
			b.Fatal(err)
		}
		_ = a
	}
}
