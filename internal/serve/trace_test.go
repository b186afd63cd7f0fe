package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

func TestTracesFollowTheConventionsAndTheCaller(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	f := newFixture(t, traceOptions(sdk.NewTracerProvider(sdk.WithSyncer(spans)))...)
	w := startHTTP(t, HTTP{Server: f.server})
	const parent, other = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"
	w.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a secret prompt"},"_meta":{"traceparent":"00-`+parent+`-b7ad6b7169203331-01"}}}`,
		"Traceparent", "00-"+other+"-b7ad6b7169203331-01")
	w.post(call("2", "refuse", `{}`), "Traceparent", "00-"+other+"-b7ad6b7169203331-01")
	w.post(`{"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"broken"}}`)

	type seen struct {
		Name, Trace, Error string
		Kind               trace.SpanKind
		Status             codes.Code
	}
	var got []seen
	for _, s := range spans.GetSpans() {
		one := seen{Name: s.Name, Trace: s.SpanContext.TraceID().String(), Kind: s.SpanKind, Status: s.Status.Code}
		attrs := map[string]string{}
		for _, a := range s.Attributes {
			attrs[string(a.Key)] = a.Value.String()
			if strings.Contains(a.Value.String(), "secret prompt") || strings.Contains(s.Status.Description, "hunter2") {
				t.Errorf("%s says too much: %v", s.Name, a)
			}
		}
		one.Error = attrs["error.type"]
		if tool := strings.TrimPrefix(s.Name, "execute_tool "); tool != s.Name && (attrs["gen_ai.tool.name"] != tool || attrs["gen_ai.operation.name"] != "execute_tool") {
			t.Errorf("%s has attributes %v", s.Name, attrs)
		}
		if s.SpanKind == trace.SpanKindServer && !strings.HasPrefix(s.Name, attrs["mcp.method.name"]) {
			t.Errorf("%s has attributes %v", s.Name, attrs)
		}
		got = append(got, one)
	}
	if len(got) != 5 {
		t.Fatalf("%d spans: %+v", len(got), got)
	}
	want := []seen{
		{"execute_tool echo", parent, "", trace.SpanKindInternal, codes.Unset},
		{"tools/call echo", parent, "", trace.SpanKindServer, codes.Unset},
		{"execute_tool refuse", other, "invalid_argument", trace.SpanKindInternal, codes.Error},
		{"tools/call refuse", other, "", trace.SpanKindServer, codes.Error},
		{"prompts/get", got[4].Trace, "", trace.SpanKindServer, codes.Error},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTracesAreSentToTheEndpoint(t *testing.T) {
	var mu sync.Mutex
	paths := map[string]int{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		paths[r.URL.Path]++
		if !bytes.Contains(body, []byte("tools/call echo")) || bytes.Contains(body, []byte("a secret prompt")) {
			t.Errorf("sent: %q", body)
		}
	}))
	defer collector.Close()
	tracing, err := NewTracing(collector.URL, "", "1.2.3", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := startHTTP(t, HTTP{Server: newFixture(t, tracing.Options...).server})
	w.post(call("1", "echo", `{"text":"a secret prompt"}`))
	if err := tracing.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"/v1/traces": 1}, paths); diff != "" {
		t.Error(diff)
	}
}

func TestNoTracingWithoutAnEndpoint(t *testing.T) {
	tracing, err := NewTracing("", "", "1", nil)
	if err != nil || len(tracing.Options) != 0 || tracing.Shutdown(t.Context()) != nil {
		t.Errorf("%+v %v", tracing, err)
	}
	if _, err := NewTracing("localhost:4318", "", "1", nil); err == nil {
		t.Error("an endpoint without a scheme was taken")
	}
}

// TestSpansAreOTLP holds the exporter to the protocol's JSON: ids in hex, times
// and whole numbers as text, kinds and statuses as numbers.
func TestSpansAreOTLP(t *testing.T) {
	at := time.Unix(1_700_000_000, 5)
	spans := tracetest.SpanStubs{{
		Name: "tools/call chat", SpanKind: trace.SpanKindServer, StartTime: at, EndTime: at.Add(time.Second),
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled}),
		Parent:      trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{3}}),
		Attributes:  []attribute.KeyValue{attribute.String("a", "b"), attribute.Int("n", 7), attribute.Bool("c", true), attribute.Float64("f", 0.5)},
		Status:      sdk.Status{Code: codes.Error}, Resource: resource.NewSchemaless(attribute.String("service.name", "nexconn-mcp")),
	}}.Snapshots()
	got, err := json.Marshal(otlpRequest(spans))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"nexconn-mcp"}}]},"scopeSpans":[{"scope":{"name":""},"spans":[` +
		`{"traceId":"01000000000000000000000000000000","spanId":"0200000000000000","parentSpanId":"0300000000000000","flags":1,"name":"tools/call chat","kind":2,` +
		`"startTimeUnixNano":"1700000000000000005","endTimeUnixNano":"1700000001000000005","attributes":[{"key":"a","value":{"stringValue":"b"}},{"key":"n","value":{"intValue":"7"}},` +
		`{"key":"c","value":{"boolValue":true}},{"key":"f","value":{"doubleValue":0.5}}],"status":{"code":2}}]}]}]}`
	if string(got) != want {
		t.Errorf("%s\nis not\n%s", got, want)
	}
}

func TestBusyCollectorIsAskedAgain(t *testing.T) {
	asked := 0
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if r.Header.Get("Api-Key") != "k" {
			t.Error("the header that was asked for is not sent")
		}
	}))
	defer collector.Close()
	e := newOTLP(collector.URL, "api-key=k, other=1")
	if err := e.ExportSpans(t.Context(), tracetest.SpanStubs{{Name: "x"}}.Snapshots()); err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}
