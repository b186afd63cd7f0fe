package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// escapes are control sequences that a terminal would obey: colour, title,
// clipboard, the cursor, a lone 8-bit introducer.
const escapes = "a\x1b[31mb\x1b]0;title\x07c\x1b]52;c;aGk=\x07d\u009b2Je\x9bf\x7fg\rh\x00i"

// evilService answers everything with control sequences in every text: chats,
// creates, queries, model lists, refusals.
func evilService(t testing.TB) string {
	quoted, err := json.Marshal(escapes)
	if err != nil {
		t.Fatal(err)
	}
	text := string(quoted)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/chat/completions"):
			w.Write([]byte(`{"id":` + text + `,"choices":[{"message":{"content":` + text + `,"reasoning":` + text + `},"finish_reason":` + text + `}]}`))
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/videos"):
			w.Write([]byte(`{"id":"qvideo-1","status":"queued"}`))
		case strings.HasSuffix(r.URL.Path, "/videos/qvideo-1"):
			w.Write([]byte(`{"id":"qvideo-1","status":"failed","error":{"code":` + text + `,"message":` + text + `}}`))
		default:
			w.WriteHeader(http.StatusBadRequest)
			w.Write([]byte(`{"error":{"message":` + text + `,"code":` + text + `,"type":` + text + `},"data":[{"id":` + text + `}]}`))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// run runs a command of the program to its end.
func run(t testing.TB, s setup) (said string, code int) {
	t.Helper()
	cmd := s.command(t)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// What the commands print is free of control sequences, whoever wrote them: the
// service, the person who types, a file, a setting.
func TestCommandsPrintNoControlSequences(t *testing.T) {
	base, home := evilService(t), t.TempDir()
	env := map[string]string{"NEXCONN_API_KEY": caseKey, "NEXCONN_BASE_URL": base}
	with := func(name, value string) map[string]string {
		return map[string]string{"NEXCONN_API_KEY": caseKey, "NEXCONN_BASE_URL": base, name: value}
	}
	typed := strings.ReplaceAll(escapes, "\x00", "") // an argument can't hold it
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		says string
	}{
		{"chat", []string{"call", "chat", "model=deepseek-v3", "prompt=hello", "include_reasoning=true"}, env, "title"},
		{"chat as JSON", []string{"call", "chat", "model=deepseek-v3", "prompt=hello", "--output", "json"}, env, "title"},
		{"a failed job", []string{"call", "generate_video", "model=kling-v3", "prompt=" + typed}, env, "title"},
		{"tasks", []string{"call", "list_tasks"}, env, "kling-v3"},
		{"a refusal", []string{"call", "query_task", "task_id=kling-v3:other"}, env, "title"},
		{"a model that was typed", []string{"call", "generate_image", "model=" + typed, "prompt=x"}, env, "title"},
		{"an argument that was typed", []string{"call", "chat", typed + "=1"}, env, "title"},
		{"a tool that was typed", []string{"call", typed}, env, "title"},
		{"a command that was typed", []string{typed}, env, "title"},
		{"a flag that was typed", []string{"tools", "--" + typed}, env, "title"},
		{"a model's page", []string{"models", typed}, env, "control characters"},
		{"doctor", []string{"doctor"}, env, "title"},
		{"doctor, a folder", []string{"doctor"}, with("NEXCONN_OUTPUT_DIR", filepath.Join(home, typed)), "title"},
		{"doctor, a setting", []string{"doctor"}, with("NEXCONN_MAX_WAIT", typed), "title"},
		{"doctor, a proxy", []string{"doctor"}, with("NO_PROXY", typed), "title"},
		{"demo", []string{"demo", "--output-dir", filepath.Join(home, typed)}, env, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said, code := run(t, setup{args: tt.args, env: tt.env, home: home})
			if !strings.Contains(said, tt.says) || strings.Contains(said, "panic") {
				t.Fatalf("ended with %d: %q", code, said)
			}
			if at := strings.IndexFunc(said, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); at >= 0 {
				t.Errorf("a control character at %d: %q", at, said)
			}
		})
	}
}

// A base URL may hold a password or a key; nothing that the program prints does.
func TestABaseURLKeepsItsSecrets(t *testing.T) {
	for _, address := range []string{
		"http://me:hunter2@127.0.0.1:1/v1?key=s3cret#s3cret",
		"ftp://me:hunter2@127.0.0.1:1/v1?key=s3cret",
		"http://me:hunter2@no host/v1?key=s3cret",
		"http://hunter2@127.0.0.1:1/v1/chat/completions?s3cret",
	} {
		for _, args := range [][]string{{"doctor"}, {"call", "chat", "model=deepseek-v3", "prompt=hello"}, {"usage"}} {
			said, _ := run(t, setup{args: args, env: map[string]string{"NEXCONN_API_KEY": caseKey, "NEXCONN_BASE_URL": address}})
			if strings.Contains(said, "hunter2") || strings.Contains(said, "s3cret") || said == "" {
				t.Errorf("%v with %s: %s", args, address, said)
			}
		}
	}
}

// answersWith is a program over stdio whose service answers so.
func answersWith(t *testing.T, answers ...answer) (*process, *service) {
	s := newService(t)
	s.fill, s.answers = func(v any) any { return v }, answers
	p := startStdio(t, setup{env: map[string]string{"NEXCONN_API_KEY": caseKey, "NEXCONN_BASE_URL": s.URL + "/v1"}})
	if err := p.initialize(); err != nil {
		t.Fatal(err)
	}
	return p, s
}

