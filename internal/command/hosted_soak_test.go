package command_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// room is what a process takes of its machine.
type room struct{ heap, resident, descriptors, goroutines float64 }

func (r room) String() string {
	return fmt.Sprintf("heap %.1f MB, resident %.1f MB, %v descriptors, %v goroutines", r.heap/1e6, r.resident/1e6, r.descriptors, r.goroutines)
}

// takes waits until a process is at rest and measures it. The heap is what is
// left after collections, which a few calls bring about.
func takes(t *testing.T, p *process) room {
	t.Helper()
	c := p.as("")
	c.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	last := room{heap: 1e12, goroutines: 1e9}
	for range 15 {
		for range 20 {
			c.must("list_models", object{})
		}
		<-time.After(50 * time.Millisecond)
		now := room{heap: value(t, p, "go_memstats_heap_alloc_bytes"), resident: value(t, p, "process_resident_memory_bytes"),
			descriptors: float64(descriptors(t, p)), goroutines: value(t, p, "go_goroutines")}
		now.heap, now.goroutines = min(last.heap, now.heap), min(last.goroutines, now.goroutines)
		last = now
	}
	return last
}

// descriptors are the open files of a process.
func descriptors(t *testing.T, p *process) int {
	t.Helper()
	open, err := os.ReadDir("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/fd")
	if err != nil {
		t.Skip("this system doesn't tell what a process has open")
	}
	return len(open)
}

// comeAndGo has clients connect, initialize, call and hang up.
func comeAndGo(t *testing.T, p *process, n int) {
	t.Helper()
	var clients sync.WaitGroup
	turn := make(chan struct{}, 16)
	for i := range n {
		turn <- struct{}{}
		clients.Go(func() {
			defer func() { <-turn }()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			c := p.as("")
			c.client = &http.Client{Transport: transport}
			hello := object{"protocolVersion": "2025-11-25", "capabilities": object{}, "clientInfo": object{"name": "x", "version": strconv.Itoa(i)}}
			for _, step := range []func() (reply, error){
				func() (reply, error) { return c.ask(context.Background(), "initialize", hello, "") },
				func() (reply, error) { return c.ask(context.Background(), "notifications/initialized", nil, "") },
				func() (reply, error) { return c.try(context.Background(), "list_tasks", object{}) },
			} {
				if r, err := step(); err != nil || r.isError || r.rpcError != 0 {
					t.Errorf("client %d: %v %.200s", i, err, r.raw)
					return
				}
			}
		})
	}
	clients.Wait()
}

// wait has callers wait for jobs at once; every second one hangs up. It gives
// how much the process takes meanwhile, and how long another call does.
func wait(t *testing.T, p *process, n, seconds int) (meanwhile room, aside time.Duration) {
	t.Helper()
	var callers sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer client.CloseIdleConnections()
	for i := range n {
		callers.Go(func() {
			c := p.as("")
			c.client, c.progress = client, strconv.Itoa(i)
			ctx, hangUp := context.WithTimeout(context.Background(), time.Minute)
			if i%2 == 1 {
				ctx, hangUp = context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second-time.Second)
			}
			defer hangUp()
			r, err := c.try(ctx, "generate_image", object{"model": "kling-v1", "prompt": fmt.Sprintf("[[slow:%ds]] %d", seconds, i), "wait_seconds": 50})
			if i%2 == 0 && (err != nil || r.str("status") != "succeeded") {
				t.Errorf("caller %d: %v %.300s", i, err, r.raw)
			}
		})
	}
	waitFor(t, 30*time.Second, "all to wait", func() bool { return value(t, p, "nexconn_mcp_calls_in_flight") >= float64(n)*0.9 })
	begin := time.Now()
	p.as("").must("list_tasks", object{"limit": 1})
	aside = time.Since(begin)
	meanwhile = room{heap: value(t, p, "go_memstats_heap_alloc_bytes"), resident: value(t, p, "process_resident_memory_bytes"),
		descriptors: float64(descriptors(t, p)), goroutines: value(t, p, "go_goroutines")}
	callers.Wait()
	return meanwhile, aside
}

// A server that has been busy is afterwards as it was: nothing is kept of
// clients that came and went, nor of calls that waited. The connections to the
// service are kept on purpose, so the service closes them before each count.
func TestSoak(t *testing.T) {
	t.Parallel()
	clients, waiting, seconds := 200, 60, 4
	if long() {
		clients, waiting, seconds = 2000, 500, 15
	}
	upstream := newService(t)
	p := start(t, host{env: map[string]string{"NEXCONN_LOG_LEVEL": "info", "NEXCONN_BASE_URL": upstream.URL, "NEXCONN_API_KEY": "k"}})
	comeAndGo(t, p, clients/4)
	wait(t, p, waiting/2, seconds)
	upstream.hangUp()
	before := takes(t, p)
	comeAndGo(t, p, clients)
	meanwhile, aside := wait(t, p, waiting, seconds)
	upstream.hangUp()
	after := takes(t, p)
	t.Logf("before: %v\nafter %d clients: %v\nwhile %d calls waited: %v; another call took %v", before, clients, after, waiting, meanwhile, aside.Round(time.Millisecond))
	for what, grown := range map[string]bool{
		"descriptors": after.descriptors > before.descriptors+4,
		"goroutines":  after.goroutines > before.goroutines+10,
		"the heap":    after.heap > before.heap*1.3+2e6,
		"memory":      after.resident > max(before.resident, meanwhile.resident)*1.3+8e6,
	} {
		if grown {
			t.Errorf("%s: before %v; after %v", what, before, after)
		}
	}
	if text := p.log.String(); strings.Contains(text, "panic") || strings.Contains(text, "internal error") {
		t.Errorf("the log: %.2000s", text)
	}
}
