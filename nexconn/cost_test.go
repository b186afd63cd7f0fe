package nexconn

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// What comes in costs what its size is: eight times as much may take eight times
// as long, and not sixty-four times.
func TestCostGrowsWithSizeOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	native := func(body string) {
		call, err := Build(catalog.Free("gemini-2.5-pro"), catalog.Turn, &NativeRequest{Protocol: BypassAnthropic, Model: "gemini-2.5-pro", Body: []byte(body)})
		if err == nil {
			call.Body.Len()
			call.Body.Show()
		}
	}
	chat := func(r ChatRequest) {
		if call, err := Build(catalog.Free("x"), catalog.Turn, &r); err == nil {
			call.Body.Len()
			call.Body.Show()
		}
	}
	for name, do := range map[string]func(n int){
		"members": func(n int) {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, `,"m%d":%d`, i, i)
			}
			native("{" + b.String()[1:] + "}")
		},
		"levels": func(n int) {
			n = min(n/10, 9000)
			native(`{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}")
		},
		"escapes": func(n int) { native(`{"a":"` + strings.Repeat(`\n`, n) + `"}`) },
		"commas":  func(n int) { native(`{"stream":1` + strings.Repeat(`,"stream":2`, n/4) + `}`) },
		"extra":   func(n int) { chat(ChatRequest{Prompt: "x", Extra: numbered(n)}) },
		"attachments": func(n int) {
			var all []Media
			for range n / 100 {
				all = append(all, Inline("image/png", []byte("x")))
			}
			chat(ChatRequest{Prompt: strings.Repeat("x", n), Attachments: all})
		},
		"tools": func(n int) {
			var all []any
			for i := range n / 20 {
				all = append(all, map[string]any{"name": fmt.Sprintf("t%d", i)})
			}
			chat(ChatRequest{Prompt: "x", Tools: all})
		},
		"an error's words": func(n int) {
			refused(400, nil, []byte(`{"error":{"message":"`+strings.Repeat("content was ", n)+`"}}`))
		},
		"an error's list":   func(n int) { refused(400, nil, []byte(`{"detail":[`+strings.Repeat(`{"msg":"a"},`, n)+`{}]}`)) },
		"an error's levels": func(n int) { refused(400, nil, bytes.Repeat([]byte("["), n)) },
		"a page":            func(n int) { refused(502, nil, append([]byte("<html>"), bytes.Repeat([]byte("<title>"), n)...)) },
		"colons":            func(n int) { _, _, _ = FindTask(catalog.Builtin(), TaskID(strings.Repeat(":", n))) },
		"an answer's list": func(n int) {
			_, _ = videoAnswer([]byte(`{"id":"q","status":"completed","data":[` + strings.Repeat(`{"a":{"b":1}},`, n) + `{}]}`))
		},
		"an answer's depth": func(n int) {
			_, _ = videoAnswer([]byte(`{"id":"q","status":"completed","data":` + strings.Repeat(`{"data":`, n)))
		},
		"a stream's lines": func(n int) { chatOf(strings.Repeat("data: {\"choices\":[]}\n\n", n)) },
		"a stream's rows":  func(n int) { chatOf(strings.Repeat("data: {\n", n)) },
		"fragments": func(n int) {
			chatOf(strings.Repeat(chunk(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}}"}}]}`), n/4))
		},
		"halves":         func(n int) { chatOf(strings.Repeat(chunk(`{"content":"\ud83c"}`), n/4)) },
		"the key's head": func(n int) { scrubber{"aaaaaaaaaaaaaaab"}.text(strings.Repeat("a", n)) },
	} {
		t.Run(name, func(t *testing.T) {
			least := func(n int) time.Duration {
				best := time.Hour
				for range 3 {
					began := time.Now()
					do(n)
					best = min(best, time.Since(began))
				}
				return max(best, 500*time.Microsecond)
			}
			small, large := least(4000), least(32000)
			t.Logf("%s, then %s", small, large)
			if large > 24*small && large > 20*time.Millisecond {
				t.Errorf("8 times as much takes %s in place of %s", large, small)
			}
		})
	}
}

func numbered(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[fmt.Sprint("m", i)] = i
	}
	return all
}

func chatOf(stream string) {
	var t = &turn{each: func(Delta) {}, seen: map[string]bool{}, scrub: func(b []byte) []byte { return b }, last: func() {}}
	_ = readChat(t, strings.NewReader(stream), &answer{}, func() {})
	t.answer()
}
