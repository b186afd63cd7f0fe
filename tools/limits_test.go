package tools

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// breaking is one argument given a value that one source's limit forbids.
type breaking struct {
	arg, how string
	value    any
}

// beyond are values that break a limit, one way each; base is a value within.
func beyond(arg string, l catalog.Limit, base any) []breaking {
	var out []breaking
	add := func(how string, v any) { out = append(out, breaking{arg, how, v}) }
	if len(l.OneOf) > 0 {
		switch l.OneOf[0].(type) {
		case string:
			// Of a form that a size could be made of.
			odd := map[string]string{"aspect_ratio": "5:7", "resolution": "333p"}[arg]
			if odd == "" {
				odd = "odd"
			}
			add("not one of them", odd)
		case float64:
			most := 0.0
			for _, v := range l.OneOf {
				most = max(most, v.(float64))
			}
			add("not one of them", most+1)
		case bool:
			add("not one of them", !l.OneOf[0].(bool))
		}
	}
	if l.Min != nil {
		add("too small", *l.Min-1)
	}
	if l.Max != nil {
		add("too large", *l.Max+1)
	}
	if l.MaxChars > 0 {
		add("too long", strings.Repeat("é", l.MaxChars+1))
	}
	if l.MaxItems > 0 {
		if list, ok := base.([]any); ok && len(list) > 0 {
			long := slices.Clone(list)
			for len(long) <= l.MaxItems {
				long = append(long, list[0])
			}
			add("too many", long)
		}
	}
	return out
}

// breaks says whether a value is outside a limit, by the limit's own words.
func breaks(l catalog.Limit, v any) bool {
	m := catalog.Model{ID: "probe", Kind: catalog.Video, Ops: map[catalog.Op]catalog.Operation{catalog.TextToVideo: {}},
		Takes: catalog.Takes{"x": {Hard: l}}}
	faults, _ := m.Check(nil, catalog.TextToVideo, map[string]any{"x": v})
	return len(faults) > 0
}

// worded are arguments whose values the tool's own schema lists.
var worded = []string{"mode", "motion_orientation", "image_reference"}

// Each limit of each model, broken one at a time: what the service's own pages
// say is refused and nothing is sent; what is known second-hand is told, and
// the call goes out.
func TestEveryLimitIsHeld(t *testing.T) {
	set := enabled()
	refused, warned := 0, 0
	for _, p := range proofs(t) {
		tool := p.files["tool"]
		if tool != "generate_image" && tool != "edit_image" && tool != "generate_video" || p.status() != http.StatusOK {
			continue
		}
		kind := catalog.Image
		if tool == "generate_video" {
			kind = catalog.Video
		}
		base := p.json(t, "args.json")
		m, ok := set.Find(kind, base["model"].(string))
		if !ok {
			t.Fatalf("%s: no model %v", p.name(), base["model"])
		}
		args := maps.Clone(base)
		delete(args, "model")
		takes := m.TakesFor(catalog.OpOf(kind, args))
		for _, arg := range slices.Sorted(maps.Keys(takes)) {
			b := takes[arg]
			for _, br := range beyond(arg, b.Hard, base[arg]) {
				changed := maps.Clone(args)
				changed[arg] = br.value
				if op := catalog.OpOf(kind, changed); op != catalog.OpOf(kind, args) && len(m.Ops[op].Path) > 0 {
					continue // more inputs are another operation, which the model offers
				}
				softer := !isZero(b.Reported) && !breaks(b.Reported, br.value)
				p.tryLimit(t, set, tool, base, br, !softer)
				refused++
			}
			if isZero(b.Hard) && !slices.Contains(worded, arg) {
				for _, br := range beyond(arg, b.Reported, base[arg]) {
					if n, ok := br.value.(float64); ok && n < 1 && arg == "count" || ok && n == 0 && arg == "seconds" {
						continue // no wire can say it, so it is refused whatever the source
					}
					p.tryLimit(t, set, tool, base, br, false)
					warned++
				}
			}
		}
	}
	t.Logf("%d limits of the service's pages and %d second-hand ones were broken, one at a time", refused, warned)
	if refused < 200 || warned < 100 {
		t.Errorf("only %d and %d limits were found to break", refused, warned)
	}
}

func isZero(l catalog.Limit) bool { return fmt.Sprint(l) == fmt.Sprint(catalog.Limit{}) }

func (p proof) tryLimit(t *testing.T, set catalog.Set, tool string, base map[string]any, br breaking, refuse bool) {
	t.Helper()
	up := newStandIn(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(p.files["response.json"]))
	})
	defer up.Close()
	h := newHouse(t, up.URL, func(s *jobs.Service) { s.Models = func() catalog.Set { return set } })
	args := maps.Clone(base)
	args[br.arg], args["wait_seconds"], args["save"] = br.value, 0, false
	got := h.call(t, context.Background(), tool, args)
	what := fmt.Sprintf("%s: %s %s", p.name(), br.arg, br.how)
	if refuse {
		switch {
		case got.Error == nil:
			t.Errorf("%s went through: %v", what, got.Structured)
		case got.code() != "invalid_argument" && got.code() != "unsupported":
			t.Errorf("%s gave %s: %s", what, got.code(), got.Text)
		case !strings.Contains(got.Text, br.arg) && !strings.Contains(got.Text, "multi_image"):
			t.Errorf("%s: the refusal does not name it: %s", what, got.Text)
		}
		if n := len(up.requests()); n != 0 {
			t.Errorf("%s was refused and sent %d requests", what, n)
		}
		return
	}
	if got.Error != nil {
		t.Errorf("%s is known second-hand only and was refused: %s", what, got.Text)
		return
	}
	if !strings.Contains(fmt.Sprint(got.warnings()...), br.arg) {
		t.Errorf("%s: no warning names it: %v", what, got.warnings())
	}
	for range 100 {
		if len(up.sent()) > 0 {
			break
		}
		h.call(t, context.Background(), "query_task", map[string]any{"task_id": got.Structured["task_id"], "wait_seconds": 1, "save": false})
	}
	if n := len(up.sent()); n != 1 {
		t.Errorf("%s was sent %d times", what, n)
	}
}
