package catalog

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func perUnit(unit Unit, usd float64) *PriceOverride {
	return &PriceOverride{Unit: string(unit), USD: usd}
}

func TestApply(t *testing.T) {
	yes, no := true, false
	s, err := Builtin().Apply(map[string]Override{
		"kling-v2-7":        {Like: "kling-v2-6", Price: perUnit(PerSecond, .5)},
		"kling-v3":          {Aliases: []string{"kling"}, Successor: "kling-v4"},
		"kling-v2-1":        {Price: perUnit(PerImage, .01)},
		"fal-ai/veo3.1":     {Enabled: &yes},
		"sora-2":            {Retired: &Retirement{}},
		"viduq1":            {Enabled: &no, Retired: &Retirement{Gone: true}},
		"veo-3.1-x":         {Like: "veo-3.1-generate-001"},
		"claude-4.5-sonnet": {Price: perUnit(PerOutputToken, 15)},
	})
	if err != nil {
		t.Fatal(err)
	}
	copied, _ := s.Find(Video, "kling-v2-7")
	if usd, _ := copied.Estimate(TextToVideo, map[string]any{"seconds": 10.0}); copied.WireID() != "kling-v2-7" || usd != 5 {
		t.Errorf("like: %s costs %v", copied.WireID(), usd)
	}
	if m, _ := s.Find(Video, "kling"); m.WireID() != "kling-v3" || m.Successor != "kling-v4" {
		t.Errorf("alias: %+v", m.ID)
	}
	videos, _ := s.Find(Video, "kling-v2-1")
	images, _ := s.Find(Image, "kling-v2-1")
	if usd, _ := images.Estimate(TextToImage, map[string]any{"count": 3.0}); videos.Price.Rates[0].Unit != PerSecond || usd != .03 {
		t.Errorf("a price per picture on a model of two kinds: %+v, %v", videos.Price, usd)
	}
	if _, ok := s.Find(Video, "fal-ai/veo3.1"); !ok {
		t.Error("enabled is not on")
	}
	if m, _ := s.Find(Video, "sora-2"); m.Retired {
		t.Error("sora-2 is still retired")
	}
	if _, ok := s.Find(Video, "viduq1"); ok || !s.IsOff(Video, "viduq1") {
		t.Error("viduq1 is not off")
	}
	if m, _ := s.Find(Video, "veo-3.1-x"); m.Pattern {
		t.Error("a named Veo is still the pattern's")
	}
	if m, _ := s.Find(Chat, "claude-4.5-sonnet"); true {
		if usd, ok := m.Estimate(Turn, map[string]any{"max_tokens": 1000.0}); !ok || usd != .015 {
			t.Errorf("a chat costs %v, %v", usd, ok)
		}
	}
	if m, _ := Builtin().Find(Video, "kling-v3"); slices.Contains(m.Aliases, "kling") || m.Successor != "" {
		t.Error("the file changed the built-in set")
	}
	off, err := Builtin().Apply(map[string]Override{"veo-3.1-generate-001": {Enabled: &no}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := off.Find(Video, "veo-3.1-generate-001"); ok {
		t.Error("a Veo that is off still goes through as any Veo")
	}
}

// A set that was made before a model's day tells of it once the day has come.
func TestTheDayComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		day := time.Now().UTC().AddDate(0, 0, 1)
		s, err := Builtin().Apply(map[string]Override{"gemini-2.5-flash": {Retired: &Retirement{On: day}}})
		if err != nil {
			t.Fatal(err)
		}
		m, _ := s.ForChat("gemini-2.5-flash")
		for _, gone := range []bool{false, true} {
			_, warnings := m.Check(s, Turn, map[string]any{"prompt": "x"})
			said := map[bool]string{false: "to retire on", true: "as retired since"}[gone]
			if !strings.Contains(strings.Join(warnings, " "), said) || m.Entry(false).Retired != gone || slices.Contains(s.Reading("qfile"), m.ID) == gone {
				t.Errorf("gone %t: %q, %+v, %v", gone, warnings, m.Entry(false), s.Reading("qfile"))
			}
			time.Sleep(24 * time.Hour)
		}
	})
}

func TestRetiredOnADay(t *testing.T) {
	day := time.Now().UTC()
	for _, c := range []struct {
		value   any
		retired bool
		says    string
	}{
		{true, true, "retired; sent"}, {false, false, ""},
		{"2026-01-01", true, "since 2026-01-01"},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 9*3600)), true, "since 2026-01-01"},
		{day.Format(time.DateOnly), true, "since"},
		{"2999-12-31", false, "to retire on 2999-12-31"},
	} {
		var r Retirement
		if err := r.UnmarshalTOML(c.value); err != nil {
			t.Errorf("%v: %v", c.value, err)
		}
		s, err := Builtin().Apply(map[string]Override{"kling-v3": {Retired: &r, Successor: "kling-v4"}})
		if err != nil {
			t.Fatal(err)
		}
		m, _ := s.Find(Video, "kling-v3")
		_, warnings := m.Check(s, TextToVideo, map[string]any{"prompt": "x"})
		said := strings.Join(warnings, " ")
		if m.RetiredBy(day) != c.retired || !strings.Contains(said, c.says) || (c.says == "") != (said == "") {
			t.Errorf("%v: retired %t, %q", c.value, m.RetiredBy(day), warnings)
		}
	}
	for _, bad := range []any{int64(2026), "soon", "01.01.2026"} {
		if err := new(Retirement).UnmarshalTOML(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestApplyTellsAllFaults(t *testing.T) {
	_, err := Builtin().Apply(map[string]Override{
		"kling-v9": {}, "kling-x": {Like: "kling-v33"},
		"kling-v3":     {Aliases: []string{"sora-2", "same"}, Price: perUnit("hour", 1)},
		"kling-v2-6":   {Aliases: []string{"same"}, Price: perUnit(PerSecond, -1)},
		"openai/gpt-5": {Price: perUnit(PerSecond, 1)},
	})
	if err == nil {
		t.Fatal("all went through")
	}
	for _, want := range []string{
		`models."kling-v9": the catalogue lacks it`, `models."kling-x": like names "kling-v33"`, "near it are",
		`models."kling-v3": price.unit "hour"`, `the alias "sora-2" is the id of a video model`, `the alias "same"`,
		`models."kling-v2-6": price.usd is -1; it is a number of dollars`, `models."openai/gpt-5": price.unit "second" says nothing`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from:\n%v", want, err)
		}
	}
}
