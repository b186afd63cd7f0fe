package serve

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
)

func TestPassthrough(t *testing.T) {
	f := newFixture(t)
	var log bytes.Buffer
	w := startHTTP(t, HTTP{Server: f.server, Auth: "passthrough", Log: slog.New(slog.NewJSONHandler(&log, nil))})
	for _, header := range [][]string{{}, {"Authorization", "Bearer "}, {"Authorization", "Basic abc"}} {
		if got := w.post(call("1", "whoami", "{}"), header...); got.status != 401 || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%v: %d %q", header, got.status, got.header.Get("WWW-Authenticate"))
		}
	}
	w.post(call("1", "whoami", "{}"), "Authorization", "Bearer sk-alice")
	w.post(call("1", "whoami", "{}"), "Authorization", "bearer sk-bob")
	if len(f.callers) != 2 {
		t.Fatalf("%d callers", len(f.callers))
	}
	alice, bob := f.callers[0], f.callers[1]
	if string(alice.Key) != "sk-alice" || string(bob.Key) != "sk-bob" || alice.ID == bob.ID || alice.Hosted || !alice.HTTP {
		t.Errorf("callers %+v and %+v", alice, bob)
	}
	if got := w.post(call("1", "leak", "{}"), "Authorization", "Bearer sk-alice"); bytes.Contains(got.body, []byte("sk-alice")) {
		t.Errorf("the key came back: %s", got.body)
	}
	if strings.Contains(log.String(), "sk-alice") || !strings.Contains(log.String(), alice.ID) {
		t.Errorf("log: %s", log.String())
	}
}

// tokensFile writes a tokens file of the entries and is its path.
func tokensFile(t *testing.T, entries ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.toml")
	if err := os.WriteFile(path, []byte(strings.Join(entries, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newEntry(t *testing.T, name string, more ...string) (secret, entry string) {
	t.Helper()
	secret, entry, err := NewToken(name)
	if err != nil {
		t.Fatal(err)
	}
	return secret, entry + strings.Join(more, "\n") + "\n"
}

func toolNames(a answer) []string {
	var names []string
	tools, _ := a.last().Result["tools"].([]any)
	for _, tool := range tools {
		names = append(names, tool.(map[string]any)["name"].(string))
	}
	return names
}

// toolsets puts the fixture's tools into toolsets.
func toolsets(tool string) string {
	return map[string]string{"echo": "talk", "fail": "talk", "hold": "work,wait", "progress": "work"}[tool]
}

func readOnly(tool string) bool { return tool == "echo" || tool == "whoami" }

func TestTokens(t *testing.T) {
	f := newFixture(t)
	alice, first := newEntry(t, "alice")
	bob, second := newEntry(t, "bob", `toolsets = ["work"]`, `read_only = false`, `max_usd_per_day = 2.5`)
	path := tokensFile(t, first, second)
	w := startHTTP(t, HTTP{Server: f.server, Auth: "tokens", TokensFile: path, Toolset: toolsets, ReadOnlyTool: readOnly})
	who := func(secret string) answer {
		return w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+secret)
	}
	if got := who(alice); got.last().text() != fingerprint("token", "alice")+" alice" {
		t.Errorf("alice: %s", got.body)
	}
	who(bob)
	want := caller.Caller{ID: fingerprint("token", "bob"), Name: "bob", Hosted: true, HTTP: true, Origin: w.URL, Toolsets: []string{"work"}, MaxUSDPerDay: 2.5}
	if diff := cmp.Diff(want, f.callers[1]); diff != "" {
		t.Errorf("bob: %s", diff)
	}
	for name, secret := range map[string]string{"unknown": "nxm_x", "none": "", "the hash itself": strings.Split(first, `"`)[3]} {
		if got := who(secret); got.status != 401 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}

	// A change of the file counts at once; a broken one changes nothing.
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Duration(len(text)) * time.Second)
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
	}
	write(second)
	if got := who(alice); got.status != 401 {
		t.Errorf("alice after her token was taken out: %d", got.status)
	}
	write("[[token]\n")
	if got := who(bob); got.status != 200 {
		t.Errorf("bob with a broken file: %d %s", got.status, got.body)
	}
	write(first + strings.Replace(second, "work", "wrok", 1))
	if got := who(alice); got.status != 401 {
		t.Errorf("alice with a file that has a toolset misspelt: %d %s", got.status, got.body)
	}
}

func TestNewTokenIsReadBack(t *testing.T) {
	secret, entry := newEntry(t, `Ann "the" Admin`)
	list, _, err := readTokens(tokensFile(t, entry))
	if err != nil || len(list) != 1 || list[0].Name != `Ann "the" Admin` || len(secret) < 40 {
		t.Errorf("%v %+v", err, list)
	}
	if strings.Contains(entry, secret) {
		t.Error("the entry holds the token itself")
	}
	if again, _ := newEntry(t, "x"); again == secret {
		t.Error("two tokens are the same")
	}
	if _, _, err := NewToken(" "); err == nil {
		t.Error("a token for nobody")
	}
}

func TestTokensFileFaults(t *testing.T) {
	_, ann := newEntry(t, "ann", `toolsets = ["work", "wrok"]`)
	for text, want := range map[string]string{
		ann + ann: "twice",
		"[[token]]\nname = \"a\"\nsha256 = \"12\"":   "64 hex digits",
		"[[token]]\nsha256 = \"12\"":                 "no name",
		strings.Replace(ann, "toolsets", "tools", 1): "unknown key",
		"x = ": "tokens.toml",
		ann:    `toolset "wrok"; there are talk, wait, work`,
	} {
		h := HTTP{Server: newFixture(t).server, Listen: "127.0.0.1:0", Auth: "tokens", TokensFile: tokensFile(t, text), Toolset: toolsets}
		if got := fmt.Sprint(h.Check()); !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %q", text, got, want)
		}
	}
}

