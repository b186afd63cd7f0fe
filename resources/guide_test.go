package resources

import (
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Every guide reads, and those of a family name each of its models with limits
// that are the catalogue's.
func TestGuides(t *testing.T) {
	models := catalog.Builtin()
	texts := map[string]string{}
	for _, topic := range topics() {
		text, err := guideText(topic, models)
		if err != nil || !strings.HasPrefix(text, "# ") || strings.Contains(text, "{{") {
			t.Errorf("%s: %v\n%s", topic, err, text)
		}
		texts[topic] = text
	}
	for topic, word := range map[string]string{"kling": "kling", "veo": "veo", "seedance": "seedance", "vidu": "vidu", "sora": "sora", "gemini-images": "gemini"} {
		n := 0
		for _, m := range models {
			if m.Pattern || m.Off || !m.Listed || m.Kind == catalog.Chat || !strings.Contains(m.ID, word) {
				continue
			}
			n++
			if !strings.Contains(texts[topic], "`"+m.ID+"`") {
				t.Errorf("%s does not name %s", topic, m.ID)
			}
		}
		if n == 0 {
			t.Errorf("%s: the catalogue has no model of this family", topic)
		}
	}
	if want := "`seconds` 3 to 15"; !strings.Contains(texts["kling"], want) {
		t.Errorf("no %q in\n%s", want, texts["kling"])
	}
}
