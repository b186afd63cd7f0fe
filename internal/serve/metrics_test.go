package serve

import (
	"io/fs"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestMonitoringNamesRealMetrics keeps dashboard and alerts from asking for
// what no server counts.
func TestMonitoringNamesRealMetrics(t *testing.T) {
	descs := make(chan *prometheus.Desc, 1000)
	NewMetrics("1").registry.Describe(descs)
	close(descs)
	known := map[string]bool{}
	name := regexp.MustCompile(`nexconn_mcp_[a-z_]+`)
	for d := range descs {
		known[name.FindString(d.String())] = true
	}
	folder := os.DirFS("../../packaging/monitoring")
	files, err := fs.Glob(folder, "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			t.Fatal(err)
		}
		asked := name.FindAllString(string(text), -1)
		if len(asked) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, metric := range asked {
			base := strings.TrimSuffix(strings.TrimSuffix(metric, "_bucket"), "_count")
			if !known[metric] && !known[base] {
				t.Errorf("%s asks for %s", file, metric)
			}
		}
	}
}

func TestMetricsOfOthers(t *testing.T) {
	m := NewMetrics("1.2.3")
	m.Upstream("create", time.Second, "")
	m.Upstream("create", time.Second, "timeout")
	m.Job("one", "video", "queued", false)
	m.Job("one", "video", "running", false)
	m.Job("one", "video", "succeeded", true)
	m.Job("begun elsewhere", "video", "succeeded", true)
	m.Job("lost", "image", "running", false)
	m.letGo(time.Now().Add(50 * time.Hour))
	m.Spent("video", 0.58)
	m.Spent("video", 0)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`nexconn_mcp_upstream_seconds_count{operation="create"} 2`,
		`nexconn_mcp_upstream_errors_total{code="timeout",operation="create"} 1`,
		`nexconn_mcp_jobs{kind="video",state="queued"} 0`,
		`nexconn_mcp_jobs{kind="video",state="running"} 0`,
		`nexconn_mcp_jobs{kind="image",state="running"} 0`,
		`nexconn_mcp_jobs_ended_total{kind="video",state="succeeded"} 2`,
		`nexconn_mcp_spent_usd_total{kind="video"} 0.58`,
		`nexconn_mcp_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	var none *Metrics
	none.Upstream("create", time.Second, "timeout")
	none.Job("one", "video", "queued", false)
	none.Spent("video", 1)
	none.refused("rate")
	none.begin("echo")("ok", time.Second)
}
