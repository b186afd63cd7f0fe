package command

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrower(t *testing.T) {
	var words strings.Builder
	for i := range 100 {
		fmt.Fprintf(&words, "word%d ", i)
	}
	whole := words.String()
	for _, test := range []struct {
		name   string
		newest []string
		want   string
	}{
		{"nothing but the whole", nil, whole},
		{"from the beginning", []string{whole[:10], whole[:40], whole[:120]}, whole},
		{"by its end", []string{whole[:100], whole[20:220], whole[150:350]}, whole},
		{"with a gap", []string{whole[:10], whole[200:400]}, whole},
		{"the same twice", []string{whole[:10], whole[:10]}, whole},
		{"late", []string{whole[100:300]}, whole[100:300] + "\n   " + whole},
	} {
		var out bytes.Buffer
		g := grower{out: &out}
		for _, newest := range test.newest {
			g.add(newest)
		}
		g.finish(whole)
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// On a terminal the tour has colour and bars, unless NO_COLOR is set.
func TestDemoOnATerminal(t *testing.T) {
	for _, vars := range []map[string]string{{"NEXCONN_TIME_SCALE": "0.1"}, {"NEXCONN_TIME_SCALE": "0.1", "NO_COLOR": "1"}} {
		env, out, errs := inHouse(t, vars)
		env.Terminal = func(any) bool { return true }
		if code := Run(t.Context(), env, []string{"demo"}); code != 0 {
			t.Fatalf("ended with %d: %s", code, errs)
		}
		_, plain := vars["NO_COLOR"]
		if got := strings.Contains(out.String(), "\x1b[1m"); got == plain {
			t.Errorf("colour is %v with %v", got, vars)
		}
		if !strings.Contains(out.String(), "░") {
			t.Errorf("there is no bar with %v", vars)
		}
	}
}