func calls(t *testing.T, p *process, tool string, args object) reply {
	t.Helper()
	r, err := p.call(tool, args)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A 303 says that a create was taken: it is never told as a refusal that can be
// sent again.
func TestACreateThatIsSentElsewhereIsNoRefusal(t *testing.T) {
	p, _ := answersWith(t,
		answer{Request: "POST /v1/videos", Times: 1, Status: 303, Headers: map[string]string{"Location": "/v1/videos/qvideo-303"}},
		answer{Request: "POST /v1/videos", Status: 303},
		answer{Request: "GET /v1/videos/qvideo-303", Body: object{"id": "qvideo-303", "status": "in_progress"}})
	r := calls(t, p, "generate_video", object{"model": "kling-v3", "prompt": "a boat"})
	if r.out["task_id"] != "kling-v3:qvideo-303" {
		t.Errorf("the place that it names is not taken: %s", r.raw)
	}
	r = calls(t, p, "generate_video", object{"model": "kling-v3", "prompt": "another boat"})
	if r.out["status"] != "unknown" {
		t.Errorf("without a place it can't be told: %s", r.raw)
	}
}

func TestAWaitOfACenturyIsBounded(t *testing.T) {
	for _, value := range []string{"Fri, 26 Nov 2126 08:00:00 GMT", "3155760000", "1e300"} {
		p, _ := answersWith(t, answer{Request: "POST /v1/chat/completions", Status: 429, Headers: map[string]string{"Retry-After": value},
			Body: object{"error": object{"message": "slow down", "type": "rate_limit_error"}}})
		r := calls(t, p, "chat", object{"model": "deepseek-v3", "prompt": "hello"})
		if after, ok := r.fault["retry_after_seconds"].(float64); !ok || after <= 0 || after > 24*3600 {
			t.Errorf("%s: %v", value, r.fault)
		}
	}
}

// An id is the service's: whatever is in it, its handle finds the job again.
func TestIDsWithControlCharactersComeBack(t *testing.T) {
	for _, id := range []string{"job\x07-1", "job\x1b[31m-2", "job\n-3", "job\t-4", "job\u009b-5", "job\u202e-6", "job\x7f-7"} {
		p, s := answersWith(t, answer{Request: "POST /v1/videos", Body: object{"id": id, "status": "queued"}},
			answer{Request: "(?s)GET /v1/videos/.*", Body: object{"id": id, "status": "in_progress"}})
		handle, _ := calls(t, p, "generate_video", object{"model": "kling-v3", "prompt": "a boat"}).out["task_id"].(string)
		r := calls(t, p, "query_task", object{"task_id": handle})
		if s.mu.Lock(); len(s.got) != 2 || s.got[1].Line != "GET /v1/videos/"+id || r.out["status"] != "running" {
			t.Errorf("%q became %q: %+v %s", id, handle, s.got, r.raw)
		}
		s.mu.Unlock()
	}
}

// A model's id can't lead a native call to another path.
func TestANativeModelLeadsNowhereElse(t *testing.T) {
	p, s := answersWith(t, answer{Request: ".*", Body: object{"candidates": []any{}}})
	for _, model := range []string{"..", "../../v1/files", "gemini-2.5-flash/../../x", "gemini/%2e%2e/x", `gemini\..\x`, "gemini/./x", "gemini//x", "/gemini"} {
		for _, protocol := range []string{"bypass_gemini", "bypass_responses"} {
			r := calls(t, p, "native_chat", object{"protocol": protocol, "model": model, "body": object{"contents": []any{}}})
			if r.code() != "invalid_argument" {
				t.Errorf("%s %s: %.300s", protocol, model, r.raw)
			}
		}
	}
	if n := s.requests(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A field that an argument writes is refused in extra in every letter case: a
// service in Go would read it as the same.
func TestExtraInAnotherLetterCase(t *testing.T) {
	p, s := answersWith(t, answer{Request: "POST .*", Body: object{"id": "qvideo-1", "status": "queued"}})
	for _, tt := range []struct {
		tool string
		args object
	}{
		{"chat", object{"model": "deepseek-v3", "prompt": "x", "extra": object{"MODEL": "claude-4.6-opus"}}},
		{"chat", object{"model": "deepseek-v3", "prompt": "x", "extra": object{"Max_Tokens": 9}}},
		{"chat", object{"model": "deepseek-v3", "prompt": "x", "extra": object{"Stream": true}}},
		{"generate_video", object{"model": "kling-v3", "prompt": "x", "extra": object{"Seconds": "15"}}},
		{"generate_video", object{"model": "kling-v3", "prompt": "x", "extra": object{"PROMPT": "y"}}},
		{"generate_image", object{"model": "kling-v2", "prompt": "x", "extra": object{"Aspect_Ratio": "1:1"}}},
	} {
		r := calls(t, p, tt.tool, tt.args)
		if r.code() != "invalid_argument" || !strings.HasPrefix(r.fault["field"].(string), "extra") {
			t.Errorf("%s %v: %.300s", tt.tool, tt.args, r.raw)
		}
	}
	if n := s.requests(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
