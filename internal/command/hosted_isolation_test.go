package command_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// victim is a caller and all that somebody else could have seen of it.
type victim struct {
	caller
	word                string // of its prompts
	video, image, local string // task ids
	file                string
	cursor              string
	imageArgs           object
}

// ids are what is its own, without the models before them.
func (v victim) ids() []string {
	ids := []string{v.file, v.word}
	for _, task := range []string{v.video, v.image, v.local} {
		ids = append(ids, task[strings.LastIndex(task, ":")+1:])
	}
	return ids
}

// sharedKey is an idempotency key that every caller happens to use.
const sharedKey = "my-first-call"

// newVictim has a caller do some of everything.
func newVictim(c caller, i int) (victim, error) {
	v := victim{caller: c, word: fmt.Sprintf("orchard%02d", i)}
	v.modern = i%2 == 1
	var wrong error
	do := func(tool string, args object) reply {
		r, err := v.try(context.Background(), tool, args)
		if err == nil && (r.isError || r.rpcError != 0 || r.status != http.StatusOK) {
			err = fmt.Errorf("%s: %d %.300s", tool, r.status, r.raw)
		}
		if wrong == nil {
			wrong = err
		}
		return r
	}
	v.imageArgs = object{"model": "kling-v1", "prompt": v.word, "wait_seconds": 0, "idempotency_key": sharedKey}
	v.video = do("generate_video", object{"model": "sora-2", "prompt": v.word, "seconds": 4}).str("task_id")
	v.image = do("generate_image", v.imageArgs).str("task_id")
	v.local = do("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": v.word}).str("task_id")
	v.file = do("upload_file", object{"source_url": "https://files.example/" + v.word + ".mp4", "wait_seconds": 0}).str("file_id")
	v.cursor = do("list_tasks", object{"limit": 1}).str("next_cursor")
	for end := time.Now().Add(20 * time.Second); wrong == nil && do("query_task", object{"task_id": v.video}).str("status") != "succeeded"; {
		if time.Now().After(end) {
			return v, fmt.Errorf("%s doesn't end", v.video)
		}
		<-time.After(100 * time.Millisecond)
	}
	do("query_task", object{"task_id": v.image})
	if wrong == nil && (v.video == "" || v.image == "" || v.local == "" || v.file == "" || v.cursor == "") {
		wrong = fmt.Errorf("something has no id: %+v", v)
	}
	return v, wrong
}

