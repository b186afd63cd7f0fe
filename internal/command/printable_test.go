package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

const sequences = "a\x1b[31mb\x1b]0;title\x07c\u009b2Jd\x9be\x7ff\rg\x00h\n\ti"

func noControls(t *testing.T, what, text string) {
	t.Helper()
	if at := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); at >= 0 {
		t.Errorf("%s: %q", what, text)
	}
}

func TestTextForPeopleHasNoControlSequences(t *testing.T) {
	noControls(t, "printable", printable(sequences))
	if got := printable(sequences); !strings.HasSuffix(got, "h\n\ti") || !strings.HasPrefix(got, "a[31mb]0;title") {
		t.Errorf("got %q", got)
	}
	noControls(t, "JSON", string(printableJSON([]byte("{\"a\":\"\u009b\x7f\"}"))))

	var out bytes.Buffer
	env := Env{Stdout: &out, Stderr: &out, Lookup: func(string) (string, bool) { return "", false }, Terminal: func(any) bool { return true }}
	// A log in colour is where its library writes values as they are.
	newLogger(env, Settings{}).Info("a thing", "value", sequences, "cause", errors.New(sequences))
	colours := regexp.MustCompile(`\x1b\[\d*m`)
	noControls(t, "log", colours.ReplaceAllString(strings.ReplaceAll(out.String(), "[31m", ""), ""))
	if strings.Contains(out.String(), "\x1b[31mb") || strings.Contains(out.String(), "\x1b]") {
		t.Errorf("log: %q", out.String())
	}

	out.Reset()
	d := doctor{env: env}
	d.ok(sequences, "%s", sequences)
	d.bad(sequences, sequences, sequences)
	tour := &tour{env: env, out: &out}
	tour.say(tour.paint(bold, sequences))
	grower := grower{out: &out}
	grower.add(sequences)
	noControls(t, "doctor and demo", out.String())
	noControls(t, "progress", tail(sequences, 100))
}

// What a service says reaches a terminal without them, in every form of output.
func TestCallsPrintNoControlSequences(t *testing.T) {
	quoted, err := json.Marshal(sequences)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 400} {
		answer := `{"error":{"message":%s,"code":%[1]s}}`
		if status == 200 {
			answer = `{"choices":[{"message":{"content":%s,"reasoning":%[1]s},"finish_reason":%[1]s}],"id":%[1]s}`
		}
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, answer, quoted)
		}))
		for _, output := range []string{"text", "json"} {
			var out bytes.Buffer
			set := map[string]string{"NEXCONN_BASE_URL": service.URL, keyVariable: "sk-test-0123", "NEXCONN_STATE_DIR": t.TempDir(), "NEXCONN_OUTPUT_DIR": t.TempDir()}
			env := Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Home: t.TempDir(), Lookup: func(name string) (string, bool) { v, ok := set[name]; return v, ok }}
			code := Run(t.Context(), env, []string{"call", "chat", "model=deepseek-v3", "prompt=hello", "include_reasoning=true", "--output", output})
			if (code == 0) != (status == 200) || !strings.Contains(out.String(), "title") {
				t.Errorf("%d: exit %d: %s", status, code, out.String())
			}
			noControls(t, output, out.String())
		}
		service.Close()
	}
}

// Text for people goes through say: what is printed elsewhere is either painted
// around such text or a protocol.
func TestCommandsPrintThroughSay(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if at := regexp.MustCompile(`fmt\.(Fp|P)rint`).FindIndex(text); at != nil {
			t.Errorf("%s: line %d prints without say", file, bytes.Count(text[:at[0]], []byte("\n"))+1)
		}
	}
}

func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	for address, want := range map[string]string{
		"https://api.example/v1":                         "https://api.example/v1",
		"https://me:hunter2@api.example/v1?key=s3cret#x": "https://…@api.example/v1",
		"https://s3cret@api.example":                     "https://…@api.example",
		"me:hunter2@proxy.example:3128":                  "…@proxy.example:3128",
		"proxy.example:3128":                             "proxy.example:3128",
		"http://me:hunter2@[::1":                         "an address that can't be read",
	} {
		if got := withoutSecrets(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}
