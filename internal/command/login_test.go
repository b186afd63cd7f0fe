package command

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

const loginKey = "sk-login-0123456789"

// keyService is a service that takes one key alone.
func keyService(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+loginKey {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":{"message":"no such key","type":"x"}}`))
			return
		}
		_, _ = w.Write([]byte(`{"object":"list","data":[],"has_more":false}`))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// atShell runs a command line with a home of its own.
func atShell(t *testing.T, home, base, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, told bytes.Buffer
	vars := map[string]string{"NEXCONN_BASE_URL": base, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "NEXCONN_STATE_DIR": filepath.Join(home, "state"), "NEXCONN_OUTPUT_DIR": filepath.Join(home, "out")}
	code = Run(t.Context(), Env{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Home:   home, Dir: home, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &told,
	}, args)
	if strings.Contains(out.String()+told.String(), loginKey) {
		t.Errorf("%v shows the key: %s%s", args, out.String(), told.String())
	}
	return code, out.String(), told.String()
}

func TestLoginKeepsTheKeyInTheKeychain(t *testing.T) {
	keyring.MockInit()
	home, base := t.TempDir(), keyService(t)
	file := filepath.Join(home, "config", "nexconn-mcp", "api-key")
	code, out, told := atShell(t, home, base, " \"Bearer "+loginKey+"\"\r\n", "login")
	if code != 0 || !strings.Contains(out, "takes the key") || !strings.Contains(out, "OS keychain") {
		t.Fatalf("%d %s%s", code, out, told)
	}
	if kept, err := keyring.Get(keychainService, keychainUser); err != nil || kept != loginKey {
		t.Errorf("kept is %q: %v", kept, err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the key is in a file too")
	}
	if code, out, _ = atShell(t, home, base, "", "doctor"); !strings.Contains(out, "key: set, from the OS keychain") || !strings.Contains(out, "takes the key") {
		t.Errorf("doctor: %d %s", code, out)
	}
	if code, out, told = atShell(t, home, base, "", "call", "list_files"); code != 0 {
		t.Errorf("a call: %d %s%s", code, out, told)
	}
	if code, out, _ = atShell(t, home, base, "", "logout"); code != 0 || !strings.Contains(out, "removed from the OS keychain") {
		t.Errorf("logout: %d %s", code, out)
	}
	if code, out, _ = atShell(t, home, base, "", "logout"); code != 0 || !strings.Contains(out, "No key was kept") {
		t.Errorf("logout again: %d %s", code, out)
	}
	if code, _, told = atShell(t, home, base, "", "call", "list_files"); code != exitFailed || !strings.Contains(told, "not_configured") || !strings.Contains(told, "nexconn-mcp login") {
		t.Errorf("a call without a key: %d %s", code, told)
	}
}

func TestLoginWithoutAKeychain(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keychain here"))
	home, base := t.TempDir(), keyService(t)
	file := filepath.Join(home, "config", "nexconn-mcp", "api-key")
	code, out, told := atShell(t, home, base, loginKey, "login")
	if code != 0 || !strings.Contains(out, "Kept in "+file) || !strings.Contains(told, "no keychain here") {
		t.Fatalf("%d %s%s", code, out, told)
	}
	about, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && about.Mode().Perm() != 0o600 {
		t.Fatalf("the file: %v %v", about, err)
	}
	if code, out, _ = atShell(t, home, base, "", "doctor"); !strings.Contains(out, "key: set, from "+file) {
		t.Errorf("doctor: %d %s", code, out)
	}
	if code, out, _ = atShell(t, home, base, "", "logout"); code != 0 || !strings.Contains(out, "removed from "+file) {
		t.Errorf("logout: %d %s", code, out)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is still there")
	}
}

// What is no key, or one that the service refuses, is not kept.
func TestLoginRefuses(t *testing.T) {
	keyring.MockInit()
	home, base := t.TempDir(), keyService(t)
	for typed, want := range map[string]string{
		"":                   "no key",
		"\n":                 "no key",
		"${NEXCONN_API_KEY}": "no key",
		"two words":          "no quote and no space",
		"sk-another-98765":   "refuses the key",
	} {
		code, _, told := atShell(t, home, base, typed, "login")
		if code == 0 || !strings.Contains(told, want) || strings.Contains(told, "sk-another") {
			t.Errorf("%q: %d %s", typed, code, told)
		}
	}
	if kept, err := keyring.Get(keychainService, keychainUser); err == nil {
		t.Errorf("kept: %q", kept)
	}
	if code, _, told := atShell(t, home, base, loginKey, "login", "--sandbox"); code != exitUsage || !strings.Contains(told, "sandbox") {
		t.Errorf("login --sandbox: %d %s", code, told)
	}
	// A service that is away says nothing against a key.
	if code, out, told := atShell(t, home, "http://127.0.0.1:1/v1", loginKey, "login"); code != 0 || !strings.Contains(out, "could not be tried") {
		t.Errorf("the service is away: %d %s%s", code, out, told)
	}
}
