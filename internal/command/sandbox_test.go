package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A config file made for http moves no stand-in.
func TestSandboxListensWhereItIsTold(t *testing.T) {
	config := filepath.Join(t.TempDir(), "http.toml")
	if err := os.WriteFile(config, []byte(`listen = "192.0.2.1:18998"`), 0o600); err != nil {
		t.Fatal(err)
	}
	const usual = "127.0.0.1:8900" // which may be taken
	for _, tt := range []struct {
		variable string
		args     []string
		usual    bool
	}{
		{"", nil, true},
		{"127.0.0.1:0", nil, false},
		{"192.0.2.2:1", []string{"--listen", "127.0.0.1:0"}, false},
	} {
		ctx, stop := context.WithCancel(t.Context())
		said := &stopper{stop: stop}
		env := Env{
			Lookup: func(name string) (string, bool) {
				v := map[string]string{"NEXCONN_CONFIG": config, "NEXCONN_LISTEN": tt.variable, "NEXCONN_STATE_DIR": t.TempDir()}[name]
				return v, v != ""
			},
			Home: t.TempDir(), Dir: t.TempDir(), Stdin: strings.NewReader(""), Stdout: said, Stderr: said,
			Terminal: func(any) bool { return false },
		}
		code := Run(ctx, env, append([]string{"sandbox"}, tt.args...))
		if text := said.String(); strings.Contains(text, "192.0.2.") || strings.Contains(text, usual) != tt.usual || code != 0 && !tt.usual {
			t.Errorf("%+v: %d %s", tt, code, text)
		}
	}
}

// stopper ends a command that says something.
type stopper struct {
	bytes.Buffer
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	defer s.stop()
	return s.Buffer.Write(p)
}
