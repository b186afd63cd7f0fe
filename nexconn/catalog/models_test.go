package catalog

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryModelIsComplete(t *testing.T) {
	for i, m := range Builtin() {
		if i > 0 && m.ID == Builtin()[i-1].ID && m.Kind == Builtin()[i-1].Kind {
			t.Errorf("%s %s is stated twice", m.Kind, m.ID)
		}
		name := string(m.Kind) + " " + m.ID
		for what, bad := range map[string]bool{
			"id":      m.ID == "" || strings.ContainsAny(m.ID, " \t"),
			"wire":    m.Wire == "",
			"vendor":  m.Vendor == "",
			"summary": len(m.Summary) < 20 || len(m.Summary) > 160 || !strings.HasSuffix(m.Summary, "."),
			"docs":    !isPage(m.Docs),
			"checked": m.Checked == "" || !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(m.Checked),
			"chat":    (m.Kind == Chat) != (m.Chat != nil && m.Ops == nil),
			"ops":     (m.Kind != Chat) != (len(m.Ops) > 0),
			"typical": m.Kind != Chat && m.TypicalSeconds <= 0,
		} {
			if bad && (what != "chat" || m.Kind == Chat || m.Chat == nil) {
				t.Errorf("%s: %s is missing or odd", name, what)
			}
		}
		for op, o := range m.Ops {
			if !regexp.MustCompile(`^/(v1|v3|queue)/`).MatchString(o.Path) || !isPage(o.Docs) {
				t.Errorf("%s %s: path %q, docs %q", name, op, o.Path, o.Docs)
			}
			if _, ok := m.TakesFor(op)["prompt"]; !ok {
				t.Errorf("%s %s takes no prompt", name, op)
			}
		}
		for _, r := range m.Rules {
			if len(r.Then) == 0 || !strings.HasSuffix(r.Say, ".") {
				t.Errorf("%s: rule %q", name, r.Say)
			}
		}
	}
}

// Every model of the documents' table of contents stands in the tool's list,
// and one Veo of each of five tiers.
func TestEveryDocumentedModelIsListed(t *testing.T) {
	doc, err := os.ReadFile("../../testdata/upstream/operations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(string(doc)) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		if len(row) < 4 || row[2] == "-" || row[2] == "Veo" || row[2] == "model" || strings.HasPrefix(row[0], "#") {
			continue
		}
		named++
		if m, ok := Builtin().Find(Kind(row[1]), row[2]); !ok || !m.Listed {
			t.Errorf("row %s: the %s model %s is not listed", row[0], row[1], row[2])
		}
	}
	if named < 80 {
		t.Errorf("only %d rows name a model", named)
	}
	tiers := 0
	for _, m := range Builtin().Of(Video) {
		if m.Listed && strings.HasPrefix(m.ID, "veo-") {
			tiers++
		}
	}
	if tiers != 5 {
		t.Errorf("%d Veo ids are listed, want one a tier", tiers)
	}
}

func isPage(page string) bool {
	u, err := url.Parse(page)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.Path != ""
}

