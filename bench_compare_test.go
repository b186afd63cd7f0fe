package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
)

// rounds is how often each program is measured, in turns, so that what else the
// machine does meets all alike; roundTime is how long a turn lasts.
const (
	rounds    = 5
	roundTime = time.Second
)

// BenchmarkCompare measures the program beside a plain JSON proxy and a bare
// mcp-go server (testdata/bench), all asking one service. With -update it
// writes the ratios into docs/performance.md.
func BenchmarkCompare(b *testing.B) {
	for b.Loop() {
		compare(b)
	}
}

func compare(b *testing.B) {
	service := httptest.NewServer(http.HandlerFunc(oneTurn))
	defer service.Close()
	bin, _ := built(b)
	other := filepath.Join(b.TempDir(), "bench")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", other, "./testdata/bench").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	page := &report{}
	page.add("Beside a bare server", "| call | at once | plain proxy | bare mcp-go | this program | of bare |")
	proxy := startOther(b, other, "proxy", service.URL)
	bare := startOther(b, other, "bare", service.URL)
	ours := startOurs(b, bin, service.URL)
	chat := `"name":"chat","arguments":{"model":"deepseek-v3","prompt":"Hello","max_tokens":5}`
	header := func(method, tool string) map[string]string {
		return map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": tool}
	}
	for _, row := range []struct {
		name            string
		callers         int
		request         string
		header          map[string]string
		proxied, barely bool
	}{
		{"chat", 1, legacy("tools/call", chat), nil, true, true},
		{"chat", 50, legacy("tools/call", chat), nil, true, true},
		{"chat, 2026-07-28", 1, modern("tools/call", chat), header("tools/call", "chat"), false, false},
		{"chat, 2026-07-28", 50, modern("tools/call", chat), header("tools/call", "chat"), false, false},
		{"tools/list", 50, legacy("tools/list", ""), nil, false, true},
		{"generate_video, dry run", 50, legacy("tools/call", `"name":"generate_video","arguments":{"model":"kling-v2-6","prompt":"waves","seconds":5,"dry_run":true}`), nil, false, false},
		{"list_tasks", 50, legacy("tools/call", `"name":"list_tasks","arguments":{}`), nil, false, false},
	} {
		var servers []*webServer
		var names []string
		for name, s := range map[string]*webServer{"proxy": proxy, "bare": bare, "ours": ours} {
			if name == "proxy" && !row.proxied || name == "bare" && !row.barely {
				continue
			}
			servers, names = append(servers, s), append(names, name)
		}
		got := map[string]figures{}
		for i, f := range turns(b, servers, row.callers, row.request, row.header) {
			got[names[i]] = f
		}
		show := func(name string) string {
			f, ok := got[name]
			if !ok {
				return "–"
			}
			return fmt.Sprintf("%.0f/s, %.2f ms", f.rate, ms(f.p50))
		}
		ratio := "–"
		if f, ok := got["bare"]; ok {
			ratio = fmt.Sprintf("%.2f of its rate, %.2f of its median", got["ours"].rate/f.rate, float64(got["ours"].p50)/float64(f.p50))
			b.ReportMetric(got["ours"].rate/f.rate, fmt.Sprintf("%s-%d-of-bare", row.name[:4], row.callers))
		}
		page.row(fmt.Sprintf("| %s | %d | %s | %s | %s | %s |", row.name, row.callers, show("proxy"), show("bare"), show("ours"), ratio))
	}
	for _, s := range []*webServer{proxy, bare} {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	ours.stop(b)
	page.add("Start and memory", "| what | bare mcp-go | this program | of bare |")
	startAndMemory(b, page, other, bin, service.URL)
	if golden.Update() {
		golden.Section(b, "docs/performance.md", "ratios", page.text())
	}
}

// oneTurn is a service that answers a chat at once, whole or as a stream.
func oneTurn(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}`
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there"},"finish_reason":"stop"}],`+usage+`}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, `data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello there"}}]}`+"\n\n"+
		`data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+
		`data: {"id":"c","choices":[],`+usage+"}\n\ndata: [DONE]\n\n")
}

// turns measures servers in turns and gives the figures of each.
func turns(b *testing.B, servers []*webServer, callers int, request string, header map[string]string) []figures {
	samples := make([][]time.Duration, len(servers))
	total := make([]time.Duration, len(servers))
	for range rounds {
		for i, s := range servers {
			from := time.Now()
			until := from.Add(roundTime)
			got := make([][]time.Duration, callers)
			var all sync.WaitGroup
			for c := range callers {
				all.Go(func() {
					for time.Now().Before(until) {
						began := time.Now()
						if err := s.ask(request, header); err != nil {
							b.Error(err)
							return
						}
						got[c] = append(got[c], time.Since(began))
					}
				})
			}
			all.Wait()
			total[i] += time.Since(from)
			samples[i] = append(samples[i], slices.Concat(got...)...)
		}
	}
	out := make([]figures, len(servers))
	for i := range servers {
		out[i] = figuresOf(samples[i], total[i])
	}
	return out
}

func free(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func awaitAnswer(b *testing.B, s *webServer, request string) {
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); ; {
		err := s.ask(request, nil)
		if err == nil {
			return
		}
		if time.Now().After(until) {
			b.Fatal(err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func startOther(b *testing.B, bin, kind, service string) *webServer {
	addr := free(b)
	s := &webServer{process: process{exec.CommandContext(b.Context(), bin, kind, addr, service)}, url: "http://" + addr + "/mcp",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}}
	awaitAnswer(b, s, legacy("tools/call", `"name":"chat","arguments":{"model":"m","prompt":"p"}`))
	return s
}

func startOurs(b *testing.B, bin, service string) *webServer {
	addr, folder := free(b), b.TempDir()
	cmd := exec.CommandContext(b.Context(), bin, "http", "--listen", addr, "--log-level", "error")
	cmd.Env = append(os.Environ(), "HOME="+folder, "NEXCONN_STATE_DIR="+folder, "NEXCONN_OUTPUT_DIR="+filepath.Join(folder, "out"),
		"NEXCONN_API_KEY=key", "NEXCONN_BASE_URL="+service+"/v1")
	cmd.Stderr = os.Stderr
	s := &webServer{process: process{cmd}, url: "http://" + addr + "/mcp", client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}}
	awaitAnswer(b, s, legacy("tools/list", ""))
	return s
}

// startAndMemory starts both over stdio in turns, and looks at their memory
// once they have been idle for a while.
func startAndMemory(b *testing.B, page *report, other, bin, service string) {
	commands := []func() *exec.Cmd{
		func() *exec.Cmd { return exec.CommandContext(b.Context(), other, "stdio", "-", service) },
		func() *exec.Cmd { return onSandboxless(b, bin, service) },
	}
	started := [2][]time.Duration{}
	memory := [2][]float64{}
	for range 21 {
		for i, command := range commands {
			s := startCommand(b, command())
			started[i] = append(started[i], s.answered)
			<-time.After(30 * time.Millisecond)
			if mb, ok := s.resident(); ok {
				memory[i] = append(memory[i], mb)
			}
			_ = s.in.Close()
			_ = s.cmd.Wait()
		}
	}
	row := func(what, unit string, bare, ours float64) {
		page.row(fmt.Sprintf("| %s | %.1f %s | %.1f %s | %.2f |", what, bare, unit, ours, unit, ours/bare))
	}
	row("start to the answer of initialize, median of 21", "ms", ms(figuresOf(started[0], 0).p50), ms(figuresOf(started[1], 0).p50))
	if len(memory[0]) > 0 && len(memory[1]) > 0 {
		slices.Sort(memory[0])
		slices.Sort(memory[1])
		row("memory 30 ms later (RSS)", "MB", memory[0][len(memory[0])/2], memory[1][len(memory[1])/2])
	}
}

func onSandboxless(b *testing.B, bin, service string) *exec.Cmd {
	folder := b.TempDir()
	cmd := exec.CommandContext(b.Context(), bin, "--log-level", "error")
	cmd.Env = append(os.Environ(), "HOME="+folder, "NEXCONN_STATE_DIR="+folder, "NEXCONN_OUTPUT_DIR="+filepath.Join(folder, "out"),
		"NEXCONN_API_KEY=key", "NEXCONN_BASE_URL="+service+"/v1")
	return cmd
}
