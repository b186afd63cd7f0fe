package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	casesFolder = "../../testdata/cases"
	// caseKey is the key of every case; it is never told or logged.
	caseKey = "sk-e2e-0123456789abcdef"
)

// inputCase is one input as gateways, clients or people give it, and what has
// to come out: testdata/cases/README.md.
type inputCase struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Right   string `json:"right"`
	Systems []string
	// What the service answers, and what lies behind its links.
	Upstream []answer          `json:"upstream"`
	Results  map[string]served `json:"results"`
	// How the program is started, and what lies in its home folder.
	Settings map[string]string `json:"settings"`
	Flags    []string          `json:"flags"`
	Dir      string            `json:"dir"`
	Files    map[string]any    `json:"files"`
	Steps    []step            `json:"steps"`
}

// step is a tool call, an HTTP request, raw lines to standard input, or a
// command, and what has to come of it.
type step struct {
	Tool      string            `json:"tool"`
	Arguments any               `json:"arguments"`
	HTTP      string            `json:"http"`
	Headers   map[string]string `json:"headers"`
	Body      any               `json:"body"`
	Stdin     string            `json:"stdin"`
	Command   []string          `json:"command"`
	Want      wanted            `json:"want"`
}

// wanted is what has to come of a step; what isn't there isn't looked at.
type wanted struct {
	// Error is the code of a tool error, Fault its whole _meta; without Error
	// the call has to succeed.
	Error string `json:"error"`
	Fault any    `json:"fault"`
	// Result is the structured half. Says has to stand in the text, in any
	// case of letters, Never in neither half.
	Result any      `json:"result"`
	Says   []string `json:"says"`
	Never  []string `json:"never"`
	// Sent are the requests to the service that ask for something new.
	Sent *[]object `json:"sent"`
	// Saved are the samples that lie in the output folder (SavedIn).
	Saved   *[]string `json:"saved"`
	SavedIn string    `json:"saved_in"`
	// Answers are the protocol's messages, in order; Status is that of HTTP.
	Answers []any `json:"answers"`
	Status  int   `json:"status"`
	// Log has to stand on the standard error. Exit is how the program ends;
	// absent, it runs on, or for a command: 0.
	Log  []string       `json:"log"`
	Exit *int           `json:"exit"`
	File map[string]any `json:"file"`
}

func readCases(t testing.TB) []inputCase {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(casesFolder, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []inputCase
	seen := map[string]bool{}
	for line := range bytes.Lines(doc) {
		var c inputCase
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		dec.UseNumber()
		if err := dec.Decode(&c); err != nil {
			t.Fatalf("line %d: %v: %.200s", len(all)+1, err, line)
		}
		if c.ID == "" || seen[c.ID] || !strings.HasPrefix(c.ID, c.Kind+"-") || c.Right == "" || len(c.Steps) == 0 {
			t.Errorf("line %d: no id of its own, no kind, no right value or no step: %.200s", len(all)+1, line)
		}
		seen[c.ID] = true
		all = append(all, c)
	}
	return all
}

// Every input gives its right value: nothing that comes in breaks the program,
// and no odd answer costs a paid result.
func TestInputs(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			if len(c.Systems) > 0 && !slices.Contains(c.Systems, runtime.GOOS) {
				t.Skipf("it is about %v", c.Systems)
			}
			t.Parallel()
			if _, err := binary(); err != nil {
				t.Fatal(err)
			}
			(&trial{t: t, c: c}).play()
			if t.Failed() {
				t.Logf("right: %s", c.Right)
			}
		})
	}
}

// trial is a case while it is tried.
type trial struct {
	t       *testing.T
	c       inputCase
	home    string
	service *service
	process *process
	replies []reply
}

