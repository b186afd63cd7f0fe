package command

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// service answers GET /v1/files as the test says; any other request fails it.
func service(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.URL.Path != "/v1/files" || r.URL.Query().Get("limit") != "1" {
			t.Errorf("doctor asked for %s %s", r.Method, r.URL)
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func says(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

const (
	noFiles = `{"object":"list","data":[],"has_more":false}`
	refusal = `{"error":{"message":"no","type":"x"}}`
)

func TestDoctorAsksTheService(t *testing.T) {
	takes := func(authorization string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == authorization {
				says(w, 200, noFiles)
				return
			}
			says(w, 401, refusal)
		}
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		scheme string
		code   int
		line   string
	}{
		{"bearer", takes("Bearer sk-secret"), "", 0, "ok  service: takes the key (as bearer)"},
		{"raw, unset", takes("sk-secret"), "", 1, "!!  service: refuses the key as bearer and takes it as raw — set NEXCONN_AUTH_SCHEME=raw"},
		{"raw, set", takes("sk-secret"), "raw", 0, "ok  service: takes the key (as raw)"},
		{"bearer, set raw", takes("Bearer sk-secret"), "raw", 1, "set NEXCONN_AUTH_SCHEME=bearer"},
		{"neither", takes("Bearer sk-other"), "", 1, "!!  service: refuses the key, as bearer and as raw"},
		{"quota", func(w http.ResponseWriter, _ *http.Request) { says(w, 402, refusal) }, "", 1, "!!  service: takes the key, but its quota is used up — raise it"},
		{"another host", func(w http.ResponseWriter, _ *http.Request) { says(w, 404, refusal) }, "", 1, "— check NEXCONN_BASE_URL"},
		{"slow clock", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(10*time.Minute+30*time.Second).UTC().Format(http.TimeFormat))
			says(w, 200, noFiles)
		}, "", 1, "!!  clock: this machine is 10m"},
		{"fast clock", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
			says(w, 200, noFiles)
		}, "", 1, "ahead of the service — set the clock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			env, out, errs := inHouse(t, map[string]string{
				"NEXCONN_API_KEY": "sk-secret", "NEXCONN_BASE_URL": service(t, test.answer), "NEXCONN_AUTH_SCHEME": test.scheme,
			})
			if code := Run(t.Context(), env, []string{"doctor"}); code != test.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, test.code, out, errs)
			}
			if !strings.Contains(out.String(), test.line) {
				t.Errorf("no line with %q:\n%s", test.line, out)
			}
			if strings.Contains(out.String()+errs.String(), "sk-secret") {
				t.Errorf("the key is shown:\n%s%s", out, errs)
			}
		})
	}
}

func TestDoctorLooksAtFolders(t *testing.T) {
	good := service(t, func(w http.ResponseWriter, _ *http.Request) { says(w, 200, noFiles) })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ variable, value, line string }{
		{"NEXCONN_STATE_DIR", filepath.Join(file, "state"), "!!  ledger: "},
		{"NEXCONN_OUTPUT_DIR", file, "!!  output folder: " + file + " is no folder"},
		{"NEXCONN_INPUT_DIRS", filepath.Join(file, "in"), "!!  input folders: "},
		{"NEXCONN_ARTIFACTS", "s3://", "!!  artifacts: "},
		{"NEXCONN_MODELS_FILE", file + ".toml", "!!  models: "},
		{"SSL_CERT_FILE", file + ".pem", "!!  network: SSL_CERT_FILE can't be read"},
	} {
		env, out, errs := inHouse(t, map[string]string{"NEXCONN_API_KEY": "sk-secret", "NEXCONN_BASE_URL": good, test.variable: test.value})
		if code := Run(t.Context(), env, []string{"doctor"}); code != exitFailed {
			t.Errorf("%s: exit code %d\n%s%s", test.variable, code, out, errs)
		}
		if got := strings.Count(out.String(), "!!  "); got != 1 || !strings.Contains(out.String(), test.line) {
			t.Errorf("%s: %d things are wrong, want one line with %q:\n%s", test.variable, got, test.line, out)
		}
	}
}