func TestToolsetsAndReadOnlyNarrowListsAndCalls(t *testing.T) {
	free, first := newEntry(t, "free")
	work, second := newEntry(t, "work", `toolsets = ["work"]`)
	reader, third := newEntry(t, "reader", "read_only = true")
	w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "tokens", TokensFile: tokensFile(t, first, second, third), Toolset: toolsets, ReadOnlyTool: readOnly})
	always := []string{"ask", "leak", "log", "panic", "refuse", "whoami"}
	with := func(names ...string) []string { s := append(names, always...); slices.Sort(s); return s }
	for _, tt := range []struct {
		name   string
		secret string
		header []string
		want   []string
	}{
		{"all", free, nil, with("echo", "fail", "hold", "progress")},
		{"token", work, nil, with("hold", "progress")},
		{"header", free, []string{"X-MCP-Toolsets", "Talk, wait"}, with("echo", "fail", "hold")},
		{"header says all", work, []string{"X-MCP-Toolsets", "all"}, with("hold", "progress")},
		{"header can't widen", work, []string{"X-MCP-Toolsets", "talk,work"}, with("hold", "progress")},
		{"nothing in common", work, []string{"X-MCP-Toolsets", "talk"}, with()},
		{"read-only token", reader, nil, []string{"echo", "whoami"}},
		{"header can't unset it", reader, []string{"X-MCP-Readonly", "false"}, []string{"echo", "whoami"}},
		{"read-only header", work, []string{"X-MCP-Readonly", "true"}, []string{"whoami"}},
	} {
		header := append([]string{"Authorization", "Bearer " + tt.secret}, tt.header...)
		for _, contentType := range []string{"application/json", "application/json; charset=utf-8"} {
			got := toolNames(w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, append(header, "Content-Type", contentType)...))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, list: %s", tt.name, diff)
			}
		}
		got := w.post(call("1", "echo", `{"text":"hi"}`), header...)
		if may := slices.Contains(tt.want, "echo"); may != (got.last().text() == "hi") {
			t.Errorf("%s: call of echo: %s", tt.name, got.body)
		} else if !may && (got.last().Error == nil || got.last().Error.Code != -32602) {
			t.Errorf("%s: call of a tool that isn't there: %s", tt.name, got.body)
		}
	}
}

func TestLimits(t *testing.T) {
	alice := []string{"Authorization", "Bearer alice"}
	bob := []string{"Authorization", "Bearer bob"}
	t.Run("rate", func(t *testing.T) {
		w := startHTTP(t, HTTP{Server: newFixture(t).server, Auth: "passthrough", RatePerCaller: 0.01, Burst: 2})
		for i, want := range []int{200, 200, 429} {
			got := w.post(call("1", "echo", "{}"), alice...)
			if got.status != want || (want == 429) != (got.header.Get("Retry-After") != "") {
				t.Errorf("request %d: %d, Retry-After %q", i, got.status, got.header.Get("Retry-After"))
			}
		}
		if got := w.post(call("1", "echo", "{}"), bob...); got.status != 200 {
			t.Errorf("another caller: %d", got.status)
		}
	})
	t.Run("concurrency", func(t *testing.T) {
		f := newFixture(t)
		w := startHTTP(t, HTTP{Server: f.server, Auth: "passthrough", ConcurrencyPerCaller: 1})
		held := make(chan answer, 1)
		go func() { held <- w.post(call("1", "hold", "{}"), alice...) }()
		eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
		if got := w.post(call("1", "echo", "{}"), alice...); got.status != 429 || got.header.Get("Retry-After") != "1" {
			t.Errorf("second call: %d", got.status)
		}
		if got := w.post(call("1", "echo", "{}"), bob...); got.status != 200 {
			t.Errorf("another caller: %d", got.status)
		}
		close(f.release)
		<-held
		eventually(t, "alice may call again", func() bool { return w.post(call("1", "echo", "{}"), alice...).status == 200 })
	})
	t.Run("room", func(t *testing.T) {
		f := newFixture(t)
		w := startHTTP(t, HTTP{Server: f.server, Auth: "passthrough", Concurrency: 1})
		held := make(chan answer, 1)
		go func() { held <- w.post(call("1", "hold", "{}"), alice...) }()
		eventually(t, "the call runs", func() bool { return len(f.started()) == 1 })
		if got := w.post(call("1", "echo", "{}"), bob...); got.status != 503 || got.header.Get("Retry-After") != "2" {
			t.Errorf("no room: %d", got.status)
		}
		// Who waits when room is made gets in.
		waiting := make(chan int, 1)
		go func() { waiting <- w.post(call("1", "echo", "{}"), bob...).status }()
		eventually(t, "bob waits", func() bool { return len(w.app.limits.queue) == 1 })
		close(f.release)
		if status := <-waiting; status != 200 {
			t.Errorf("after waiting: %d", status)
		}
		<-held
	})
	t.Run("off without auth", func(t *testing.T) {
		w := startHTTP(t, HTTP{Server: newFixture(t).server, RatePerCaller: 0.01, Burst: 1, ConcurrencyPerCaller: 1})
		for range 5 {
			if got := w.post(call("1", "echo", "{}")); got.status != 200 {
				t.Errorf("on loopback: %d", got.status)
			}
		}
	})
}

