package resources

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// TestSkills holds the skills of the Claude Code plugin to the prompts.
func TestSkills(t *testing.T) {
	const dir = "../packaging/claude-plugin/skills"
	want := map[string]bool{}
	for _, p := range Prompts {
		text, err := p.Skill()
		if err != nil {
			t.Fatal(err)
		}
		want[p.Name] = true
		golden.File(t, filepath.Join(dir, p.Name, "SKILL.md"), []byte(text))
	}
	found, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if !want[filepath.Base(path)] {
			t.Errorf("%s is the skill of no prompt", path)
		}
	}
}

func TestPromptArguments(t *testing.T) {
	models := catalog.Builtin()
	for _, test := range []struct {
		prompt string
		given  map[string]string
		want   string // in the text
		fault  string
	}{
		{"storyboard", map[string]string{"story": `a "fox"`}, `"model": "kling-v3"`, ""},
		{"storyboard", map[string]string{"story": `a "fox"`}, `"prompt": "a \"fox\""`, ""},
		{"storyboard", map[string]string{"story": " "}, "", "story is missing"},
		{"storyboard", map[string]string{"story": "x", "length": "5"}, "", "length is no argument"},
		{"compare-models", map[string]string{"question": "why", "models": "kimi-k2.5, ,qwen3-max"}, "2. qwen3-max", ""},
		{"describe-video", map[string]string{"video": "https://example.com/a.mp4"}, "scene by scene? Give the time", ""},
	} {
		for _, p := range Prompts {
			if p.Name != test.prompt {
				continue
			}
			text, err := p.Text(models, test.given)
			switch {
			case test.fault == "" && (err != nil || !strings.Contains(text, test.want)):
				t.Errorf("%s %v: %v, and no %q in\n%s", test.prompt, test.given, err, test.want, text)
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("%s %v: error %v, want %q", test.prompt, test.given, err, test.fault)
			}
		}
	}
}

func TestPromptCompletion(t *testing.T) {
	c := Completion{Models: func() catalog.Set { return catalog.Builtin() }}
	for _, test := range []struct{ prompt, arg, typed, first string }{
		{"storyboard", "model", "", "kling-v3"},
		{"storyboard", "model", "omni", "kling-v3-omni"},
		{"compare-models", "models", "openai/gpt-5, deep", "openai/gpt-5,deepseek"},
		{"storyboard", "story", "a", ""},
	} {
		got, err := c.CompletePromptArgument(t.Context(), test.prompt, mcp.CompleteArgument{Name: test.arg, Value: test.typed}, mcp.CompleteContext{})
		if err != nil {
			t.Fatal(err)
		}
		first := append(got.Values, "")[0]
		if test.first == "" && first != "" || !strings.HasPrefix(strings.ReplaceAll(first, " ", ""), test.first) {
			t.Errorf("%s %s %q completes to %q first, want %q", test.prompt, test.arg, test.typed, first, test.first)
		}
	}
}
