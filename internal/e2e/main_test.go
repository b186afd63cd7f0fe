// Package e2e_test starts the program as it is built and speaks to it as its
// clients do: over stdio, over HTTP, and from a shell. What the other rooms
// hold to their own promises, these tests hold together.
package e2e_test

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := built.Load(); dir != nil {
		os.RemoveAll(*dir)
	}
	os.Exit(code)
}