// newVictims has n callers do it at once.
func newVictims(t *testing.T, n int, as func(i int) caller) []victim {
	t.Helper()
	list := make([]victim, n)
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() {
			var err error
			if list[i], err = newVictim(as(i), i); err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return list
}

// replay is one thing a stranger may try with an id.
type replay struct {
	tool string
	args object
	uri  string // of a resource instead
}

// replays are all of them.
func (v victim) replays() []replay {
	upstream := v.video[strings.LastIndex(v.video, ":")+1:]
	file := func(more object) object {
		more["model"] = "gemini-3.1-pro-preview"
		return more
	}
	native := func(protocol, model string, body object) replay {
		return replay{tool: "native_chat", args: object{"protocol": protocol, "model": model, "body": body}}
	}
	part := []any{object{"type": "file", "file": object{"file_id": v.file}}}
	list := []replay{
		{tool: "query_task", args: object{"task_id": "sora-2-pro:" + upstream}},
		{tool: "remix_video", args: object{"task_id": v.video, "prompt": "again"}},
		{tool: "edit_image", args: object{"model": "kling-v2", "prompt": "again", "images": []string{v.image + "#0"}}},
		{tool: "generate_video", args: object{"model": "kling-v3", "prompt": "again", "first_frame": v.image + "#0"}},
		{tool: "chat", args: object{"model": "gemini-3.1-pro-preview", "prompt": "what is it", "attachments": []string{v.local + "#0"}}},
		{tool: "query_file", args: object{"file_id": v.file}},
		{tool: "delete_file", args: object{"file_id": v.file}},
		{tool: "chat", args: file(object{"prompt": "what is it", "attachments": []string{v.file}})},
		{tool: "chat", args: file(object{"messages": []any{object{"role": "user", "content": "what is it", "attachments": []string{v.file}}}})},
		{tool: "chat", args: file(object{"messages": []any{object{"role": "user", "content": part}}})},
		{tool: "chat", args: file(object{"prompt": "what is it", "extra": object{"files": []string{v.file}}})},
		{tool: "generate_image", args: object{"model": "gemini-2.5-flash-image", "prompt": "again", "extra": object{"files": []string{v.file}}}},
		native("bypass_gemini", "gemini-3.1-pro-preview", object{"contents": []any{object{"role": "user", "parts": []any{object{"fileData": object{"fileUri": v.file, "mimeType": "video/mp4"}}}}}}),
		native("anthropic", "claude-4.5-sonnet", object{"max_tokens": 10, "messages": []any{object{"role": "user", "content": []any{object{"type": "document", "source": object{"type": "file", "file_id": v.file}}}}}}),
		native("bypass_responses", "openai/gpt-5", object{"input": []any{object{"role": "user", "content": []any{object{"type": "input_file", "file_id": v.file}}}}}),
	}
	for _, task := range []string{v.video, v.image, v.local} {
		list = append(list,
			replay{tool: "query_task", args: object{"task_id": task}},
			replay{tool: "query_task", args: object{"task_id": task, "wait_seconds": 1, "save": true}},
			replay{tool: "save_outputs", args: object{"task_id": task}},
			replay{uri: "nexconn://tasks/" + task},
			replay{uri: "nexconn://tasks/" + url.PathEscape(task)},
			replay{uri: "nexconn://outputs/" + task + "/0"})
	}
	return list
}

// tries makes every attempt of a stranger on a caller's things and holds the
// answers to "there is no such thing".
func (v victim) tries(stranger caller, all []victim) {
	t := stranger.t
	for _, one := range v.replays() {
		var r reply
		if one.uri != "" {
			r = stranger.request("resources/read", object{"uri": one.uri}, one.uri)
			if notThere := r.rpcError == -32002 || r.rpcError == -32602; !notThere {
				t.Errorf("%s: %d %.300s", one.uri, r.status, r.raw)
			}
		} else if r = stranger.call(one.tool, one.args); r.code != "not_found" {
			t.Errorf("%s %v: %d %.300s", one.tool, one.args, r.status, r.raw)
		}
		v.quiet(stranger, r, all)
	}
}

// quiet holds an answer to saying nothing of any caller but what was asked with.
func (v victim) quiet(stranger caller, r reply, all []victim) {
	for _, other := range all {
		for _, id := range other.ids() {
			if strings.Contains(r.raw, id) && (other.word != v.word || id == other.word) {
				stranger.t.Errorf("an answer to a stranger tells %q: %.400s", id, r.raw)
			}
		}
	}
}

// looksAround asks for everything that is a caller's own, and finds nothing of
// anybody's; empty says that it did nothing itself, so that nothing is there.
func looksAround(stranger caller, all []victim, empty bool) {
	t := stranger.t
	nothing := victim{}
	for _, one := range []struct {
		tool string
		args object
		want string
	}{
		{"list_tasks", object{}, `"tasks":[]`},
		{"list_tasks", object{"limit": 1, "cursor": all[0].cursor}, `"tasks":[]`},
		{"list_files", object{}, `"files":[]`},
		{"list_files", object{"after": all[0].file}, `"files":[]`},
		{"get_usage", object{"period": "all"}, `"rows":[]`},
	} {
		r := stranger.call(one.tool, one.args)
		if r.isError || empty && !strings.Contains(string(r.result), one.want) {
			t.Errorf("%s: %.400s", one.tool, r.raw)
		}
		nothing.quiet(stranger, r, all)
	}
	for _, ref := range []object{{"uri": "nexconn://tasks/{+id}", "arg": "id"}, {"uri": "nexconn://outputs/{+task_id}/{n}", "arg": "task_id"}} {
		r := stranger.request("completion/complete", object{"ref": object{"type": "ref/resource", "uri": ref["uri"]},
			"argument": object{"name": ref["arg"], "value": "s"}}, "")
		if empty && !strings.Contains(string(r.result), `"values":[]`) {
			t.Errorf("completion: %.400s", r.raw)
		}
		nothing.quiet(stranger, r, all)
	}
	r := stranger.request("resources/read", object{"uri": "nexconn://tasks"}, "nexconn://tasks")
	if empty && !strings.Contains(string(r.result), `\"tasks\":[]`) {
		t.Errorf("nexconn://tasks: %.400s", r.raw)
	}
	nothing.quiet(stranger, r, all)
}

// keepsApart is the whole of it, for callers of any --auth.
func keepsApart(t *testing.T, s *service, all []victim, stranger caller, hosted bool) {
	t.Helper()
	before := s.count()
	for _, modern := range []bool{false, true} {
		stranger.modern = modern
		looksAround(stranger, all, hosted || !modern)
		for i, v := range all {
			if i < 3 || (i%2 == 1) == modern {
				v.tries(stranger, all)
			}
		}
		// A key of its own lets a call go out, and the service refuse it.
		looksAround(stranger, all, hosted)
	}
	for _, one := range s.since(before) {
		for _, id := range knownID.FindAllString(one.path+one.body, -1) {
			if hosted {
				t.Errorf("%s %s went to the service with %s, which is another's", one.method, one.path, id)
			}
		}
		if hosted && one.create() {
			t.Errorf("%s %s was paid for", one.method, one.path)
		}
	}
	// The same key and arguments are another call where the caller is another.
	v := all[0]
	if mine := stranger.must("generate_image", v.imageArgs).str("task_id"); mine == "" || mine == v.image {
		t.Errorf("a key of %s gave a stranger %q", v.image, mine)
	}
	for _, v := range all {
		if again := v.must("generate_image", v.imageArgs).str("task_id"); again != v.image {
			t.Errorf("%s has become %s", v.image, again)
		}
		if r := v.must("query_file", object{"file_id": v.file}); r.str("file_id") != v.file {
			t.Errorf("its own file: %s", r.raw)
		}
		usage := v.must("get_usage", object{"period": "all", "by": "tool"})
		if total, _ := usage.out["total"].(object); total["calls"] != 3.0 {
			t.Errorf("a caller of 3 paid calls has %v", total["calls"])
		}
		for _, uri := range []string{"nexconn://tasks/" + v.video, "nexconn://outputs/" + v.local + "/0"} {
			if r := v.request("resources/read", object{"uri": uri}, uri); r.result == nil {
				t.Errorf("its own %s: %.300s", uri, r.raw)
			}
		}
	}
}

func TestTokensKeepCallersApart(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, host{args: withTokens(t, people(21)...), env: map[string]string{"NEXCONN_BASE_URL": s.URL, "NEXCONN_API_KEY": "sk-of-the-server"}})
	all := newVictims(t, 20, func(i int) caller { return p.as(secretOf(fmt.Sprintf("caller-%02d", i))) })
	stranger := p.as(secretOf("caller-20"))
	keepsApart(t, s, all, stranger, true)
	t.Run("conversations", func(t *testing.T) { keepsConversations(t, stranger, s) })
	t.Run("without their ledger", func(t *testing.T) { withoutLedger(t, p, s, all[:3]) })
}