func TestFind(t *testing.T) {
	s := Builtin()
	for _, c := range []struct {
		kind     Kind
		id, want string
	}{
		{Video, "kling-v2-1", "kling-v2-1"}, {Image, "kling-v2-1", "kling-v2-1"}, {Image, "kling-v3", ""},
		{Video, "veo-3.1-generate-001", "veo-3.1-generate-001"}, {Video, "veo-9-ultra", "veo-9-ultra"},
		{Video, "fal-ai/veo3.1", ""}, {Chat, "claude-4.6-opus", "claude-4.6-opus"}, {Chat, "veo-9", ""},
	} {
		if m, _ := s.Find(c.kind, c.id); m.ID != c.want {
			t.Errorf("%s %s: got %q", c.kind, c.id, m.ID)
		}
	}
	for _, c := range []struct {
		kind     Kind
		id, want string
	}{
		{Image, "nano-banana", "gemini-2.5-flash-image"}, {Video, "veo-3.1", "veo-3.1-generate-001"}, {Video, "kling-3", "kling-v3"},
		{Chat, "gpt-5.2", "openai/gpt-5.2"}, {Chat, "claude-sonnet-4-5-20250929", "claude-4.5-sonnet"}, {Video, "Kling-V3", "kling-v3"},
		{Chat, "GPT-5.2", "openai/gpt-5.2"}, {Video, "Veo-3.1-Fast", "veo-3.1-fast-generate-001"},
	} {
		if m, ok := s.Find(c.kind, c.id); !ok || m.ID != c.want || m.Pattern {
			t.Errorf("%s %s: got %q", c.kind, c.id, m.ID)
		}
	}
	if m, _ := s.Find(Video, "veo-9-ultra"); !m.Pattern || m.Wire != VeoVideo {
		t.Error("a free Veo id is not its pattern's")
	}
	if m, ok := s.ForChat("gemini-2.5-flash-image"); !ok || m.Kind != Image {
		t.Error("an image model that talks is not found for chat")
	}
	if _, ok := s.ForChat("kling-v1"); ok {
		t.Error("kling-v1 does not talk")
	}
}

func TestNearest(t *testing.T) {
	s := Builtin()
	for _, c := range []struct {
		kind     Kind
		id, want string
	}{
		{Video, "kling-3", "kling-v3"}, {Video, "Kling V3 Omni", "kling-v3-omni"}, {Video, "seedance", "bytedance/doubao-seedance-2-0-260128"},
		{Video, "veo-3.1", "veo-3.1-generate-001"}, {Image, "gemini-image", "gemini-2.5-flash-image"}, {Chat, "gpt-5", "openai/gpt-5"},
		{Video, "viduq3pro", "viduq3-pro"},
	} {
		if got := s.Nearest(c.kind, c.id, 3); !slices.Contains(got, c.want) {
			t.Errorf("%s: got %v, want %s among them", c.id, got, c.want)
		}
	}
	if got := s.Nearest(Video, "kling-v3", 2); len(got) != 2 || got[0] != "kling-v3" {
		t.Errorf("got %v", got)
	}
	if got := s.Nearest(Chat, "zzzzzzzz", 3); len(got) != 0 {
		t.Errorf("nothing is near zzzzzzzz, got %v", got)
	}
}