func TestLimitsForgetIdleCallers(t *testing.T) {
	l := newLimits(1, 1, 1, 10)
	for i := range 100 {
		if f := l.admit(fmt.Sprint(i)); f != nil {
			t.Fatal(f.message)
		}
		if i > 0 {
			l.leave(fmt.Sprint(i))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now().Add(time.Minute))
	if len(l.callers) != 1 || l.callers["0"] == nil {
		t.Errorf("%d callers are remembered, want the one that still runs a call", len(l.callers))
	}
}

func TestLimitsBoundMadeUpCallers(t *testing.T) {
	l := newLimits(1e9, 1, 1, 10)
	for i := range 5 * fewCallers {
		name := fmt.Sprint(i)
		if f := l.admit(name); f != nil {
			t.Fatal(f.message)
		}
		l.leave(name)
	}
	if n := len(l.callers); n > fewCallers {
		t.Errorf("%d callers are remembered", n)
	}
}

// A token that was taken out is refused from the next request on, however the
// file was changed and whatever stood in the way of reading it meanwhile.
func TestRevokedTokensAreRefusedAtOnce(t *testing.T) {
	f := newFixture(t)
	ann, first := newEntry(t, "ann")
	bob, second := newEntry(t, "bob")
	_, other := newEntry(t, "ann") // of the same size
	path := tokensFile(t, first, second)
	w := startHTTP(t, HTTP{Server: f.server, Auth: "tokens", TokensFile: path, Toolset: toolsets, ReadOnlyTool: readOnly})
	status := func(secret string) int {
		return w.post(call("1", "whoami", "{}"), "Authorization", "Bearer "+secret).status
	}
	if got := status(ann); got != 200 {
		t.Fatalf("ann: %d", got)
	}
	old, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func() error{
		"written in place, with its old time": func() error {
			return errors.Join(os.WriteFile(path, []byte(other+second), 0o600), os.Chtimes(path, old.ModTime(), old.ModTime()))
		},
		"another file in its place, with its old time": func() error {
			next := path + ".next"
			return errors.Join(os.WriteFile(next, []byte(other+second), 0o600), os.Chtimes(next, old.ModTime(), old.ModTime()), os.Rename(next, path))
		},
		"after it was gone for a request": func() error {
			err := os.Remove(path)
			if got := status(ann); got != 200 {
				t.Errorf("while the file is gone the tokens stay as they were, and ann gets %d", got)
			}
			return errors.Join(err, os.WriteFile(path, []byte(other+second), 0o600), os.Chtimes(path, old.ModTime(), old.ModTime()))
		},
		"after it was broken for a request": func() error {
			err := os.WriteFile(path, []byte("[[token]\n"), 0o600)
			status(ann)
			return errors.Join(err, os.WriteFile(path, []byte(other+second), 0o600))
		},
		"emptied": func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if got := status(ann); got != 401 {
			t.Errorf("%s: ann gets %d", name, got)
		}
		if got := status(bob); name != "emptied" && got != 200 {
			t.Errorf("%s: bob gets %d", name, got)
		}
		if err := errors.Join(os.WriteFile(path, []byte(first+second), 0o600), os.Chtimes(path, old.ModTime(), old.ModTime())); err != nil {
			t.Fatal(err)
		}
		if got := status(ann); got != 200 {
			t.Errorf("%s: ann, put back, gets %d", name, got)
		}
	}
}

func TestTokensFileRefusesCapsThatHoldNothing(t *testing.T) {
	for _, amount := range []string{"nan", "inf", "-inf", "-1.5", "1e300"} {
		_, entry := newEntry(t, "bob", "max_usd_per_day = "+amount)
		path := tokensFile(t, entry)
		_, _, err := readTokens(path)
		if err == nil || !strings.Contains(err.Error(), `token "bob": max_usd_per_day has to be`) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", amount, err)
		}
	}
}
