package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nexconn-mcp": main})
}

// TestScripts runs the binary as people and clients do: testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("USERPROFILE", home)
			e.Setenv("AppData", filepath.Join(home, "AppData", "Roaming"))
			e.Setenv("LocalAppData", filepath.Join(home, "AppData", "Local"))
			// No keychain of the machine has a say here.
			e.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(e.WorkDir, "no-bus"))
			e.Setenv("NEXCONN_TIME_SCALE", "0.1")
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit1":     exits(1),
			"exit2":     exits(2),
			"jsonlines": jsonLines,
			"field":     field,
			"media":     isMedia,
			"files":     files,
		},
	})
}

// exits runs a program that has to end with that code: exit2 PROGRAM ARGUMENT….
func exits(code int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: exit%d PROGRAM ARGUMENT…", code)
		}
		var ended *exec.ExitError
		if err := ts.Exec(args[0], args[1:]...); !errors.As(err, &ended) || ended.ExitCode() != code {
			ts.Fatalf("exit code %d is due, and it ended with: %v\n%s%s", code, err, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
		}
	}
}

// jsonLines holds a file to JSON-RPC messages alone, one a line.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonlines FILE")
	}
	text := ts.ReadFile(args[0])
	if text == "" || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s is empty or does not end in a line break", args[0])
	}
	for line := range strings.Lines(text) {
		var m struct {
			JSONRPC string `json:"jsonrpc"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.JSONRPC != "2.0" {
			ts.Fatalf("%s has a line that is no message: %q", args[0], line)
		}
	}
}

// field puts a field of a JSON object into a variable: field FILE NAME VARIABLE.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field FILE NAME VARIABLE")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	text, ok := object[args[1]].(string)
	if !ok {
		ts.Fatalf("%s has no text %q: %v", args[0], args[1], object)
	}
	ts.Setenv(args[2], text)
}

// isMedia holds files to their kind, by what they begin with: media png PATTERN….
func isMedia(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: media png|mp4 PATTERN…")
	}
	for _, path := range matching(ts, args[1:]) {
		doc := []byte(ts.ReadFile(path))
		is := map[string]bool{
			"png": bytes.HasPrefix(doc, []byte("\x89PNG\r\n\x1a\n")),
			"mp4": len(doc) > 12 && bytes.Equal(doc[4:8], []byte("ftyp")),
		}
		if !is[args[0]] {
			ts.Fatalf("%s is no %s", path, args[0])
		}
	}
}

// files counts what matches a pattern: files N PATTERN.
func files(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: files N PATTERN")
	}
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := len(found); args[0] != string(rune('0'+got)) {
		ts.Fatalf("%s matches %d files: %v", args[1], got, found)
	}
}

func matching(ts *testscript.TestScript, patterns []string) []string {
	var all []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(ts.MkAbs(pattern))
		ts.Check(err)
		if len(found) == 0 {
			ts.Fatalf("nothing matches %s", pattern)
		}
		all = append(all, found...)
	}
	return all
}