func (r *trial) play() {
	r.home = r.t.TempDir()
	r.service = newService(r.t)
	r.service.fill, r.service.answers, r.service.results = r.fill, r.c.Upstream, r.c.Results
	for name, body := range r.c.Files {
		path := filepath.Join(r.home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, bytesOf(r.t, body), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	for i, s := range r.c.Steps {
		before := r.service.requests()
		got, ended := r.take(s)
		r.replies = append(r.replies, got)
		r.judge(fmt.Sprintf("step %d", i), s, got, ended, before)
		if r.t.Failed() {
			break
		}
	}
	if r.process != nil && strings.Contains(r.process.log.String(), caseKey) {
		r.t.Errorf("the key is in the log:\n%s", r.process.log)
	}
	if r.t.Failed() && r.process != nil {
		r.t.Logf("log:\n%s", r.process.log)
	}
}

func (r *trial) setup() setup {
	s := setup{home: r.home, dir: r.text(r.c.Dir), env: map[string]string{"NEXCONN_API_KEY": caseKey, "NEXCONN_BASE_URL": r.service.URL + "/v1"}}
	for name, value := range r.c.Settings {
		s.env[name] = r.text(value)
	}
	return s
}

// take does what a step says. Ended says that the program did.
func (r *trial) take(s step) (got reply, ended bool) {
	r.t.Helper()
	var err error
	switch {
	case s.Command != nil:
		set := r.setup()
		set.args = s.Command
		cmd := set.command(r.t)
		var said output
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			r.t.Fatal(err)
		}
		return reply{status: cmd.ProcessState.ExitCode(), text: said.String(), raw: said.String()}, false
	case s.HTTP != "":
		if r.process == nil {
			set := r.setup()
			set.args = r.c.Flags
			r.process = startHTTP(r.t, set)
		}
		method, path, _ := strings.Cut(s.HTTP, " ")
		if method != http.MethodPost {
			r.t.Fatalf("a step posts, and this one is %s", s.HTTP)
		}
		body, isText := r.fill(s.Body).(string)
		if !isText {
			doc, err := json.Marshal(r.fill(s.Body))
			if err != nil {
				r.t.Fatal(err)
			}
			body = string(doc)
		}
		got, err = r.process.post(path, s.Headers, body)
	default:
		fresh := r.process == nil
		if fresh {
			set := r.setup()
			set.args = r.c.Flags
			r.process = startStdio(r.t, set)
		}
		if s.Stdin != "" {
			if _, err := r.process.in.Write([]byte(r.text(s.Stdin))); err != nil {
				r.t.Fatal(err)
			}
			return reply{}, false
		}
		if fresh {
			err = r.process.initialize()
		}
		if err == nil {
			got, err = r.process.call(s.Tool, r.fill(s.Arguments))
		}
		if err != nil && s.Want.Exit != nil {
			<-r.process.ended
			return got, true
		}
	}
	if err != nil {
		r.t.Errorf("no answer: %v", err)
	}
	return got, false
}

func (r *trial) judge(at string, s step, got reply, ended bool, before int) {
	r.t.Helper()
	w := s.Want
	wrong := func(format string, args ...any) {
		r.t.Helper()
		r.t.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
	}
	r.judgeEnd(w, s, got, ended, wrong)
	if s.Tool != "" && !ended {
		r.judgeCall(w, got, wrong)
	}
	if s.HTTP != "" && w.Status != 0 && got.status != w.Status {
		wrong("status %d, location %q, not %d: %.300s", got.status, got.location, w.Status, got.raw)
	}
	if len(w.Answers) > 0 {
		r.judgeAnswers(w.Answers, s, got, wrong)
	}
	if w.Sent != nil {
		r.judgeSent(*w.Sent, before, wrong)
	}
	if w.Saved != nil {
		r.judgeSaved(w, wrong)
	}
	for name, want := range w.File {
		doc, err := os.ReadFile(filepath.Join(r.home, filepath.FromSlash(name)))
		if err != nil {
			wrong("%v", err)
		} else if bad := match(r.t, r.fill(want), string(doc), name); bad != "" {
			wrong("%s", bad)
		}
	}
}

// judgeAnswers takes as many messages as are wanted; over stdio they come in
// any order.
func (r *trial) judgeAnswers(want []any, s step, got reply, wrong func(string, ...any)) {
	left := slices.Clone(want)
	for range want {
		m := message{raw: got.raw}
		if s.HTTP == "" {
			m = r.process.next()
		}
		var is any
		if err := json.Unmarshal([]byte(m.raw), &is); err != nil {
			wrong("no message: %v: %.300s", err, m.raw)
			continue
		}
		at := slices.IndexFunc(left, func(one any) bool { return match(r.t, r.fill(one), is, "") == "" })
		if at < 0 {
			wrong("%s is none of %s", show(is), show(left))
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
}

// judgeEnd looks at how the program ended and at what it logged.
func (r *trial) judgeEnd(w wanted, s step, got reply, ended bool, wrong func(string, ...any)) {
	switch {
	case s.Command != nil:
		if code := 0; w.Exit != nil && got.status != *w.Exit || w.Exit == nil && got.status != code {
			wrong("the command ended with %d: %s", got.status, got.text)
		}
		for _, part := range w.Says {
			if !contains(got.text, r.text(part)) {
				wrong("%q isn't said: %s", part, got.text)
			}
		}
	case w.Exit != nil && !ended:
		wrong("the program runs on, and is to end with %d", *w.Exit)
	case w.Exit != nil && r.process.cmd.ProcessState.ExitCode() != *w.Exit:
		wrong("the program ended with %d, not %d", r.process.cmd.ProcessState.ExitCode(), *w.Exit)
	}
	for _, part := range w.Log {
		for end := time.Now().Add(patience); !contains(r.process.log.String(), r.text(part)); <-time.After(5 * time.Millisecond) {
			if time.Now().After(end) || ended {
				wrong("the log doesn't say %q", part)
				break
			}
		}
	}
}

// long is a text that no result may have: bytes of media in base64.
var long = regexp.MustCompile(`[A-Za-z0-9+/_-]{1000}`)

// judgeCall looks at the result of a tool.
func (r *trial) judgeCall(w wanted, got reply, wrong func(string, ...any)) {
	switch {
	case got.rpcError != 0:
		wrong("a protocol error: %.300s", got.raw)
		return
	case w.Error != got.code() || got.isError != (w.Error != ""):
		wrong("the error is %q, not %q: %.600s", got.code(), w.Error, got.text)
	}
	if got.text == "" || !got.isError && got.out == nil {
		wrong("half a result: %.300s", got.raw)
	}
	if found := long.FindString(got.raw); found != "" {
		wrong("the result holds %d characters of base64", len(found))
	}
	if len(got.raw) > 110_000 {
		wrong("the result has %d bytes", len(got.raw))
	}
	if w.Fault != nil {
		if bad := match(r.t, r.fill(w.Fault), got.fault, "the error"); bad != "" {
			wrong("%s", bad)
		}
	}
	if w.Result != nil {
		if bad := match(r.t, r.fill(w.Result), got.out, "the result"); bad != "" {
			wrong("%s\n%.1500s", bad, got.raw)
		}
	}
	for _, part := range w.Says {
		if !contains(got.text, r.text(part)) {
			wrong("the text doesn't say %q: %.900s", part, got.text)
		}
	}
	for _, part := range append(w.Never, caseKey) {
		if contains(got.raw, r.text(part)) {
			wrong("the result has %q: %.900s", part, got.raw)
		}
	}
}

func (r *trial) judgeSent(want []object, before int, wrong func(string, ...any)) {
	sent := r.service.posted(before)
	if len(sent) != len(want) {
		var lines []string
		for _, one := range sent {
			lines = append(lines, one.Line)
		}
		wrong("%d requests were sent, not %d: %v", len(sent), len(want), lines)
		return
	}
	for i, one := range sent {
		is := object{"request": one.Line, "body": one.Body, "authorization": one.Headers.Get("Authorization")}
		if bad := match(r.t, r.fill(want[i]), is, fmt.Sprintf("request %d", i)); bad != "" {
			wrong("%s", bad)
		}
	}
}

// judgeSaved holds the output folder to the samples that it is to have.
func (r *trial) judgeSaved(w wanted, wrong func(string, ...any)) {
	folder := filepath.Join(r.home, "Downloads", "Nexconn")
	if w.SavedIn != "" {
		folder = r.text(w.SavedIn)
	}
	entries, err := os.ReadDir(folder)
	if err != nil && (!os.IsNotExist(err) || len(*w.Saved) > 0) {
		wrong("%v", err)
		return
	}
	left := slices.Clone(*w.Saved)
	for _, entry := range entries {
		doc, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			wrong("%v", err)
			continue
		}
		at := slices.IndexFunc(left, func(name string) bool {
			return filepath.Ext(name) == filepath.Ext(entry.Name()) && bytes.Equal(sample(r.t, name), doc)
		})
		if at < 0 {
			wrong("%s was saved and is none of %v", entry.Name(), left)
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	if len(left) > 0 {
		wrong("%v was not saved, only %d others", left, len(entries))
	}
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// placeholder is a part of a text that the trial fills in.
var placeholder = regexp.MustCompile(`\{(HOME|ROOT|CDN|BASE64:[^}]+|BASE64URL:[^}]+|TEXT:[^}]+|DATE:[^}]+|[0-9]\.task_id)\}`)

func (r *trial) text(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(found string) string {
		name, of, _ := strings.Cut(strings.Trim(found, "{}"), ":")
		switch name {
		case "HOME":
			return r.home
		case "ROOT":
			return r.service.URL
		case "CDN":
			return r.service.URL + "/cdn"
		case "BASE64":
			return base64.StdEncoding.EncodeToString(sample(r.t, of))
		case "BASE64URL":
			return base64.RawURLEncoding.EncodeToString(sample(r.t, of))
		case "TEXT":
			return string(sample(r.t, of))
		case "DATE":
			after, err := time.ParseDuration(of)
			if err != nil {
				r.t.Error(err)
			}
			return time.Now().Add(after).UTC().Format(http.TimeFormat)
		}
		n, _ := strconv.Atoi(name[:1])
		id, _ := r.replies[n].out["task_id"].(string)
		return id
	})
}

// fill puts values for placeholders, however deep.
func (r *trial) fill(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = r.fill(item)
		}
		return list
	case object:
		members := object{}
		for name, value := range v {
			members[name] = r.fill(value)
		}
		return members
	}
	return v
}

// sample is a file of testdata/cases/files.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(casesFolder, "files", filepath.FromSlash(name)))
	if err != nil {
		t.Error(err)
	}
	return doc
}
