package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// otlp sends spans to a collector as OTLP/HTTP in its JSON encoding
// (opentelemetry.io/docs/specs/otlp). The library's exporter would link gRPC and
// the generated protobuf types: 9 MB of program and 5 MiB of memory in every
// process, most of which never trace.
type otlp struct {
	endpoint string
	headers  http.Header
	client   *http.Client
}

// otlpTries is how often a batch is sent where the collector is busy.
const otlpTries = 3

func newOTLP(endpoint, headers string) *otlp {
	return &otlp{endpoint: endpoint, headers: otlpHeaders(headers), client: &http.Client{Timeout: 10 * time.Second}}
}

// otlpHeaders reads key=value pairs with commas between them.
func otlpHeaders(pairs string) http.Header {
	headers := http.Header{}
	for pair := range strings.SplitSeq(pairs, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			headers.Set(strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
	return headers
}

// ExportSpans sends a batch; what a busy collector refuses is sent again.
func (e *otlp) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(otlpRequest(spans))
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		again, err := e.send(ctx, body)
		if err == nil || !again || try == otlpTries {
			return err
		}
		rest := time.NewTimer(time.Duration(try*try) * 250 * time.Millisecond)
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return err
		}
	}
}

func (e *otlp) send(ctx context.Context, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.endpoint, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header = e.headers.Clone()
	r.Header.Set("Content-Type", "application/json")
	answer, err := e.client.Do(r)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is used again
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("the collector answers %s", answer.Status)
}

// Shutdown has nothing to end: every batch is sent when it comes.
func (e *otlp) Shutdown(context.Context) error { return nil }

// The JSON of opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest.
type (
	otlpTraces struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID      string          `json:"traceId"`
		SpanID       string          `json:"spanId"`
		ParentSpanID string          `json:"parentSpanId,omitempty"`
		TraceState   string          `json:"traceState,omitempty"`
		Flags        uint32          `json:"flags"`
		Name         string          `json:"name"`
		Kind         int             `json:"kind"`
		Start        string          `json:"startTimeUnixNano"`
		End          string          `json:"endTimeUnixNano"`
		Attributes   []otlpAttribute `json:"attributes,omitempty"`
		Status       *otlpStatus     `json:"status,omitempty"`
	}
	otlpStatus struct {
		Code int `json:"code"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string  `json:"stringValue,omitempty"`
		Bool   *bool    `json:"boolValue,omitempty"`
		Int    *string  `json:"intValue,omitempty"`
		Double *float64 `json:"doubleValue,omitempty"`
	}
)

// otlpRequest is a batch, its spans under their scopes. All are of one resource.
func otlpRequest(spans []sdk.ReadOnlySpan) otlpTraces {
	var scopes []otlpScopeSpans
	at := map[string]int{}
	for _, s := range spans {
		name := s.InstrumentationScope().Name
		i, ok := at[name]
		if !ok {
			i = len(scopes)
			at[name] = i
			scopes = append(scopes, otlpScopeSpans{Scope: otlpScope{Name: name}})
		}
		scopes[i].Spans = append(scopes[i].Spans, otlpSpanOf(s))
	}
	return otlpTraces{ResourceSpans: []otlpResourceSpans{{Resource: otlpResource{otlpAttributes(attributesOf(spans[0].Resource()))}, ScopeSpans: scopes}}}
}

func attributesOf(r *resource.Resource) []attribute.KeyValue {
	if r == nil {
		return nil
	}
	return r.Attributes()
}

func otlpSpanOf(s sdk.ReadOnlySpan) otlpSpan {
	c := s.SpanContext()
	out := otlpSpan{
		TraceID: c.TraceID().String(), SpanID: c.SpanID().String(), TraceState: c.TraceState().String(), Flags: uint32(c.TraceFlags()),
		Name: s.Name(), Kind: int(s.SpanKind()), // both count internal as 1, server as 2, …
		Start: nanoseconds(s.StartTime()), End: nanoseconds(s.EndTime()), Attributes: otlpAttributes(s.Attributes()),
	}
	if s.Parent().SpanID().IsValid() {
		out.ParentSpanID = s.Parent().SpanID().String()
	}
	switch s.Status().Code {
	case codes.Ok:
		out.Status = &otlpStatus{Code: 1}
	case codes.Error:
		out.Status = &otlpStatus{Code: 2}
	}
	return out
}

func nanoseconds(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func otlpAttributes(attrs []attribute.KeyValue) []otlpAttribute {
	out := make([]otlpAttribute, 0, len(attrs))
	for _, a := range attrs {
		var v otlpValue
		switch a.Value.Type() {
		case attribute.BOOL:
			b := a.Value.AsBool()
			v.Bool = &b
		case attribute.INT64:
			n := strconv.FormatInt(a.Value.AsInt64(), 10)
			v.Int = &n
		case attribute.FLOAT64:
			f := a.Value.AsFloat64()
			v.Double = &f
		default:
			s := a.Value.String()
			v.String = &s
		}
		out = append(out, otlpAttribute{Key: string(a.Key), Value: v})
	}
	return out
}
