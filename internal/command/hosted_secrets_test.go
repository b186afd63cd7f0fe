package command_test

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// The secrets of this test: each is said or sent where such things are, and
// has to be in nothing that operators store or graph.
const (
	secretPrompt  = "quince-marmalade-recipe"
	secretKey     = "sk-planted-api-key-7777"
	secretBucket  = "planted-bucket-secret"
	secretLink    = "planted-link-signature"
	secretTraffic = "planted-header-value"
)

// collector takes traces as an OTLP collector does.
func collector(t *testing.T) (address string, spans *output) {
	t.Helper()
	spans = &output{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if body, err = gzip.NewReader(r.Body); err != nil {
				return
			}
		}
		_, _ = io.Copy(spans, body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(srv.Close)
	return srv.URL, spans
}

func TestNoSecretsInLogsMetricsAndTraces(t *testing.T) {
	t.Parallel()
	s := newService(t)
	at, spans := collector(t)
	s3 := httptest.NewServer(gofakes3.New(s3mem.New()).Server()) // without the bucket
	t.Cleanup(s3.Close)
	p := start(t, host{args: withTokens(t, people(2)...), env: map[string]string{"NEXCONN_BASE_URL": s.URL, "NEXCONN_API_KEY": secretKey,
		"NEXCONN_LOG_LEVEL": "debug", "OTEL_EXPORTER_OTLP_ENDPOINT": at,
		"NEXCONN_ARTIFACTS": "s3://nobodys/mcp", "AWS_ENDPOINT_URL": s3.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": secretBucket}})
	link := "https://user:" + secretLink + "@files.example/a.png?X-Amz-Signature=" + secretLink
	everything(t, p, link)
	metrics := p.get("/metrics")
	p.stop()
	log := p.log.String()
	for what, text := range map[string]string{"the log": log, "the metrics": metrics, "the traces": spans.String()} {
		if len(text) < 1000 {
			t.Errorf("%s is all but empty: %q", what, text)
		}
		for _, secret := range []string{secretPrompt, secretKey, secretBucket, secretLink, secretTraffic, secretOf("caller-00"),
			base64.StdEncoding.EncodeToString([]byte(secretPrompt)), "nxm_", "eyJ"} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s has %q: …%s…", what, secret, text[max(0, at-200):min(len(text), at+100)])
			}
		}
	}
	for _, line := range []string{`nexconn_mcp_calls_total{outcome="ok",tool="chat"}`, `nexconn_mcp_calls_total{outcome="content_rejected",tool="generate_image"}`,
		`nexconn_mcp_call_seconds_count{tool="generate_image"}`, `nexconn_mcp_upstream_seconds_count{operation=`, `nexconn_mcp_upstream_errors_total{code=`,
		`nexconn_mcp_calls_in_flight 0`, `nexconn_mcp_jobs{kind="image",state="`, `nexconn_mcp_jobs_ended_total{kind="image",state="succeeded"}`,
		`nexconn_mcp_requests_refused_total{reason="auth"}`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
	if !strings.Contains(spans.String(), "tools/call generate_image") {
		t.Error("the traces have no span of generate_image")
	}
}

// everything makes the server go through its ways of failing, with secrets in
// every place that a caller fills.
func everything(t *testing.T, p *process, link string) {
	c := p.as(secretOf("caller-00"))
	c.header = map[string]string{"X-Custom": secretTraffic, "Cookie": "session=" + secretTraffic}
	data := "data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte(secretPrompt))
	prompts := []string{"", "[[status:500]] ", "[[status:429]] ", "[[status:401]] ", "[[quota]] ", "[[html:502]] ", "[[drop]] ", "[[truncate]] ", "[[fail:content]] "}
	for i, before := range prompts {
		prompt := before + secretPrompt
		c.modern = i%2 == 1
		c.call("chat", object{"model": "gemini-2.5-pro", "prompt": prompt, "attachments": []string{data}})
		c.call("generate_image", object{"model": "kling-v1", "prompt": prompt, "wait_seconds": 0})
		c.call("generate_image", object{"model": "gemini-2.5-flash-image", "prompt": prompt})
		c.call("native_chat", object{"protocol": "anthropic", "model": "claude-4.5-sonnet",
			"body": object{"max_tokens": 9, "messages": []any{object{"role": "user", "content": prompt}}}})
	}
	made := c.must("generate_image", object{"model": "kling-v1", "prompt": secretPrompt, "wait_seconds": 10})
	c.call("save_outputs", object{"task_id": made.str("task_id")})
	for tool, args := range map[string]object{
		"generate_image": {"model": secretPrompt, "prompt": secretPrompt, "nonsense": secretPrompt},
		"generate_video": {"model": "kling-v3", "prompt": secretPrompt, "first_frame": link, "seconds": 5},
		"edit_image":     {"model": "kling-v2", "prompt": secretPrompt, "images": []string{link, "/etc/" + secretPrompt}},
		"upload_file":    {"source_url": link, "wait_seconds": 0},
		"query_task":     {"task_id": secretPrompt}, "query_file": {"file_id": "qfile-" + secretPrompt}, secretPrompt: {},
	} {
		c.call(tool, args)
	}
	c.request("resources/read", object{"uri": "nexconn://tasks/" + secretPrompt}, "nexconn://tasks/"+secretPrompt)
	c.request(secretPrompt, object{secretPrompt: secretPrompt}, "")
	for _, body := range []string{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"` + secretPrompt,
		`"` + secretPrompt + `"`, `[` + secretPrompt + `]`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"` + secretPrompt + `"}`} {
		if _, err := c.post(context.Background(), []byte(body), "tools/call", "chat"); err != nil {
			t.Error(err)
		}
	}
	for _, token := range []string{"nxm_" + secretTraffic, "eyJhbGciOiJub25lIn0.e30." + secretTraffic} {
		if r := p.as(token).call("chat", object{"model": "gemini-2.5-pro", "prompt": secretPrompt}); r.status != http.StatusUnauthorized {
			t.Errorf("an unknown token: %d", r.status)
		}
	}
}

// The metrics of a process count what it did, once.
func TestMetricsCount(t *testing.T) {
	t.Parallel()
	models := t.TempDir() + "/models.toml"
	if err := os.WriteFile(models, []byte("[models.\"kling-v1\"]\nprice = {unit = \"call\", usd = 0.05}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(withTokens(t, people(2)...), "--sandbox", "--models-file", models)
	p := start(t, host{args: args})
	c := p.as(secretOf("caller-00"))
	waiting := make(chan reply)
	go func() {
		r, _ := c.try(context.Background(), "generate_image", object{"model": "kling-v1", "prompt": "[[slow:2s]]", "wait_seconds": 20})
		waiting <- r
	}()
	waitFor(t, 5*time.Second, "a call in flight", func() bool {
		return value(t, p, `nexconn_mcp_calls_in_flight`) == 1 && value(t, p, `nexconn_mcp_jobs{kind="image",state="queued"}`)+value(t, p, `nexconn_mcp_jobs{kind="image",state="running"}`) == 1
	})
	task := (<-waiting).str("task_id")
	// Many see the same job end; its price counts once.
	other := c.must("generate_image", object{"model": "kling-v1", "prompt": "x", "wait_seconds": 0}).str("task_id")
	answers := make(chan reply)
	for range 20 {
		go func() {
			var r reply
			for r.str("status") != "succeeded" {
				var err error
				if r, err = c.try(context.Background(), "query_task", object{"task_id": other}); err != nil {
					break
				}
			}
			answers <- r
		}()
	}
	for range 20 {
		<-answers
	}
	if got := value(t, p, `nexconn_mcp_spent_usd_total{kind="image"}`); got < 0.0999 || got > 0.1001 {
		t.Errorf("two calls of 5 cents are counted as %v", got)
	}
	// A job that another process began ends in this one: nothing falls below 0.
	left := c.must("generate_image", object{"model": "kling-v1", "prompt": "[[slow:2s]]", "wait_seconds": 0}).str("task_id")
	p.stop()
	p = start(t, host{args: args, state: p.state})
	c = p.as(secretOf("caller-00"))
	c.must("query_task", object{"task_id": left, "wait_seconds": 20})
	c.must("query_task", object{"task_id": task})
	for line := range strings.Lines(p.get("/metrics")) {
		if strings.HasPrefix(line, "nexconn_mcp_") && regexp.MustCompile(` -\d`).MatchString(line) {
			t.Errorf("below nothing: %s", line)
		}
	}
	if got := value(t, p, `nexconn_mcp_jobs_ended_total{kind="image",state="succeeded"}`); got != 1 {
		t.Errorf("%v jobs ended in the second process", got)
	}
}

// value is a sample of the metrics, 0 if it isn't there.
func value(t *testing.T, p *process, name string) float64 {
	t.Helper()
	for line := range strings.Lines(p.get("/metrics")) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return 0
}

// Off loopback the metrics have a listener of their own, and only that.
func TestMetricsOffLoopback(t *testing.T) {
	t.Parallel()
	at := freeAddress(t)
	p := start(t, host{args: append(withTokens(t, people(1)...), "--sandbox", "--metrics-listen", at)})
	if status := statusOf(t, p.url+"/metrics"); status != http.StatusNotFound {
		t.Errorf("metrics where callers come in: %d", status)
	}
	own := *p
	own.url = "http://" + at
	if text := own.get("/metrics"); !strings.Contains(text, "nexconn_mcp_build_info") {
		t.Errorf("metrics of their own: %.200s", text)
	}
	var said map[string]any
	if json.Unmarshal([]byte(p.as("").call("list_models", object{}).raw), &said) != nil {
		t.Error("a refusal is no JSON")
	}
}