func TestPassthroughKeepsCallersApart(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, host{args: []string{"--auth", "passthrough"}, env: map[string]string{"NEXCONN_BASE_URL": s.URL}})
	all := newVictims(t, 5, func(i int) caller { return p.as(fmt.Sprintf("sk-own-key-%d", i)) })
	keepsApart(t, s, all, p.as("sk-key-of-a-stranger"), false)
}

// keepsConversations holds the server to not going on from what the service
// keeps under its key, which may be anybody's.
func keepsConversations(t *testing.T, c caller, s *service) {
	before := s.count()
	for name, value := range map[string]any{"conversation": "conv_1", "previous_response_id": "resp_1", "cachedContent": "cachedContents/1"} {
		for _, v := range []any{value, object{"id": value}} {
			body := object{"input": "go on", name: v}
			r := c.call("native_chat", object{"protocol": "bypass_responses", "model": "openai/gpt-5", "body": body})
			if r.code != "forbidden" || !strings.Contains(r.text, name) {
				t.Errorf("%v: %.300s", body, r.raw)
			}
		}
	}
	item := []any{object{"type": "item_reference", "id": "msg_1"}}
	if r := c.call("native_chat", object{"protocol": "bypass_responses", "model": "openai/gpt-5", "body": object{"input": item}}); r.code != "forbidden" {
		t.Errorf("item_reference: %.300s", r.raw)
	}
	if sent := s.since(before); len(sent) > 0 {
		t.Errorf("sent: %+v", sent[0])
	}
	c.must("native_chat", object{"protocol": "bypass_responses", "model": "openai/gpt-5", "body": object{"input": "begin", "conversation": nil}})
}

