package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// promptCall is a call that the text of a prompt tells an agent to make: its
// step, its tool and its arguments.
var promptCall = regexp.MustCompile("(?m)^(\\d+)\\. .*\n(?:.+\n)*?```json (\\w+)\n(.+)\n```$")

// answerOf stands in a call for what an earlier step answered.
var answerOf = regexp.MustCompile(`(TASK|FILE)_ID_OF_STEP_(\d+)`)

// TestPromptsAreFollowed does on the sandbox what the text of each prompt tells
// an agent to do.
func TestPromptsAreFollowed(t *testing.T) {
	for _, test := range []struct {
		name      string
		arguments object
		calls     int
	}{
		{"storyboard", object{"story": `A fox finds a "red" ball in the snow and carries it home.`}, 4},
		{"product-photos", object{"photo": "PHOTO", "product": "blue enamel mug"}, 4},
		{"character-series", object{"character": "an old sailor with a green cap", "scenes": "on deck; in a café"}, 4},
		{"compare-models", object{"question": "Why is the sky blue?", "models": "openai/gpt-5.2, gemini-3.1-pro-preview"}, 2},
		{"describe-video", object{"video": "https://example.com/match.mp4"}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := setup{args: []string{"--sandbox"}, home: t.TempDir()}
			if test.arguments["photo"] != nil {
				path := filepath.Join(s.home, "mug.jpg")
				if err := os.WriteFile(path, sample(t, "photo.jpg"), 0o600); err != nil {
					t.Fatal(err)
				}
				test.arguments["photo"] = path
			}
			p := startStdio(t, s)
			if err := p.initialize(); err != nil {
				t.Fatal(err)
			}
			follow(t, p, promptOf(t, p, test.name, test.arguments), test.calls)
		})
	}
}

func promptOf(t *testing.T, p *process, name string, arguments object) string {
	t.Helper()
	r, err := p.ask("prompts/get", object{"name": name, "arguments": arguments})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Messages []struct{ Content struct{ Text string } }
	}
	if err := json.Unmarshal(r.result, &got); err != nil || len(got.Messages) != 1 {
		t.Fatalf("prompts/get: %v: %s", err, r.raw)
	}
	return got.Messages[0].Content.Text
}

// follow makes the calls of a text one after another.
func follow(t *testing.T, p *process, text string, calls int) {
	t.Helper()
	answered := map[string]object{}
	found := promptCall.FindAllStringSubmatch(text, -1)
	if len(found) != calls {
		t.Fatalf("%d calls in the text, want %d:\n%s", len(found), calls, text)
	}
	for _, call := range found {
		step, tool := call[1], call[2]
		args := answerOf.ReplaceAllStringFunc(call[3], func(word string) string {
			m := answerOf.FindStringSubmatch(word)
			field := map[string]string{"TASK": "task_id", "FILE": "file_id"}[m[1]]
			return fmt.Sprint(answered[m[2]][field])
		})
		r, err := p.call(tool, json.RawMessage(args))
		if err != nil {
			t.Fatal(err)
		}
		if r.isError || r.rpcError != 0 {
			t.Fatalf("step %s, %s %s: %s", step, tool, args, r.raw)
		}
		if status := r.out["status"]; status == "failed" || tool == "query_task" && status != "succeeded" {
			t.Errorf("step %s, %s %s ends as %v: %s", step, tool, args, status, r.text)
		}
		answered[step] = r.out
	}
}
