package command_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holder is one entry of a tokens file; more is TOML of its own.
type holder struct{ name, more string }

// secretOf is the token of a holder, made up but shaped like one.
func secretOf(name string) string { return "nxm_hosted-secret-of-" + name }

// tokensFile writes the file of --auth tokens.
func tokensFile(t *testing.T, holders ...holder) string {
	t.Helper()
	var file strings.Builder
	for _, h := range holders {
		sum := sha256.Sum256([]byte(secretOf(h.name)))
		fmt.Fprintf(&file, "[[token]]\nname = %q\nsha256 = %q\n%s\n", h.name, hex.EncodeToString(sum[:]), h.more)
	}
	path := filepath.Join(t.TempDir(), "tokens.toml")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// people are n holders with nothing special about them.
func people(n int) []holder {
	list := make([]holder, n)
	for i := range list {
		list[i].name = fmt.Sprintf("caller-%02d", i)
	}
	return list
}

// withTokens are the arguments of a server whose callers these are.
func withTokens(t *testing.T, holders ...holder) []string {
	t.Helper()
	return []string{"--auth", "tokens", "--tokens-file", tokensFile(t, holders...)}
}