// withoutLedger deletes the record under the server: what is no longer known
// to be a caller's own is nobody's.
func withoutLedger(t *testing.T, p *process, s *service, all []victim) {
	files, err := filepath.Glob(filepath.Join(p.state, "ledger*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no ledger in %s: %v", p.state, err)
	}
	for _, file := range files {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
	before := s.count()
	for _, v := range all {
		v.t = t
		v.tries(v.caller, nil)
	}
	if sent := s.since(before); len(sent) > 0 {
		t.Errorf("the service was asked: %+v", sent[0])
	}
	// Anew, and each for itself.
	mine := all[0].must("generate_image", object{"model": "kling-v1", "prompt": "anew", "wait_seconds": 0}).str("task_id")
	if r := all[1].call("query_task", object{"task_id": mine}); r.code != "not_found" {
		t.Errorf("after the ledger was deleted: %s", r.raw)
	}
	all[0].must("query_task", object{"task_id": mine})
}

func TestCallersWithoutALedgerAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, "ledger.db"), []byte(strings.Repeat("this is no ledger ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, host{state: state, args: withTokens(t, people(1)...), env: map[string]string{"NEXCONN_BASE_URL": s.URL, "NEXCONN_API_KEY": "sk-of-the-server"}})
	c := p.as(secretOf("caller-00"))
	for tool, args := range map[string]object{
		"generate_image": {"model": "kling-v1", "prompt": "x"}, "chat": {"model": "gemini-2.5-pro", "prompt": "x"},
		"query_task": {"task_id": "kling-v1:image-hosting-1"}, "save_outputs": {"task_id": "kling-v1:image-hosting-1"},
		"upload_file": {"source_url": "https://files.example/a.mp4"}, "query_file": {"file_id": "qfile-hosting-1"},
		"delete_file": {"file_id": "qfile-hosting-1"}, "list_files": {}, "list_tasks": {}, "get_usage": {},
		"native_chat": {"protocol": "anthropic", "model": "claude-4.5-sonnet", "body": object{"max_tokens": 5, "messages": []any{object{"role": "user", "content": "x"}}}},
		"remix_video": {"task_id": "sora-2:qvideo-hosting-1", "prompt": "x"},
	} {
		want := "not_configured"
		if args["task_id"] != nil {
			want = "not_found" // whatever is wrong, nobody's
		}
		if r := c.call(tool, args); r.code != want {
			t.Errorf("%s: %.300s", tool, r.raw)
		}
	}
	if status := statusOf(t, p.url+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz without a ledger: %d", status)
	}
	if n := s.count(); n > 0 {
		t.Errorf("the service was asked %d times", n)
	}
}
