package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
)

// requests are what is measured: what every client asks first, a tool that
// reads, one that checks and prices, and a paid call with its ledger rows, the
// sandbox's answer included.
var requests = []struct{ name, method, tool, params string }{
	{"tools/list", "tools/list", "", ``},
	{"list_models of one model", "tools/call", "list_models", `"name":"list_models","arguments":{"model":"kling-v2-6"}`},
	{"generate_video, dry run", "tools/call", "generate_video",
		`"name":"generate_video","arguments":{"model":"kling-v2-6","prompt":"waves","seconds":5,"dry_run":true}`},
	{"chat on the sandbox", "tools/call", "chat", `"name":"chat","arguments":{"model":"deepseek-v3","prompt":"Hello","max_tokens":5}`},
}

// BenchmarkServer measures the program as clients meet it: a process of its
// own, over stdio and HTTP. With -update it writes docs/performance.md.
func BenchmarkServer(b *testing.B) {
	bin, size := built(b)
	page := report{}
	page.add("The program", "| what | figure |", fmt.Sprintf("| size, stripped | %.1f MB |", float64(size)/1e6))

	b.Run("start", func(b *testing.B) {
		took := make([]time.Duration, 0, b.N)
		for b.Loop() {
			p := startStdio(b, bin)
			took = append(took, p.answered)
			p.stop(b)
		}
		f := figuresOf(took, 0)
		b.ReportMetric(ms(f.p50), "p50-ms")
		page.before("start to the answer of initialize, median", fmt.Sprintf("%.1f ms (95 of 100 within %.1f ms)", ms(f.p50), ms(f.p95)))
	})

	page.add("Calls", "| call | over | at once | calls/s | median | 95 of 100 within |")
	stdio := startStdio(b, bin)
	if rss, ok := stdio.resident(); ok {
		page.before("memory after the start (RSS)", fmt.Sprintf("%.1f MB", rss))
	}
	for _, r := range requests {
		load(b, &page, r.name, "stdio", 1, func() error { return stdio.ask(legacy(r.method, r.params)) })
	}
	stdio.stop(b)

	web := startHTTP(b, bin)
	for _, r := range requests {
		for _, atOnce := range []int{1, 50} {
			load(b, &page, r.name, "HTTP", atOnce, func() error { return web.ask(legacy(r.method, r.params), nil) })
		}
		header := map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": r.method, "Mcp-Name": r.tool}
		load(b, &page, r.name, "HTTP, 2026-07-28", 50, func() error { return web.ask(modern(r.method, r.params), header) })
	}
	if rss, ok := web.resident(); ok {
		page.before("memory after all calls over HTTP (RSS)", fmt.Sprintf("%.1f MB", rss))
	}
	web.stop(b)

	// What the machine can do at all: decode, encode, nothing else.
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body any
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			_ = json.NewEncoder(w).Encode(body) // the client sees what is missing
		}
	}))
	defer echo.Close()
	bare := webServer{url: echo.URL, client: echo.Client()}
	bare.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 50
	for _, atOnce := range []int{1, 50} {
		load(b, &page, "a bare JSON echo, to compare with", "HTTP", atOnce, func() error { return bare.ask(legacy("tools/list", ""), nil) })
	}
	if golden.Update() {
		golden.Section(b, "docs/performance.md", "figures", page.text())
	}
}

// load calls from that many callers at once, each as soon as its last call is
// answered.
func load(b *testing.B, page *report, name, over string, atOnce int, call func() error) {
	var last figures
	if !b.Run(fmt.Sprintf("%s/%s/%d", name, over, atOnce), func(b *testing.B) {
		var started atomic.Int64
		samples := make([][]time.Duration, atOnce)
		var callers sync.WaitGroup
		begin := time.Now()
		for i := range atOnce {
			callers.Go(func() {
				for started.Add(1) <= int64(b.N) {
					from := time.Now()
					if err := call(); err != nil {
						b.Error(err)
						return
					}
					samples[i] = append(samples[i], time.Since(from))
				}
			})
		}
		callers.Wait()
		last = figuresOf(slices.Concat(samples...), time.Since(begin))
		b.ReportMetric(last.rate, "calls/s")
		b.ReportMetric(ms(last.p50), "p50-ms")
	}) || last.rate == 0 {
		return
	}
	page.row(fmt.Sprintf("| %s | %s | %d | %.0f | %.2f ms | %.2f ms |", name, over, atOnce, last.rate, ms(last.p50), ms(last.p95)))
}

type figures struct {
	p50, p95 time.Duration
	rate     float64
}

func figuresOf(samples []time.Duration, total time.Duration) figures {
	if len(samples) == 0 {
		return figures{}
	}
	slices.Sort(samples)
	f := figures{p50: samples[len(samples)/2], p95: samples[len(samples)*95/100]}
	if total > 0 {
		f.rate = float64(len(samples)) / total.Seconds()
	}
	return f
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// report is the tables of docs/performance.md.
type report struct{ tables [][]string }

func (r *report) add(title, head string, rows ...string) {
	columns := strings.Count(head, "|") - 1
	r.tables = append(r.tables, append([]string{"### " + title, "", head, "|" + strings.Repeat("---|", columns)}, rows...))
}

func (r *report) row(line string) {
	r.tables[len(r.tables)-1] = append(r.tables[len(r.tables)-1], line)
}

// before adds to the first table, the program's.
func (r *report) before(what, figure string) {
	r.tables[0] = append(r.tables[0], "| "+what+" | "+figure+" |")
}

func (r *report) text() string {
	host := fmt.Sprintf("Measured %s on %s, %d cores, %s/%s, %s.", time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	parts := []string{host}
	for _, table := range r.tables {
		parts = append(parts, strings.Join(table, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// processor is the machine's own word for it, where Linux tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unnamed processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "an unnamed processor"
}