func TestWith(t *testing.T) {
	s := Builtin()
	for _, c := range []struct {
		word string
		kind Kind
		want []string
		not  []string
	}{
		{"last_frame", Video, []string{"kling-v2-1", "veo-3.1-generate-001", "viduq2-pro"}, []string{"sora-2", "viduq1"}},
		{"First Last-Frame", Video, []string{"kling-v3"}, []string{"viduq2"}},
		{"sound", Video, []string{"sora-2", "kling-v3", "viduq3-pro"}, []string{"kling-v2-1", "kling-video-o1"}},
		{"audio", Video, []string{"kling-v2-6"}, []string{"kling-v2-5-turbo"}},
		{"multi-shot", Video, []string{"kling-v3", "kling-v3-omni"}, []string{"kling-v2-6"}},
		{"4K", Image, []string{"kling-image-o1", "gemini-3.0-pro-image-preview"}, []string{"gemini-2.5-flash-image"}},
		{"anime", "", []string{"viduq1"}, []string{"viduq2"}},
		{"motion control", "", []string{"kling-v2-6"}, []string{"kling-v3"}},
		{"vision", Chat, []string{"claude-4.5-sonnet", "gemini-2.5-pro"}, []string{"openai/gpt-5", "deepseek-v3"}},
		{"reasoning", Chat, []string{"openai/gpt-5"}, []string{"deepseek-v3"}},
		{"remix", "", []string{"sora-2", "sora-2-pro"}, []string{"kling-v3"}},
		{"pdf", Chat, []string{"gemini-3.1-pro-preview"}, []string{"openai/gpt-5"}},
		{"lip sync", "", []string{"viduq1", "viduq2"}, []string{"kling-v2-1"}},
		{"character", "", []string{"viduq2", "kling-v3-omni", "kling-v1-5"}, []string{"sora-2"}},
		{"last frame", Video, []string{"kling-v3"}, []string{"sora-2"}},
		{"4k", Video, []string{"bytedance/doubao-seedance-2-0-260128"}, []string{"sora-2"}},
		{"cheap", "", []string{"kling-v2-5-turbo", "deepseek/deepseek-v3.2-251201"}, []string{"sora-2-pro"}},
		{"fast", "", []string{"gemini-2.5-flash", "veo-3.1-fast-generate-001"}, []string{"claude-4.6-opus"}},
		{"transparent", "", nil, []string{"kling-v3", "gemini-2.5-flash-image"}},
		{"teleport", "", nil, []string{"kling-v3", "openai/gpt-5"}},
	} {
		got := s.With(c.word, c.kind).IDs()
		for _, id := range c.want {
			if !slices.Contains(got, id) {
				t.Errorf("%s: %s is missing from %v", c.word, id, got)
			}
		}
		for _, id := range c.not {
			if slices.Contains(got, id) {
				t.Errorf("%s: %s does not belong to %v", c.word, id, got)
			}
		}
	}
}

func TestLimitsShowEverything(t *testing.T) {
	for _, m := range Builtin() {
		limits := m.Limits()
		if m.Kind == Chat {
			if limits["chat"] == nil {
				t.Errorf("%s shows nothing of chatting", m.ID)
			}
			continue
		}
		operations, _ := limits["operations"].(map[string]any)
		every, _ := limits["every_operation"].(map[string]any)
		for op := range m.Ops {
			one, _ := operations[string(op)].(map[string]any)
			own, _ := one["arguments"].(map[string]any)
			for arg, b := range m.TakesFor(op) {
				shown := own[arg]
				if shown == nil {
					shown = every[arg]
				}
				if shown == nil {
					t.Errorf("%s %s does not show %s", m.ID, op, arg)
					continue
				}
				if media, _ := limits["media"].(map[string]any); b.Media != nil && media[arg] == nil {
					t.Errorf("%s does not show what %s has to be", m.ID, arg)
				}
				if verified, _ := shown.(map[string]any)["verified"].(bool); verified == b.Hard.isZero() {
					t.Errorf("%s %s %s: verified is shown as %v", m.ID, op, arg, verified)
				}
			}
		}
	}
}

// An alias means one model of a kind, and is no model's id.
func TestAliasesAreClear(t *testing.T) {
	seen := map[string]string{}
	for _, m := range Builtin() {
		for _, alias := range m.Aliases {
			key := string(m.Kind) + " " + strings.ToLower(alias)
			if other := seen[key]; other != "" {
				t.Errorf("%s is %s and %s", key, other, m.ID)
			}
			seen[key] = m.ID
			for _, other := range Builtin() {
				if strings.EqualFold(other.ID, alias) {
					t.Errorf("%s, an alias of %s, is an id", alias, m.ID)
				}
			}
		}
	}
}

// What is to be tried first is not reported to be gone.
func TestRecommendedModelsAreThere(t *testing.T) {
	day := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	kinds := map[Kind]int{}
	for _, m := range Builtin() {
		if m.Recommended {
			kinds[m.Kind]++
			if m.RetiredBy(day) || !m.Listed {
				t.Errorf("%s is recommended", m.ID)
			}
		}
	}
	if kinds[Chat] == 0 || kinds[Image] == 0 || kinds[Video] == 0 || !Builtin().RecommendedFirst()[0].Recommended {
		t.Errorf("recommended: %v", kinds)
	}
}
