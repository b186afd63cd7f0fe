package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// The example of docs/models.md is one that the program takes.
func TestTheModelsPageIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```toml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/models.md has no example")
	}
	path := filepath.Join(t.TempDir(), "models.toml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := loadModels(path)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := set.Find(catalog.Video, "kling-latest")
	if !ok || m.ID != "kling-v2-7" || m.Price == nil || m.Price.Rates[0].USD != 0.08 {
		t.Errorf("kling-latest is %v %v", m.ID, m.Price)
	}
	if _, ok := set.Find(catalog.Video, "fal-ai/veo3.1"); !ok {
		t.Error("fal-ai/veo3.1 is still off")
	}
	if m, ok := set.Find(catalog.Video, "veo-2.0-generate-001"); ok && !m.Pattern {
		t.Error("veo-2.0-generate-001 is still on offer")
	}
	if m, _ := set.Find(catalog.Image, "gemini-3.1-flash-image-preview"); m.Price == nil || string(m.Price.Rates[0].Unit) != "image" {
		t.Errorf("the price of gemini-3.1-flash-image-preview is %v", m.Price)
	}
}
