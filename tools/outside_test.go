package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// always answers every request with one JSON document.
func always(body string) http.HandlerFunc { return says(200, "application/json", body) }

// What an agent is told of a call that is wrong, seen from outside.
func TestRefusalsSayWhatWouldDo(t *testing.T) {
	tests := []struct {
		name, tool, args, code string
		has, lacks             string
	}{
		{"no pictures to edit", "edit_image", `{"model":"kling-v2","prompt":"p","images":[]}`, "invalid_argument", "images must have at least 1", ""},
		{"no model", "generate_video", `{"prompt":"p"}`, "invalid_argument", "model is required", "there is no"},
		{"an empty model", "generate_video", `{"model":"","prompt":"p"}`, "invalid_argument", "model is required", ""},
		{"an empty chat model", "chat", `{"model":"","prompt":"p"}`, "invalid_argument", "model is required", ""},
		{"another's word", "generate_video", `{"model":"kling-v3","prompt":"p","sound":true}`, "invalid_argument", "did you mean audio?", ""},
		{"another's word again", "generate_video", `{"model":"kling-v3","prompt":"p","duration":5}`, "invalid_argument", "did you mean seconds?", ""},
		{"a misspelling", "generate_image", `{"model":"kling-v2","promt":"p"}`, "invalid_argument", "did you mean prompt?", ""},
		{"a value others take", "generate_image", `{"model":"gemini-2.5-flash-image","prompt":"p","resolution":"4K"}`, "invalid_argument", "Models that take it: ", ""},
		{"a size of the bigger Sora", "generate_video", `{"model":"sora-2","prompt":"p","resolution":"1024p"}`, "invalid_argument", "sora-2-pro", ""},
		{"an input that is missing", "generate_video", `{"model":"kling-v2-1","prompt":"p"}`, "unsupported", "image_to_video (with first_frame)", ""},
		{"no thinking", "chat", `{"model":"deepseek-v3","prompt":"p","reasoning":"high"}`, "unsupported", "Models that take it", ""},
		{"always thinking", "chat", `{"model":"openai/gpt-5","prompt":"p","reasoning":"off"}`, "unsupported", "Models that take it: claude", ""},
		{"a budget of nothing", "chat", `{"model":"gemini-2.5-flash","prompt":"p","reasoning_budget":0}`, "invalid_argument", "at least 1", ""},
		{"a length of nothing", "generate_video", `{"model":"kling-v3","prompt":"p","seconds":0}`, "invalid_argument", "leave it out", ""},
		{"fewer than one", "generate_image", `{"model":"kling-v2","prompt":"p","count":-1}`, "invalid_argument", "at least 1", ""},
		{"a null in a list", "edit_image", `{"model":"kling-v2","prompt":"p","images":[null]}`, "invalid_argument", "at least 1", "nil"},
		{"a path for a task", "query_task", `{"task_id":"kling-v3:../../x"}`, "invalid_argument", "no id of the service", ""},
		{"an output for a task", "query_task", `{"task_id":"kling-v3:qvideo-1#0"}`, "invalid_argument", "no id of the service", ""},
		{"a path for a file", "delete_file", `{"file_id":".."}`, "invalid_argument", "no id of the service", ""},
		{"another kind", "list_models", `{"kind":"chat","model":"kling-v3"}`, "invalid_argument", "but of video", "Did you mean"},
		{"what is for another tool", "generate_image", `{"model":"kling-v3","prompt":"p"}`, "unsupported", "generate_video", "a image"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := newStandIn(t, always(`{"id":"qvideo-1","task_id":"image-1"}`))
			h := newHouse(t, up.URL, nil)
			var args map[string]any
			if err := json.Unmarshal([]byte(tt.args), &args); err != nil {
				t.Fatal(err)
			}
			got := h.call(t, context.Background(), tt.tool, args)
			if got.code() != tt.code || !strings.Contains(got.Text, tt.has) || tt.lacks != "" && strings.Contains(got.Text, tt.lacks) {
				t.Errorf("got %s: %s", got.code(), got.Text)
			}
			if n := len(up.requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestKnownArgumentsAreNamedOnce(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:1", nil)
	got := h.call(t, context.Background(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "p", "aspect": "16:9", "sound": true, "zoom": 2})
	if n := strings.Count(got.Text, "Known: "); n != 1 {
		t.Errorf("the arguments are named %d times: %s", n, got.Text)
	}
}

func TestRefusalsOfTheServiceWereSent(t *testing.T) {
	up := newStandIn(t, envelope(400, "invalid_request_error", "bad size"))
	h := newHouse(t, up.URL, nil)
	got := h.call(t, context.Background(), "generate_video", map[string]any{"model": "kling-v3", "prompt": "p"})
	if got.code() != "invalid_argument" || strings.Contains(got.Text, "Nothing was sent") {
		t.Errorf("got %s", got.Text)
	}
}

func TestModelsThatAreGoneAreTalkedOfOnce(t *testing.T) {
	up := newStandIn(t, always(`{"id":"qvideo-1"}`))
	h := newHouse(t, up.URL, nil)
	for _, model := range []string{"sora-2", "veo-3.1-generate-001", "veo-9-new"} {
		got := h.call(t, context.Background(), "generate_video", map[string]any{"model": model, "prompt": "p", "dry_run": true})
		want := 1
		if got.Structured["estimated_usd"] == nil {
			want = 2 // that its price is unknown
		}
		if len(got.warnings()) != want {
			t.Errorf("%s: %q", model, got.warnings())
		}
	}
}

func TestCompletedWithoutOutputsLeadsNowhere(t *testing.T) {
	up := newStandIn(t, always(`{"id":"qvideo-1","status":"completed"}`))
	h := newHouse(t, up.URL, nil)
	got := h.call(t, context.Background(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-1"})
	if next := got.Structured["next"]; next != nil {
		t.Errorf("an output that is not there is offered: %v", next)
	}
}

func TestFailuresDoNotRepeatTheKey(t *testing.T) {
	up := newStandIn(t, always(`{"id":"qvideo-1","status":"failed","error":{"code":"x","message":"the key sk-test is bad"}}`))
	h := newHouse(t, up.URL, nil)
	got := h.call(t, context.Background(), "query_task", map[string]any{"task_id": "kling-v3:qvideo-1"})
	if got.Structured["status"] != "failed" || strings.Contains(fmt.Sprint(got), "sk-test") {
		t.Errorf("got %v", got)
	}
}

func TestLongListsStayShort(t *testing.T) {
	link := "https://cdn.example/" + strings.Repeat("x", 600)
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "0") {
			fmt.Fprintf(w, `{"id":"q","status":"failed","error":{"code":"x","message":%q}}`, strings.Repeat("m", 900))
			return
		}
		fmt.Fprintf(w, `{"id":"q","status":"succeeded","content":{"video_url":%q,"last_frame_url":%q}}`, link+".mp4", link+".png")
	})
	h := newHouse(t, up.URL, nil)
	for i := range 100 {
		id := fmt.Sprintf("bytedance/doubao-seedance-2-0-260128:qvideo-1383010000-1766000000000000%03d", i)
		h.call(t, context.Background(), "query_task", map[string]any{"task_id": id, "save": false})
	}
	got := h.call(t, context.Background(), "list_tasks", map[string]any{"limit": 100})
	doc, err := json.Marshal(got.Structured)
	if err != nil {
		t.Fatal(err)
	}
	tasks, _ := got.Structured["tasks"].([]any)
	if len(tasks) != 100 || len(doc) >= 50<<10 || len(got.warnings()) == 0 {
		t.Errorf("%d tasks in %d bytes, warnings %v", len(tasks), len(doc), got.warnings())
	}
	first, _ := tasks[1].(map[string]any)
	if first["outputs"] == nil {
		t.Error("the newest rows tell no outputs")
	}
}

func TestLongToolCallsGoToAFile(t *testing.T) {
	long := strings.Repeat("z", 90_000)
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		arguments, _ := json.Marshal(`{"q":"` + long + `"}`)
		fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"lookup","arguments":%s}}]},"finish_reason":"tool_calls"}]}`+"\n\n", arguments)
		io.WriteString(w, "data: [DONE]\n\n")
	})
	h := newHouse(t, up.URL, nil)
	got := h.call(t, context.Background(), "chat", map[string]any{"model": "openai/gpt-5", "prompt": "p", "tools": []any{map[string]any{"name": "lookup"}}})
	doc, err := json.Marshal(got.Structured)
	if err != nil || len(doc) >= 50<<10 || got.Structured["truncated"] != true {
		t.Fatalf("%d bytes, %v: %.300s", len(doc), err, doc)
	}
	path, _ := got.Structured["path"].(string)
	whole, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(whole), long) {
		t.Errorf("the calls are not whole at %q: %v", path, err)
	}
}
